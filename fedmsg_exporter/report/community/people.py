"""Sections of people and their messages by week or month. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from ...statistics import weekly
from ...statistics.standing import AGES, TENURES, YEAR
from ..model import Chart, Column, Section, Unit
from ..periods import Period
from .knowledge import NEW, Knowledge, Measure, Needs, rows, unknown
from .table import Numbers

_TITLES = {
    "new": "New",
    "mid": "Intermediate",
    "old": "Old",
    "month": "First month",
    "year": "First year",
    "older": "Older",
}
#: What regular people depend on, and those of each tenure.
WITHIN_A_YEAR = Needs(days=YEAR)
TENURE_NEEDS = {
    "new": Needs(YEAR, YEAR),
    "mid": Needs(YEAR, 2 * YEAR),
    "old": Needs(YEAR, 2 * YEAR),
}
#: The oldest at the bottom of the areas, as in the curves that Fedora knows.
_OLDEST_FIRST = tuple(reversed(TENURES))

MESSAGES = Measure[Numbers](
    Column("messages", "Messages"), lambda found: found.spread.messages, kept=(weekly.MESSAGES,)
)
ACTIVE = Measure[Numbers](
    Column("active_people", "Active"), lambda found: found.spread.people, kept=(weekly.ACTIVE,)
)
REGULAR = Measure[Numbers](
    Column("regular_people", "Regular"),
    lambda found: sum(found.regular.values()),
    WITHIN_A_YEAR,
    tuple(f"{weekly.REGULAR}_{one}" for one in TENURES),
)
CORE = Measure[Numbers](
    Column("core_people", "Core"), lambda found: found.spread.core, kept=(weekly.CORE,)
)
ABSENCE = Measure[Numbers](
    Column("absence_factor", "Absence factor"),
    lambda found: found.spread.absence_factor,
    kept=(weekly.ABSENCE_FACTOR,),
)
NEWCOMERS = Measure[Numbers](
    Column("newcomers", "Newcomers"), lambda found: found.newcomers, NEW, (weekly.NEWCOMERS,)
)


def tenure_of(tenure: str, found: Numbers) -> int:
    """The regular people of a tenure."""
    return found.regular[tenure]


def core_of(tenure: str, found: Numbers) -> int:
    """The regular people of a tenure who are in the core."""
    return found.core[tenure]


def messages_of(age: str, found: Numbers) -> int:
    """The messages of people of an age."""
    return found.ages[age]


TENURE = [
    Measure[Numbers](
        Column(f"regular_{one}", _TITLES[one]),
        partial(tenure_of, one),
        TENURE_NEEDS[one],
        (f"{weekly.REGULAR}_{one}",),
    )
    for one in _OLDEST_FIRST
]
CORE_TENURE = [
    Measure[Numbers](Column(f"core_{one}", _TITLES[one]), partial(core_of, one), TENURE_NEEDS[one])
    for one in _OLDEST_FIRST
]
_AGE_NEEDS = {"new": YEAR, "month": YEAR, "year": 2 * YEAR, "older": 2 * YEAR}
MESSAGES_BY_AGE = [
    Measure[Numbers](
        Column(f"messages_{one}", _TITLES[one]),
        partial(messages_of, one),
        Needs(first=_AGE_NEEDS[one]),
    )
    for one in reversed(AGES)
]
CONCENTRATION = [
    Measure[Numbers](Column("gini", "Gini", Unit.RATIO), lambda found: round(found.spread.gini, 4)),
    Measure[Numbers](
        Column("long_tail", "Long tail", Unit.RATIO),
        lambda found: round(found.spread.long_tail, 4),
    ),
    Measure[Numbers](
        Column("top_ten_share", "Top ten", Unit.PERCENT),
        lambda found: None if (top := found.spread.top_ten) is None else round(100 * top, 1),
    ),
]
_REGULAR = "Regular: active in at least 4 of the 52 weeks up to this one, and in the period itself."
_TENURES = (
    "New: first message at most 52 weeks before. Old: more than 104 weeks before. Intermediate: "
    "in between. In the second year of history, New may include people who were active before it "
    "began."
)


def people_sections(knowledge: Knowledge, several: Sequence[Numbers]) -> Iterator[Section]:
    """What there is by period."""
    one = partial(_section, knowledge, several)
    yield one(
        "people",
        "People",
        [ACTIVE, REGULAR, CORE, ABSENCE, NEWCOMERS, MESSAGES],
        Chart.LINE,
        _REGULAR,
        "Core: the smallest number of people who sent two thirds of the messages. Absence factor: "
        "the smallest number who sent half.",
    )
    yield one("tenure", "Regular people by tenure", [ACTIVE, *TENURE], Chart.AREAS, _TENURES)
    yield one("core", "Core people by tenure", [CORE, *CORE_TENURE], Chart.AREAS)
    yield one(
        "ages",
        "Messages by age of the person",
        [MESSAGES, *MESSAGES_BY_AGE],
        Chart.AREAS,
        "New: the week of a person's first message. First month: the 4 weeks after it. "
        "First year: up to the 52nd week after it.",
    )
    yield one(
        "concentration",
        "Concentration",
        CONCENTRATION,
        Chart.LINE,
        "Gini: 0 if everyone sends the same number of messages, near 1 if one person sends all. "
        "Long tail: how many messages people are, on average, below a straight line from the most "
        "active person to one place past the least active.",
    )


def category_people(knowledge: Knowledge, several: Sequence[Numbers], category: str) -> Section:
    """The numbers of a category in one table; what they mean is said above it."""
    concise = [MESSAGES, ACTIVE, REGULAR, *TENURE, CORE, ABSENCE, NEWCOMERS, *CONCENTRATION]
    found = _section(knowledge, several, f"people_{category}", category, concise, Chart.LINE)
    return found._replace(rows=tuple(row._replace(category=category) for row in found.rows))


def _section(
    knowledge: Knowledge,
    several: Sequence[Numbers],
    key: str,
    title: str,
    measures: Sequence[Measure[Numbers]],
    chart: Chart,
    *notes: str,
) -> Section:
    return Section(
        key,
        title,
        tuple(one.column for one in measures),
        rows(knowledge, measures, [(one.period, one) for one in several]),
        chart=chart,
        notes=(*notes, *unknown(knowledge, measures, _periods(several))),
        empty="nothing in this range",
    )


def _periods(several: Iterable[Numbers]) -> list[Period]:
    return [one.period for one in several]
