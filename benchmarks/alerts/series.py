"""Real weeks: counts an hour out of CSV files, and those of the simulation.

A CSV file has a header, a local time in its first column and a count in its
second. What came of an hour without a row is nothing. Beside it may stand a file
with ``window`` in its name, which begins with the same words, and the columns
``window_start`` and ``window_end``: events in which activity did change, so that
an alert there is none too many. A gap of some hours in the rows is such an event,
too.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from random import Random
from typing import NamedTuple

from fedmsg_exporter.sources.simulation import Simulation

from .chance import binomial, split

#: Seconds between two samples, and how many of them an hour has.
STEP = 300
HOUR = 3600 // STEP
WEEK = 7 * 24 * HOUR
_GAP_HOURS = 6
_AFTER_HOURS = 24


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

    ``events`` are windows in which activity did change.
    """

    name: str
    start: float
    categories: dict[str, list[int]] = field(default_factory=dict)
    events: list[Window] = field(default_factory=list)
    #: Categories into which outages are cut.
    cut: list[str] = field(default_factory=list)


def from_folder(folder: Path, scales: Iterable[float], seed: int) -> Iterator[Bus]:
    """One bus a CSV file, with a category for each scale: messages an hour, 0 for all."""
    files = sorted(folder.glob("*.csv"))
    events = [path for path in files if "window" in path.stem]
    for path in files:
        if path not in events:
            own = [event for event in events if _owner(event, files) == path]
            yield _from_file(path, own, list(scales), Random(seed))


def simulated(weeks: int, cut: Iterable[str], seed: int) -> Bus:
    """The simulation's categories, out of its messages."""
    start = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
    size = weeks * WEEK
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * size)
    messages = Simulation(seed).messages(start)
    within = takewhile(lambda sent: (sent.message.sent_at or 0) < start + size * STEP, messages)
    for message, _, _ in within:
        at = int(((message.sent_at or 0) - start) // STEP)
        counts[message.topic.split(".")[3]][at] += 1
    return Bus("simulation", start, dict(counts), [], list(cut))


def _from_file(path: Path, events: list[Path], scales: list[float], rng: Random) -> Bus:
    hours = _hours(path)
    begin = min(hours)
    bus = Bus(path.stem, begin)
    counts = [hours.get(begin + 3600 * n) for n in range(int((max(hours) - begin) // 3600) + 1)]
    mean = sum(count or 0 for count in counts) / len(counts)
    for scale in scales:
        if scale < mean:
            name = f"{path.stem} at {scale or mean:,.0f}/h"
            bus.categories[name] = _samples(counts, scale / mean if scale else 1, rng)
    bus.events = [*_gaps(counts), *(w for file in events for w in _windows(file, begin))]
    bus.cut = list(bus.categories)
    return bus


def _hours(path: Path) -> dict[float, int]:
    with path.open(newline="") as lines:
        rows = [row for row in csv.reader(lines) if len(row) > 1][1:]
    return {_seconds(row[0]): round(float(row[1])) for row in rows if row[1].strip()}


def _seconds(text: str) -> float:
    """Local time as if it were UTC: what matters is the hour of the week."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _samples(counts: list[int | None], share: float, rng: Random) -> list[int]:
    samples: list[int] = []
    for count in counts:
        samples += split(rng, binomial(rng, count or 0, share), HOUR)
    return samples


def _owner(event: Path, files: list[Path]) -> Path:
    """The series whose name begins with the most words of that of a file of events."""
    series = [path for path in files if "window" not in path.stem]
    return max(series, key=lambda path: _common(path.stem.split("_"), event.stem.split("_")))


def _common(one: list[str], other: list[str]) -> int:
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


def _windows(path: Path, begin: float) -> Iterator[Window]:
    with path.open(newline="") as lines:
        for row in csv.DictReader(lines):
            start, end = _seconds(row["window_start"]), _seconds(row["window_end"])
            yield Window(int((start - begin) // STEP), int((end - begin) // STEP) + 1)


def _gaps(counts: list[int | None]) -> Iterator[Window]:
    """Gaps of some hours, with a day after them: the way back is part of the event."""
    since = None
    for hour, count in enumerate([*counts, 0]):
        if count is None:
            since = hour if since is None else since
        elif since is not None:
            if hour - since >= _GAP_HOURS:
                yield Window((since - 1) * HOUR, (hour + _AFTER_HOURS) * HOUR)
            since = None
