"""Counters of categories and groups on a grid, with the weeks before it that rules look back to.

Pure. A grid has a value every ``step`` seconds; a slice of it is a range of times.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from ...statistics.coverage import Coverage
from .plan import DAY, WEEK

#: The rules look five weeks back at windows of up to a week, and at days, three days before that.
LOOKBACK = 6 * WEEK + 2 * DAY

Values = list[float | None]
T = TypeVar("T")


class Grid:
    """Some counters at each time of a grid, and since when everything is known at that time."""

    def __init__(self, start: int, step: int, coverage: Coverage) -> None:
        """Begin at ``start``, or at the multiple of ``step`` before it."""
        self._origin = start // step * step
        self._step = step
        self._coverage = coverage
        self._since: list[float | None] = []
        self._tracks: dict[str, list[int]] = {}
        self._computed: dict[Hashable, Any] = {}

    def extend(self, counters: Mapping[str, Sequence[Callable[[float], int]]], end: float) -> None:
        """Evaluate counters, each the sum of several, up to a moment."""
        self._computed.clear()
        for name, several in counters.items():
            track = self._tracks.setdefault(name, [])
            track += [sum(at(time) for at in several) for time in self._missing(track, end)]
        self._since += [_since(self._coverage, time) for time in self._missing(self._since, end)]

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """What is computed of the grid as it is, only once: rules share much."""
        if key not in self._computed:
            self._computed[key] = compute()
        found: T = self._computed[key]
        return found

    def names(self) -> list[str]:
        """The names of the counters."""
        return list(self._tracks)

    def values(self, name: str, times: range) -> Values:
        """A counter."""
        start, end = self._slice(times)
        return [*self._tracks[name][start:end]]

    def increase(self, name: str, times: range, window: int) -> Values:
        """How much a counter rose in a window, where all of the window is known."""
        start, end = self._slice(times)
        track, before = self._tracks[name], window // self._step
        now, then = track[start:end], track[start - before : end - before]
        known = self.once(("known", times, window), lambda: self.known(times, window))
        return [a - b if ok else None for a, b, ok in zip(now, then, known, strict=True)]

    def known(self, times: range, window: int) -> list[bool]:
        """Whether everything is known of the windows that end then."""
        start, end = self._slice(times)
        return [
            since is not None and time - window >= since
            for since, time in zip(self._since[start:end], times, strict=True)
        ]

    def _slice(self, times: range) -> tuple[int, int]:
        start = (times.start - self._origin) // self._step
        return start, start + len(times)

    def _missing(self, track: Sequence[object], end: float) -> range:
        return range(self._origin + len(track) * self._step, int(-(-end // 1)), self._step)


def _since(coverage: Coverage, time: float) -> float | None:
    """The beginning of the span that a moment is in; its end is known, too."""
    return next((one.start for one in coverage.spans if one.start <= time <= one.end), None)
