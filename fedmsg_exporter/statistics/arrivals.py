"""What became of newcomers, followed to the day. Pure."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from .numbered import People, Stretch, Sums
from .spans import STEP
from .standing import LEAST, YEAR


class Outcome(NamedTuple):
    """How many of some newcomers came back, how many became regular, of how many."""

    people: int
    came_back: int
    converted: int


class Arrivals:
    """People whose first message was in some days, and when they were active again."""

    def __init__(self, people: People, start: int, end: int, steps: int) -> None:
        """Follow them for a number of steps of 28 days."""
        self._people = people
        self._steps = steps
        newcomers = sorted(
            (one for one, day in enumerate(people.first) if start <= day < end),
            key=people.first.__getitem__,
        )
        #: Bit 0 for activity in the first 28 days, bit 1 in the next, and so on.
        self._active = dict.fromkeys(newcomers, 0)
        #: In the order of their first days.
        self._newcomers = newcomers
        self._firsts = [people.first[one] for one in newcomers]
        self._followed = set(newcomers)
        self._once = set(newcomers)
        self._weeks: dict[int, int] = {}

    def add(self, stretch: Stretch) -> None:
        """What everyone did in some days, at most 28. Stretches come in order."""
        first, active = self._people.first, stretch.days
        for one in self._followed.intersection(active):
            step, since = divmod(stretch.start - first[one], STEP)
            if step > self._steps:
                self._followed.discard(one)
                continue
            left = STEP - since
            if active[one] & (1 << left) - 1:
                self._active[one] |= 1 << step
            if active[one] >> left:
                self._active[one] |= 1 << step + 1
        self._once -= {
            one
            for one in self._once.intersection(active)
            if active[one] >> max(0, first[one] + 1 - stretch.start)
        }

    def week(self, week: int, sums: Sums) -> None:
        """What everyone did in a week."""
        first = self._people.first_week
        for one in self._active.keys() & sums.keys():
            if week < first[one] + YEAR:
                self._weeks[one] = self._weeks.get(one, 0) + 1

    def since(self, start: int, end: int) -> list[int]:
        """Whose first message was in some days, and who did something in their first 28."""
        since, until = (bisect_left(self._firsts, day) for day in (start, end))
        return [one for one in self._newcomers[since:until] if self._active[one] & 1]

    def retained(self, people: Iterable[int], step: int, end: int) -> tuple[int, int]:
        """How many were active some steps later, and how many could have been before a day."""
        first = self._people.first
        could = [one for one in people if first[one] + STEP * (step + 1) <= end]
        return sum(self._active[one] >> step & 1 for one in could), len(could)

    def outcome(self, people: Iterable[int]) -> Outcome:
        """What has become of people so far."""
        everyone = list(people)
        return Outcome(
            len(everyone),
            sum(one not in self._once for one in everyone),
            sum(self._weeks.get(one, 0) >= LEAST for one in everyone),
        )
