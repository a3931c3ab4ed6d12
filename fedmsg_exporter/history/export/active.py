"""How many people were active within a week, and counters of moments. Pure."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from .counters import Runs
from .plan import WEEK

#: What is counted: a metric and its labels.
Counted = tuple[str, tuple[tuple[str, str], ...]]
#: That, and who is counted once.
Key = tuple[Counted, str]


class MomentCounter:
    """A counter of moments that come in order; it begins at ``first``."""

    def __init__(self, first: int) -> None:
        self._before = first
        self._moments: list[float] = []

    def add(self, moments: Sequence[float]) -> None:
        """Add moments that are not before those of an earlier call."""
        self._moments += moments

    def at(self, time: float) -> int:
        """The value at a moment that was not trimmed."""
        return self._before + bisect_right(self._moments, time)

    def trim(self, time: float) -> None:
        """Drop the moments before a time: nobody asks for them any more."""
        number = bisect_left(self._moments, time)
        self._before += number
        del self._moments[:number]


class Active:
    """How many people were active within a week, by what they are counted as."""

    def __init__(self) -> None:
        self._until: dict[Key, float] = {}
        self._levels: dict[Counted, int] = {}

    def piece(
        self, moments: Mapping[Key, Sequence[float]], times: range, end: float
    ) -> dict[Counted, Runs]:
        """The numbers at some times, by what is counted.

        ``moments`` are the new ones before ``end``, in order, by what is counted and
        who it is.
        """
        changes: dict[Counted, dict[int, int]] = {}
        for (counted, who), several in moments.items():
            of_one = changes.setdefault(counted, {})
            for time, change in self._changes((counted, who), several):
                _note(of_one, time, change, times)
        for key, until in [*self._until.items()]:
            if until < end:
                del self._until[key]
                _note(changes.setdefault(key[0], {}), until, -1, times)
        return {one: self._runs(one, changes.get(one, {})) for one in {**self._levels, **changes}}

    def _changes(self, key: Key, moments: Sequence[float]) -> Sequence[tuple[float, int]]:
        """When somebody begins and ceases to be active."""
        found: list[tuple[float, int]] = []
        until = self._until.get(key, -math.inf)
        at = 0
        while at < len(moments):
            if moments[at] >= until:
                if until != -math.inf:
                    found.append((until, -1))
                found.append((moments[at], 1))
            # Of several within a week only the last counts.
            following = bisect_left(moments, moments[at] + WEEK, at) - 1
            at = max(at, following)
            until = moments[at] + WEEK
            at += 1
        self._until[key] = until
        return found

    def _runs(self, counted: Counted, changes: Mapping[int, int]) -> Runs:
        level = self._levels.get(counted, 0) + changes.get(0, 0)
        runs: Runs = [(0, level or None)]
        for index in sorted(changes):
            if index:
                level += changes[index]
                runs.append((index, level or None))
        self._levels[counted] = level
        return runs


def _note(changes: dict[int, int], time: float, change: int, times: range) -> None:
    """Note a change at the first sample that is not before it."""
    index = max(0, -(-(math.ceil(time) - times.start) // times.step))
    changes[index] = changes.get(index, 0) + change
