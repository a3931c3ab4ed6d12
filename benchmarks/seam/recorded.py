"""What the recording rules should have recorded at a moment, from the known traffic alone.

The windows are counted, not estimated; what the rules compute from them (medians,
levels, what is expected) is written here a second time, in plain Python.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from math import floor, inf, nan, sqrt
from typing import NamedTuple

from fedmsg_exporter.history.export.recorded import ALWAYS, DENSE, GROUPS_ALWAYS, GROUPS_DENSE

from .known import DAY, L0, WEEK
from .questions import edge
from .right import Right
from .truth import Labels, Truth, Values, labels

HOUR = 3600
_WINDOWS = {"1m": 60, "1h": HOUR, "3h": 3 * HOUR, "4h": 4 * HOUR, "11h": 11 * HOUR}
_WINDOWS |= {"1d": DAY, "1w": WEEK}
_BASELINE = tuple(name for name in _WINDOWS if name != "1m")
_WEEKS = range(1, 6)
#: At least so many weeks are a baseline, and so many apps show how the bus does.
_FEW_WEEKS, _FEW_APPS, _COMPARABLE = 2, 5, 5

_EXACT = ("delta", "active")
#: What history has of the recorded series: what graphs show, and what rules read at
#: other times. The others are computed from it, for the present only.
IN_HISTORY = {
    *ALWAYS,
    *DENSE,
    *GROUPS_ALWAYS,
    *GROUPS_DENSE,
    "category_topic:fedmsg_messages:sum",
    "group_instance:fedmsg_messages:sum",
    "kind:fedmsg_users:active1w",
    "category_kind:fedmsg_users:active1w",
    "job:fedmsg_exporter_counting:min",
}

#: increase() extrapolates: by a share, and by one message where there are few.
INCREASE = (1.0, 0.03)
#: Shares of such numbers.
SHARE = (0.1, 0.1)
#: A minute has four samples, and of them three intervals.
MINUTE = (1.5, 0.35)


class Rule(NamedTuple):
    """A recorded series by its level and operation, and what it should be."""

    name: str
    right: Right


def everything(truth: Truth, at: int) -> Iterator[Rule]:
    """Every recorded series at a moment that the known traffic decides.

    Before `L0` these are the series that history has.
    """
    for rule in _every(truth, at):
        if at >= L0 or rule.name in IN_HISTORY:
            yield _with_edge(rule)


def _with_edge(rule: Rule) -> Rule:
    """Allow for what increase() extrapolates; shares are of a handful of messages or more."""
    operation = rule.name.rpartition(":")[2]
    window = re.search(r"\d+[mhdw]", operation)
    if window is None or operation.startswith(_EXACT):
        return rule
    # Three days are a mean of single ones.
    share = edge(_WINDOWS.get(window[0], DAY))
    if operation.startswith("level") or operation.endswith("ratio"):
        share /= _COMPARABLE
    return rule._replace(right=rule.right._replace(edge=share))


def _every(truth: Truth, at: int) -> Iterator[Rule]:
    past = _Past(truth, at)
    yield from _volumes(past)
    yield from _people(past)
    for window in _BASELINE:
        yield from _baseline(past, window)
    yield from _expected(past)
    yield from _of_groups(past)
    yield Rule("job:fedmsg_exporter_counting:min", Right({(): 1}, 0))


class _Past:
    """Counts of windows that end at a moment, or some time before it."""

    def __init__(self, truth: Truth, at: int) -> None:
        self.truth, self.at = truth, at
        self.apps = lru_cache(None)(self._apps)
        self.groups = lru_cache(None)(self._groups)
        self.people = lru_cache(None)(self._people)

    def _apps(self, window: int, ago: int = 0) -> Values:
        end = self.at - ago
        # A series that is there counts 0 where nothing came.
        return self._with_zeros(self.truth.of_apps, "category", end) | dict(
            self.truth.apps(end - window, end, "category")
        )

    def _groups(self, window: int, ago: int = 0) -> Values:
        end = self.at - ago
        return self._with_zeros(self.truth.of_groups, "group", end) | dict(
            self.truth.groups(end - window, end, "group")
        )

    def _people(self, window: int, ago: int = 0) -> Values:
        end = self.at - ago
        users = self.truth.users(end - window, end, "user", "kind")
        return Counter(one[:1] for one in users)

    @staticmethod
    def _with_zeros(times: "object", label: str, end: int) -> dict[Labels, float]:
        first, _ = times.ends(end, [label])  # type: ignore[attr-defined]
        return dict.fromkeys(first, 0.0)

    def weeks(self, kind: str, window: int, ago: int = 0) -> Mapping[Labels, list[float]]:
        """The same window one to five weeks before, for all that history covers."""
        found: dict[Labels, list[float]] = {}
        for week in _WEEKS:
            back = ago + week * WEEK
            if self.at - back - window >= self.truth.known.size.start:
                for one, value in getattr(self, kind)(window, back).items():
                    found.setdefault(one, []).append(value)
        return found


def quantile(share: float, values: list[float]) -> float:
    """PromQL's: linear between the two nearest ranks."""
    ranked = sorted(values)
    place = share * (len(ranked) - 1)
    low = floor(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] * (1 - place + low) + ranked[high] * (place - low)


