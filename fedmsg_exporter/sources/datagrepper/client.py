"""Asks datagrepper one question over HTTP, and reads its answer.

Whatever goes wrong comes back as a `Trouble` with a sentence: nothing is raised,
nothing waits for ever, and no answer can fill the memory.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from twisted.internet import defer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, RedirectAgent, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers

from ... import __version__
from ...message import from_record
from .plan import Ask, Page, Trouble

#: The largest answer, in bytes. A hundred messages of the bus are 0.1 to 1 MB.
MAX_BODY = 32 * 1024 * 1024

_OK = 200
_REDIRECTS = 5
_EXCERPT = 200
_HEADERS = Headers(
    {
        "Accept": ["application/json"],
        "User-Agent": [f"fedmsg_exporter/{__version__}"],
    }
)


class HTTPClient:
    """Asks at a base URL. HTTPS needs a certificate that the platform trusts."""

    def __init__(self, url: str, timeout: float, reactor: Any) -> None:
        """Take the longest time for a whole answer, in seconds."""
        self._url = url.rstrip("/")
        self._timeout = max(1.0, timeout)
        self._reactor = reactor
        self._pool: Any = HTTPConnectionPool(reactor)
        agent: Any = Agent(reactor, connectTimeout=self._timeout, pool=self._pool)
        self._agent: Any = RedirectAgent(agent, _REDIRECTS)

    def search(self, ask: Ask) -> "defer.Deferred[Page | Trouble]":
        """Ask a question. The answer never is a failure, unless it is cancelled."""
        uri = f"{self._url}/v2/search?{urlencode(ask.parameters())}".encode()
        answer: defer.Deferred[Any] = self._agent.request(b"GET", uri, _HEADERS)
        answer.addCallback(_body)
        answer.addTimeout(self._timeout, self._reactor, _late)
        answer.addCallbacks(_answer, _trouble)
        return answer

    def close(self) -> "defer.Deferred[Any]":
        """Drop all connections."""
        closed: defer.Deferred[Any] = self._pool.closeCachedConnections()
        return closed


class TooLargeError(Exception):
    """An answer is larger than any should be."""


class _Body(Protocol):
    """Gathers a body, up to `MAX_BODY`."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self.gathered: defer.Deferred[bytes] = defer.Deferred(self._abort)

    def _abort(self, _: object = None) -> None:
        # The HTTP client's stand-in for a transport has no abortConnection.
        transport: Any = self.transport
        if transport is not None:
            transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  Twisted's name
        self._size += len(data)
        if self._size <= MAX_BODY:
            self._parts.append(data)
        elif not self.gathered.called:
            self.gathered.errback(TooLargeError(f"an answer of more than {MAX_BODY} bytes"))
            self._abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        if self.gathered.called:
            return
        # Without a length only the JSON tells whether it is whole.
        if reason.check(ResponseDone, PotentialDataLoss):
            self.gathered.callback(b"".join(self._parts))
        else:
            self.gathered.errback(reason)


def _body(response: Any) -> "defer.Deferred[Any]":
    body = _Body()
    response.deliverBody(body)
    gathered: defer.Deferred[Any] = body.gathered
    gathered.addCallback(lambda content: (response, content))
    return gathered


def _answer(got: tuple[Any, bytes] | Trouble) -> Page | Trouble:
    if isinstance(got, Trouble):
        return got
    response, body = got
    if response.code != _OK:
        excerpt = body[:_EXCERPT].decode("utf-8", "replace")
        return Trouble(f"it says {response.code}: {excerpt!r}", _retry_after(response))
    try:
        return _page(json.loads(body))
    except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        return Trouble(f"its answer is no page of messages: {error!r}")


def _page(content: Mapping[str, Any]) -> Page:
    """A page. Raises what Python raises of things that are not what they should be."""
    records, pages, total = content["raw_messages"], content["pages"], content["total"]
    if not isinstance(records, list) or not all(isinstance(one, Mapping) for one in records):
        raise TypeError("raw_messages is no list of objects")
    return Page(tuple(map(from_record, records)), int(pages), int(total))


def _retry_after(response: Any) -> float:
    """The seconds of a ``Retry-After``; 0 without one, or where it is a date."""
    values = response.headers.getRawHeaders("retry-after") or [""]
    return float(values[0]) if values[0].isascii() and values[0].isdigit() else 0.0


def _late(_: object, timeout: float) -> Trouble:
    return Trouble(f"it did not answer within {timeout:g} s")


def _trouble(failure: Failure) -> Trouble | Failure:
    if failure.check(defer.CancelledError):
        return failure
    reasons = getattr(failure.value, "reasons", None) or [failure]
    return Trouble(f"it cannot be asked: {reasons[-1].getErrorMessage()}")
