"""Who stays from one quarter to the next. Pure."""

from typing import NamedTuple

from ...statistics.numbered import Stretch
from ...statistics.standing import YEAR
from ..model import Chart, Column, Section, Unit
from ..periods import Period, between, quarter_of
from ..request import Request
from .knowledge import Knowledge, Measure, Needs, rows, unknown

#: A quarter has 13 or 14 weeks; the one before must be known, too.
_BEFORE = Needs(days=14)


class Stayed(NamedTuple):
    """How many were active in a quarter, and in the one before; and how many in both."""

    active: int
    before: int
    both: int


class Quarters:
    """Adds days up to calendar quarters."""

    def __init__(self, request: Request) -> None:
        """Take the quarters of a request's range, and of a year at least, that end by then."""
        start = min(request.start, quarter_of(request.end - 1 - 7 * YEAR).start)
        several = between(start, request.end, quarter_of)
        self.periods = [one for one in several if one.end <= request.end]
        #: The first day that counts: that of the quarter before.
        self.start = quarter_of(start - 1).start
        self._people: dict[str, set[int]] = {}

    def add(self, stretch: Stretch) -> None:
        """What everyone did in some days of one quarter."""
        label = quarter_of(stretch.start).label
        self._people.setdefault(label, set()).update(stretch.sums)

    def stayed(self, period: Period) -> Stayed:
        """A quarter compared with the one before."""
        now = self._people.get(period.label, set())
        before = self._people.get(quarter_of(period.start - 1).label, set())
        return Stayed(len(now), len(before), len(now & before))


_MEASURES = (
    # First what is drawn.
    Measure[Stayed](
        Column("stayed_share", "Stayed", Unit.PERCENT),
        lambda found: round(100 * found.both / found.before, 1) if found.before else None,
        _BEFORE,
    ),
    Measure[Stayed](Column("active_before", "Active before"), lambda found: found.before, _BEFORE),
    Measure[Stayed](Column("stayed", "Active in both"), lambda found: found.both, _BEFORE),
    Measure[Stayed](Column("active_people", "Active"), lambda found: found.active),
)


def quarter_section(knowledge: Knowledge, quarters: Quarters) -> Section:
    """Of those who were active in a quarter, how many still were in the next."""
    numbers = [(one, quarters.stayed(one)) for one in quarters.periods]
    return Section(
        "quarters",
        "From quarter to quarter",
        tuple(one.column for one in _MEASURES),
        rows(knowledge, _MEASURES, numbers),
        chart=Chart.LINE,
        notes=(
            "Stayed: the share of people active in the quarter before who are active in this one "
            "as well.",
            *unknown(knowledge, _MEASURES, quarters.periods),
        ),
    )
