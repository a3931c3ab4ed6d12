"""Bounded HTTP: every response is limited in time and size.

`HTTP.get` blocks and so belongs in a thread; `in_thread` brings the outcome back
to the reactor. The same cause always gives the same one-sentence error, so that it
can be logged only once.
"""

import ssl
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any, NamedTuple

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from twisted.internet import defer

from .version import __version__

#: The largest body, in bytes. A hundred messages of the bus are 0.1 to 1 MB, a
#: group of 10,000 members is 1 MB.
MAX_BODY = 32 * 1024 * 1024

_CHUNK = 65536
_HEADERS = {"Accept": "application/json", "User-Agent": f"fedmsg_exporter/{__version__}"}

#: Exceptions that requests passes through from a body that it streams.
_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class HTTPError(Exception):
    """A request without a usable response. The message says why."""


class UnreachableError(HTTPError):
    """There was no connection: no such name, or nothing listens."""


class Response(NamedTuple):
    """A response of any status, read to its end. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class HTTP:
    """Sends GET requests to one server. HTTPS needs a certificate that the platform trusts.

    ``timeout`` bounds a whole request, in seconds; ``redirects`` is how many
    redirections to follow. Not safe for two threads at once.
    """

    def __init__(self, url: str, timeout: float, *, redirects: int = 0, auth: Any = None) -> None:
        self._base = url.rstrip("/")
        self._timeout = timeout
        self._redirects = redirects
        self._session = requests.Session()
        self._session.auth = auth
        self._session.headers.update(_HEADERS)
        self._session.max_redirects = max(1, redirects)
        self._session.mount("https://", _PlatformTrust())

    def get(self, path: str, parameters: Any = None) -> Response:
        """Request a path below the base URL. Raises HTTPError, and what ``auth`` raises."""
        try:
            return self._get(self._base + path, parameters)
        except _ERRORS as error:
            raise self._explained(error) from error

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def _get(self, url: str, parameters: Any) -> Response:
        deadline = time.monotonic() + self._timeout
        with self._session.get(
            url,
            params=parameters,
            timeout=self._timeout,
            stream=True,
            allow_redirects=self._redirects > 0,
        ) as response:
            body = b"".join(_bounded(_chunks(response), deadline))
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Response(response.status_code, headers, body)

    def _explained(self, error: BaseException) -> HTTPError:
        late = requests.Timeout | TimeoutError | urllib3.exceptions.TimeoutError
        if isinstance(error, late) or "timed out" in str(error):
            return HTTPError(f"no complete response within {self._timeout:g} s")
        if isinstance(error, urllib3.exceptions.ProtocolError | urllib3.exceptions.DecodeError):
            return HTTPError("the response broke off")
        if isinstance(error, requests.TooManyRedirects):
            return HTTPError(f"more than {self._redirects} redirections")
        return UnreachableError(f"cannot be reached: {_root(error)}")


class _PlatformTrust(HTTPAdapter):
    """Trusts the platform's certificates, and SSL_CERT_FILE, in addition to those of requests."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=ssl.create_default_context(), **options)


def in_thread(reactor: Any, work: Callable[[], Any]) -> "defer.Deferred[Any]":
    """Run ``work`` in a thread; its result or exception arrives in the reactor's thread.

    A daemon thread of its own: the process would wait at exit for a thread of the
    reactor's pool, and so for a server that hangs.
    """
    outcome: defer.Deferred[Any] = defer.Deferred()

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001  it is passed on
            reactor.callFromThread(outcome.errback, error)
        else:
            reactor.callFromThread(outcome.callback, result)

    Thread(target=run, daemon=True).start()
    return outcome


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """The body in whatever pieces arrive, so that a slow server cannot exceed the deadline."""
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        yield chunk


def _bounded(chunks: Iterator[bytes], deadline: float) -> Iterator[bytes]:
    """Chunks until there are too many of them or the deadline has passed."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BODY:
            raise HTTPError(f"the response has more than {MAX_BODY} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError
        yield chunk


def _root(error: BaseException) -> str:
    """The root cause of an error, without the addresses that differ each time."""
    while below := error.__cause__ or error.__context__:
        error = below
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
