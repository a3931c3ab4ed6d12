"""The values of counters at any time, from messages by hour or from moments. Pure."""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from ..moments import SLOT, SLOTS
from .placement import HOUR, length

#: A series within a piece: the index of a sample and the value from there on, None for no sample.
Runs = list[tuple[int, float | None]]


class HourCounter:
    """A counter of messages by hour; it begins at ``first``.

    An hour's messages are spread evenly over it, or over each of its slots where
    those of all of them are known.
    """

    def __init__(self, hour: int, first: int, end: float) -> None:
        """Begin with an hour; ``end`` is where history ends, in epoch seconds."""
        self._hour = hour
        self._end = end
        self._sums = array("q", [first])
        self._slots: dict[int, list[int]] = {}

    def add(self, hour: int, messages: int, slots: Sequence[int] = ()) -> None:
        """Add messages of an hour that is not before the latest, and those of its slots."""
        self.extend(hour)
        if hour - self._hour == len(self._sums) - 2:
            self._sums[-1] += messages
        else:
            self._sums.append(self._sums[-1] + messages)
        if slots:
            before = self._slots.get(hour, [0] * SLOTS)
            self._slots[hour] = [a + b for a, b in zip(before, slots, strict=True)]

    def extend(self, hour: int) -> None:
        """Take note that nothing more was sent before an hour."""
        missing = hour - self._hour - len(self._sums) + 1
        if missing > 0:
            self._sums.extend([self._sums[-1]] * missing)

    def at(self, time: float) -> int:
        """The value at a moment."""
        hour = int(time // HOUR)
        index = hour - self._hour
        if index < 0:
            return self._sums[0]
        if index >= len(self._sums) - 1:
            return self._sums[-1]
        value = self._sums[index]
        messages = self._sums[index + 1] - value
        if time < self._end and (slots := self._exact(hour, messages)):
            return value + _within(slots, time - hour * HOUR)
        share = min(1.0, (time - hour * HOUR) / length(hour, self._end))
        return value + int(messages * share + 0.5)

    def last(self, time: float) -> float | None:
        """When the latest message up to a moment was sent, None for never."""
        index = min(int(time // HOUR) - self._hour, len(self._sums) - 2)
        here = self.at(time)
        while index >= 0 and self._sums[index] == here:
            index -= 1
        if index < 0:
            return None
        hour = self._hour + index
        number, messages = here - self._sums[index], self._sums[index + 1] - self._sums[index]
        if slots := self._exact(hour, messages):
            slot = bisect_left(list(accumulate(slots)), number)
            return hour * HOUR + (slot + 0.5) * SLOT
        return hour * HOUR + (number - 0.5) / messages * length(hour, self._end)

    def _exact(self, hour: int, messages: int) -> Sequence[int]:
        """The messages of the slots of an hour, if they are all that it has."""
        slots = self._slots.get(hour, ())
        return slots if sum(slots) == messages else ()


def _within(slots: Sequence[int], seconds: float) -> int:
    """The messages of some seconds of an hour, each slot's spread evenly over it."""
    slot, rest = divmod(seconds, SLOT)
    return sum(slots[: int(slot)]) + int(slots[int(slot)] * rest / SLOT + 0.5)


def counted(moments: Sequence[float], before: int, times: range) -> Runs:
    """A counter that has a value before a piece, and increases at some moments, in order."""
    runs: Runs = [(0, before)]
    at = 0
    while at < len(moments):
        # The first sample at or after the moment, and all moments up to it.
        index = max(0, -(-(math.ceil(moments[at]) - times.start) // times.step))
        if index >= len(times):
            break
        at = bisect_right(moments, times[index], at)
        if index == 0:
            runs[0] = (0, before + at)
        else:
            runs.append((index, before + at))
    return runs


def runs(values: Sequence[float | None]) -> Runs:
    """Values, one a sample, as runs of equal ones."""
    found: Runs = []
    before: object = _NOTHING
    for index, value in enumerate(values):
        if value != before:
            found.append((index, value))
            before = value
    return found


def spread(found: Runs, size: int) -> list[float | None]:
    """Runs as values, one a sample."""
    ends = (*(start for start, _ in found[1:]), size)
    return [
        value
        for (start, value), end in zip(found, ends, strict=True)
        for _ in range(start, min(end, size))
    ]


_NOTHING = object()
