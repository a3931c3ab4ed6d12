"""Messages by category, next to the equal span before. Pure."""

from collections import Counter
from collections.abc import Iterator

from ...statistics.calendar import iso, start_of
from ...statistics.spans import table
from ..asked import before
from ..known import Known
from ..model import Chart, Column, Row, Section, Unit
from ..periods import periods
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
    has_before = bool(over) and knowledge.begins_before(start)
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
        notes=tuple(_notes(knowledge, request, span, has_before)),
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


def _notes(
    knowledge: Knowledge, request: Request, span: Request, has_before: bool
) -> Iterator[str]:
    if span.end < request.end:
        yield f"Complete periods only, up to {iso(span.end - 1)}."
    start, end = before(span)
    days = f"{iso(start)} to {iso(end - 1)}"
    if not has_before:
        yield f"Change: n/a, as {days} is not known from its beginning."
    elif not knowledge.coverage.has(start_of(start), start_of(end)):
        yield f"Change: against {days}, of which a part is not known."
    else:
        yield f"Change: against {days}."
