"""Counts what happens on Fedora's message bus, exactly once, for Prometheus.

The path of a message, and the packages along it::

    sources ──message──▶ attribution ──event──▶ ledger ──counts──▶ exposition ──text──▶ web
    RabbitMQ             topic → category       counts and ids     new series at 0      /metrics
    datagrepper          body  → users          in one             lines from a
    recording            user  → groups         transaction        cache
    simulation

``pipeline`` is the line itself; ``service`` puts the parts together and runs
them, ``commands`` is the command line.
"""


def __getattr__(name: str) -> object:
    """Import the callback for ``fedora-messaging consume`` only on demand.

    It brings Twisted's reactor, which a process must be free to choose.
    """
    if name == "Consumer":
        from .service.consumer import Consumer  # noqa: PLC0415

        return Consumer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
