"""fedora-messaging's connection, with three repairs.

- Headers that pika cannot decode do not break the connection: see ``frames``.
- Other errors in what the broker sends are passed to a listener, together with
  the delivery in which they occurred.
- The reason why the broker closed the connection is kept. pika forgets it when the
  TCP connection then closes cleanly.
"""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from fedora_messaging.twisted.protocol import FedoraMessagingProtocolV2
from pika import spec
from pika.adapters.twisted_connection import _TwistedConnectionAdapter
from pika.connection import Parameters
from pika.exceptions import AMQPConnectionError, ConnectionClosedByBroker
from twisted.internet import defer

from . import frames

log = logging.getLogger(__name__)


class Surprise(NamedTuple):
    """An error while reading, its channel, and the latest delivery before it."""

    error: Exception
    channel: int
    delivery: spec.Basic.Deliver | None


Surprised = Callable[[Surprise], object]


class Connection(_TwistedConnectionAdapter):  # type: ignore[misc]
    """pika's connection on Twisted."""

    def __init__(self, *arguments: Any, surprised: Surprised, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._surprised = surprised
        self._broken = False
        self._channel_bytes = b""
        self._delivery: spec.Basic.Deliver | None = None
        #: What the broker said when it closed the connection.
        self.closed_by_broker: ConnectionClosedByBroker | None = None

    def data_received(self, data: bytes) -> None:
        """Process what the broker sent, but nothing more after an error."""
        if self._broken:
            return
        try:
            super().data_received(data)
        except Exception as error:  # noqa: BLE001  no error may repeat forever
            self._broken = True
            channel = int.from_bytes(self._channel_bytes, "big")
            self._surprised(Surprise(error, channel, self._delivery))

    def connection_lost(self, error: Any) -> None:
        """The TCP connection has ended."""
        if self._error is None:
            super().connection_lost(error)
            return
        self._transport = None
        self._on_stream_terminated(None)

    def _read_frame(self) -> tuple[int, Any]:
        self._channel_bytes = self._frame_buffer[1:3]
        length, value = frames.read(self._frame_buffer)
        method = getattr(value, "method", None)
        if isinstance(method, spec.Basic.Deliver):
            self._delivery = method
        return length, value

    def _on_connection_close_from_broker(self, method_frame: Any) -> None:
        said = method_frame.method
        self.closed_by_broker = ConnectionClosedByBroker(said.reply_code, said.reply_text)
        super()._on_connection_close_from_broker(method_frame)


class Protocol(FedoraMessagingProtocolV2):
    """fedora-messaging's protocol on such a connection."""

    #: pika's Deferred for a usable connection; None once it has fired.
    ready: Any

    def __init__(
        self,
        parameters: Parameters,
        surprised: Surprised | None = None,
        confirms: bool = False,
    ) -> None:
        super().__init__(parameters, confirms=confirms)
        self._impl = Connection(
            parameters,
            self._on_connection_ready,
            self._on_connection_failed,
            self._on_connection_closed,
            surprised=surprised or self._cut,
        )
        #: Fires with the protocol once it is usable, or fails with the reason why it is not.
        self.usable: defer.Deferred[Protocol] = self.ready

    @property
    def closed_by_broker(self) -> ConnectionClosedByBroker | None:
        """What the broker said when it closed the connection."""
        said: ConnectionClosedByBroker | None = self._impl.closed_by_broker
        return said

    def discard(self, channel: int) -> None:
        """Discard what is delivered but not acked on a channel, then disconnect.

        It goes to the queue's dead-letter exchange, if there is one.
        """
        everything = spec.Basic.Nack(delivery_tag=0, multiple=True, requeue=False)
        self._impl._send_method(channel, everything)
        self.disconnect()

    def disconnect(self) -> None:
        """Disconnect once everything is sent."""
        if self.transport is not None:
            self.transport.loseConnection()

    def abort(self) -> None:
        """Disconnect at once; what is not acked returns to its queue."""
        if self.transport is not None:
            self.transport.abortConnection()

    def _cut(self, surprise: Surprise) -> None:
        """Cut the connection, as pika would; used without a listener."""
        log.error("an error while reading from the broker: %s", surprise)
        self.abort()

    def _on_connection_failed(self, _connection: Any, error: Exception | None = None) -> None:
        """Pass on the reason; pika would only report that there was an attempt."""
        ready, self.ready = self.ready, None
        if ready:
            ready.errback(self.closed_by_broker or error or AMQPConnectionError())
