"""Reads the past from datagrepper; each hour is a unit, so a stop costs minutes at most."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from ..ledger.moment import HOUR
from ..sources.datagrepper.walk import Unavailable, Walk
from ..statistics.coverage import Coverage, Span, covering
from .datanommer import Incomplete
from .forms import Found
from .units import Placed

#: Between the URL of datagrepper and the span, in the name of a unit.
FROM = " from "


class Online:
    """Spans of the past as sources, each with a name."""

    def __init__(self, url: str, walk: Walk, spans: list[Span], pages: int) -> None:
        """Take the estimated number of pages."""
        self._walk = walk
        self.total = pages
        self._spans = {_name(url, one): one for one in spans}
        self._pages = 0

    @property
    def sources(self) -> list[str]:
        """The names of the spans, in order."""
        return [*self._spans]

    @contextmanager
    def opened(self, source: str) -> Iterator[Found]:
        """Open a span to be read. Reading it raises Incomplete."""
        span = self._spans[source]
        self._pages = 0
        yield Found("datagrepper", span, self._messages(source, span), lambda: self._pages)

    def _messages(self, source: str, span: Span) -> Iterator[Placed]:
        """The messages of a span, each once: pages shift, and datagrepper includes both ends."""
        seen = set()
        try:
            for page in self._walk.pages(span):
                self._pages += 1
                for one in page:
                    key = one.id, one.sent_at
                    outside = one.sent_at is not None and not span.start <= one.sent_at < span.end
                    if not outside and key not in seen:
                        seen.add(key)
                        yield source, 0, one
        except Unavailable as error:
            raise Incomplete(f"{source}: {error}") from error


def missing(start: float, end: float, known: Coverage, live: Coverage) -> list[Span]:
    """The parts of a span that are not known, cut at each full hour."""
    both = covering([*known.spans, *live.spans])
    return [hour for gap in both.gaps(start, end) for hour in _hours(gap)]


def _hours(gap: Span) -> Iterator[Span]:
    start = gap.start
    while start < gap.end:
        end = min(gap.end, (start // HOUR + 1) * HOUR)
        yield Span(start, end)
        start = end


def _name(url: str, span: Span) -> str:
    start, end = (
        datetime.fromtimestamp(one, UTC).isoformat(" ", "seconds").removesuffix("+00:00")
        for one in span
    )
    return f"{url}{FROM}{start} to {end}"
