"""Tempo: how many messages per second, by hour, day of the week and year.

The bus has a weekly rhythm: people sleep, rest at the weekend, and live mostly in
Europe and the Americas, while machines carry on at night. A week is divided into
slots; within a slot, each stream (a topic of an app) is a Poisson process of constant
rate. Over the years some streams grow and others decline. Times are seconds since
the epoch, hours are UTC.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import exp
from random import Random
from typing import NamedTuple

DAY = 86_400
WEEK = 7 * DAY
#: A slot's length in seconds: short enough that graphs show no steps.
SLOT = 900
SLOTS = WEEK // SLOT
#: The first Monday of the epoch, where weeks begin. 1970-01-01 was a Thursday.
MONDAY = 4 * DAY
#: The days of the week, counted from Monday, on which people rest.
WEEKEND = (5, 6)

#: A stream's rate in each slot of the week, relative to its mean over the week.
Shape = tuple[float, ...]


def slot_of(moment: float) -> int:
    """Return the slot of the week that contains a moment."""
    return int((moment - MONDAY) % WEEK // SLOT)


def _shape(at_hour: Sequence[float], weekend: float) -> Shape:
    """Make a shape from the rates of a day's slots and a factor for the weekend."""
    week = [rate * (weekend if day in WEEKEND else 1.0) for day in range(7) for rate in at_hour]
    mean = sum(week) / len(week)
    return tuple(rate / mean for rate in week)


def _hump(hour: float, centre: float, width: float) -> float:
    """Return a bell of height 1 around an hour; the day is a circle."""
    distance = (hour - centre + 12) % 24 - 12
    return exp(-0.5 * (distance / width) ** 2)


_HOURS = [slot * SLOT / 3600 for slot in range(DAY // SLOT)]
# Low while both Europe and the Americas sleep, highest when both work.
_WAKING = [
    0.15
    + 0.35 * _hump(hour, 6, 2.5)  # Asia's afternoon
    + 1.00 * _hump(hour, 12, 3.0)  # Europe's day
    + 0.80 * _hump(hour, 17.5, 3.0)  # the Americas' day
    for hour in _HOURS
]

#: What people do: by day, and about half as much at the weekend.
HUMAN = _shape(_WAKING, weekend=0.5)
#: What machines do by themselves: the same at all times.
FLAT = _shape([1.0 for _ in _HOURS], weekend=1.0)
#: What machines do because people did something: rebuilds go on in between.
FOLLOWING = _shape([0.5 + waking for waking in _WAKING], weekend=0.6)
#: Composes and pushes: started by cron in the small hours, every day.
NIGHTLY = _shape([0.1 + _hump(hour, 5, 2.0) for hour in _HOURS], weekend=0.9)


class Trend(NamedTuple):
    """How the rate of a stream changes over the years: linearly, between two moments."""

    since: float
    until: float
    before: float
    after: float

    def at(self, moment: float) -> float:
        """Return the factor for the rate at a moment."""
        passed = min(max((moment - self.since) / (self.until - self.since), 0.0), 1.0)
        return self.before + (self.after - self.before) * passed

    def opposite(self) -> "Trend":
        """Return the trend of what replaces this: their factors add up to 1."""
        return self._replace(before=1 - self.before, after=1 - self.after)


#: The rate never changes.
STEADY = Trend(0, 1, 1.0, 1.0)


class Stream(NamedTuple):
    """Messages of one kind: their mean rate per second over a week, its shape and its trend."""

    rate: float
    shape: Shape
    trend: Trend = STEADY


class Tempo:
    """All streams together: when the next message is sent, and from which stream."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._streams = streams
        self._week: int | None = None
        self._rates: list[float] = []
        self._slots: dict[int, list[float]] = {}

    def arrivals(self, start: float, rng: Random) -> Iterator[tuple[float, int]]:
        """Yield, without end, the time of each message and the index of its stream.

        The sum of Poisson processes is itself one, whose events belong to the streams in
        proportion to their rates. It has no memory, so if the slot ends first, it may
        as well start over in the next one.
        """
        random, wait = rng.random, rng.expovariate
        moment = start
        while True:
            sums = self._sums(moment)
            end = (moment // SLOT + 1) * SLOT
            while (moment := moment + wait(sums[-1])) < end:
                # The limit guards against a product that rounds up to the sum.
                yield moment, bisect_right(sums, random() * sums[-1], 0, len(sums) - 1)
            moment = end

    def _sums(self, moment: float) -> list[float]:
        """Return the running sums of all streams' rates in the slot of a moment."""
        week, slot = int((moment - MONDAY) // WEEK), slot_of(moment)
        if week != self._week:
            self._week = week
            start = week * WEEK + MONDAY
            self._rates = [stream.rate * stream.trend.at(start) for stream in self._streams]
            self._slots.clear()
        if slot not in self._slots:
            total = 0.0
            both = zip(self._rates, self._streams, strict=True)
            sums = [total := total + rate * stream.shape[slot] for rate, stream in both]
            self._slots[slot] = sums
        return self._slots[slot]
