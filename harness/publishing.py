"""The messages that tests publish, and a fast way to publish many of them.

pika's BlockingConnection sends one message and waits for its confirm; here up
to 20,000 are on their way at a time: 9,000 a second instead of 700.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import pika
from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByClient, NackError

_CHUNK = 500
_UNCONFIRMED = 20_000


class Outgoing(NamedTuple):
    """A message to publish; a body that is not bytes is sent as JSON."""

    topic: str
    body: Any = b"{}"
    headers: Mapping[str, Any] | None = None
    message_id: str | None = None
    content_encoding: str | None = "utf-8"
    content_type: str | None = "application/json"
    persistent: bool = True

    def wire(self) -> bytes:
        """Return the body as it goes over the wire."""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).encode()

    def properties(self) -> pika.BasicProperties:
        """Return the AMQP properties that go with the body."""
        return pika.BasicProperties(
            headers=None if self.headers is None else dict(self.headers),
            message_id=self.message_id,
            content_encoding=self.content_encoding,
            content_type=self.content_type,
            delivery_mode=2 if self.persistent else 1,
        )


class Publisher:
    """Publishes once, over a separate connection, in this thread."""

    def __init__(
        self,
        parameters: pika.URLParameters,
        exchange: str,
        messages: Iterable[Outgoing],
        confirm: bool,
    ) -> None:
        self._exchange = exchange
        self._messages: Iterator[Outgoing] = iter(messages)
        self._confirm = confirm
        self._sent = 0
        self._all_sent = False
        self._paused = False
        self._unconfirmed: dict[int, None] = {}  # the delivery tags, in order
        self._error: BaseException | None = None
        self._channel: Any = None
        self._connection = pika.SelectConnection(
            parameters,
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_closed,
            on_close_callback=self._on_closed,
        )

    def run(self) -> int:
        """Publish all, wait for the confirms if requested; return how many."""
        try:
            self._connection.ioloop.start()
        finally:
            self._connection.ioloop.close()
        if self._error is not None:
            raise self._error
        return self._sent

    def _on_open(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._on_channel_closed)
        if self._confirm:
            channel.confirm_delivery(self._on_answer)
        self._send_some()

    def _send_some(self) -> None:
        """Send a chunk, then process confirms, and continue unless too many are outstanding."""
        if self._connection.is_closing or self._connection.is_closed:
            return
        chunk = list(islice(self._messages, _CHUNK))
        for message in chunk:
            self._send(message)
        self._all_sent = len(chunk) < _CHUNK
        self._paused = len(self._unconfirmed) >= _UNCONFIRMED
        if self._all_sent:
            self._close_if_done()
        elif not self._paused:
            self._connection.ioloop.call_later(0, self._send_some)

    def _send(self, message: Outgoing) -> None:
        self._sent += 1
        if self._confirm:
            self._unconfirmed[self._sent] = None
        self._channel.basic_publish(
            self._exchange, message.topic, message.wire(), message.properties()
        )

    def _on_answer(self, frame: Any) -> None:
        if isinstance(frame.method, pika.spec.Basic.Nack):
            self._fail(NackError([]))
            return
        self._forget(frame.method.delivery_tag, frame.method.multiple)
        if self._paused and len(self._unconfirmed) < _UNCONFIRMED:
            self._send_some()
        elif self._all_sent:
            self._close_if_done()

    def _forget(self, tag: int, multiple: bool) -> None:
        if not multiple:
            self._unconfirmed.pop(tag, None)
            return
        while self._unconfirmed and (first := next(iter(self._unconfirmed))) <= tag:
            del self._unconfirmed[first]

    def _close_if_done(self) -> None:
        if not self._unconfirmed and self._connection.is_open:
            self._connection.close()

    def _fail(self, error: BaseException) -> None:
        self._error = error
        if self._connection.is_open:
            self._connection.close()

    def _on_channel_closed(self, _channel: Any, reason: BaseException) -> None:
        if isinstance(reason, ChannelClosedByBroker):
            self._fail(reason)

    def _on_closed(self, _connection: Any, reason: BaseException) -> None:
        if not isinstance(reason, ConnectionClosedByClient):
            self._error = reason
        self._connection.ioloop.stop()
