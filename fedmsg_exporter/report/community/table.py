"""The numbers of each week or month, from stretches of days in order. Pure."""

from typing import NamedTuple

from ...statistics.calendar import week
from ...statistics.numbered import People, Spread, Sums, add, ranked, spread
from ...statistics.sliding import Year
from ...statistics.standing import AGES, TENURES, age
from ..periods import Period, lead, period_of
from ..request import Request


class Numbers(NamedTuple):
    """A period's numbers, before anyone asks whether they can be known."""

    period: Period
    spread: Spread
    #: Regular people who were active in the period, by tenure; those among the core, too.
    regular: dict[str, int]
    core: dict[str, int]
    newcomers: int
    #: Messages by the age of the person.
    ages: dict[str, int]


class Table:
    """Adds stretches of days up to the weeks or months of a request."""

    def __init__(self, people: People, request: Request) -> None:
        self._people = people
        self._request = request
        self._lead = lead(request)
        self._current = Period("", 0, 0)
        self._week: dict[int, int] = {}
        self._period: dict[int, int] = {}
        self._ages = dict.fromkeys(AGES, 0)
        self.year = Year(people)
        #: The week and the period that the latest stretch completed, if it did.
        self.closed_week: tuple[int, Sums] | None = None
        self.closed: tuple[Period, Sums] | None = None
        self.rows: list[Numbers] = []

    def add(self, start: int, end: int, sums: Sums) -> None:
        """Add days that are within one week and one period, half-open; all must come, in order."""
        number, period = self._in(start)
        add(self._week, sums)
        add(self._period, sums)
        # What comes before the range is for who is regular in it.
        if end > self._request.start:
            self._age(number, sums)
        self._end(number, period, week(end, self._lead) > number, end == period.end)

    def finish(self, end: int) -> None:
        """Close what is not over, as of the day after the last that came."""
        number, period = self._in(end - 1)
        self._end(number, period, week(end, self._lead) == number, end < period.end)

    def _in(self, day: int) -> tuple[int, Period]:
        """The week and the period of a day."""
        if day >= self._current.end:
            self._current = period_of(self._request, day)
        return week(day, self._lead), self._current

    def _end(self, number: int, period: Period, of_week: bool, of_period: bool) -> None:
        self.closed_week = self.closed = None
        if of_week:
            self._close_week(number)
        if of_period:
            self._close(period)

    def _age(self, number: int, sums: Sums) -> None:
        first, ages = self._people.first_week, self._ages
        for person, messages in sums.items():
            ages[age(first[person], number)] += messages

    def _close_week(self, number: int) -> None:
        self.year.close(number, self._week)
        self.closed_week = number, self._week
        self._week = {}

    def _close(self, period: Period) -> None:
        sums, ages = self._period, self._ages
        self._period, self._ages = {}, dict.fromkeys(AGES, 0)
        self.closed = period, sums
        if period.end > self._request.start and period.start < self._request.end:
            self.rows.append(self._numbers(period, sums, ages))

    def _numbers(self, period: Period, sums: Sums, ages: dict[str, int]) -> Numbers:
        first = self._people.first
        found = spread(sums)
        regular = self.year.regular(sums)
        core = [regular[one] for one in ranked(sums)[: found.core] if one in regular]
        return Numbers(
            period,
            found,
            _counted(list(regular.values())),
            _counted(core),
            sum(period.start <= first[one] < period.end for one in sums),
            ages,
        )


def _counted(tenures: list[str]) -> dict[str, int]:
    return {name: tenures.count(name) for name in TENURES}
