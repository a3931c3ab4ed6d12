"""An HTTP request: its limits, and how the response is sent."""

import logging
from http import HTTPStatus
from io import BytesIO
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.python.failure import Failure
from twisted.web import http

from . import target
from .answer import Answer, error

log = logging.getLogger(__name__)

#: The largest request body, in bytes. No page needs one at all.
MAX_BODY = 4096
# The number of bytes handed to the connection at a time.
_CHUNK = 128 * 1024


class Request(http.Request):
    """One request. Its body stays in memory, and is refused beyond `MAX_BODY`."""

    channel: Any
    content: Any
    _refused = False
    _gone = False
    _target = target.Target("/", {})

    def gotLength(self, length: int | None) -> None:  # noqa: N802  Twisted's name
        """Accept the body's length, None if it is chunked.

        Twisted would store the body in a temporary file.
        """
        self.content = BytesIO()
        if length is not None and length > MAX_BODY:
            self._refuse_body()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Accept a part of the body."""
        if not self._refused and self.content.tell() + len(data) > MAX_BODY:
            self._refuse_body()
        if not self._refused:
            self.content.write(data)

    def process(self) -> None:
        """Answer, now that it has arrived in full."""
        if self._refused:
            return
        self._target = target.parse(self.uri)
        service: Any = self.channel.service
        answer = maybeDeferred(service.answer, self.method, self._target.path, self)
        answer.addErrback(self._failed)
        answer.addCallback(self._send)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        """Note that the client has disconnected."""
        self._gone = True
        super().connectionLost(reason)

    def header(self, name: str) -> str:
        """The values of a header, joined by commas; "" if there is none."""
        values = self.requestHeaders.getRawHeaders(name.encode()) or []
        return ", ".join(value.decode("latin-1") for value in values)

    def arguments(self, name: str) -> list[str]:
        """The values of an argument of the query."""
        return self._target.arguments.get(name, [])

    @property
    def peer(self) -> str:
        """The address of the client, "" behind a unix socket."""
        return str(getattr(self.client, "host", ""))

    def cut(self, reason: str) -> None:
        """Close the connection at once, and count it under a reason."""
        if not self._gone and not self.finished:
            self.channel.cut(reason)

    def _refuse_body(self) -> None:
        """Refuse, and let the client read why: an abort would discard the response."""
        self._refused = True
        # Otherwise Twisted would still ask the client to send the body.
        self.requestHeaders.removeHeader(b"expect")
        answer = error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        self.channel.refuse(answer.status, answer.body)

    def _send(self, answer: Answer) -> None:
        if self._gone:
            answer.done()
            return
        self.notifyFinish().addBoth(lambda _: answer.done())
        self.setResponseCode(answer.status)
        self.setHeader("Date", http.datetimeToString())
        self.setHeader("Content-Type", answer.content_type)
        self.setHeader("Content-Length", str(len(answer.body)))
        for name, value in answer.headers:
            self.setHeader(name, value)
        if self.method == b"HEAD":
            self.finish()
        else:
            _Sending(self, answer.body).start()

    def _failed(self, failure: Failure) -> Answer:
        log.error("a request failed: %s", failure.getTraceback())
        return error(HTTPStatus.INTERNAL_SERVER_ERROR)


class _Sending:
    """Hands a body to the connection as fast as the client reads it, in chunks, to save memory."""

    def __init__(self, request: Any, body: bytes) -> None:
        self._request = request
        self._body = body
        self._at = 0
        self._paused = False

    def start(self) -> None:
        """Send all of it, however long the client takes."""
        self._request.registerProducer(self, True)
        self.resumeProducing()

    def resumeProducing(self) -> None:  # noqa: N802  Twisted's names
        """Continue: the client has read what was sent."""
        self._paused = False
        self._request.channel.moved()
        while not self._paused and self._at < len(self._body):
            chunk = self._body[self._at : self._at + _CHUNK]
            self._at += len(chunk)
            self._request.write(chunk)
        if self._at >= len(self._body) and self._request.producer:
            self._request.unregisterProducer()
            self._request.finish()

    def pauseProducing(self) -> None:  # noqa: N802
        """Wait until the client has read."""
        self._paused = True

    def stopProducing(self) -> None:  # noqa: N802
        """Stop: the client has disconnected."""
        self._paused = True
        self._body = b""
