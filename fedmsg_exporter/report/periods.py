"""The weeks, months and quarters of a report, and what is known of each. Pure."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..statistics.calendar import LEADS, day_at, first_day, iso, label, month, start_of, week
from ..statistics.coverage import Coverage, Span
from .model import Mark
from .request import Request


class Period(NamedTuple):
    """Days from ``start`` until before ``end``, and their name."""

    label: str
    start: int
    end: int

    def is_over(self, now: float) -> bool:
        """Whether it has ended at a moment in epoch seconds."""
        return start_of(self.end) <= now


def week_of(day: int, lead: int = LEADS["monday"]) -> Period:
    """The week of a day, like 2026-W02; one that begins on Sunday has its date, 2026-01-04."""
    number = week(day, lead)
    start = first_day(number, lead)
    name = label(number) if lead == LEADS["monday"] else iso(start)
    return Period(name, start, first_day(number + 1, lead))


def month_of(day: int) -> Period:
    """The month of a day, like 2026-01."""
    start, end = month(day)
    return Period(iso(start)[:7], start, end)


def quarter_of(day: int) -> Period:
    """The quarter of a day, like 2026-Q1."""
    start = month_of(day)
    while (int(start.label[5:]) - 1) % 3:
        start = month_of(start.start - 1)
    end = month_of(month_of(start.end).end)
    return Period(f"{start.label[:4]}-Q{(int(start.label[5:]) + 2) // 3}", start.start, end.end)


def lead(request: Request) -> int:
    """Where a request's weeks begin, one of `LEADS`."""
    return LEADS[request.week_start]


def period_of(request: Request, day: int) -> Period:
    """The week or month of a day, as a request divides the time."""
    return month_of(day) if request.by == "month" else week_of(day, lead(request))


def periods(request: Request) -> tuple[Period, ...]:
    """The whole weeks or months that a request's range touches, in order."""
    return tuple(between(request.start, request.end, lambda day: period_of(request, day)))


def between(start: int, end: int, of: Callable[[int], Period]) -> Iterator[Period]:
    """Each period that touches some days, in order."""
    while start < end:
        one = of(start)
        yield one
        start = one.end


def whole(request: Request) -> Request:
    """A request for the whole periods that its range touches, up to the present day."""
    several = periods(request)
    if not several:
        return request
    today = day_at(request.now) + 1
    end = max(request.end, min(several[-1].end, today))
    return request._replace(start=several[0].start, end=end)


def marks(period: Period, coverage: Coverage, now: float) -> tuple[Mark, ...]:
    """Why the numbers of a period must be read with care."""
    start, end = start_of(period.start), start_of(period.end)
    if period.is_over(now):
        return () if coverage.has(start, end) else (Mark.GAP,)
    # What comes after the latest message is not a gap yet.
    known = min(now, max((one.end for one in coverage.spans), default=0.0))
    is_whole = start >= known or coverage.has(start, known)
    return (Mark.SO_FAR,) if is_whole else (Mark.SO_FAR, Mark.GAP)


def is_known(period: Period, coverage: Coverage) -> bool:
    """Whether anything is known of a period."""
    return coverage.touches(start_of(period.start), start_of(period.end))


def why_unknown(coverage: Coverage, start: int, end: int) -> str:
    """What to say of a number that needs some days, of which not enough is known."""
    if not coverage.spans:
        return "n/a (nothing is known about people)"
    begins = coverage.spans[0].start
    lacking = coverage.gaps(start_of(start), start_of(end))
    if begins > start_of(start) or not lacking:
        return f"n/a (history begins {iso(day_at(begins))})"
    longest = max(lacking, key=lambda one: one.end - one.start)
    return f"n/a (nothing is known about {span_days(longest)})"


def days(start: int, end: int) -> str:
    """Days from the first to the last, like ``2026-01-05 to 2026-01-11``."""
    return f"{iso(start)} to {iso(end - 1)}"


def span_days(span: Span) -> str:
    """The days that a span touches."""
    return days(day_at(span.start), day_at(span.end - 1) + 1)
