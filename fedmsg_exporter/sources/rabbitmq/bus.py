"""The bus: a RabbitMQ broker, read through fedora-messaging.

Broker, TLS, queues, bindings and prefetch come from fedora-messaging's own
config, its service makes the connections. Two things are done differently:

- Its consumer validates each body against four JSON schemas and acks message by
  message. `batches.BatchConsumer` takes what has arrived as one batch, and acks it with
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
from fedora_messaging.twisted.protocol import FedoraMessagingProtocolV2
from fedora_messaging.twisted.service import FedoraMessagingServiceV2
from twisted.internet import defer, error, task
from twisted.python.failure import Failure

from ...sink import Sink
from ..status import Status
from .batches import BatchConsumer

log = logging.getLogger(__name__)

#: The longest wait between two attempts to connect or to consume, in seconds.
#: Twisted's back-off strays from it at random by an eighth.
MAX_DELAY = 20

#: The heartbeat in seconds, unless the AMQP URL has one. Fedora's broker proposes ten
#: minutes: for twice as long a connection that died silently would pass for alive.
HEARTBEAT = 20

Stop = Callable[[int, str], object]


class Bus:
    """Consumes from the broker for as long as it runs, batch by batch."""

    def __init__(
        self,
        sink: Sink,
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
        """Report why a connection cannot be made; the factory does not say."""
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
        """A refusal at the first start is an error in the config: a retry would not help."""
        status = 10 if isinstance(refusal, exceptions.BadDeclaration) else 15
        self._stop(status, f"the broker refused: {refusal}")

    def _crashed(self, failure: Failure) -> None:
        self._stop(13, f"a bug in the exporter, please report it: {failure.getTraceback()}")


#: What may go wrong on the way to a consumer, and is mended by trying again.
_TROUBLE = (
    exceptions.BaseException,
    pika.exceptions.AMQPError,
    error.ConnectError,
    error.ConnectionDone,
    error.ConnectionLost,
)


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
