"""A consumer that handles deliveries in batches, on fedora-messaging's connections."""

import logging
from collections.abc import Generator
from typing import Any, NamedTuple

import pika.exceptions
from fedora_messaging.twisted.consumer import Consumer
from pika.adapters.twisted_connection import ClosableDeferredQueue
from twisted.internet import defer, error, task
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from ...message import Message, from_wire
from ...sink import NotRecorded, Sink
from ..status import Status
from .frames import Undecodable

log = logging.getLogger(__name__)

#: The largest batch. No more messages than the prefetch count ever arrive at once.
MAX_BATCH = 1000

#: How often a quorum queue delivers a message before dropping it, by default
#: (RabbitMQ 4).
DELIVERY_LIMIT = 20


#: After this many deliveries that all have an offset, the queue is a stream: a publisher
#: may write the header into some messages, but not into all.
_OFFSETS = 10


class Reading(NamedTuple):
    """How to read a queue.

    ``prefetch`` is how many messages the broker may send ahead. The consumer ends
    after ``most`` messages, if set. ``delivery_limit`` is the queue's.
    """

    prefetch: int
    most: int | None = None
    delivery_limit: int = DELIVERY_LIMIT


class Ended(NamedTuple):
    """The end of a consumer."""

    cause: Failure


class ReadEnough(Exception):  # noqa: N818  it is an outcome
    """The requested number of messages was read."""


class BatchConsumer(Consumer):
    """fedora-messaging's consumer, handling deliveries in batches.

    A batch that is not recorded ends the consumer: nothing is held back, and the
    batch returns to its queue. ``ended`` fires with the reason when the consumer
    has ended.
    """

    def __init__(
        self, queue: str, sink: Sink, status: Status, clock: IReactorTime, reading: Reading
    ) -> None:
        super().__init__(queue=queue)
        self._sink = sink
        self._status = status
        self._clock = clock
        self._reading = reading
        self.recorded = 0
        self._seen = self._with_offset = 0
        self.ended: defer.Deferred[Ended] = defer.Deferred()

    @defer.inlineCallbacks
    def consume(self) -> Generator[defer.Deferred[Any], Any, None]:
        """Start consuming. Fails with pika's errors, which have the broker's words."""
        channel: Any = self._channel
        yield channel.basic_qos(prefetch_count=self._reading.prefetch, prefetch_size=0)
        queue_object, _ = yield channel.basic_consume(queue=self.queue, consumer_tag=self._tag)
        self._running = True
        self._read_loop = self._read(queue_object)
        self._read_loop.addErrback(self._read_loop_errback)

    @defer.inlineCallbacks
    def _read_one(
        self, queue_object: ClosableDeferredQueue
    ) -> Generator[defer.Deferred[Any], Any, Any]:
        """Handle everything that has arrived as one batch. The base class calls it in a loop."""
        arrival = queue_object.get()
        arrival.addTimeout(1, self._clock)
        try:
            deliveries = [(yield arrival)]
        except (defer.TimeoutError, defer.CancelledError):
            return
        yield self._gather(queue_object)
        more = MAX_BATCH - len(deliveries)
        deliveries += queue_object.pending[:more]
        del queue_object.pending[:more]
        self._watch(deliveries)
        self._take([_message(*delivery[1:]) for delivery in deliveries])
        channel, frame, _, _ = deliveries[-1]
        channel.basic_ack(delivery_tag=frame.delivery_tag, multiple=True)
        self._count(len(deliveries))

    @defer.inlineCallbacks
    def _gather(
        self, queue_object: ClosableDeferredQueue
    ) -> Generator[defer.Deferred[Any], Any, None]:
        """Let the reactor go on reading as long as each iteration brings more."""
        seen = -1
        while seen < len(queue_object.pending) < MAX_BATCH:
            seen = len(queue_object.pending)
            yield task.deferLater(self._clock, 0)

    def _take(self, messages: list[Message]) -> None:
        """Give a batch to the sink. Raises NotRecorded; another error costs one message at most."""
        try:
            self._sink(messages)
        except NotRecorded as refusal:
            self._status.fail(str(refusal))
            raise
        except Exception:
            log.exception("a bug in the exporter, please report it; retrying messages one by one")
            for message in messages:
                self._take_one(message)
        self._status.recover()

    def _take_one(self, message: Message) -> None:
        try:
            self._sink([message])
        except NotRecorded as refusal:
            self._status.fail(str(refusal))
            raise
        except Exception:
            log.exception("rejecting message %r on topic %r", message.id, message.topic)
            self._sink([Message(message.topic, message.id, {}, {}, unreadable="bug")])

    def _count(self, number: int) -> None:
        self.recorded += number
        if self._reading.most is not None and self.recorded >= self._reading.most:
            raise ReadEnough

    def _watch(self, deliveries: list[Any]) -> None:
        """Look for headers added by the broker, which show the kind of queue."""
        self._seen += len(deliveries)
        self._with_offset += sum("x-stream-offset" in (one[2].headers or {}) for one in deliveries)
        if self._seen == self._with_offset >= _OFFSETS:
            self._status.lose("the queue is a stream, which is read from its end")
        self._watch_redelivery(max(map(_delivery_count, deliveries)))

    def _watch_redelivery(self, count: int) -> None:
        """Warn before a quorum queue drops messages for having been delivered too often."""
        limit = self._reading.delivery_limit
        if count > self._status.delivery_count and count >= limit / 2:
            log.warning(
                "delivery %s of a message from the queue %s; a quorum queue drops messages "
                "at its x-delivery-limit, which is %s here unless a policy sets another",
                *(count + 1, self.queue, limit),
            )
        self._status.delivery_count = count

    def _read_loop_errback(self, failure: Failure) -> None:
        """Report the end. The base class would retry some errors and give up on others."""
        self._running = False
        if not self.ended.called:
            self.ended.callback(Ended(failure))


