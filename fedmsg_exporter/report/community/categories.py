"""Messages by category, next to the equal span before. Pure."""

from collections import Counter
from collections.abc import Iterator

from ...statistics.calendar import iso
from ...statistics.spans import table
from ..asked import before
from ..comparing import why_no_change
from ..known import Known
from ..model import Chart, Column, Row, Section, Unit
from ..periods import days, periods
from ..request import Request
from .knowledge import Knowledge

_COLUMNS = (
    Column("messages", "Messages"),
    Column("share", "Share", Unit.PERCENT),
    Column("change", "Change", Unit.CHANGE),
)


def category_section(known: Known, knowledge: Knowledge, request: Request) -> Section:
    """What people did, by category, in the complete part of a range."""
    over = [one for one in periods(request) if one.is_over(request.now)]
    span = request._replace(end=over[-1].end if over else request.end)
    start, end = before(span)
    why = why_no_change(knowledge.coverage, span)
    has_before = not why
    then = _messages(known, request, start, end) if has_before else Counter[str]()
    found = table(_messages(known, request, span.start, span.end), then)
    return Section(
        "categories",
        "Categories",
        _COLUMNS,
        tuple(
            Row(
                (one.messages, one.share, _change(one.change, has_before)),
                category=name,
            )
            for name, one in found.items()
        ),
        chart=Chart.BARS,
        notes=tuple(_notes(request, span, why)),
        empty="no messages in this range",
    )


def _messages(known: Known, request: Request, start: int, end: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for category, _, messages in known.topics(request, start, end):
        found[category] += messages
    return found


def _change(change: float | None, has_before: bool) -> float | str | None:
    if not has_before:
        return None
    return "new" if change is None else change


def _notes(request: Request, span: Request, why: str) -> Iterator[str]:
    if span.end < request.end:
        yield f"Complete periods only, up to {iso(span.end - 1)}."
    yield why or f"Change: compared with {days(*before(span))}."
