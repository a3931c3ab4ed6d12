"""Scrapes: clients that read at the same time get the same bytes.

A rendering of 100,000 series takes 10 MB, and each client that reads slowly, or not
at all, would keep its own copy in memory. So a rendering that is still being read is
shared with clients that arrive within a second; and if there are too many
renderings, the readers of the oldest are cut off.
"""

import gzip
import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from twisted.internet import threads
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from .answer import Answer, Asked, error
from .negotiation import FORMATS, accepts_gzip, negotiate

log = logging.getLogger(__name__)

#: Renders a scrape: as OpenMetrics or not, with all metrics or only those named.
Render = Callable[[bool, frozenset[str] | None], str]

#: Seconds for which a rendering that is being read is shared with new clients.
SHARED = 1.0
#: Bytes of renderings to keep in memory at once, or four times the largest if that is more.
MOST = 64 * 1024 * 1024
_AT_LEAST = 4

# zlib's fastest level takes a twenty-fifth of the time of its best, for a quarter more bytes.
_LEVEL = 1


class Form(NamedTuple):
    """What a client requested."""

    content_type: str
    gzip: bool
    names: frozenset[str] | None


class Metrics:
    """The page ``/metrics``."""

    def __init__(self, render: Render, clock: Callable[[], float] = time.monotonic) -> None:
        self._render = render
        self._clock = clock
        self._alive: list[_Rendering] = []

    def __call__(self, asked: Asked) -> "Deferred[Answer]":
        """Answer a scrape with its own rendering, or one that others are reading."""
        rendering = self._current(_form(asked))
        self._cut_off_oldest()
        return rendering.read(asked)

    def _current(self, form: Form) -> "_Rendering":
        now = self._clock()
        for one in self._alive:
            if one.form == form and now - one.since < SHARED:
                return one
        text = self._render(FORMATS[form.content_type], form.names)
        made = _Rendering(form, now, text, self._alive.remove)
        self._alive.append(made)
        return made

    def _cut_off_oldest(self) -> None:
        sizes = [one.size for one in self._alive]
        allowed = max(MOST, _AT_LEAST * max(sizes))
        for one in self._alive[:-1]:
            if sum(sizes) <= allowed:
                break
            sizes.pop(0)
            one.cut()


class _Rendering:
    """The bytes of one scrape and the clients reading them; forgotten with the last of these."""

    def __init__(
        self, form: Form, since: float, text: str, forget: Callable[["_Rendering"], None]
    ) -> None:
        self.form = form
        self.since = since
        self.size = len(text)
        self._forget = forget
        self._readers: list[Asked] = []
        self._waiting: list[Deferred[Answer]] = []
        self._answer: Answer | None = None
        packed = threads.deferToThread(_packed if form.gzip else str.encode, text)
        packed.addCallbacks(self._finish, self._fail)

    def read(self, asked: Asked) -> "Deferred[Answer]":
        """The response for one more reader, as soon as it is ready."""
        self._readers.append(asked)
        waiting: Deferred[Answer] = Deferred()
        self._waiting.append(waiting)
        if self._answer:
            self._deliver(self._answer)
        return waiting.addCallback(lambda answer: answer._replace(done=lambda: self._leave(asked)))

    def cut(self) -> None:
        """Cut off all readers."""
        for asked in tuple(self._readers):
            asked.cut("slow_reader")

    def _leave(self, asked: Asked) -> None:
        self._readers.remove(asked)
        if not self._readers:
            self._forget(self)

    def _finish(self, body: bytes) -> None:
        headers = [("Vary", "Accept, Accept-Encoding")]
        if self.form.gzip:
            headers.append(("Content-Encoding", "gzip"))
        self._deliver(Answer(body, self.form.content_type, headers=tuple(headers)))

    def _fail(self, failure: Failure) -> None:
        log.error("a scrape failed: %s", failure.getTraceback())
        self._deliver(error(HTTPStatus.INTERNAL_SERVER_ERROR))

    def _deliver(self, answer: Answer) -> None:
        self._answer = answer
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(answer)


def _form(asked: Asked) -> Form:
    names = asked.arguments("name[]")
    return Form(
        negotiate(asked.header("accept")),
        accepts_gzip(asked.header("accept-encoding")),
        frozenset(names) if names else None,
    )


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), _LEVEL, mtime=0)
