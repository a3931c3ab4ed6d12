"""Where messages come from, in words."""

from urllib.parse import urlsplit

from fedora_messaging import config as bus_config

from ..config.addresses import TCP

_PORTS = {"amqps": 5671}


def described(source: str) -> str:
    """A source described for people: for the bus, its broker and queues, without the password."""
    if source != "bus":
        return source
    url = urlsplit(bus_config.conf["amqp_url"])
    broker = TCP(url.hostname or "localhost", url.port or _PORTS.get(url.scheme, 5672))
    queues = ", ".join(bus_config.conf["queues"])
    return f"RabbitMQ at {broker}, queue {queues}"