def _volumes(past: _Past) -> Iterator[Rule]:
    truth, at = past.truth, past.at
    for window, seconds in _WINDOWS.items():
        how = MINUTE if window == "1m" else INCREASE
        yield Rule(f"category:fedmsg_messages:increase{window}", Right(past.apps(seconds), *how))
    for window in ("1m", "1h"):
        counts = truth.apps(at - _WINDOWS[window], at, "category", "topic")
        how = MINUTE if window == "1m" else INCREASE
        yield Rule(f"category_topic:fedmsg_messages:increase{window}", Right(counts, *how))
    for window in ("1d", "1w"):
        start = at - _WINDOWS[window]
        for level in (("category",), ("category", "topic")):
            name = f"{'_'.join(level)}:fedmsg_messages:delta{window}"
            yield Rule(name, Right(truth.apps(start, at, *level)))
    for level in (("category",), ("category", "topic")):
        name = f"{'_'.join(level)}:fedmsg_messages:sum"
        yield Rule(name, Right(_since(truth.apps, at, *level)))


def _since(count: "object", at: int, *by: str) -> Values:
    """A counter as it is shown: negative before `L0`."""
    if at >= L0:
        return count(L0, at, *by)  # type: ignore[operator, no-any-return]
    return {one: -value for one, value in count(at, L0, *by).items()}  # type: ignore[operator]


def _people(past: _Past) -> Iterator[Rule]:
    truth, at = past.truth, past.at
    every = "user", "category", "kind"
    yield Rule(
        "user_category_kind:fedmsg_messages:delta1w", Right(truth.users(at - WEEK, at, *every))
    )
    active = truth.users(at - WEEK, at, "user", "kind")
    yield Rule("user_kind:fedmsg_messages:delta1w", Right(active))
    by_app = Counter(
        tuple(pair for pair in one if pair[0] != "user")
        for one in truth.users(at - WEEK, at, *every)
    )
    yield Rule("category_kind:fedmsg_users:active1w", Right(by_app))
    for window in ("1d", "1w"):
        yield Rule(f"kind:fedmsg_users:active{window}", Right(past.people(_WINDOWS[window])))
    weeks = past.weeks("people", WEEK)
    yield Rule("kind_week:fedmsg_users:past1w", Right(_by_week(past, "people", WEEK)))
    yield Rule("kind:fedmsg_users:median1w", Right(_quantiles(0.5, weeks), *INCREASE))


def _by_week(past: _Past, kind: str, window: int) -> Values:
    found: dict[Labels, float] = {}
    for week in _WEEKS:
        back = week * WEEK
        if past.at - back - window >= past.truth.known.size.start:
            for one, value in getattr(past, kind)(window, back).items():
                found[tuple(sorted((*one, ("week", str(week)))))] = value
    return found


def _quantiles(share: float, weeks: Mapping[Labels, list[float]]) -> dict[Labels, float]:
    return {o: quantile(share, v) for o, v in weeks.items() if len(v) >= _FEW_WEEKS}


def _middle(weeks: Mapping[Labels, list[float]]) -> dict[Labels, float]:
    """The mean of the middle three of five weeks."""
    parts = [_quantiles(share, weeks) for share in (0.25, 0.5, 0.75)]
    return {one: sum(part[one] for part in parts) / 3 for one in parts[0]}


def _baseline(past: _Past, window: str) -> Iterator[Rule]:
    seconds = _WINDOWS[window]
    weeks = past.weeks("apps", seconds)
    level = _level(past, "apps", seconds)
    name = "category_week:fedmsg_messages:past{}"
    yield Rule(name.format(window), Right(_by_week(past, "apps", seconds), *INCREASE))
    usual = Right(_middle(weeks), *INCREASE)
    yield Rule(f"category:fedmsg_messages:usual{window}", usual)
    if window == "1h":
        median = Right(_quantiles(0.5, weeks), *INCREASE)
        yield Rule("category:fedmsg_messages:median1h", median)
    yield Rule(f"job:fedmsg_messages:level{window}", Right({(): level}, *SHARE))
    if window in ("1h", "3h", "1d", "1w"):
        low = {one: value * level for one, value in _quantiles(0.25, weeks).items()}
        yield Rule(f"category:fedmsg_messages:low{window}", Right(low, 1, SHARE[1]))


