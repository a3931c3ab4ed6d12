"""Whether two spans of days can be compared, and why not. Pure."""

from ..statistics.calendar import start_of
from ..statistics.coverage import Coverage, Span
from . import asked
from .basis import gaps
from .periods import days, span_days
from .request import Request


def why_no_change(coverage: Coverage, request: Request) -> str:
    """Why a range cannot be compared with the equal span before; empty if it can.

    Both must be known as a whole, and over: a gap makes one shorter than the other.
    """
    begin, end = asked.before(request)
    if reason := why_not_whole(coverage, request, "the range"):
        return f"Change: n/a, as {reason}."
    if reason := why_not_whole(
        coverage, request._replace(start=begin, end=end), f"{days(begin, end)}, the span before,"
    ):
        return f"Change: n/a, as {reason}."
    return ""


def why_not_whole(coverage: Coverage, request: Request, name: str) -> str:
    """Why the numbers of a range are not those of all its days; empty if they are."""
    if start_of(request.end) > request.now:
        return f"{name} is not over"
    lacking = gaps(coverage, request)
    if not lacking:
        return ""
    if not coverage.touches(start_of(request.start), start_of(request.end)):
        return f"{name} is not known"
    return f"not all of {name} is known (missing: {listed(lacking)})"


def listed(several: tuple[Span, ...]) -> str:
    """The longest of some gaps as days, and the number of the others."""
    longest = max(several, key=lambda one: one.end - one.start)
    return span_days(longest) + (f"; gaps: {len(several)}" if len(several) > 1 else "")
