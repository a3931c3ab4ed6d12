"""What became of newcomers, by the month of their first message. Pure."""

from collections.abc import Callable, Iterable, Sequence

from ...statistics.arrivals import Arrivals, Outcome
from ...statistics.calendar import day_at
from ...statistics.spans import STEP
from ...statistics.standing import YEAR
from ..model import Chart, Column, Mark, Row, Section, Unit, Value
from ..periods import Period, between, month_of
from ..request import Request
from .knowledge import NEW, Knowledge, Measure, unknown

#: For how many steps of 28 days newcomers are followed.
STEPS = 12

_NEWCOMERS = (
    Column("newcomers", "Newcomers"),
    Column("came_back", "Came back"),
    Column("came_back_share", "Came back, share", Unit.PERCENT),
    Column("became_regular", "Became regular"),
    Column("became_regular_share", "Became regular, share", Unit.PERCENT),
)
_RETAINED = tuple(
    Column(f"retained_{step}", f"{STEP * step} days", Unit.PERCENT) for step in range(1, STEPS + 1)
)


def cohorts_of(request: Request) -> tuple[Period, ...]:
    """The months of a range, and of a year at least: it takes that long to see who stays."""
    year_ago = month_of(request.end - 1 - 7 * YEAR).start
    return tuple(between(min(request.start, year_ago), request.end, month_of))


def followed_until(knowledge: Knowledge, request: Request) -> int:
    """The day before which everything is known of newcomers."""
    return min(request.end, day_at(knowledge.until))


def outcome_section(knowledge: Knowledge, request: Request, arrivals: Arrivals) -> Section:
    """How many newcomers came back, and how many became regular."""
    end = followed_until(knowledge, request)

    def row(month: Period) -> tuple[Value, ...]:
        people, back, regular = arrivals.outcome(arrivals.since(month.start, month.end))
        return people, back, _share(back, people), regular, _share(regular, people)

    return _section(
        Section("newcomers", "Newcomers by month", _NEWCOMERS, chart=Chart.LINE),
        knowledge,
        request,
        cohorts_of(request),
        row,
        lambda month: month.end + 7 * YEAR > end,
        "Came back: sent a message on a day after the first one. Became regular: active in 4 of "
        "the 52 weeks that begin with the first message; provisional until these are over.",
    )


def retention_section(knowledge: Knowledge, request: Request, arrivals: Arrivals) -> Section:
    """How many newcomers were active again some steps of 28 days later."""
    end = followed_until(knowledge, request)
    months = [one for one in cohorts_of(request) if one.start + 2 * STEP <= end]

    def row(month: Period) -> tuple[Value, ...]:
        people = arrivals.since(month.start, month.end)
        every = (arrivals.retained(people, step, end) for step in range(1, STEPS + 1))
        return tuple(_share(*one) for one in every)

    def rests_on_some(month: Period) -> bool:
        people = arrivals.since(month.start, month.end)
        could = (arrivals.retained(people, step, end)[1] for step in range(1, STEPS + 1))
        return any(0 < one < len(people) for one in could)

    return _section(
        Section("retention", "Retention of newcomers", _RETAINED, chart=Chart.TRIANGLE),
        knowledge,
        request,
        months,
        row,
        rests_on_some,
        "The share of the month's newcomers who were active in the 28 days that begin this many "
        "days after their first message. Those whose 28 days are not over do not count (n/a if "
        "nobody's are); provisional while there are any.",
    )


def _section(
    section: Section,
    knowledge: Knowledge,
    request: Request,
    months: Sequence[Period],
    row: Callable[[Period], tuple[Value, ...]],
    is_provisional: Callable[[Period], bool],
    note: str,
) -> Section:
    nothing: tuple[Value, ...] = (None,) * len(section.columns)
    rows = []
    for month in months:
        is_known = knowledge.has(month, NEW)
        marks = _marks(knowledge, request, month)
        if is_known and is_provisional(month) and Mark.PROVISIONAL not in marks:
            marks = (*marks, Mark.PROVISIONAL)
        rows.append(Row(row(month) if is_known else nothing, month.label, marks=marks))
    measure = Measure[Outcome](Column("newcomers", section.title), lambda _: None, NEW)
    notes = (note, *_filter_note(request), *unknown(knowledge, [measure], months))
    return section._replace(rows=tuple(rows), notes=notes)


def _marks(knowledge: Knowledge, request: Request, month: Period) -> tuple[Mark, ...]:
    """A month that goes on after the range is not whole, either."""
    marks = knowledge.marks(month)
    is_cut = month.end > request.end
    return (*marks, Mark.PROVISIONAL) if is_cut and Mark.SO_FAR not in marks else marks


def _filter_note(request: Request) -> Iterable[str]:
    if request.categories or request.topics:
        yield "Only newcomers with matching messages in their first 28 days."


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def months_followed(request: Request) -> tuple[int, int]:
    """The first and the last day, exclusive, of the first messages to follow."""
    months = cohorts_of(request)
    return months[0].start, min(months[-1].end, request.end)
