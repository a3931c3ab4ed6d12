"""Coverage: the spans of time for which everything is known. Pure.

Outside of it no statistic is defined. Times are epoch seconds.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from .calendar import monday, start_of


class Span(NamedTuple):
    """From ``start`` until before ``end``."""

    start: float
    end: float


class Coverage(NamedTuple):
    """Ordered spans that neither touch nor overlap."""

    spans: tuple[Span, ...] = ()

    def has(self, start: float, end: float) -> bool:
        """Whether all of a span is known."""
        return any(one.start <= start and end <= one.end for one in self.spans)

    def touches(self, start: float, end: float) -> bool:
        """Whether anything of a span is known."""
        return any(one.start < end and start < one.end for one in self.spans)

    def has_week(self, week: int) -> bool:
        """Whether all of a week is known."""
        return self.has(start_of(monday(week)), start_of(monday(week + 1)))

    def has_history(self, week: int, weeks: int) -> bool:
        """Whether a number of weeks before a week are known."""
        return self.has_weeks_before(monday(week), weeks)

    def has_weeks_before(self, day: int, weeks: int) -> bool:
        """Whether a number of weeks before a day are known.

        A gap within one of them does not spoil a year, and is shown; a week of
        which nothing is known does. The first must be known from its beginning.
        """
        first = day - 7 * weeks
        begin = start_of(first)
        if self.has(begin, start_of(day)):
            return True
        return any(one.start <= begin < one.end for one in self.spans) and all(
            self.touches(start_of(one), start_of(one + 7)) for one in range(first, day, 7)
        )

    def without(self, start: float, end: float) -> "Coverage":
        """The coverage without a gap."""
        cut = (
            part
            for one in self.spans
            for part in (Span(one.start, min(one.end, start)), Span(max(one.start, end), one.end))
        )
        return covering(cut) if start < end else self

    def bridged(self, seconds: float) -> "Coverage":
        """The coverage without its gaps that are shorter than a number of seconds."""
        short = (
            Span(before.end, after.start)
            for before, after in pairwise(self.spans)
            if after.start - before.end < seconds
        )
        return covering([*self.spans, *short])

    def gaps(self, start: float, end: float) -> tuple[Span, ...]:
        """The parts of a span about which nothing is known."""
        left = covering([Span(start, end)])
        for one in self.spans:
            left = left.without(*one)
        return left.spans


def covering(spans: Iterable[Span]) -> Coverage:
    """The union of spans, in whatever order they come."""
    joined: list[Span] = []
    for one in sorted(span for span in spans if span.start < span.end):
        if joined and one.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, one.end))
        else:
            joined.append(one)
    return Coverage(tuple(joined))
