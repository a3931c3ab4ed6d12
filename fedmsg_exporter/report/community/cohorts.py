"""Cohorts of 1, 9, 40 and 50 per cent, by what people did in a quarter of a year. Pure."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from ...statistics.calendar import start_of
from ...statistics.numbered import Sums, by_cohort
from ...statistics.sliding import Around
from ..model import Chart, Column, Mark, Row, Section, Value
from ..periods import Period, lead, month_of, week_of
from ..request import Request
from .knowledge import Knowledge, Needs

_COHORTS = (
    ("cohort_top1", "Top 1 %"),
    ("cohort_next9", "Next 9 %"),
    ("cohort_next40", "Next 40 %"),
    ("cohort_rest", "Rest"),
)
#: How many weeks, or months, the ranking reaches to either side: 13 weeks, or three months.
REACH = {"week": 6, "month": 1}


class Cohorts(NamedTuple):
    """People and messages of a period, by cohort."""

    period: Period
    people: list[int]
    messages: list[int]


class Ranking:
    """Ranks people week by week, or month by month, by what they did around it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._around: Around[Period] = Around(REACH[request.by])
        self._start, _ = reach_of(request)
        self.rows: list[Cohorts] = []

    def push(self, period: Period, sums: Sums) -> None:
        """Add the next period."""
        if period.end <= self._start:
            return
        if middle := self._around.push(period, sums):
            self._rank(*middle)

    def finish(self) -> None:
        """Rank the last periods by what there is."""
        for middle in self._around.rest():
            self._rank(*middle)

    def _rank(self, period: Period, sums: Sums) -> None:
        if period.end > self._request.start and period.start < self._request.end:
            self.rows.append(Cohorts(period, *by_cohort(self._around.sums, sums)))


def window(request: Request, period: Period) -> Period:
    """The days by which a period's people are ranked."""
    if request.by == "week":
        reach = 7 * REACH["week"]
        return Period(period.label, period.start - reach, period.end + reach)
    return Period(period.label, month_of(period.start - 1).start, month_of(period.end).end)


def reach_of(request: Request) -> tuple[int, int]:
    """The first day, and the day after the last, that the range's cohorts depend on."""
    of = month_of if request.by == "month" else lambda day: week_of(day, lead(request))
    return (
        window(request, of(request.start)).start,
        window(request, of(request.end - 1)).end,
    )


def cohort_sections(
    knowledge: Knowledge, request: Request, several: list[Cohorts]
) -> Iterator[Section]:
    """People and messages by cohort."""
    section = partial(_section, knowledge, request)
    yield section(
        "cohort_people",
        "Active people by cohort",
        Column("active_people", "Active"),
        [(one.period, one.people) for one in several],
    )
    yield section(
        "cohort_messages",
        "Messages by cohort",
        Column("messages", "Messages"),
        [(one.period, one.messages) for one in several],
    )


def _section(
    knowledge: Knowledge,
    request: Request,
    key: str,
    title: str,
    total: Column,
    several: Sequence[tuple[Period, list[int]]],
) -> Section:
    return Section(
        key,
        title,
        (total, *(Column(*one) for one in _COHORTS)),
        tuple(_row(knowledge, request, *one) for one in several),
        chart=Chart.AREAS,
        notes=_notes(knowledge, request, [period for period, _ in several]),
    )


def _row(knowledge: Knowledge, request: Request, period: Period, numbers: list[int]) -> Row:
    around = window(request, period)
    total = sum(numbers) if knowledge.is_known(period) else None
    is_known = total is not None and knowledge.begins_before(around.start)
    values: list[Value] = [*numbers] if is_known else [None] * len(numbers)
    marks = knowledge.marks(period)
    if is_known and start_of(around.end) > knowledge.until:
        marks = (*marks, Mark.PROVISIONAL)
    if is_known and Mark.GAP not in marks and _has_hole(knowledge, around):
        marks = (*marks, Mark.GAP)
    return Row((total, *values), period.label, marks=marks)


def _has_hole(knowledge: Knowledge, around: Period) -> bool:
    end = min(start_of(around.end), knowledge.until)
    return not knowledge.coverage.has(start_of(around.start), end)


def _notes(knowledge: Knowledge, request: Request, several: list[Period]) -> tuple[str, ...]:
    span = "13 weeks around each week" if request.by == "week" else "3 months around each month"
    notes = [
        f"People are ranked by their messages in the {span}; numbers are provisional until these "
        "are over."
    ]
    lacking = [one for one in several if not knowledge.begins_before(window(request, one).start)]
    if lacking:
        weeks = (lacking[0].start - window(request, lacking[0]).start) // 7
        notes.append(f"Cohorts: {knowledge.why(lacking[0], Needs(days=weeks))}.")
    return tuple(notes)