def _level(past: _Past, kind: str, seconds: int, ago: int = 0) -> float:
    """How the bus as a whole compares with what is usual, a third of the way up."""
    now = getattr(past, kind)(seconds, ago)
    usual, most = (_middle, 1.5) if kind == "apps" else (partial(_quantiles, 0.5), 1)
    expected = usual(past.weeks(kind, seconds, ago))
    shares = [now.get(o, 0) / value for o, value in expected.items() if value >= _COMPARABLE]
    return min(quantile(0.33, shares), most) if len(shares) >= _FEW_APPS else 1


def _expected(past: _Past) -> Iterator[Rule]:
    """What can be expected of an app, and how far it is from that."""
    for window in ("1d", "1w"):
        values = _of_window(past, _WINDOWS[window])
        yield Rule(f"category:fedmsg_messages:expected{window}", Right(values, 1, SHARE[1]))
    yield Rule("category:fedmsg_messages:level1d", Right(_lately(past, 0), *SHARE))
    lately = _three_days(past)
    yield Rule("category:fedmsg_messages:level3d", Right(lately, *SHARE))
    for window, share in (("1h", 0.75), ("4h", 0.8), ("11h", 0.0)):
        values = _of_window(past, _WINDOWS[window])
        expected = {one: value * lately.get(one, 1) for one, value in values.items()}
        yield Rule(f"category:fedmsg_messages:expected{window}", Right(expected, 1, SHARE[1]))
        if share:
            now = past.apps(_WINDOWS[window])
            ratios = {one: _ratio(now[one], share, value) for one, value in expected.items()}
            few = {one for one, value in expected.items() if value < _COMPARABLE}
            right = Right(ratios, *SHARE, unjudged=few)
            yield Rule(f"category:fedmsg_messages:increase{window}_ratio", right)


def _ratio(now: float, share: float, expected: float) -> float:
    """Where nothing was expected, PromQL's division by 0."""
    if not expected:
        return inf if now else nan
    return now / (share * expected + sqrt(expected))


def _of_window(past: _Past, seconds: int, ago: int = 0) -> dict[Labels, float]:
    level = _level(past, "apps", seconds, ago)
    usual = _middle(past.weeks("apps", seconds, ago))
    return {one: value * level for one, value in usual.items()}


def _lately(past: _Past, ago: int) -> dict[Labels, float]:
    """The last day of each app compared with what was expected of it."""
    now = past.apps(DAY, ago)
    expected = _of_window(past, DAY, ago)
    return {o: min(max(now.get(o, 0) / v, 0.4), 1.6) for o, v in expected.items() if v > 0}


def _three_days(past: _Past) -> dict[Labels, float]:
    """Three such days before what is judged, drawn a fourth of the way to 1."""
    days = [_lately(past, ago) for ago in (11 * HOUR, 35 * HOUR, 59 * HOUR)]
    known = set.intersection(*map(set, days))
    return {one: (1 + sum(day[one] for day in days)) / 4 for one in known}


def _of_groups(past: _Past) -> Iterator[Rule]:
    truth, at = past.truth, past.at
    for window in ("1m", "1h", "1d", "1w"):
        how = MINUTE if window == "1m" else INCREASE
        yield Rule(
            f"group:fedmsg_messages:increase{window}", Right(past.groups(_WINDOWS[window]), *how)
        )
    yield Rule("group_instance:fedmsg_messages:sum", Right(_since(truth.groups, at, "group")))
    for window in ("1d", "1w"):
        seconds = _WINDOWS[window]
        level = _level(past, "groups", seconds)
        medians = _quantiles(0.5, past.weeks("groups", seconds))
        expected = {one: value * level for one, value in medians.items()}
        past_weeks = _by_week(past, "groups", seconds)
        yield Rule(f"group_week:fedmsg_messages:past{window}", Right(past_weeks, *INCREASE))
        yield Rule(f"group:fedmsg_messages:median{window}", Right(medians, *INCREASE))
        yield Rule(f"job:fedmsg_group_messages:level{window}", Right({(): level}, *SHARE))
        yield Rule(f"group:fedmsg_messages:expected{window}", Right(expected, 1, SHARE[1]))
    sizes = {labels(group=group): len(p) for group, p in truth.known.groups.items()}
    yield Rule("group:fedmsg_members:max", Right(sizes, 0))
