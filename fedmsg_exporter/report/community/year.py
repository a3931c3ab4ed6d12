"""The year up to the last complete week, and the average of complete periods. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from ...statistics.numbered import ranked, spread
from ...statistics.sliding import Year
from ...statistics.standing import TENURES, YEAR
from ..model import Column, Layout, Row, Section, Unit
from ..periods import Period
from .knowledge import Knowledge, Measure, Needs, unknown
from .people import ABSENCE, ACTIVE, CORE, MESSAGES, NEWCOMERS, REGULAR, TENURE_NEEDS
from .table import Numbers


class WholeYear(NamedTuple):
    """The 52 weeks up to one, and the people in them."""

    #: The last of the weeks.
    week: Period
    active: int
    core: int
    absence_factor: int
    #: Regular people by tenure; those among the core, too.
    regular: dict[str, int]
    core_regular: dict[str, int]


def whole_year(year: Year, week: Period) -> WholeYear:
    """What there is to say of a year."""
    totals = year.totals()
    found = spread(totals)
    regular = year.regular(totals)
    core = [regular[one] for one in ranked(totals)[: found.core] if one in regular]
    tenures = list(regular.values())
    return WholeYear(
        week,
        found.people,
        found.core,
        found.absence_factor,
        {name: tenures.count(name) for name in TENURES},
        {name: core.count(name) for name in TENURES},
    )


_WITHIN = Needs(days=YEAR - 1)
_NAMES = {"old": "old", "mid": "intermediate", "new": "new"}
_MEASURES = (
    Measure[WholeYear](Column("active_people", "Active"), lambda one: one.active, _WITHIN),
    Measure[WholeYear](
        Column("regular_people", "Regular"), lambda one: sum(one.regular.values()), _WITHIN
    ),
    *(
        Measure[WholeYear](
            Column(f"regular_{name}", f"Regular, {title}"),
            lambda one, name=name: one.regular[name],  # type: ignore[misc]
            TENURE_NEEDS[name],
        )
        for name, title in _NAMES.items()
    ),
    Measure[WholeYear](Column("core_people", "Core"), lambda one: one.core, _WITHIN),
    *(
        Measure[WholeYear](
            Column(f"core_{name}", f"Core, {title}"),
            lambda one, name=name: one.core_regular[name],  # type: ignore[misc]
            TENURE_NEEDS[name],
        )
        for name, title in _NAMES.items()
    ),
    Measure[WholeYear](
        Column("absence_factor", "Absence factor"), lambda one: one.absence_factor, _WITHIN
    ),
)


def year_section(knowledge: Knowledge, year: WholeYear) -> Section:
    """The numbers of the whole year."""
    values = tuple(
        one.value(year) if knowledge.has(year.week, one.needs) else None for one in _MEASURES
    )
    return Section(
        "year",
        f"The 52 weeks up to {year.week.label}",
        tuple(one.column for one in _MEASURES),
        (Row(values, year.week.label, marks=knowledge.marks(year.week)),),
        layout=Layout.FACTS,
        notes=(
            "Regular: active in at least 4 of these weeks. Core: the smallest number of people who "
            "sent two thirds of the messages in them.",
            *unknown(knowledge, _MEASURES, [year.week]),
        ),
    )


def average_section(knowledge: Knowledge, several: Sequence[Numbers], by: str) -> Section:
    """The averages of complete periods."""
    complete = [one for one in several if knowledge.is_complete(one.period)]
    averaged = (MESSAGES, ACTIVE, REGULAR, CORE, ABSENCE, NEWCOMERS)
    values = tuple(_average(knowledge, one, complete) for one in averaged)
    return Section(
        "average",
        f"An average {by}",
        tuple(one.column._replace(unit=Unit.RATIO) for one in averaged),
        (Row(values),) if complete else (),
        layout=Layout.FACTS,
        notes=(_of(complete, by),) if complete else (),
        empty=f"no complete {by} in this range",
    )


def _average(
    knowledge: Knowledge, measure: Measure[Numbers], complete: Sequence[Numbers]
) -> float | None:
    """The average where it can be known of every period."""
    values = [measure.of(knowledge, one.period, one) for one in complete]
    known = [one for one in values if isinstance(one, int)]
    return round(sum(known) / len(known), 1) if known and len(known) == len(values) else None


def _of(complete: Sequence[Numbers], by: str) -> str:
    first, last = complete[0].period.label, complete[-1].period.label
    if len(complete) == 1:
        return f"One complete {by}: {first}."
    return f"The average of {len(complete)} complete {by}s, {first} to {last}."
