"""A community board's numbers within three minutes: `make demo`.

``community`` is the simulated community and its history, ``servers`` are the exporter
and the Prometheus, ``shown`` is what to look at.
"""
