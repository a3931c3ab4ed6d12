"""The bus: a RabbitMQ broker, read through fedora-messaging.

Broker, TLS, queues, bindings and prefetch come from fedora-messaging's own config,
and its protocol declares and consumes. Three things are done differently:

- fedora-messaging's consumer validates each body against four JSON schemas and acks
  each message. `batches.BatchConsumer` handles what has arrived as one batch, and
  acks it with one ``multiple`` ack once it is safe.
- Its reconnection backs off up to an hour, and it gives up when a queue is deleted
  or the broker cancels the consumer. `Bus` starts over within a minute after any
  error, and always knows whether it is consuming.
- Nothing is consumed while the ledger cannot be written: see `Bus._until_writable`.
"""

import logging
from collections.abc import Callable, Generator, Mapping
from typing import Any

import pika.exceptions
from pika.spec import Basic
from twisted.internet import defer, task
from twisted.python.failure import Failure

from ...message import Message
from ...retry import Backoff
from ...sink import RETRY, NotRecorded, Probe, Sink
from ..status import Status
from . import batches, declaring, queues
from .batches import MAX_BATCH, BatchConsumer, Reading
from .broker import TROUBLE, Broker
from .connection import Protocol, Surprise
from .depths import Depth, Depths
from .surprises import Surprises

log = logging.getLogger(__name__)

#: The longest wait between two attempts to connect or to consume, in seconds.
MAX_DELAY = 20.0

#: The longest wait after a batch was not recorded although the ledger can be written.
MAX_REFUSED = 300.0

#: How long the broker may take to close the connection, in seconds.
FAREWELL = 5.0

Stop = Callable[[int, str], object]


