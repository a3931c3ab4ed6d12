"""What some people did: sums over their days. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, TypeVar

from ..statistics import people
from ..statistics.calendar import start_of, week
from ..statistics.coverage import Coverage
from ..statistics.people import Weeks
from . import asked
from .comparing import why_no_change
from .known import Known, PersonDay
from .periods import lead
from .request import Request

_Key = TypeVar("_Key", int, str)


class Acts(NamedTuple):
    """The days of some people, as far as a request's filters let them through."""

    rows: tuple[PersonDay, ...] = ()

    def within(self, start: int, end: int) -> "Acts":
        """Those of some days, half-open."""
        return Acts(tuple(row for row in self.rows if start <= row.day < end))

    def of(self, category: str) -> "Acts":
        """Those in a category."""
        return Acts(tuple(row for row in self.rows if row.category == category))

    def total(self) -> int:
        """The number of messages."""
        return sum(row.messages for row in self.rows)

    def by_category(self) -> Counter[str]:
        """Messages by category."""
        return _sums((row.category, row.messages) for row in self.rows)

    def by_person(self) -> Counter[str]:
        """Messages by person."""
        return _sums((row.person, row.messages) for row in self.rows)

    def by_day(self) -> Counter[int]:
        """Messages by day."""
        return _sums((row.day, row.messages) for row in self.rows)

    def weeks(self, ahead: int) -> dict[str, set[int]]:
        """The weeks in which each person did something; ``ahead`` says where weeks begin."""
        found: dict[str, set[int]] = {}
        for row in self.rows:
            found.setdefault(row.person, set()).add(week(row.day, ahead))
        return found


def acts(known: Known, request: Request, start: int, end: int, who: Collection[str]) -> Acts:
    """What some people did in some days."""
    return Acts(tuple(known.days(request, start, end, who)))


class Around(NamedTuple):
    """The acts of the range, those of the equal span before, and of the running period."""

    now: Acts
    #: None where the two cannot be compared.
    before: Acts | None
    #: Why they cannot, empty if they can.
    why: str
    #: With the range, up to today if the running period follows it.
    shown: Acts
    #: The day after the last that is shown.
    end: int


def around(known: Known, request: Request, who: Collection[str]) -> Around:
    """What some people did in the range, before it, and since."""
    begin, _ = asked.before(request)
    running = asked.running(request)
    end = running.end if running else request.end
    found = acts(known, request, begin, end, who)
    why = why_no_change(known.coverage(), request)
    return Around(
        found.within(request.start, request.end),
        None if why else found.within(begin, request.start),
        why,
        found.within(request.start, end),
        end,
    )


def is_known(coverage: Coverage, start: int, end: int) -> bool:
    """Whether enough is known of some days: their beginning, and something of each week."""
    begin = start_of(start)
    return any(one.start <= begin < one.end for one in coverage.spans) and all(
        coverage.touches(start_of(day), start_of(min(day + 7, end))) for day in range(start, end, 7)
    )


def by_week(known: Known, request: Request, found: Acts) -> Weeks:
    """Acts as the statistics of standing need them, with the weeks of the request.

    Those functions know weeks from Monday: for weeks from Sunday, days move by one.
    """
    moved = lead(request) - 3
    rows = ((row.person, row.day + moved, row.messages) for row in found.rows)
    first = {person: day + moved for person, day in known.first().items()}
    return people.days(rows, first).by_week()


def last_days(known: Known, request: Request, who: Collection[str], end: int) -> Mapping[str, int]:
    """The latest day of some people before a day; a person without one is missing."""
    last = known.last()
    found = {person: last[person] for person in who if person in last}
    late = [person for person, day in found.items() if day >= end]
    if late:
        for person in late:
            del found[person]
        unfiltered = request._replace(categories=(), topics=())
        for row in known.days(unfiltered, min(known.first().values()), end, late):
            found[row.person] = row.day
    return found


def _sums(pairs: Iterable[tuple[_Key, int]]) -> Counter[_Key]:
    found: Counter[_Key] = Counter()
    for key, messages in pairs:
        found[key] += messages
    return found
