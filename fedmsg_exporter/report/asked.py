"""The range that was asked for, and what lies next to it. Pure."""

from ..statistics.calendar import day_at, month, start_of, week
from ..statistics.coverage import Coverage
from .model import Mark
from .periods import Period, lead, marks, period_of
from .request import Request


def before(request: Request) -> tuple[int, int]:
    """The equal span before the range: as many whole months, if it is whole months, else days."""
    months = _months(request) if request.by == "month" else 0
    if not months:
        return 2 * request.start - request.end, request.start
    start = request.start
    for _ in range(months):
        start, _ = month(start - 1)
    return start, request.start


def running(request: Request) -> Period | None:
    """The period that is not over and follows the range, up to today, to be shown as well."""
    today = day_at(request.now)
    now = period_of(request, today)
    has_begun = start_of(now.start) < request.now
    return now._replace(end=today + 1) if has_begun and now.start == request.end else None


def complete_weeks(request: Request) -> range:
    """The weeks that are in the range as a whole, and over."""
    ahead = lead(request)
    end = min(request.end, day_at(request.now))
    return range(week(request.start + 6, ahead), week(end, ahead))


def cut(request: Request, period: Period) -> Period:
    """The part of a period that is in the range; all of one that follows it."""
    if period.start >= request.end:
        return period
    return period._replace(start=max(period.start, request.start), end=min(period.end, request.end))


def marks_of(request: Request, coverage: Coverage, period: Period) -> tuple[Mark, ...]:
    """Why the numbers of a period, as far as it is in the range, must be read with care."""
    whole, part = period_of(request, period.start), cut(request, period)
    if not whole.is_over(request.now):
        # The present day is not over, so that it lacks only where days before it do.
        is_cut = part.start > whole.start or part.end < min(whole.end, day_at(request.now))
        found = marks(whole._replace(start=part.start), coverage, request.now)
    else:
        is_cut = (part.start, part.end) != (whole.start, whole.end)
        found = marks(part, coverage, request.now)
    return (Mark.PART, *found) if is_cut else found


def _months(request: Request) -> int:
    """The number of months in a range of whole months, 0 if it is not."""
    number, day = 0, request.start
    while day < request.end and month(day)[0] == day:
        number += 1
        _, day = month(day)
    return number if day == request.end else 0
