"""Bounded HTTP: what a server may send, and the outcome."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from twisted.internet.defer import Deferred

from fedmsg_exporter import http
from fedmsg_exporter.http import HTTP, HTTPError, Response, in_thread

OK = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def served(*parts: bytes, times: int = 1, interval: float = 0.0) -> Iterator[str]:
    """A server that sends these bytes to each of its clients, and closes; its URL."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(times):
            try:
                client, _ = listening.accept()
            except OSError:  # nobody connects any more
                return
            with closing(client):
                client.recv(65536)
                for part in parts:
                    try:
                        client.sendall(part)
                    except OSError:  # the client has read enough
                        break
                    time.sleep(interval)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        # Closing alone would not wake up a thread waiting for a client.
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        listening.close()


def got(url: str, timeout: float = 5, redirects: int = 0) -> Response:
    with closing(HTTP(url, timeout, redirects=redirects)) as client:
        return client.get("/")


@pytest.mark.parametrize(
    "parts",
    [
        (OK + b"Content-Length: 3\r\n\r\na", b"bc"),
        (OK + b"\r\na", b"bc"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n", b"2\r\nbc\r\n0\r\n\r\n"),
    ],
    ids=["a length", "no length", "chunked"],
)
def test_body_is_gathered(parts: tuple[bytes, ...]) -> None:
    """A body comes in parts and is one, however its end is marked."""
    with served(*parts, interval=0.05) as url:
        assert got(url).body == b"abc"


def test_status_and_headers_are_handed_on() -> None:
    """An error is a response like another; header names are in lower case."""
    with served(b"HTTP/1.1 429 Slow down\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n") as url:
        response = got(url)
    assert (response.status, response.headers["retry-after"], response.body) == (429, "2", b"")


@pytest.mark.parametrize(
    "part",
    [OK + b"Content-Length: 9\r\n\r\nab", OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nab"],
    ids=["a length", "chunked"],
)
def test_truncated_body_is_an_error(part: bytes) -> None:
    """A connection lost before the end is an error."""
    with served(part) as url, pytest.raises(HTTPError, match="the response broke off"):
        got(url)


def test_endless_body_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its limit a body is abandoned."""
    monkeypatch.setattr(http, "MAX_BODY", 100_000)
    parts = [OK + b"\r\n", *[bytes(50_000)] * 6]
    with served(*parts) as url, pytest.raises(HTTPError, match="more than 100000 bytes"):
        got(url)


@pytest.mark.parametrize(
    "parts",
    [[b""] * 10, [OK + b"Content-Length: 99\r\n\r\n", *[b"x"] * 10]],
    ids=["silence", "a byte now and then"],
)
def test_slow_server_is_abandoned(parts: list[bytes]) -> None:
    """A response is abandoned at its time limit, in whatever way it is slow."""
    with served(*parts, interval=0.2) as url:
        begun = time.monotonic()
        with pytest.raises(HTTPError, match=re.escape("no complete response within 0.5 s")):
            got(url, timeout=0.5)
        assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize(("redirects", "expected"), [(0, 302), (3, None)])
def test_redirections_are_bounded(redirects: int, expected: int | None) -> None:
    """If redirections are not followed, one is a response; if they are, a loop is an error."""
    around = b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with served(around, times=9) as url:
        if expected:
            assert got(url, redirects=redirects).status == expected
        else:
            with pytest.raises(HTTPError, match="more than 3 redirections"):
                got(url, redirects=redirects)


def test_no_server_is_an_error() -> None:
    """A port that nobody listens on is reported in the system's words."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with pytest.raises(HTTPError, match="cannot be reached: Connection refused"):
        got(f"http://127.0.0.1:{port}")


class Reactor:
    """Runs calls in the given thread."""

    def __init__(self) -> None:
        self.called = threading.Event()

    def callFromThread(self, function: Callable[..., object], *arguments: object) -> None:  # noqa: N802
        function(*arguments)
        self.called.set()


@pytest.mark.parametrize("fails", [False, True])
def test_work_in_a_thread_arrives(fails: bool) -> None:
    """The result of the work, or its exception, arrives at the Deferred."""

    def work() -> int:
        return 1 // (not fails)

    reactor, found = Reactor(), []
    outcome: Deferred[object] = in_thread(reactor, work)
    outcome.addCallbacks(found.append, lambda failure: found.append(failure.type))
    assert reactor.called.wait(5)
    assert found == [ZeroDivisionError if fails else 1]
