"""A consumer that takes deliveries by the batch, on fedora-messaging's connections."""

from collections.abc import Generator
from typing import Any

import pika.exceptions
from fedora_messaging.twisted.consumer import Consumer
from pika.adapters.twisted_connection import ClosableDeferredQueue
from twisted.internet import defer, error, task
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from ...message import Message, from_wire
from ...sink import RETRY, NotRecorded, Sink
from ..status import Status

#: The largest batch. Messages beyond the prefetch count never arrive at once.
MAX_BATCH = 1000


class BatchConsumer(Consumer):
    """fedora-messaging's consumer, taking deliveries by the batch.

    While the sink does not record a batch, it stays unacked and is handed over
    again. ``ended`` fires when the consumer has ended, with the reason.
    """

    def __init__(
        self,
        queue: str,
        sink: Sink,
        status: Status,
        clock: IReactorTime,
    ) -> None:
        super().__init__(queue=queue)
        self._sink = sink
        self._status = status
        self._clock = clock
        self.ended: defer.Deferred[str] = defer.Deferred()

    @defer.inlineCallbacks
    def _read_one(
        self, queue_object: ClosableDeferredQueue
    ) -> Generator[defer.Deferred[Any], Any, Any]:
        """Take everything that has arrived, in one batch. Called in a loop by the base."""
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
        yield self._take([_message(*delivery[1:]) for delivery in deliveries])
        channel, frame, _, _ = deliveries[-1]
        channel.basic_ack(delivery_tag=frame.delivery_tag, multiple=True)

    @defer.inlineCallbacks
    def _gather(
        self, queue_object: ClosableDeferredQueue
    ) -> Generator[defer.Deferred[Any], Any, None]:
        """Let the reactor read on for as long as each turn of it brings more."""
        seen = -1
        while seen < len(queue_object.pending) < MAX_BATCH:
            seen = len(queue_object.pending)
            yield task.deferLater(self._clock, 0)

    @defer.inlineCallbacks
    def _take(self, messages: list[Message]) -> Generator[defer.Deferred[Any], Any, None]:
        """Hand a batch on until it is safe, or until the consumer is to stop."""
        while True:
            try:
                self._sink(messages)
            except NotRecorded as refusal:
                self._status.fail(str(refusal))
                if not self._running:
                    raise
                yield task.deferLater(self._clock, RETRY)
            else:
                self._status.recover()
                return

    def _read_loop_errback(self, failure: Failure) -> None:
        """Report the end. The base would treat errors differently, and give some up."""
        self._running = False
        if not self.ended.called:
            self.ended.callback(_reason(failure))


def _message(frame: Any, properties: Any, body: bytes) -> Message:
    return from_wire(
        frame.routing_key,
        properties.message_id,
        properties.headers,
        properties.content_encoding,
        body,
    )


def _reason(failure: Failure) -> str:
    """Why a consumer ended, for people: the errors themselves are terse."""
    if failure.check(pika.exceptions.ConsumerCancelled):
        return "the broker cancelled the consumer: its queue was deleted, or its node failed"
    if failure.check(error.ConnectionDone, error.ConnectionLost):
        return "the connection to the broker was lost"
    return f"the channel was closed: {failure.value!r}"
