"""The bus: a RabbitMQ broker, read through fedora-messaging.

Broker, TLS, queues, bindings and prefetch come from fedora-messaging's own
config, its service makes the connections. Two things are done differently:

- Its consumer validates each body against four JSON schemas and acks message by
  message. `BatchConsumer` takes what has arrived as one batch, and acks it with
  one ``multiple`` ack once it is safe.
- Its reconnection backs off to an hour, and it gives up when a queue is deleted
  or the broker cancels the consumer. `Bus` begins anew within a minute,
  whatever happened, and knows at any moment whether it consumes.
"""

import logging
from collections.abc import Callable, Generator
from typing import Any

import pika.exceptions
from fedora_messaging import config, exceptions
from fedora_messaging.twisted.consumer import Consumer
from fedora_messaging.twisted.protocol import FedoraMessagingProtocolV2
from fedora_messaging.twisted.service import FedoraMessagingServiceV2
from pika.adapters.twisted_connection import ClosableDeferredQueue
from twisted.internet import defer, error, task
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from ..ledger import LedgerError
from ..message import Message, from_wire
from .status import Status

log = logging.getLogger(__name__)

#: The longest wait between two attempts to connect or to consume, in seconds.
#: Twisted's back-off strays from it at random by an eighth.
MAX_DELAY = 20

#: How often the broker is to give a sign of life, in seconds, unless the AMQP URL
#: says otherwise. Fedora's broker proposes ten minutes: for so long, and twice,
#: a connection that died in silence would be taken for alive.
HEARTBEAT = 20

#: The largest batch. Messages beyond the prefetch count never arrive at once.
MAX_BATCH = 1000

#: How long to wait before a batch is recorded again that the ledger refused.
LEDGER_RETRY = 1.0

Stop = Callable[[int, str], object]


