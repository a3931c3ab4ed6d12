"""The weekly post: what happened, next to the week before, ready to paste. Pure.

``two`` is the week and the one before; ``totals`` makes the summary and the lists of
``activities`` and apps, ``people`` the lists of names.
"""

from collections.abc import Iterator

from ...statistics.calendar import iso
from ..basis import basis
from ..known import Known
from ..model import Report, Section
from ..periods import Period, days, lead, week_of
from ..refusal import ReportError, require_known
from ..request import Request
from .people import most_active, newcomers
from .totals import activities, summary, top_apps
from .two import TwoWeeks, two_weeks


def week(known: Known, request: Request) -> Report:
    """The post on the week that a range is.

    Raises ReportError if it is not exactly one, or not over; LedgerError.
    """
    now = _only(request)
    request = request._replace(by="week")
    require_known(known, request)
    made = tuple(_sections(known, request, two_weeks(known, request, now)))
    return Report("week", f"Week {now.label} in numbers", basis(known, request), made)


def _only(request: Request) -> Period:
    """The week that the range is."""
    found = week_of(request.start, lead(request))
    if (request.start, request.end) != (found.start, found.end):
        raise ReportError(
            f"{days(request.start, request.end)} is not one week, and a post is about one: "
            f"use --from {iso(found.start)} --to {iso(found.end - 1)} for the week of the first "
            "day, or no range for the last complete week"
        )
    if not found.is_over(request.now):
        raise ReportError(f"{found.label} is not over yet; name an earlier week, or wait")
    return found


def _sections(known: Known, request: Request, two: TwoWeeks) -> Iterator[Section]:
    yield summary(known, request, two)
    yield activities(two)
    yield top_apps(two)
    if request.names:
        yield most_active(known, request, two)
        yield newcomers(two)
