"""Who shares a rendering with whom, and who is cut off."""

from typing import Any

import pytest
from twisted.internet import defer

from fedmsg_exporter.web import renderings
from fedmsg_exporter.web.answer import Answer
from fedmsg_exporter.web.renderings import Metrics


class Client:
    """A client that reads until it is done."""

    peer = "127.0.0.1"

    def __init__(self, names: tuple[str, ...] = (), **headers: str) -> None:
        self.names = names
        self.headers = headers
        self.cuts: list[str] = []
        self.answer: Answer | None = None

    def header(self, name: str, /) -> str:
        return self.headers.get(name.replace("-", "_"), "")

    def arguments(self, _name: str, /) -> list[str]:
        return list(self.names)

    def cut(self, reason: str, /) -> None:
        self.cuts.append(reason)

    def scrape(self, page: Metrics) -> bytes:
        """Start reading a scrape."""
        page(self).addCallback(lambda answer: setattr(self, "answer", answer))
        assert self.answer is not None
        return self.answer.body

    def leave(self) -> None:
        """Finish reading it."""
        assert self.answer is not None
        self.answer.done()


class Served:
    """The page, a clock, and a text that differs at each rendering."""

    def __init__(self, size: int = 10) -> None:
        self.now = 0.0
        self.size = size
        self.rendered: list[tuple[bool, frozenset[str] | None]] = []
        self.page = Metrics(self._render, lambda: self.now)

    def _render(self, openmetrics: bool, names: frozenset[str] | None) -> str:
        self.rendered.append((openmetrics, names))
        return f"{len(self.rendered):>{self.size}}"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work for a thread is done at once."""

    def work(function: Any, *arguments: Any) -> Any:
        return defer.maybeDeferred(function, *arguments)

    monkeypatch.setattr("twisted.internet.threads.deferToThread", work)


def test_one_after_another_each_gets_its_own() -> None:
    """If nobody is still reading, a scrape is fresh, however soon it comes."""
    served = Served()
    for number in range(3):
        client = Client()
        assert int(client.scrape(served.page)) == number + 1
        client.leave()


def test_clients_at_the_same_time_share() -> None:
    """Clients that arrive within a second, while one is reading, share its bytes; others do not."""
    served = Served()
    first, second, third = Client(), Client(), Client()
    assert first.scrape(served.page) is second.scrape(served.page)
    first.leave()
    served.now = renderings.SHARED * 0.9
    assert third.scrape(served.page) == b"1".rjust(10)
    served.now = renderings.SHARED
    assert Client().scrape(served.page) == b"2".rjust(10)
    for client in (second, third):
        client.leave()
    assert len(served.page._alive) == 1


@pytest.mark.parametrize(
    "other",
    [
        Client(accept="application/openmetrics-text"),
        Client(accept_encoding="gzip"),
        Client(names=("fedmsg_messages_total",)),
    ],
)
def test_each_form_is_its_own(other: Client) -> None:
    """Another format, encoding or choice of names is another rendering."""
    served = Served()
    Client().scrape(served.page)
    other.scrape(served.page)
    assert len(served.rendered) == 2


def test_readers_of_the_oldest_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the memory limit for renderings, the readers of the oldest are cut off."""
    monkeypatch.setattr(renderings, "MOST", 50)
    served = Served(size=10)
    clients = [Client() for _ in range(8)]
    for client in clients:
        client.scrape(served.page)
        served.now += 2 * renderings.SHARED
        for other in clients:
            if other.cuts and other.answer:
                other.leave()
                other.answer = None
    assert [client.cuts for client in clients] == [["slow_reader"]] * 3 + [[]] * 5


def test_four_of_the_largest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """However large renderings are, four of them may be read at once."""
    monkeypatch.setattr(renderings, "MOST", 1)
    served = Served(size=1000)
    clients = [Client() for _ in range(5)]
    for client in clients:
        client.scrape(served.page)
        served.now += 2 * renderings.SHARED
    assert [bool(client.cuts) for client in clients] == [True, False, False, False, False]


def test_a_rendering_that_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A scrape that cannot be compressed is a 500 for its client, and the next one is tried."""
    served = Served()
    monkeypatch.setattr(renderings, "_packed", lambda _: 1 / 0)
    client = Client(accept_encoding="gzip")
    client.scrape(served.page)
    assert client.answer is not None
    assert client.answer.status == 500
    assert "a scrape failed" in caplog.text
    client.leave()
    assert Client().scrape(served.page) == b"2".rjust(10)
