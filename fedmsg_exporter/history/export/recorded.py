"""What the recording rules would have stored, as far as anything reads it later. Pure.

A test holds each function to the rule of its name in deploy/rules, as a real
Prometheus evaluates it. Only `increase()` differs: PromQL estimates it, here it is the
exact difference.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from .plan import DAY, HOUR, WEEK
from .sampled import Grid, Values

WEEKS = range(1, 6)
#: How many categories with how many usual messages there must be for a level.
_COMPARABLE, _LEAST = 5, 5
#: The days before a window by which a category itself is judged, the latest first.
_DAYS_BEFORE = (11 * HOUR, 11 * HOUR + DAY, 11 * HOUR + 2 * DAY)

#: A recorded series by the value of its label.
Recorded = Mapping[str, Values]


def increase(grid: Grid, times: range, window: int) -> Recorded:
    """``category:fedmsg_messages:increaseNN``, and the same of groups."""
    return {name: grid.increase(name, times, window) for name in grid.names()}


def median(grid: Grid, times: range, window: int) -> Recorded:
    """``category:fedmsg_messages:medianNN``: of what was at least twice known, the median."""
    return {name: [_median(week) for week in past] for name, past in _past(grid, times, window)}


def usual(grid: Grid, times: range, window: int) -> Recorded:
    """``category:fedmsg_messages:usualNN``: the mean of the middle three."""
    key = "usual", times, window
    return grid.once(
        key,
        lambda: {
            name: [_middle(week) for week in past] for name, past in _past(grid, times, window)
        },
    )


def level(grid: Grid, times: range, window: int) -> Values:
    """``job:fedmsg_messages:levelNN``: how the bus compares with what is usual."""
    return _level(increase(grid, times, window), usual(grid, times, window), len(times))


def category_level(grid: Grid, times: range) -> Recorded:
    """``category:fedmsg_messages:level1d``: the last day compared with what was expected."""
    return grid.once(("level1d", times), lambda: _category_level(grid, times))


def _category_level(grid: Grid, times: range) -> Recorded:
    most, bus = usual(grid, times, DAY), level(grid, times, DAY)
    return {
        name: [
            _shared(now, expected)
            for now, expected in zip(here, _scaled(most[name], bus), strict=True)
        ]
        for name, here in increase(grid, times, DAY).items()
    }


def recent_level(grid: Grid, times: range) -> Recorded:
    """``category:fedmsg_messages:level3d``: three days, drawn a fourth of the way to 1."""
    return grid.once(("level3d", times), lambda: _recent_level(grid, times))


def _recent_level(grid: Grid, times: range) -> Recorded:
    start, stop = times.start - max(_DAYS_BEFORE), times.stop - min(_DAYS_BEFORE)
    days = category_level(grid, range(start, stop, times.step))
    firsts = [(max(_DAYS_BEFORE) - before) // times.step for before in _DAYS_BEFORE]
    return {
        name: [
            _drawn(several)
            for several in zip(*(values[n : n + len(times)] for n in firsts), strict=True)
        ]
        for name, values in days.items()
    }


def expected(grid: Grid, times: range, window: int) -> Recorded:
    """``category:fedmsg_messages:expectedNN`` for a window below a day."""
    most, bus, own = (
        usual(grid, times, window),
        level(grid, times, window),
        recent_level(grid, times),
    )
    return {
        name: _scaled([_times(a, b) for a, b in zip(values, own[name], strict=True)], bus)
        for name, values in most.items()
    }


def ratio(grid: Grid, times: range, window: int, part: float) -> Recorded:
    """``category:fedmsg_messages:increaseNN_ratio``: compared with the most that a drop leaves."""
    wanted = expected(grid, times, window)
    return {
        name: [_ratio(now, most, part) for now, most in zip(values, wanted[name], strict=True)]
        for name, values in increase(grid, times, window).items()
    }


def quantile(part: float, values: Iterable[float]) -> float:
    """PromQL's quantile: between two values, in proportion."""
    ordered = sorted(values)
    rank = part * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    weight = rank - low
    return ordered[low] * (1 - weight) + ordered[high] * weight


def _earlier(times: range, seconds: int) -> range:
    return range(times.start - seconds, times.stop - seconds, times.step)


