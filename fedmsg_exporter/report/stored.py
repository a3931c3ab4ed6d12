"""The activity of ledger and history, as reports ask for it.

What several files have is added up: history leaves out what was counted live.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from ..ledger.errors import explained
from ..ledger.sums import Which, by_category, by_day, by_topic, by_user, by_week
from ..ledger.tables import ActivityTables
from ..statistics.calendar import start_of
from ..statistics.coverage import Coverage, covering
from ..statistics.numbered import add
from ..wildcard import matches
from .known import PersonDay
from .model import LeftOut
from .periods import lead
from .request import Request

#: The field of `LeftOut` for each kind of user that is no person.
_LEFT_OUT = {"": "uncredited", "none": "uncredited", "other": "other", "invalid": "invalid"}


class Store(NamedTuple):
    """A file with activity (or none, in memory), and the time for which it knows people."""

    name: str
    activity: ActivityTables
    coverage: Coverage


class Stored:
    """Activity in one or several files; reading it raises LedgerError."""

    def __init__(
        self,
        stores: Iterable[Store],
        is_person: Callable[[str], bool],
        *,
        credit: str = "agent",
        expose: str = "all",
    ) -> None:
        """Take what distinguishes people from bots as of today."""
        self.credit = credit
        self.expose = expose
        self._stores = [_Store(one, is_person) for one in stores]
        self.sources = tuple(one.store.name for one in self._stores)
        self._first = _joined((one.first for one in self._stores), min)
        self._last = _joined((one.last for one in self._stores), max)

    def coverage(self) -> Coverage:
        """The time for which everything is known, day by day."""
        return covering(span for one in self._stores for span in one.coverage().spans)

    def first_coverage(self) -> Coverage:
        """The time within which first messages are known."""
        return covering(span for one in self._stores for span in one.store.coverage.spans)

    def first(self) -> Mapping[str, int]:
        """The day of each person's first message of all, whatever is asked for."""
        return self._first

    def last(self) -> Mapping[str, int]:
        """The day of each person's latest message of all, whatever is asked for."""
        return self._last

    def closed(self) -> Mapping[int, Mapping[str, float]]:
        """The statistics that the exporter kept of each week from Monday, for all of time."""
        found: dict[int, Mapping[str, float]] = {}
        for one in self._stores:
            found |= one.closed()
        return found

    def named(self) -> frozenset[tuple[str, str]]:
        """Category and topic of every message that was ever counted, whoever sent it."""
        return frozenset(name for one in self._stores for name in one.named.values())

    def days(
        self, request: Request, start: int, end: int, people: Collection[str] | None = None
    ) -> Iterator[PersonDay]:
        """What people did in some days, in order of day; of the request only the filters count."""
        several = [one.days(request, start, end, people) for one in self._stores]
        for row in _summed(several):
            yield PersonDay(*row)

    def weeks(self, request: Request, start: int, end: int) -> Iterator[tuple[int, str, int]]:
        """Week (by the request's first day of a week), person, messages; cheaper than `days`."""
        yield from _summed([one.weeks(request, start, end) for one in self._stores])

    def daily(
        self, request: Request, start: int, end: int, numbers: Mapping[str, int]
    ) -> Iterator[tuple[int, dict[int, int]]]:
        """Each day with messages, in order, and how many everyone sent, by number."""
        several = [one.daily(request, start, end, numbers) for one in self._stores]
        for day, ones in groupby(merge(*several, key=itemgetter(0)), itemgetter(0)):
            found: dict[int, int] = {}
            for _, sums in ones:
                add(found, sums)
            yield day, found

    def topics(
        self, request: Request, start: int, end: int, people: Collection[str] | None = None
    ) -> Iterator[tuple[str, str, int]]:
        """Category, topic and messages of some people, or of everyone, by name."""
        found: Counter[tuple[str, str]] = Counter()
        for one in self._stores:
            for key, messages in one.topics(request, start, end, people):
                found[key] += messages
        for (category, topic), messages in sorted(found.items()):
            yield category, topic, messages

    def left_out(self, request: Request) -> LeftOut:
        """What of the range is credited to no person."""
        found: Counter[str] = Counter()
        for one in self._stores:
            for what, messages in one.left_out(request):
                found[what] += messages
        return LeftOut(**found)