def _message(frame: Any, properties: Any, body: bytes) -> Message:
    """Read a delivery; what cannot be read is rejected, never raised."""
    try:
        message = from_wire(
            frame.routing_key,
            properties.message_id,
            properties.headers,
            properties.content_encoding,
            body,
        )
    except Exception:
        log.exception("a bug in the exporter, please report it; rejecting a message")
        return Message(str(frame.routing_key), "", {}, {}, unreadable="bug")
    if isinstance(properties.headers, Undecodable):
        log.warning(
            "rejecting message %r on topic %r, whose AMQP headers cannot be decoded: %s",
            *(message.id, message.topic, properties.headers.reason),
        )
        return message._replace(headers={}, body={}, unreadable="headers")
    return message


def _delivery_count(delivery: Any) -> int:
    """How often a quorum queue has delivered a message before; 0 for any other queue."""
    _, frame, properties, _ = delivery
    count = (properties.headers or {}).get("x-delivery-count", 0)
    # On a first delivery, the header can only come from the publisher.
    return max(count, 0) if frame.redelivered and isinstance(count, int) else 0


def reason(failure: Failure) -> str:
    """Why a consumer ended, in words: the errors themselves are terse."""
    if failure.check(pika.exceptions.ConsumerCancelled):
        return "the broker cancelled the consumer: its queue was deleted, or its node failed"
    if failure.check(error.ConnectionDone, error.ConnectionLost):
        return "the connection to the broker was lost"
    if failure.check(NotRecorded):
        return "the ledger cannot be written"
    if failure.check(ReadEnough):
        return "reconnecting to read at full speed again"
    if failure.check(pika.exceptions.ConnectionClosedByBroker):
        said: Any = failure.value
        return f"the broker closed the connection: {said.reply_text} ({said.reply_code})"
    return f"the channel was closed: {failure.value!r}"
