"""The activity of ledger and history, as reports ask for it.

What several files have is added up: history leaves out what was counted live.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from ..statistics.coverage import Coverage, covering
from ..statistics.numbered import Stretch, Sums, add
from .known import PersonDay
from .model import LeftOut
from .request import Request
from .store import Store, StoredPeople


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
        self._stores = [StoredPeople(one, is_person) for one in stores]
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

    def totals(self, request: Request, start: int, end: int) -> Mapping[str, int]:
        """Messages by person in some days."""
        found: Counter[str] = Counter()
        for one in self._stores:
            for person, messages in one.totals(request, start, end):
                found[person] += messages
        return found

    def stretches(
        self, request: Request, several: Sequence[tuple[int, int]], numbers: Mapping[str, int]
    ) -> Iterator[Stretch]:
        """What everyone did in each stretch of days, also where nobody did anything."""
        each = (one.stretches(request, several, numbers) for one in self._stores)
        for first, *others in zip(*each, strict=True):
            for other in others:
                first.add(other)
            yield first

    def by_category(
        self, request: Request, several: Sequence[tuple[int, int]], numbers: Mapping[str, int]
    ) -> Iterator[Mapping[str, Sums]]:
        """Messages of everyone in each stretch of days, by category."""
        each = (one.by_category(request, several, numbers) for one in self._stores)
        for first, *others in zip(*each, strict=True):
            for other in others:
                for category, sums in other.items():
                    add(first.setdefault(category, {}), sums)
            yield first

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
