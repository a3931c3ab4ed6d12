"""Counts what happens on Fedora's message bus, exactly once, for Prometheus.

The path of a message, and the modules in its order::

    sources ──▶ attribution ──▶ ledger ──▶ exposition ──▶ web
    (message)     (event)      (counts)     (text)      (/metrics)
"""

__version__ = "0.1.0"
