"""Categories that share a calendar: made of real hourly counts, and the simulation's.

A CSV file has a header, a local time in its first column and a count in its second.
Its hours are a calendar: day and week, holidays, weather. Each category made of
it has these to its own degree, its own busy hour, and noise that it shares with
no other. An hour without a row has no messages; a gap of some hours is an event,
which an alert is right about.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from random import Random
from statistics import fmean, median
from typing import NamedTuple

from fedmsg_exporter.sources.simulation import Simulation

from .chance import poisson, wandering

#: Seconds between two samples, and the number of samples in an hour.
STEP = 300
HOUR = 3600 // STEP
WEEK = 7 * 24 * HOUR
_WEEK_HOURS = 7 * 24
_GAP_HOURS = 6
_AFTER_HOURS = 24
#: Noise of a category: hours until it is forgotten, and its standard deviation (log).
#: With these the previous rules raised as many false alarms as on real sensors.
NOISE = ((5, 0.18), (100, 0.12))
#: How much of the calendar's own deviations (holidays, weather) a category has.
SHARED = (0.5, 1.3)


class Window(NamedTuple):
    """A stretch of samples, from one (included) to another (excluded)."""

    start: int
    end: int

    def meets(self, other: "Window") -> bool:
        """Whether the two have a sample in common."""
        return self.start < other.end and other.start < self.end


@dataclass
class Bus:
    """Categories that share a calendar: messages a sample, from ``start`` on.

    ``events`` are windows in which everything stops.
    """

    name: str
    start: float
    categories: dict[str, list[int]] = field(default_factory=dict)
    events: list[Window] = field(default_factory=list)
    #: Categories into which outages are cut.
    cut: list[str] = field(default_factory=list)

    def turn(self, category: str) -> float:
        """How far the outages of a category come after those of the first one."""
        return self.cut.index(category) / len(self.cut)


def from_folder(
    folder: Path, scales: Iterable[float], categories: int, weeks: int, seed: int
) -> Iterator[Bus]:
    """One bus for each CSV file and each scale below its own mean, of its last weeks."""
    paths = sorted(path for path in folder.glob("*.csv") if "window" not in path.stem)
    for path in paths:
        start, counts = _counts(path)
        calendar = Calendar(counts)
        first = max(0, len(counts) - weeks * _WEEK_HOURS)
        mean = fmean(count or 0 for count in counts)
        for scale in (scale for scale in scales if scale < mean):
            bus = Bus(f"{path.stem} at {scale:,.0f}/h", start + 3600 * first)
            rng = Random(f"{seed} {bus.name}")
            for number in range(1, categories + 1):
                bus.categories[f"{number}"] = calendar.category(scale, rng)[first * HOUR :]
            bus.events = list(_gaps(counts[first:]))
            bus.cut = list(bus.categories)
            yield bus


def simulated(weeks: int, cut: Iterable[str], seed: int, most: int = 12) -> Bus:
    """The simulation's categories: those to cut, and the busiest of the others."""
    start = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
    size = weeks * WEEK
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * size)
    messages = Simulation(seed).messages(start)
    within = takewhile(lambda sent: (sent.message.sent_at or 0) < start + size * STEP, messages)
    for message, _, _ in within:
        at = int(((message.sent_at or 0) - start) // STEP)
        counts[message.topic.split(".")[3]][at] += 1
    busiest = sorted(counts, key=lambda name: -sum(counts[name]))
    names = dict.fromkeys([*cut, *busiest])
    return Bus("simulation", start, {n: counts[n] for n in list(names)[:most]}, [], list(cut))


class Calendar:
    """What categories share: the counts of hours, None where there is none."""

    def __init__(self, counts: Sequence[int | None]) -> None:
        self._counts = counts
        self._usual = [self._median(hour) for hour in range(len(counts))]

    def category(self, scale: float, rng: Random) -> list[int]:
        """Draw the samples of a new category with a given number of messages an hour."""
        share, amplitude, busy = rng.uniform(*SHARED), rng.uniform(0, 0.5), rng.uniform(0, 24)
        noises = [wandering(rng, *one) for one in NOISE]
        rates = []
        for hour, (count, usual) in enumerate(zip(self._counts, self._usual, strict=True)):
            noise = math.exp(sum(next(one) for one in noises))
            own = 1 + amplitude * math.cos(2 * math.pi * (hour - busy) / 24)
            deviation = ((count or 0) + 0.1) / usual
            rates.append(0 if count is None else usual * deviation**share * own * noise)
        mean = fmean(rates)
        return [poisson(rng, rate * scale / mean / HOUR) for rate in rates for _ in range(HOUR)]

    def _median(self, hour: int) -> float:
        """The median of this hour of the week, of the weeks around it."""
        near = range(hour - 4 * _WEEK_HOURS, hour + 5 * _WEEK_HOURS, _WEEK_HOURS)
        there = (self._counts[at] for at in near if 0 <= at < len(self._counts))
        return max(1, median([count for count in there if count is not None] or [1]))


def _counts(path: Path) -> tuple[float, list[int | None]]:
    """When a file's first hour is, and the counts from there on."""
    with path.open(newline="") as lines:
        rows = [row for row in csv.reader(lines) if len(row) > 1][1:]
    hours = {_seconds(row[0]): round(float(row[1])) for row in rows if row[1].strip()}
    begin, end = min(hours), max(hours)
    return begin, [hours.get(begin + 3600 * n) for n in range(int((end - begin) // 3600) + 1)]


def _seconds(text: str) -> float:
    """Local time as if it were UTC: what matters is the hour of the week."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _gaps(counts: Sequence[int | None]) -> Iterator[Window]:
    """Gaps of some hours, with a day after them: the way back is part of the event."""
    since = None
    for hour, count in enumerate([*counts, 0]):
        if count is None:
            since = hour if since is None else since
        elif since is not None:
            if hour - since >= _GAP_HOURS:
                yield Window((since - 1) * HOUR, (hour + _AFTER_HOURS) * HOUR)
            since = None
