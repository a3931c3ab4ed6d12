"""How much is waiting in the queues: the broker is asked at regular intervals.

A passive declaration changes nothing, needs no plugin, and its response has both
numbers. It uses the consuming connection, on a separate channel: a refusal closes
only that channel.
"""

import logging
from collections.abc import Generator, Mapping
from typing import Any, NamedTuple

from pika.exceptions import AMQPError
from twisted.internet import defer, task

from .connection import Protocol

log = logging.getLogger(__name__)

#: How often to ask, in seconds.
EVERY = 15.0

#: The label of a queue that the broker names at each connection.
SERVER_NAMED = "server-named"


class Depth(NamedTuple):
    """How many messages are ready in a queue, excluding those delivered; and its consumers."""

    messages: int
    consumers: int


class Depths:
    """The depth of each queue on one connection; unknown before the first response."""

    def __init__(self, protocol: Protocol, queues: Mapping[str, str], clock: Any) -> None:
        """``queues`` maps names in the config to the broker's names."""
        self._protocol = protocol
        self._queues = queues
        self._channel: Any = None
        self._loop = task.LoopingCall(self._ask)
        self._loop.clock = clock
        self.known: Mapping[str, Depth] = {}

    def start(self) -> None:
        """Ask now, and again every `EVERY` seconds until `stop`."""
        self._loop.start(EVERY).addErrback(self._give_up)

    def stop(self) -> None:
        """Stop asking, because the connection ends."""
        if self._loop.running:
            self._loop.stop()

    @defer.inlineCallbacks
    def _ask(self) -> Generator[defer.Deferred[Any], Any, None]:
        if self._channel is None:
            self._channel = yield self._protocol.channel()
        known = {}
        for name, queue in self._queues.items():
            frame = yield self._channel.queue_declare(queue=queue, passive=True)
            found = frame.method
            known[name or SERVER_NAMED] = Depth(found.message_count, found.consumer_count)
        self.known = known

    def _give_up(self, failure: Any) -> None:
        """Stop after a refusal or the end of the connection; the next connection asks again."""
        failure.trap(AMQPError, defer.CancelledError)
        self.known = {}
        log.debug("the depth of the queues is unknown: %r", failure.value)
