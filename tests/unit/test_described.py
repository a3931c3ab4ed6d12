"""Where messages come from, in words."""

import pytest
from fedora_messaging import config as bus_config

from fedmsg_exporter.service.described import described


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("amqp://", "localhost:5672"),
        ("amqp://user:secret@mq.example.org/%2Fvhost?heartbeat=9", "mq.example.org:5672"),
        (
            "amqps://fedora:@rabbitmq.fedoraproject.org/%2Fpublic_pubsub",
            "rabbitmq.fedoraproject.org:5671",
        ),
        ("amqp://[::1]:5673", "[::1]:5673"),
    ],
)
def test_the_bus(monkeypatch: pytest.MonkeyPatch, url: str, broker: str) -> None:
    """The bus is its broker and queues; nobody sees user and password."""
    monkeypatch.setattr(bus_config, "conf", {"amqp_url": url, "queues": {"counts": {}, "more": {}}})
    assert described("bus") == f"RabbitMQ at {broker}, queue counts, more"


@pytest.mark.parametrize("source", ["simulation", "recording.jsonl"])
def test_other_sources(source: str) -> None:
    """Another source is named as it was given."""
    assert described(source) == source
