"""Counts what happens on Fedora's message bus, exactly once, for Prometheus.

The path of a message, and the modules in its order::

    sources ──▶ attribution ──▶ ledger ──▶ exposition ──▶ web
    (message)     (event)      (counts)     (text)      (/metrics)
"""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import the callback for ``fedora-messaging consume`` only where it is asked for.

    It brings Twisted's reactor, which a process must be free to choose.
    """
    if name == "Consumer":
        from .service.consumer import Consumer  # noqa: PLC0415

        return Consumer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
