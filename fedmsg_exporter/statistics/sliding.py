"""Windows that slide over weeks, each step from the one before. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from .numbered import People, Sums, add, subtract
from .standing import LEAST, YEAR, tenure

T = TypeVar("T")


class Year:
    """The 52 weeks that end with the latest one."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._weeks: deque[Sums] = deque()
        #: The number of weeks in which each person was active.
        self.active: dict[int, int] = {}
        #: The latest week.
        self.week = 0

    def close(self, week: int, sums: Sums) -> None:
        """Slide on by one week. Weeks come one after the other, without a hole."""
        self.week = week
        self._weeks.append(sums)
        add(self.active, dict.fromkeys(sums, 1))
        if len(self._weeks) > YEAR:
            subtract(self.active, dict.fromkeys(self._weeks.popleft(), 1))

    def regular(self, people: Iterable[int]) -> dict[int, str]:
        """The tenure of those who were active in at least four of the weeks."""
        first, active = self._people.first_week, self.active
        return {one: tenure(first[one], self.week) for one in people if active.get(one, 0) >= LEAST}

    def totals(self) -> dict[int, int]:
        """Messages by person in all of the weeks."""
        found: dict[int, int] = {}
        for sums in self._weeks:
            add(found, sums)
        return found


class Around(Generic[T]):
    """The periods around each one, equally many before and after it."""

    def __init__(self, reach: int) -> None:
        self._reach = reach
        self._held: deque[tuple[T, Sums]] = deque()
        #: Messages by person in all the periods around the middle one.
        self.sums: dict[int, int] = {}

    def push(self, period: T, sums: Sums) -> tuple[T, Sums] | None:
        """Slide on by one period; returns the one that is now in the middle."""
        self._held.append((period, sums))
        add(self.sums, sums)
        self._keep(2 * self._reach + 1)
        return self._held[-self._reach - 1] if len(self._held) > self._reach else None

    def rest(self) -> Iterator[tuple[T, Sums]]:
        """Slide on to the end; the last periods have fewer after them."""
        for after in reversed(range(min(self._reach, len(self._held)))):
            self._keep(self._reach + 1 + after)
            yield self._held[-after - 1]

    def _keep(self, number: int) -> None:
        while len(self._held) > number:
            subtract(self.sums, self._held.popleft()[1])
