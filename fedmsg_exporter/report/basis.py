"""What a report rests on, the same for every report. Pure."""

from ..statistics.calendar import start_of
from ..statistics.coverage import Coverage, Span
from ..version import __version__
from .known import Known
from .model import Basis, MemberList
from .request import Request

#: Coverage ends with the hour of the latest message, in seconds: what came since is not a gap.
_FRESH = 2 * 3600


def basis(known: Known, request: Request, members: MemberList | None = None) -> Basis:
    """The range, what is known of it, and what it leaves out."""
    coverage = known.coverage()
    return Basis(
        start=request.start,
        end=request.end,
        now=request.now,
        coverage=coverage.spans,
        gaps=gaps(coverage, request),
        credit=known.credit,
        expose=known.expose,
        left_out=known.left_out(request),
        version=__version__,
        sources=known.sources,
        categories=request.categories,
        topics=request.topics,
        members=members,
    )


def gaps(coverage: Coverage, request: Request) -> tuple[Span, ...]:
    """The spans of a range, up to the present, about which nothing is known."""
    end = min(start_of(request.end), request.now)
    latest = max((one.end for one in coverage.spans), default=0.0)
    if end - _FRESH <= latest < end:
        end = latest
    return coverage.gaps(start_of(request.start), end)
