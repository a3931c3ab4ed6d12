"""What the project's own makers run; no part of the exporter."""
