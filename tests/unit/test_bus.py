"""The bus without a broker: how a refusal is reported, and what a bug costs."""

import logging
from collections.abc import Sequence
from typing import Any

import pytest
from fedora_messaging import exceptions
from OpenSSL import SSL
from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByBroker
from twisted.internet import defer, error, task

from fedmsg_exporter.message import Message
from fedmsg_exporter.sink import NotRecorded, Recorded
from fedmsg_exporter.sources.rabbitmq.batches import BatchConsumer, Reading
from fedmsg_exporter.sources.rabbitmq.broker import Broker
from fedmsg_exporter.sources.rabbitmq.declaring import declare, exit_status
from fedmsg_exporter.sources.status import Status

CONF = {
    "amqp_url": "amqp://broker.example.org:5679/%2F",
    "tls": {},
    "client_properties": {},
    "qos": {"prefetch_count": 10},
    "bindings": [],
    "queues": {},
}
DEPRECATED = ConnectionClosedByBroker(541, "INTERNAL_ERROR - Feature `x` is deprecated")
PLACE = "broker.example.org:5679 (bus.toml)"


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (
            DEPRECATED,
            f"the broker refused: {PLACE}: INTERNAL_ERROR - Feature `x` is deprecated (541)",
        ),
        (
            ConnectionClosedByBroker(530, "NOT_ALLOWED - vhost x not found"),
            f"the broker refused: {PLACE}: NOT_ALLOWED - vhost x not found (530); "
            "check the vhost in amqp_url",
        ),
        (
            exceptions.BadDeclaration("queue", {"queue": "q"}, ChannelClosedByBroker(406, "no")),
            f"the broker refused: {PLACE}: no (declaring the queue 'q' as configured)",
        ),
        (
            error.ConnectionRefusedError(),
            f"cannot reach the broker: {PLACE}: Connection was refused by other side",
        ),
        (
            error.ConnectionDone(),
            f"cannot reach the broker: {PLACE}: the connection ended during the handshake; "
            "if the port expects TLS, amqp_url must begin with amqps://",
        ),
        (
            defer.TimeoutError(),
            f"cannot reach the broker: {PLACE}: no complete handshake within 30 s",
        ),
        (SSL.Error([]), f"cannot reach the broker: {PLACE}: TLS: the connection ended"),
    ],
)
def test_trouble_in_words(trouble: Exception, said: str) -> None:
    """An error is a sentence with host, port, the config's file, and the broker's words."""
    assert Broker(CONF, "bus.toml").explain(trouble) == said


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (exceptions.BadDeclaration("queue", {}, ChannelClosedByBroker(404, "none")), 10),
        (exceptions.BadDeclaration("queue", {}, ChannelClosedByBroker(405, "locked")), 0),
        (exceptions.BadDeclaration("queue", {}, DEPRECATED), 10),
        (ChannelClosedByBroker(403, "not yours"), 15),
        (ConnectionClosedByBroker(403, "wrong password"), 0),
        (error.ConnectionRefusedError(), 0),
    ],
    ids=["missing", "locked", "deprecated", "not permitted", "password", "nobody there"],
)
def test_refusals_that_end_the_first_start(trouble: Exception, status: int) -> None:
    """A refused declaration or queue is a config error; a temporary problem is retried."""
    assert exit_status(trouble) == status


class Refusing:
    """A protocol whose broker closes the connection when a queue is declared."""

    def __init__(self, closed: Exception) -> None:
        self._closed = closed

    def declare_queue(self, _queue: object) -> "defer.Deferred[str]":
        return defer.fail(self._closed)


@pytest.mark.parametrize("name", ["", "q"])
def test_declaration_that_closes_the_connection_is_a_refusal(name: str) -> None:
    """A queue of a kind that is no longer permitted is refused with the broker's own words."""
    protocol: Any = Refusing(DEPRECATED)
    failures: list[Any] = []
    declare(protocol, name, {}, Status("")).addErrback(failures.append)
    (failure,) = failures
    assert isinstance(failure.value, exceptions.BadDeclaration if not name else Exception)
    assert "deprecated" in Broker(CONF, "bus.toml").explain(failure.value)


class Buggy:
    """A sink with a bug that one message triggers."""

    def __init__(self) -> None:
        self.taken: list[Message] = []

    def __call__(self, messages: Sequence[Message], /) -> Recorded:
        if any(one.topic == "bug" and not one.unreadable for one in messages):
            raise ZeroDivisionError
        self.taken += messages
        return Recorded(len(messages), 0)


def consumer(sink: Any, status: Status) -> BatchConsumer:
    """A consumer that hands on what the test gives it."""
    clock: Any = task.Clock()
    return BatchConsumer("q", sink, status, clock, Reading(10))


def test_bug_costs_one_message(caplog: pytest.LogCaptureFixture) -> None:
    """A batch that raises is processed message by message, and the culprit is rejected."""
    caplog.set_level(logging.ERROR)
    sink = Buggy()
    batch = [Message(topic, str(n), {}, {}) for n, topic in enumerate(("a", "bug", "b"))]
    consumer(sink, Status(""))._take(batch)
    assert [(one.id, one.unreadable) for one in sink.taken] == [
        ("0", None),
        ("1", "bug"),
        ("2", None),
    ]
    assert "please report it" in caplog.text


def test_batch_that_is_not_recorded_is_not_held() -> None:
    """A batch that the ledger refuses ends the consumer, and the status says why."""

    def refuse(_: Sequence[Message], /) -> Recorded:
        raise NotRecorded("the disk is full")

    status = Status("")
    with pytest.raises(NotRecorded):
        consumer(refuse, status)._take([Message("a", "1", {}, {})])
    assert status.failure == "the disk is full"
