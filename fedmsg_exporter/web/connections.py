"""The connections of the HTTP server, with limits on their number, duration and idleness.

Each costs memory and a file descriptor, so clients that neither send nor read must
not hold on to them.
"""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol

from OpenSSL import SSL
from twisted.internet import task
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web import http

from .answer import Asked
from .request import Request

log = logging.getLogger(__name__)

#: The maximum number of connections.
MOST = 128
#: Seconds for a request to arrive, TLS included.
REQUEST = 10.0
#: Seconds that a client may read nothing, and seconds to read the whole response.
STILL, RESPONSE = 10.0, 60.0
#: Seconds that a connection may stay open between two requests.
IDLE = 300.0
# Seconds for a client to read why its request was refused, and bytes to accept meanwhile.
_REFUSED, _DISCARDED = 1.0, 256 * 1024


class Service(Protocol):
    """Answers requests."""

    def answer(self, method: bytes, path: str, asked: Asked) -> Any:
        """A response, or a Deferred of one."""


class Channel(http.HTTPChannel):
    """One connection. `Connections` closes it when it is too slow."""

    requestFactory = Request  # noqa: N815  Twisted's name
    # Twisted's own limit starts over with each byte.
    timeOut = None  # noqa: N815
    transport: Any
    service: Service
    connections: "Connections"

    def connectionMade(self) -> None:  # noqa: N802
        """Start waiting for a request."""
        self.refused = self.heard = self.answering = self.ended = False
        self.waiting = self.was_cut = self.closing = False
        self.discarded = 0
        self.moved()
        self.begun = self.last_moved
        self.connections.add(self)
        super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Forget the connection."""
        self.connections.remove(self)
        if not self.heard and reason.check(SSL.Error):
            self.connections.count("handshake")
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Accept what the client sent."""
        self.heard = True
        if self.refused:
            self._discard(data)
            return
        if not self.answering:
            # While a response is being sent, only reading counts.
            self.moved()
            self._begin()
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        """Accept a line of a request's head, unless a bad one came before it.

        Over TLS, Twisted reads on after a bad line.
        """
        if not self.closing:
            super().lineReceived(line)

    def loseConnection(self) -> None:  # noqa: N802
        """Close the connection cleanly, and read no more requests."""
        self.closing = True
        super().loseConnection()

    def allContentReceived(self) -> None:  # noqa: N802
        """Answer a request that has arrived in full, possibly along with the previous one."""
        self._begin()
        self.moved()
        self.answering = True
        super().allContentReceived()

    def requestDone(self, request: Any) -> None:  # noqa: N802
        """Wait for the next request."""
        self.answering, self.waiting = False, True
        self.begun = self.connections.clock()
        super().requestDone(request)

    def _begin(self) -> None:
        """Note that a request has begun, if the connection was waiting for one."""
        if self.waiting:
            self.waiting, self.begun = False, self.connections.clock()

    def moved(self) -> None:
        """Note that the client sent or read something."""
        self.last_moved = self.connections.clock()

    def refuse(self, status: int, body: bytes) -> None:
        """Answer in the middle of a request, without reading the rest of it."""
        self.connections.count("body")
        self.refused, self.begun = True, self.connections.clock()
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\n"
        length = f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write((head + length).encode() + body)

    def _discard(self, data: bytes) -> None:
        """Read some of what a refused client still sends, so that it can read the reason."""
        self.discarded += len(data)
        if self.discarded > _DISCARDED:
            self.transport.pauseProducing()

    def cut(self, reason: str) -> None:
        """Close the connection at once, and count it under a reason."""
        if not self.was_cut:
            self.was_cut = True
            self.connections.count(reason)
            self.transport.abortConnection()

    def end(self) -> None:
        """Close the connection cleanly, or at once on a second call."""
        if self.ended:
            self.transport.abortConnection()
        self.ended = True
        self.loseConnection()

    def overdue(self, now: float) -> str | None:
        """Why the connection should be closed, None if it should not.

        A key of `telemetry.CLOSED`, or "" if it is not worth counting.
        """
        spent = now - self.begun
        if self.refused:
            return "" if spent > _REFUSED else None
        if self.waiting:
            return "" if spent > IDLE else None
        if not self.answering:
            # Browsers open connections that they never use.
            return ("slow_request" if self.heard else "") if spent > REQUEST else None
        still = self.requests[0].startedWriting and now - self.last_moved > STILL
        return "slow_reader" if still or spent > RESPONSE else None


class Connections(http.HTTPFactory):
    """All connections of the server. ``count`` is called with the reason when one is closed."""

    protocol: Any = Channel
    noisy = False

    def __init__(
        self,
        service: Service,
        count: Callable[[str], None],
        reactor: Any,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(reactor=reactor)
        self.count = count
        self.clock = clock
        self.timeOut = None
        self._service = service
        self._open: set[Channel] = set()
        self._sweep = task.LoopingCall(self.sweep)
        self._sweep.clock = reactor

    def startFactory(self) -> None:  # noqa: N802
        """Start checking for connections that are too slow."""
        if not self._sweep.running:
            self._sweep.start(1.0, now=False)

    def stopFactory(self) -> None:  # noqa: N802
        """Stop checking."""
        if self._sweep.running:
            self._sweep.stop()

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        """Make a connection's channel."""
        channel: Any = super().buildProtocol(addr)
        channel.service, channel.connections = self._service, self
        return channel

    def log(self, request: Any) -> None:
        """Log nothing for a request: Prometheus logs its own scrapes."""

    def add(self, channel: Channel) -> None:
        """Accept a connection, dropping the most idle one if there are too many."""
        if len(self._open) >= MOST:
            stillest = min(self._open, key=lambda one: one.last_moved)
            self._open.discard(stillest)
            stillest.cut("connections")
        self._open.add(channel)

    def remove(self, channel: Channel) -> None:
        """Forget a connection."""
        self._open.discard(channel)

    def sweep(self) -> None:
        """Close the connections that are too slow."""
        now = self.clock()
        for channel in tuple(self._open):
            reason = channel.overdue(now)
            if reason:
                channel.cut(reason)
            elif reason is not None:
                channel.end()
