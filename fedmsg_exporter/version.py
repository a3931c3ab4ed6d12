"""The version of the exporter. Imports nothing, so that everything can import it."""

__version__ = "0.1.0"
