"""One file of activity, its people by number and by name."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ..ledger.errors import explained
from ..ledger.sums import (
    Which,
    by_active_days,
    by_category,
    by_category_and_user,
    by_topic,
    by_user,
)
from ..ledger.tables import ActivityTables
from ..statistics.calendar import start_of
from ..statistics.coverage import Coverage
from ..statistics.numbered import Stretch
from ..wildcard import matches
from .request import Request

#: The field of `LeftOut` for each kind of user that is not a person.
_LEFT_OUT = {"": "uncredited", "none": "uncredited", "other": "other", "invalid": "invalid"}


class Store(NamedTuple):
    """A file with activity (or none, in memory), and the time for which it knows people."""

    name: str
    activity: ActivityTables
    coverage: Coverage


class StoredPeople:
    """What reports ask of a single store; reading it raises LedgerError."""

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

    def totals(self, request: Request, start: int, end: int) -> Iterator[tuple[str, int]]:
        """Person and messages; a person may come several times."""
        which = Which(None, self._topics(request))
        with self._explained():
            for user, messages in by_user(self.store.activity, start, end, which):
                if user in self._people:
                    yield self._people[user], messages

    def stretches(
        self, request: Request, several: Iterable[tuple[int, int]], numbers: Mapping[str, int]
    ) -> Iterator[Stretch]:
        """As `Stored.stretches`."""
        which, people = Which(None, self._topics(request)), self._numbered(numbers)
        several = list(several)
        with self._explained():
            found = by_active_days(self.store.activity, several, which)
            for (start, end), rows in zip(several, found, strict=True):
                sums: dict[int, int] = {}
                active: dict[int, int] = {}
                for user, messages, days in rows:
                    person = people.get(user)
                    if person is not None:
                        sums[person] = messages
                        active[person] = days
                yield Stretch(start, end, sums, active)

    def by_category(
        self, request: Request, several: Iterable[tuple[int, int]], numbers: Mapping[str, int]
    ) -> Iterator[dict[str, dict[int, int]]]:
        """As `Stored.by_category`."""
        which, people = Which(None, self._topics(request)), self._numbered(numbers)
        with self._explained():
            for rows in by_category_and_user(self.store.activity, several, which):
                found: dict[str, dict[int, int]] = {}
                for category, user, messages in rows:
                    if user in people:
                        found.setdefault(category, {})[people[user]] = messages
                yield found

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

    def _numbered(self, numbers: Mapping[str, int]) -> dict[int, int]:
        """The number of a person for each of the file's users."""
        return {user: numbers[name] for user, name in self._people.items()}

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