class _Store:
    """One of the files, with its people by number and by name."""

    def __init__(self, store: Store, is_person: Callable[[str], bool]) -> None:
        self.store = store
        self.first: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self._people: dict[int, str] = {}
        self._others: dict[int, str] = {}
        with self._explained():
            users = store.activity.users()
        for name, seen in users.items():
            if seen.kind in ("person", "bot") and is_person(name):
                self.first[name], self.last[name] = seen.first, seen.last
                self._people[seen.number] = name
            else:
                self._others[seen.number] = _LEFT_OUT.get(seen.kind, "bots")

    def coverage(self) -> Coverage:
        """The time for which everything is known; what was deleted as too old is not."""
        with self._explained():
            since = self.store.activity.kept_since()
        return self.store.coverage.without(0, start_of(since))

    def closed(self) -> Mapping[int, Mapping[str, float]]:
        """The statistics of closed weeks."""
        with self._explained():
            return self.store.activity.weeks()

    def days(
        self, request: Request, start: int, end: int, people: Collection[str] | None
    ) -> Iterator[tuple[int, str, str, int]]:
        """As `Stored.days`."""
        which = Which(self._numbers(people), self._topics(request))
        with self._explained():
            for day, user, category, messages in by_category(
                self.store.activity, start, end, which
            ):
                if user in self._people:
                    yield day, self._people[user], category, messages

    def weeks(self, request: Request, start: int, end: int) -> Iterator[tuple[int, str, int]]:
        """As `Stored.weeks`."""
        which = Which(None, self._topics(request))
        several = by_week(self.store.activity, start, end, which, lead(request))
        with self._explained():
            for week, user, messages in several:
                if user in self._people:
                    yield week, self._people[user], messages

    def daily(
        self, request: Request, start: int, end: int, numbers: Mapping[str, int]
    ) -> Iterator[tuple[int, dict[int, int]]]:
        """As `Stored.daily`."""
        which = Which(None, self._topics(request))
        people = {user: numbers[name] for user, name in self._people.items()}
        with self._explained():
            for day, rows in by_day(self.store.activity, start, end, which):
                if found := {people[user]: number for user, number in rows if user in people}:
                    yield day, found

    def topics(
        self, request: Request, start: int, end: int, people: Collection[str] | None
    ) -> Iterator[tuple[tuple[str, str], int]]:
        """Category and topic, and messages; the same ones may come several times."""
        others = self._others if people is None else None
        which = Which(self._numbers(people), self._topics(request), others)
        with self._explained():
            for topic, messages in by_topic(self.store.activity, start, end, which):
                yield self.named[topic], messages

    def left_out(self, request: Request) -> Iterator[tuple[str, int]]:
        """Why something is left out, and messages; a reason may come several times."""
        which = Which(self._others, self._topics(request))
        with self._explained():
            for user, messages in by_user(self.store.activity, request.start, request.end, which):
                yield self._others[user], messages

    def _numbers(self, people: Collection[str] | None) -> list[int] | None:
        if people is None:
            return None
        wanted = frozenset(people)
        return [number for number, name in self._people.items() if name in wanted]

    def _topics(self, request: Request) -> list[int] | None:
        """The topics that pass the filters, None for all."""
        if not request.categories and not request.topics:
            return None
        return [
            number
            for number, (category, topic) in self.named.items()
            if (not request.categories or category in request.categories)
            and (not request.topics or any(matches(one, topic) for one in request.topics))
        ]

    @cached_property
    def named(self) -> dict[int, tuple[str, str]]:
        """Category and topic of each number."""
        with self._explained():
            topics = self.store.activity.topics()
        return {number: (one.category, one.topic) for one, number in topics.items()}

    def _explained(self) -> AbstractContextManager[None]:
        return explained(Path(self.store.name))


def _summed(several: Sequence[Iterator[tuple[Any, ...]]]) -> Iterator[tuple[Any, ...]]:
    """Rows in order of their first column; those that differ only in the last are added up."""
    if len(several) == 1:
        yield from several[0]
        return
    for _, rows in groupby(merge(*several, key=itemgetter(0)), itemgetter(0)):
        found: dict[tuple[Any, ...], int] = {}
        for *key, messages in rows:
            found[tuple(key)] = found.get(tuple(key), 0) + messages
        yield from ((*key, messages) for key, messages in found.items())


def _joined(
    several: Iterable[Mapping[str, int]], choose: Callable[[int, int], int]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for days in several:
        for person, day in days.items():
            found[person] = choose(day, found.get(person, day))
    return found
