"""When there can be no report, and why. Pure."""

from ..statistics.calendar import day_at, iso, start_of
from ..statistics.coverage import Coverage, Span
from .known import Known
from .periods import span_days
from .request import Request


class ReportError(Exception):
    """There can be no report: the text says why, and the way out."""


def require_known(known: Known, request: Request) -> None:
    """Raise ReportError unless something of the range is known."""
    if known.expose == "none":
        raise ReportError(_NOBODY)
    if request.start > day_at(request.now):
        raise ReportError(f"{iso(request.start)} is in the future: nothing has happened yet")
    coverage = known.coverage()
    if not coverage.spans:
        raise ReportError(_EMPTY.format(" and ".join(known.sources) or "nothing was read"))
    if not coverage.touches(start_of(request.start), start_of(request.end)):
        raise ReportError(
            f"nothing is known from {iso(request.start)} to {iso(request.end - 1)}: "
            f"{_where(coverage, request)}"
        )


def _where(coverage: Coverage, request: Request) -> str:
    """Where there is activity instead: before and after the gap, or in all."""
    first, last = coverage.spans[0].start, coverage.spans[-1].end
    if first < start_of(request.start) and start_of(request.end) <= last:
        begin = max(one.end for one in coverage.spans if one.end <= start_of(request.start))
        end = min(one.start for one in coverage.spans if one.start >= start_of(request.end))
        return (
            f"it is in the gap from {span_days(Span(begin, end))}; name days before "
            "or after it, or fill it with `fedmsg-exporter history import`"
        )
    return f"activity is known from {iso(day_at(first))} to {iso(day_at(last))}"


_NOBODY = (
    "no reports on people with `users.expose: none`: the activity does not say who sent what; "
    "with `all`, `members` or `hashed`, people are known from the next start on"
)
_EMPTY = (
    "no activity of people is known yet ({}); let the exporter run for some hours, or import "
    "the past with `fedmsg-exporter history import`"
)