def _past(grid: Grid, times: range, window: int) -> Iterator[tuple[str, Iterator[list[float]]]]:
    """What is known of a window one to five weeks before, in order, by name and time."""
    for name in grid.names():
        past = [grid.increase(name, _earlier(times, week * WEEK), window) for week in WEEKS]
        yield name, (_known(several) for several in zip(*past, strict=True))


def _known(several: Iterable[float | None]) -> list[float]:
    return sorted([one for one in several if one is not None])


def _median(known: Sequence[float]) -> float | None:
    if len(known) == len(WEEKS):  # nearly always, and worth being quick
        return known[len(WEEKS) // 2]
    return quantile(0.5, known) if len(known) >= 2 else None  # noqa: PLR2004  as in the rule


def _middle(known: Sequence[float]) -> float | None:
    if len(known) == len(WEEKS):
        return (known[1] + known[2] + known[3]) / 3
    if len(known) < 2:  # noqa: PLR2004  as in the rule
        return None
    return sum(quantile(part, known) for part in (0.25, 0.5, 0.75)) / 3


def _drawn(days: Sequence[float | None]) -> float | None:
    known = [one for one in days if one is not None]
    return (1 + sum(known)) / (1 + len(days)) if len(known) == len(days) else None


def _level(now: Recorded, most: Recorded, size: int) -> Values:
    return [
        _of_bus([(values[index], most[name][index]) for name, values in now.items()])
        for index in range(size)
    ]


def _of_bus(categories: Iterable[tuple[float | None, float | None]]) -> float | None:
    """The level of the bus, from the messages of each category and what is usual."""
    here = [(number, most) for number, most in categories if number is not None]
    there = [number / most for number, most in here if most is not None and most >= _LEAST]
    if len(there) >= _COMPARABLE:
        return min(1.5, quantile(0.33, there))
    return 1.0 if here else None


def _scaled(most: Values, bus: Values) -> Values:
    """Times the level of the bus; below 0.2 nothing can be expected."""
    return [
        one * by if one is not None and by is not None and by >= 0.2 else None  # noqa: PLR2004
        for one, by in zip(most, bus, strict=True)
    ]


def _times(most: float | None, own: float | None) -> float | None:
    return most if most is None or own is None else most * own


def _shared(now: float | None, wanted: float | None) -> float | None:
    if now is None or wanted is None or wanted <= 0:
        return None
    return max(0.4, min(1.6, now / wanted))


def _ratio(now: float | None, most: float | None, part: float) -> float | None:
    if now is None or most is None:
        return None
    left = part * most + math.sqrt(most)
    if left:
        return now / left
    return math.inf if now else math.nan


#: What is recorded of categories, by the name of the series: dense only, or sparse, too.
Rule = Callable[[Grid, range], Recorded]

_METRIC = "category:fedmsg_messages"
ALWAYS: Mapping[str, Rule] = {
    f"{_METRIC}:increase1h": lambda grid, times: increase(grid, times, HOUR),
    f"{_METRIC}:median1h": lambda grid, times: median(grid, times, HOUR),
    f"{_METRIC}:delta1d": lambda grid, times: increase(grid, times, DAY),
    f"{_METRIC}:delta1w": lambda grid, times: increase(grid, times, WEEK),
}
DENSE: Mapping[str, Rule] = {
    f"{_METRIC}:sum": lambda grid, times: {n: grid.values(n, times) for n in grid.names()},
    f"{_METRIC}:increase3h": lambda grid, times: increase(grid, times, 3 * HOUR),
    f"{_METRIC}:increase4h": lambda grid, times: increase(grid, times, 4 * HOUR),
    f"{_METRIC}:increase11h": lambda grid, times: increase(grid, times, 11 * HOUR),
    f"{_METRIC}:increase1d": lambda grid, times: increase(grid, times, DAY),
    f"{_METRIC}:increase1w": lambda grid, times: increase(grid, times, WEEK),
    f"{_METRIC}:level1d": category_level,
    f"{_METRIC}:increase1h_ratio": lambda grid, times: ratio(grid, times, HOUR, 0.75),
    f"{_METRIC}:increase4h_ratio": lambda grid, times: ratio(grid, times, 4 * HOUR, 0.8),
}
GROUPS_ALWAYS: Mapping[str, Rule] = {
    "group:fedmsg_messages:increase1w": lambda grid, times: increase(grid, times, WEEK),
}
GROUPS_DENSE: Mapping[str, Rule] = {
    "group:fedmsg_messages:increase1d": lambda grid, times: increase(grid, times, DAY),
}
