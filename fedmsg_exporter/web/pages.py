"""The HTTP server: ``/metrics``, ``/-/healthy``, ``/-/ready``, and a page for people.

It runs on the reactor that reads the bus. Text is rendered there, from the
exposition's cache; it is compressed in a thread.
"""

import gzip
import logging
from collections.abc import Callable
from html import escape
from importlib.resources import files
from string import Template
from typing import cast

from twisted.internet import threads
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web import pages
from twisted.web.http import Request
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET

from ..families import MESSAGES
from ..ledger.counts import Counts
from ..sources.status import Status
from ..version import __version__
from .negotiation import FORMATS, accepts_gzip, negotiate

log = logging.getLogger(__name__)

#: zlib's quickest level: a twenty-fifth of the time of the best, a quarter more text.
_LEVEL = 1
_BUSIEST = 20


class _Branch(Resource):
    """A page with pages below it, and none but these."""

    def getChild(self, path: bytes, request: Request) -> IResource:  # noqa: ARG002, N802
        # Twisted's own answer warns of its deprecation.
        return pages.notFound()


class Site(_Branch):
    """All pages. ``metrics`` renders a scrape, as OpenMetrics or not."""

    def __init__(
        self, metrics: Callable[[bool], str], status: Status, counts: Counts, source: str
    ) -> None:
        super().__init__()
        state = _Branch()
        _put(self, b"", _Landing(status, counts, source))
        _put(self, b"metrics", _Metrics(metrics))
        _put(self, b"-", state)
        _put(state, b"healthy", _Healthy())
        _put(state, b"ready", _Ready(status))


def _put(parent: Resource, path: bytes, child: Resource) -> None:
    # Twisted's Resource implements IResource; mypy cannot see it.
    parent.putChild(path, cast(IResource, child))


class _Metrics(Resource):
    isLeaf = True  # noqa: N815  Twisted's name

    def __init__(self, metrics: Callable[[bool], str]) -> None:
        super().__init__()
        self._metrics = metrics

    def render_GET(self, request: Request) -> int:  # noqa: N802  Twisted's name
        content_type = negotiate(request.getHeader("accept") or "")
        request.setHeader("content-type", content_type)
        request.setHeader("vary", "Accept, Accept-Encoding")
        text = self._metrics(FORMATS[content_type])
        if accepts_gzip(request.getHeader("accept-encoding") or ""):
            request.setHeader("content-encoding", "gzip")
            body: Deferred[bytes] = threads.deferToThread(_packed, text)
        else:
            body = threads.deferToThread(text.encode)
        _answer(request, body)
        return NOT_DONE_YET


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), _LEVEL, mtime=0)


def _answer(request: Request, body: "Deferred[bytes]") -> None:
    """Send a body when it is there, unless the client has gone by then."""
    gone: list[Failure] = []
    request.notifyFinish().addErrback(gone.append)

    def send(content: bytes) -> None:
        if not gone:
            request.setHeader("content-length", str(len(content)))
            if request.method != b"HEAD":
                request.write(content)
            request.finish()

    def fail(failure: Failure) -> None:
        log.error("a scrape failed: %s", failure.getTraceback())
        if not gone:
            request.setResponseCode(500)
            request.finish()

    body.addCallbacks(send, fail)


class _Healthy(Resource):
    isLeaf = True  # noqa: N815  Twisted's name

    def render_GET(self, request: Request) -> bytes:  # noqa: N802
        return _say(request, "Healthy.")


class _Ready(Resource):
    isLeaf = True  # noqa: N815  Twisted's name

    def __init__(self, status: Status) -> None:
        super().__init__()
        self._status = status

    def render_GET(self, request: Request) -> bytes:  # noqa: N802
        if not self._status.ready:
            request.setResponseCode(503)
            return _say(request, f"Not ready: {self._status.why_not}.")
        return _say(request, "Ready.")


def _say(request: Request, sentence: str) -> bytes:
    request.setHeader("content-type", "text/plain; charset=utf-8")
    return f"{sentence}\n".encode()


class _Landing(Resource):
    isLeaf = True  # noqa: N815  Twisted's name

    def __init__(self, status: Status, counts: Counts, source: str) -> None:
        super().__init__()
        self._status = status
        self._counts = counts
        self._source = source
        page = files("fedmsg_exporter").joinpath("web/landing.html").read_text("utf-8")
        self._page = Template(page)

    def render_GET(self, request: Request) -> bytes:  # noqa: N802
        request.setHeader("content-type", "text/html; charset=utf-8")
        state = "consuming" if self._status.ready else f"not consuming: {self._status.why_not}"
        page = self._page.substitute(
            version=escape(__version__),
            source=escape(self._source),
            state=escape(state),
            mark="up" if self._status.ready else "down",
            total=f"{sum(self._messages().values()):,}",
            rows="\n".join(self._rows()),
        )
        return page.encode()

    def _messages(self) -> dict[str, int]:
        """Messages by category, over all domains."""
        sums: dict[str, int] = {}
        for (_, category), series in self._counts.family(MESSAGES).items():
            sums[category] = sums.get(category, 0) + int(series.value)
        return sums

    def _rows(self) -> list[str]:
        sums = sorted(self._messages().items(), key=lambda item: (-item[1], item[0]))
        most = max(1, sums[0][1]) if sums else 1
        return [
            f'<tr><th scope="row">{escape(category)}</th><td>{number:,}</td>'
            f'<td><meter max="{most}" value="{number}"></meter></td></tr>'
            for category, number in sums[:_BUSIEST]
        ]
