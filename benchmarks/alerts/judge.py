"""The quality of an alert: outages found, time to find them, and false alarms."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from .outages import KINDS, WARM_UP, Kind, copy_of, pace, windows
from .rules import Alert
from .series import HOUR, STEP, WEEK, Bus, Window

#: Alarms of a category that come within an hour of each other are one.
_SAME = HOUR
#: What "at least 20 messages an hour" means: as the outage begins.
PACE = 20

#: A category, and the copy of the bus it is in; None for the bus itself.
Copy = tuple[str, int | None]


def firing(times: Iterable[float], alert: Alert) -> Iterator[Window]:
    """When an alert fires, from the samples at which its expression holds.

    Prometheus evaluates at each sample: it waits `for` first, and with
    `keep_firing_for` ends later.
    """
    hold, keep = round(alert.hold / STEP), round(alert.keep / STEP)
    fired: Window | None = None
    for start, end in _runs(int(time) for time in times):
        if end - start <= hold and not (fired and start < fired.end):
            continue
        begin = start if fired and start < fired.end else start + hold
        if fired and begin <= fired.end:
            fired = Window(fired.start, end + keep)
            continue
        if fired:
            yield fired
        fired = Window(begin, end + keep)
    if fired:
        yield fired


def merged(windows: Iterable[Window], apart: int = 0) -> list[Window]:
    """The union of several alerts' windows: those that touch are joined."""
    joined: list[Window] = []
    for window in sorted(windows):
        if joined and window.start <= joined[-1].end + apart:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, window.end))
        else:
            joined.append(window)
    return joined


@dataclass
class Finding:
    """One outage, and how many minutes it took to find it; None if it was not found."""

    bus: str
    kind: Kind
    pace: float
    minutes: float | None


@dataclass
class Score:
    """The results of one method on one bus."""

    findings: list[Finding] = field(default_factory=list)
    #: False alarms by category, each with the eight-week periods it was watched.
    alarms: dict[str, int] = field(default_factory=dict)
    periods: dict[str, float] = field(default_factory=dict)

    def add(self, other: "Score") -> None:
        """Add the score of another bus."""
        self.findings += other.findings
        self.alarms |= other.alarms
        self.periods |= other.periods

    def of(self, bus: str) -> "Score":
        """The part of it that is about one bus."""
        mine = {label for label in self.alarms if label.startswith(f"{bus}: ")}
        return Score(
            [one for one in self.findings if one.bus == bus],
            {label: number for label, number in self.alarms.items() if label in mine},
            {label: number for label, number in self.periods.items() if label in mine},
        )

    def found(self, kind: Kind, least: float = 0) -> "Found":
        """The results for outages of one kind."""
        chosen = [f.minutes for f in self.findings if f.kind == kind and f.pace >= least]
        return Found(len(chosen), sorted(m for m in chosen if m is not None))

    @property
    def alarm_rate(self) -> float:
        """False alarms of a category in eight weeks."""
        return sum(self.alarms.values()) / sum(self.periods.values())

    @property
    def worst(self) -> float:
        """False alarms in eight weeks of the category that has the most."""
        return max(number / self.periods[label] for label, number in self.alarms.items())


@dataclass
class Found:
    """Outages of a kind: how many there were, and the minutes to those found."""

    number: int
    minutes: Sequence[float]

    @property
    def recall(self) -> float:
        """The share that was found."""
        return len(self.minutes) / self.number if self.number else float("nan")

    @property
    def delays(self) -> tuple[float, float]:
        """Median and ninth decile of the minutes until found."""
        if len(self.minutes) < 2:
            return (self.minutes[0], self.minutes[0]) if self.minutes else (float("nan"),) * 2
        return median(self.minutes), quantiles(self.minutes, n=10, method="inclusive")[-1]

    def within(self, minutes: float) -> float:
        """The share that was found in time."""
        return sum(m <= minutes for m in self.minutes) / self.number if self.number else 1.0


def score(bus: Bus, fired: Mapping[Copy, Iterable[Window]]) -> Score:
    """Judge a method by when it fired, on each category and each copy of one."""
    alarms = defaultdict(list, {copy: merged(windows) for copy, windows in fired.items()})
    result = Score()
    for category, samples in bus.categories.items():
        quiet = alarms[category, None]
        label = f"{bus.name}: {category}"
        result.alarms[label] = _false(quiet, bus.events)
        result.periods[label] = (len(samples) - WARM_UP) / WEEK / 8
        if category in bus.cut:
            for kind in KINDS:
                found = _findings(bus, category, kind, quiet, alarms[category, copy_of(kind)])
                result.findings += found
    return result


def _false(alarms: Iterable[Window], events: Sequence[Window]) -> int:
    """Count alarms after the warm-up that no event explains."""
    counted = [a for a in merged(alarms, _SAME) if a.end > WARM_UP]
    return sum(not any(alarm.meets(event) for event in events) for alarm in counted)


def _findings(
    bus: Bus, category: str, kind: Kind, quiet: list[Window], alarms: list[Window]
) -> Iterator[Finding]:
    samples = bus.categories[category]
    for outage in windows(len(samples), kind, bus.turn(category)):
        if any(outage.meets(event) for event in bus.events):
            continue
        at = _first(outage, alarms, quiet)
        # The sample at which an outage begins still holds what came before it.
        minutes = None if at is None else (at - outage.start + 1) * STEP / 60
        yield Finding(bus.name, kind, pace(samples, outage), minutes)


def _first(outage: Window, alarms: list[Window], quiet: list[Window]) -> int | None:
    """The first sample of an outage with an alarm that is not there without it."""
    for alarm in (a for a in alarms if a.meets(outage)):
        for at in range(max(alarm.start, outage.start), min(alarm.end, outage.end)):
            if not any(w.start <= at < w.end for w in quiet):
                return at
    return None


def _runs(samples: Iterable[int]) -> Iterator[Window]:
    """Samples without a gap, as windows."""
    start = last = None
    for sample in samples:
        if start is None or last is None or sample != last + 1:
            if start is not None and last is not None:
                yield Window(start, last + 1)
            start = sample
        last = sample
    if start is not None and last is not None:
        yield Window(start, last + 1)
