"""What rules and boards cost Prometheus: `python -m benchmarks.queries`."""