class BatchConsumer(Consumer):
    """fedora-messaging's consumer, taking deliveries by the batch.

    ``sink`` is called with a list of messages and raises LedgerError while they
    are not safe; they stay unacked then, and are handed to it again.
    ``ended`` fires when the consumer has come to an end, whatever the reason, with it.
    """

    def __init__(
        self,
        queue: str,
        sink: Callable[[list[Message]], object],
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
        """Hand a batch on until it is safe, or until the consumer is told to stop."""
        while True:
            try:
                self._sink(messages)
            except LedgerError as refusal:
                self._status.fail(str(refusal))
                if not self._running:
                    raise
                yield task.deferLater(self._clock, LEDGER_RETRY)
            else:
                self._status.recover()
                return

    def _read_loop_errback(self, failure: Failure) -> None:
        """Say that it ended. The base would tell errors apart, and give some up."""
        self._running = False
        if not self.ended.called:
            self.ended.callback(_reason(failure))


class Bus:
    """Consumes from the broker for as long as it runs, batch by batch."""

    def __init__(
        self,
        sink: Callable[[list[Message]], object],
        status: Status,
        reactor: Any,
        stop: Stop,
    ) -> None:
        """Prepare; `start` connects. ``stop(exit_status, reason)`` ends the process."""
        self._sink = sink
        self._status = status
        self._reactor = reactor
        self._stop = stop
        self._stopping = False
        self._has_consumed = False
        if config.conf["client_properties"].get("app") == "Unknown":
            config.conf["client_properties"]["app"] = "fedmsg_exporter"
        self._service: Any = FedoraMessagingServiceV2(publish_confirms=False)
        self._factory: Any = self._service.factory
        self._factory.maxDelay = MAX_DELAY
        if self._factory._parameters.heartbeat is None:
            self._factory._parameters.heartbeat = HEARTBEAT
        self._watch_connections()

    def start(self) -> None:
        """Connect, and consume until told to stop."""
        self._service.startService()
        self._consume_for_ever().addErrback(self._crashed)

    def stop(self) -> "defer.Deferred[Any]":
        """Finish the batch in hand, ack it, and disconnect."""
        self._stopping = True
        self._status.down("shutting down")
        stopped: defer.Deferred[Any] = self._service.stopService()
        return stopped

    @defer.inlineCallbacks
    def _consume_for_ever(self) -> Generator[defer.Deferred[Any], Any, None]:
        while not self._stopping:
            protocol: FedoraMessagingProtocolV2 | None = None
            try:
                protocol = yield self._factory.when_connected()
                consumers = yield self._register(protocol)
                self._status.up()
                self._has_consumed = True
                log.info("consuming from %s", ", ".join(one.queue for one in consumers))
                ended = [one.ended for one in consumers]
                reason, _ = yield defer.DeferredList(ended, fireOnOneCallback=True)
                self._report(reason)
            except (exceptions.BadDeclaration, exceptions.PermissionException) as refusal:
                if not self._has_consumed:
                    self._give_up(refusal)
                    return
                self._report(str(refusal))
            except _TROUBLE as trouble:
                self._report(str(trouble) or type(trouble).__name__)
            yield self._start_over(protocol)

    @defer.inlineCallbacks
    def _register(
        self, protocol: FedoraMessagingProtocolV2
    ) -> Generator[defer.Deferred[Any], Any, list[BatchConsumer]]:
        """Declare queues and bindings as configured, and consume from each queue."""
        consumers = []
        queues: dict[str, Any] = config.conf["queues"]
        for name, settings in queues.items():
            queue = yield protocol.declare_queue(settings | {"queue": name})
            yield protocol.bind_queues(_bindings(name, queue))
            consumer = BatchConsumer(queue, self._sink, self._status, self._reactor)
            yield protocol.consume(_unused, queue, consumer)
            consumers.append(consumer)
        return consumers

    @defer.inlineCallbacks
    def _start_over(
        self, protocol: FedoraMessagingProtocolV2 | None
    ) -> Generator[defer.Deferred[Any], Any, None]:
        """Drop what is left of the connection; the factory makes the next one."""
        if self._stopping:
            return
        if protocol is not None and protocol.transport is not None:
            protocol.transport.abortConnection()
        yield task.deferLater(self._reactor, 1)

    def _watch_connections(self) -> None:
        """Learn why a connection cannot be made; the factory keeps that to itself."""
        failed = self._factory.clientConnectionFailed

        def explain(connector: Any, reason: Failure) -> None:
            self._report(f"cannot reach the broker: {reason.getErrorMessage().rstrip('.')}")
            failed(connector, reason)

        self._factory.clientConnectionFailed = explain

    def _report(self, reason: str) -> None:
        if not self._stopping:
            if reason != self._status.reason:
                log.warning("not consuming: %s", reason)
            self._status.down(reason)

    def _give_up(self, refusal: Exception) -> None:
        """A refusal at the very start is a mistake in the config: no use to repeat it."""
        status = 10 if isinstance(refusal, exceptions.BadDeclaration) else 15
        self._stop(status, f"the broker refused: {refusal}")

    def _crashed(self, failure: Failure) -> None:
        self._stop(13, f"a fault in the exporter, please report it: {failure.getTraceback()}")


#: What may go wrong on the way to a consumer, and is mended by trying again.
_TROUBLE = (
    exceptions.BaseException,
    pika.exceptions.AMQPError,
    error.ConnectError,
    error.ConnectionDone,
    error.ConnectionLost,
)


def _reason(failure: Failure) -> str:
    """Why a consumer ended, for people: the errors themselves are terse."""
    if failure.check(pika.exceptions.ConsumerCancelled):
        return "the broker cancelled the consumer: its queue was deleted, or its node failed"
    if failure.check(error.ConnectionDone, error.ConnectionLost):
        return "the connection to the broker was lost"
    return f"the channel was closed: {failure.value!r}"


def _bindings(name: str, queue: str) -> list[Any]:
    """The configured bindings of a queue, one for each routing key, as pika wants them."""
    return [
        {
            "queue": queue,
            "routing_key": key,
            **{k: v for k, v in binding.items() if k not in ("queue", "routing_keys")},
        }
        for binding in config.conf["bindings"]
        if binding.get("queue", "") == name
        for key in binding["routing_keys"]
    ]


def _unused(message: object) -> None:
    """The callback that fedora-messaging asks for; a batch consumer has its sink."""


def _message(frame: Any, properties: Any, body: bytes) -> Message:
    return from_wire(
        frame.routing_key,
        properties.message_id,
        properties.headers,
        properties.content_encoding,
        body,
    )
