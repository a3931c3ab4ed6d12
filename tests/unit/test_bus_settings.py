"""What is wrong with fedora-messaging's config is reported before the broker is contacted."""

from typing import Any

import pytest
from fedora_messaging.config import DEFAULTS

from fedmsg_exporter.sources.rabbitmq import settings

QUEUE = {"durable": True, "auto_delete": False, "exclusive": False, "arguments": {}}
BINDING = {"queue": "q", "exchange": "amq.topic", "routing_keys": ["#"]}


def conf(**changes: Any) -> dict[str, Any]:
    """A config with one durable queue that is bound, and changes to it."""
    return {**DEFAULTS, "queues": {"q": QUEUE}, "bindings": [BINDING], **changes}


def queue(**arguments: Any) -> dict[str, Any]:
    """The queue with arguments."""
    return {"q": QUEUE | {"arguments": arguments}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"qos": {}}, ["[qos]: prefetch_count is missing; 1000 reads fast"]),
        ({"qos": {"prefetch_count": "10"}}, ["[qos] prefetch_count: '10' is not a number"]),
        ({"qos": {"prefetch_count": True}}, ["[qos] prefetch_count: True is not a number"]),
        ({"qos": {"prefetch_count": 65536}}, ["[qos] prefetch_count: 65536 is not a number"]),
        ({"qos": {"prefetch_count": -1}}, ["[qos] prefetch_count: -1 is not a number"]),
        ({"qos": {"prefetch_count": 1, "prefetch_size": 9}}, ["[qos] prefetch_size: RabbitMQ"]),
        ({"bindings": [BINDING | {"queue": "p"}]}, ["[[bindings]] queue: 'p' is not a queue"]),
        ({"bindings": [BINDING, {**BINDING, "queue": ""}]}, ["[[bindings]] queue: '' is not"]),
        ({"bindings": DEFAULTS["bindings"]}, []),
        ({"tls": {"keyfile": "k"}}, ["[tls] keyfile: certfile is missing"]),
        ({"tls": {"certfile": "c"}}, ["[tls] certfile: keyfile is missing"]),
        ({"tls": "c"}, ["[tls]: 'c' is not a table"]),
        ({"passive_declares": "no"}, ["passive_declares: 'no' is not true or false"]),
        ({"queues": {"q": QUEUE | {"arguments": "x"}}}, ["[queues] 'q' arguments: 'x' is not a"]),
        ({"queues": queue(x=1.5)}, ["[queues] 'q' arguments: x = 1.5 is not text"]),
        ({"queues": queue(x=2**63)}, [f"[queues] 'q' arguments: x = {2**63} is not text"]),
        ({"queues": queue(x=[1], y=True, z=-(2**63))}, []),
        ({"bindings": [BINDING | {"routing_keys": [1]}]}, ["[[bindings]] routing_keys: 1 is not"]),
        ({"bindings": [BINDING | {"routing_keys": ["ü" * 128]}]}, ["[[bindings]] routing_keys:"]),
    ],
)
def test_errors(changes: dict[str, Any], expected: list[str]) -> None:
    """Settings that cannot work are errors that name their key."""
    found = settings.errors(conf(**changes), DEFAULTS)
    assert len(found) == len(expected)
    assert all(one.startswith(start) for one, start in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"bindings": []}, "[queues] 'q' has no [[bindings]]"),
        ({"bindings": [BINDING | {"routing_keys": []}]}, "[queues] 'q' has no [[bindings]]"),
        ({"bindings": [], "passive_declares": True}, None),
        ({"queues": queue(**{"x-queue-type": "stream"})}, "[queues] 'q' is a stream"),
        ({"queues": queue(**{"x-queue-type": "quorum"})}, "[queues] 'q' is a quorum queue"),
        ({"queues": queue(**{"x-queue-type": "quorum", "x-delivery-limit": 99})}, None),
        ({"queues": queue(**{"x-expires": 3_600_000})}, "[queues] 'q' loses messages once"),
        ({"queues": queue(**{"x-max-length": 9})}, "[queues] 'q' drops messages"),
        ({"qos": {"prefetch_count": 0}}, "[qos] prefetch_count: with 0, memory is not bounded"),
    ],
)
def test_warnings(changes: dict[str, Any], expected: str | None) -> None:
    """Settings that may be intended are warnings."""
    found = settings.warnings(conf(**changes))
    assert len(found) == (expected is not None)
    assert all(one.startswith(str(expected)) for one in found)


@pytest.mark.parametrize(
    ("keys", "shares"), [(["#"], 0), (["org.fedoraproject.#"], 0), (["1"], 1), (["10", "²", ""], 1)]
)
def test_a_weight_is_a_share(keys: list[str], shares: int) -> None:
    """A routing key that is a number is a weight: the exchange shares messages out by a hash."""
    found = settings.unfillable(conf(bindings=[BINDING | {"routing_keys": keys}]))
    assert len(found) == shares
    assert all("set `gaps.fill: never`" in one and "'amq.topic'" in one for one in found)
