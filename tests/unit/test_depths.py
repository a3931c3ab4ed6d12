"""Asking for the depth of queues: how often, and what a refusal does."""

from types import SimpleNamespace
from typing import Any

from pika.exceptions import ChannelClosedByBroker
from twisted.internet import defer
from twisted.internet.task import Clock

from fedmsg_exporter.sources.rabbitmq.depths import EVERY, Depth, Depths


class FakeProtocol:
    """A connection whose broker knows one queue, for a while."""

    def __init__(self) -> None:
        self.channels = self.asked = 0
        self.messages = 5

    def channel(self) -> "defer.Deferred[Any]":
        self.channels += 1
        return defer.succeed(self)

    def queue_declare(self, queue: str, passive: bool) -> "defer.Deferred[Any]":
        assert passive
        self.asked += 1
        if queue != "amq.gen-1" or self.messages < 0:
            return defer.fail(ChannelClosedByBroker(404, f"no queue {queue}"))
        method = SimpleNamespace(message_count=self.messages, consumer_count=1)
        return defer.succeed(SimpleNamespace(method=method))


def test_it_is_asked_gently_on_one_channel() -> None:
    """The broker is asked at once and then every fifteen seconds, on one channel."""
    clock, protocol = Clock(), FakeProtocol()
    made: Any = protocol
    depths = Depths(made, {"": "amq.gen-1"}, clock)
    assert depths.known == {}
    depths.start()
    assert depths.known == {"server-named": Depth(5, 1)}
    protocol.messages = 7
    clock.advance(EVERY - 1)
    assert depths.known["server-named"].messages == 5
    clock.advance(1)
    assert depths.known["server-named"].messages == 7
    depths.stop()
    clock.pump([EVERY] * 3)
    assert (protocol.asked, protocol.channels) == (2, 1)


def test_a_refusal_ends_the_asking_only() -> None:
    """After a refusal the depth is unknown, and this connection is not asked again."""
    clock, protocol = Clock(), FakeProtocol()
    made: Any = protocol
    depths = Depths(made, {"q": "amq.gen-1"}, clock)
    depths.start()
    protocol.messages = -1
    clock.advance(EVERY)
    assert depths.known == {}
    clock.pump([EVERY] * 3)
    assert protocol.asked == 2
    depths.stop()
