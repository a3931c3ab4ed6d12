"""One pass over stretches of days, from which everything by period comes."""

from collections.abc import Iterable
from itertools import pairwise

from ...statistics.arrivals import Arrivals
from ...statistics.calendar import day_at, first_day, week
from ...statistics.numbered import People, Stretch, Sums
from ...statistics.standing import YEAR
from ..known import Known
from ..periods import Period, between, lead, month_of, quarter_of, week_of
from ..request import Request
from .cohorts import Ranking, reach_of
from .knowledge import Knowledge
from .names import Named, named
from .quarters import Quarters
from .retention import STEPS, followed_until, months_followed
from .table import Table
from .year import WholeYear, whole_year


class Scan:
    """Everything that stretches of days are added up to."""

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
        several = cut(self._request, start, end, self._followed_until)
        for one in known.stretches(self._request, several, self.people.numbers):
            self._add(one)
        self.table.finish(end)
        self._closed(end)
        self.ranking.finish()

    def _depends_on(self) -> tuple[int, int]:
        """The first day, and the day after the last, that anything depends on."""
        request = self._request
        first, last = reach_of(request)
        today = day_at(self._knowledge.now) + 1
        start = min(first, starts_at(request), self.quarters.start, months_followed(request)[0])
        return week_of(start, lead(request)).start, max(request.end, min(last, today))

    def _add(self, one: Stretch) -> None:
        self.table.add(one.start, one.end, one.sums)
        if one.start < self._followed_until:
            self.arrivals.add(one)
        if self.quarters.start <= one.start < self._request.end:
            self.quarters.add(one)
        self._closed(one.end)

    def _closed(self, end: int) -> None:
        """Pass on the week and the period that ended with the latest stretch."""
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


def cut(request: Request, start: int, end: int, *more: int) -> list[tuple[int, int]]:
    """Days, cut where a week or a period begins, a quarter, the range ends, and at some more."""
    ahead = lead(request)
    of = month_of if request.by == "month" else quarter_of
    edges = {start, end, request.end, *more, *(one.end for one in between(start, end, of))}
    edges.update(range(week_of(start, ahead).end, end, 7))
    return list(pairwise(sorted(edge for edge in edges if start <= edge <= end)))


def tables_by_category(
    known: Known, request: Request, people: People, categories: Iterable[str]
) -> dict[str, Table]:
    """A table for each category, all from one pass."""
    tables = {category: Table(people, request) for category in categories}
    several = cut(request, starts_at(request), request.end)
    found = known.by_category(request, several, people.numbers)
    for (start, end), sums in zip(several, found, strict=True):
        for category, table in tables.items():
            table.add(start, end, sums.get(category, {}))
    for table in tables.values():
        table.finish(request.end)
    return tables