class Bus:
    """Consumes from the broker in batches, until it is stopped."""

    def __init__(
        self,
        sink: Sink,
        probe: Probe,
        status: Status,
        broker: Broker,
        conf: Mapping[str, Any],
        reactor: Any,
        stop: Stop,
    ) -> None:
        """Prepare; `start` connects. ``stop(exit_status, reason)`` ends the process."""
        self._sink = sink
        self._probe = probe
        self._status = status
        self._broker = broker
        self._conf = conf
        self._reactor = reactor
        self._stop = stop
        self._stopping = False
        self._has_consumed = False
        self._protocol: Protocol | None = None
        self._running: defer.Deferred[None] = defer.succeed(None)
        self._backoff = Backoff(1.0, MAX_DELAY)
        self._refused = Backoff(RETRY, MAX_REFUSED)
        self._surprises = Surprises()
        self._depths: Depths | None = None

    def depths(self) -> Mapping[str, Depth]:
        """The known depths of queues, by name in the config."""
        return self._depths.known if self._depths else {}

    def start(self) -> None:
        """Connect, and consume until `stop`."""
        self._running = self._consume_for_ever()
        self._running.addErrback(self._crashed)

    @defer.inlineCallbacks
    def stop(self) -> Generator[defer.Deferred[Any], Any, None]:
        """Finish the current batch, ack it, and disconnect, all within `FAREWELL`."""
        self._stopping = True
        self._status.down("shutting down")
        if self._protocol is None:
            return
        late = self._reactor.callLater(FAREWELL, self._protocol.abort)
        try:
            yield defer.maybeDeferred(self._protocol.halt)
        except (*TROUBLE, defer.FirstError) as trouble:
            log.warning("the broker did not respond while disconnecting: %r", trouble)
        if late.active():
            late.cancel()
        self._drop()

    @defer.inlineCallbacks
    def _consume_for_ever(self) -> Generator[defer.Deferred[Any], Any, None]:
        while not self._stopping:
            try:
                yield self._until_writable()
                yield self._consume_once()
            except TROUBLE as trouble:
                if self._is_final(trouble):
                    return
                self._report(self._broker.explain(trouble))
            self._drop()
            if not self._stopping:
                yield task.deferLater(self._reactor, self._backoff.fail())

    @defer.inlineCallbacks
    def _until_writable(self) -> Generator[defer.Deferred[Any], Any, None]:
        """Wait until the ledger can be written.

        What cannot be recorded has to be returned, and a quorum queue drops a message
        that was returned too often.
        """
        while True:
            try:
                self._probe()
            except NotRecorded as refusal:
                self._status.fail(str(refusal))
                self._report("waiting until the ledger can be written")
                yield task.deferLater(self._reactor, RETRY)
            else:
                self._status.recover()
                return

    @defer.inlineCallbacks
    def _consume_once(self) -> Generator[defer.Deferred[Any], Any, None]:
        """Connect, and consume until that ends. Fails with one of `TROUBLE`."""
        self._protocol = yield self._broker.connect(self._reactor, self._surprised)
        consumers = yield self._register(self._protocol)
        if self._stopping:
            return
        self._backoff.succeed()
        self._status.up()
        self._has_consumed = True
        log.info("consuming from %s", ", ".join(one.queue for one in consumers))
        names = dict(zip(self._conf["queues"], (one.queue for one in consumers), strict=True))
        self._depths = Depths(self._protocol, names, self._reactor)
        self._depths.start()
        ended = [one.ended for one in consumers]
        (failure,), _ = yield defer.DeferredList(ended, fireOnOneCallback=True)
        if failure.check(pika.exceptions.ConsumerCancelled):
            self._status.lose("the broker cancelled the consumer")
        if failure.check(batches.ReadEnough):
            self._surprises = Surprises()
        self._report(batches.reason(failure))
        self._drop()
        if any(one.recorded for one in consumers):
            self._refused.succeed()
        if failure.check(NotRecorded):
            yield task.deferLater(self._reactor, self._refused.fail())

    @defer.inlineCallbacks
    def _register(
        self, protocol: Protocol
    ) -> Generator[defer.Deferred[Any], Any, list[BatchConsumer]]:
        """Declare queues and bindings as configured, and consume from each queue."""
        consumers = []
        for name, settings in self._conf["queues"].items():
            queue = yield declaring.declare(protocol, name, settings, self._status)
            bindings = queues.bindings(name, queue, self._conf["bindings"])
            yield protocol.bind_queues(bindings)
            consumer = BatchConsumer(
                queue, self._sink, self._status, self._reactor, self._reading(settings)
            )
            yield protocol.consume(_unused, queue, consumer)
            consumers.append(consumer)
        return consumers

    def _reading(self, settings: Mapping[str, Any]) -> Reading:
        prefetch = self._conf["qos"]["prefetch_count"]
        limit = queues.delivery_limit(settings)
        if self._surprises.careful:
            return Reading(1, prefetch or MAX_BATCH, limit)
        return Reading(prefetch, delivery_limit=limit)

    def _surprised(self, protocol: Protocol, surprise: Surprise) -> None:
        """Handle an error while reading: cut the connection, or skip the message."""
        careful = self._surprises.careful
        self._surprises = self._surprises.cut(self._reactor.seconds())
        log.error(
            "an error while reading from the broker: %r; the latest delivery: %s%s",
            *(surprise.error, surprise.delivery, "; discarding it" if careful else ""),
        )
        if careful and surprise.channel and self._reject(surprise.delivery):
            protocol.discard(surprise.channel)
            self._surprises = Surprises()
        else:
            protocol.abort()

    def _reject(self, delivery: Basic.Deliver | None) -> bool:
        """Count what is discarded unread; returns False if that cannot be recorded."""
        topic = str(delivery.routing_key) if delivery else ""
        try:
            self._sink([Message(topic, "", {}, {}, unreadable="frame")])
        except NotRecorded as refusal:
            self._status.fail(str(refusal))
            return False
        return True

    def _drop(self) -> None:
        """Drop what is left of the connection; what is not acked returns to the queue."""
        depths, self._depths = self._depths, None
        if depths is not None:
            depths.stop()
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            protocol.abort()

    def _report(self, reason: str) -> None:
        if not self._stopping:
            if reason != self._status.reason:
                log.warning("not consuming: %s", reason)
            self._status.down(reason)

    def _is_final(self, trouble: BaseException) -> bool:
        """End the process if a retry would not help: after a refusal at the first start."""
        if self._has_consumed or self._stopping:
            return False
        status = declaring.exit_status(trouble)
        if status:
            self._stop(status, self._broker.explain(trouble))
        return bool(status)

    def _crashed(self, failure: Failure) -> None:
        if self._stopping and failure.check(defer.CancelledError):
            return
        self._stop(13, f"a bug in the exporter, please report it: {failure.getTraceback()}")


def _unused(message: object) -> None:
    """The callback that fedora-messaging requires; batch consumers use the sink instead."""
