"""One pass over days, from which everything by period comes."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from ...statistics.arrivals import Arrivals
from ...statistics.calendar import day_at, first_day, week
from ...statistics.numbered import People, Sums
from ...statistics.standing import YEAR
from ..known import Known
from ..periods import Period, lead, week_of
from ..request import Request
from .cohorts import Ranking, reach_of
from .knowledge import Knowledge
from .names import Named, named
from .quarters import Quarters
from .retention import STEPS, followed_until, months_followed
from .table import Table
from .year import WholeYear, whole_year


class Scan:
    """Everything that days are added up to."""

    def __init__(self, people: People, knowledge: Knowledge, request: Request) -> None:
        self._knowledge = knowledge
        self._request = request
        self.people = people
        self.table = Table(people, request)
        self.ranking = Ranking(request)
        self.quarters = Quarters(request)
        self.arrivals = Arrivals(people, *months_followed(request), STEPS)
        self._followed_until = followed_until(knowledge, request)
        self.year: WholeYear | None = None
        self._year_ends = _last_week_boundary(request)
        #: Who is new in each period, if people may be named; and the latest complete one.
        self.newcomers: dict[Period, Named] = {}
        self.latest: Named | None = None

    def run(self, known: Known) -> None:
        """Go through all days that the request's range depends on."""
        start, end = self._depends_on()
        rows = known.daily(self._request, start, end, self.people.numbers)
        for day, sums in everyday(rows, start, end):
            self._day(day, sums)
        self.table.finish(end - 1)
        self._closed(end)
        self.ranking.finish()

    def _depends_on(self) -> tuple[int, int]:
        """The first day, and the day after the last, that anything depends on."""
        request = self._request
        first, last = reach_of(request)
        today = day_at(self._knowledge.now) + 1
        start = min(first, starts_at(request), self.quarters.start, months_followed(request)[0])
        return week_of(start, lead(request)).start, max(request.end, min(last, today))

    def _day(self, day: int, sums: Sums) -> None:
        self.table.day(day, sums)
        if day < self._followed_until:
            self.arrivals.day(day, sums)
        if self.quarters.start <= day < self._request.end:
            self.quarters.day(day, sums)
        self._closed(day + 1)

    def _closed(self, end: int) -> None:
        """Pass on the week and the period that ended with the latest day."""
        if (closed := self.table.closed_week) and end <= self._request.end:
            self.arrivals.week(*closed)
            if end == self._year_ends:
                self.year = whole_year(self.table.year, week_of(end - 1, lead(self._request)))
        if self.table.closed:
            self.ranking.push(*self.table.closed)
            self._name(*self.table.closed)

    def _name(self, period: Period, sums: Sums) -> None:
        request = self._request
        if request.names and period.end > request.start and period.start < request.end:
            found = named(self.people, period, sums)
            self.newcomers[period] = found
            if self._knowledge.is_complete(period):
                self.latest = found


def starts_at(request: Request) -> int:
    """The day from which the regular people of a request's first period are counted."""
    return week_of(request.start - 7 * YEAR, lead(request)).start


def _last_week_boundary(request: Request) -> int:
    """The day after the last complete week of a range."""
    end = min(request.end, day_at(request.now))
    return first_day(week(end, lead(request)), lead(request))


def everyday(
    days: Iterable[tuple[int, dict[int, int]]], start: int, end: int
) -> Iterator[tuple[int, dict[int, int]]]:
    """Every day of some, also those without messages."""
    for day, sums in days:
        yield from ((empty, {}) for empty in range(start, day))
        yield day, sums
        start = day + 1
    yield from ((empty, {}) for empty in range(start, end))


def tables_by_category(
    known: Known, request: Request, people: People, categories: Iterable[str]
) -> dict[str, Table]:
    """A table for each category, all from one pass over days."""
    tables = {category: Table(people, request) for category in categories}
    start = starts_at(request)
    days = groupby(known.days(request, start, request.end), itemgetter(0))
    for day, several in days:
        _skip(tables.values(), range(start, day))
        sums: dict[str, dict[int, int]] = {category: {} for category in tables}
        for _, name, category, messages in several:
            if category in sums:
                person = people.numbers[name]
                of = sums[category]
                of[person] = of.get(person, 0) + messages
        for category, table in tables.items():
            table.day(day, sums[category])
        start = day + 1
    _skip(tables.values(), range(start, request.end))
    for table in tables.values():
        table.finish(request.end - 1)
    return tables


def _skip(tables: Iterable[Table], days: range) -> None:
    for table in tables:
        for day in days:
            table.day(day, {})
