"""The shipped rules after `L0`: what they record, and when an alert would fire."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tools.preview import filled
from tools.preview.filled import Rule

from ..alerts.rules import seconds
from .known import DAY, L0, Known
from .stores import Server, Store

#: Between two evaluations: a minute in the first hour, and later as far as a sample is valid.
FIRST, LATER = 60, 240
_HOUR = 3600


class Fired(NamedTuple):
    """An alert that fired: its name, of what, and from when on relative to `L0`."""

    alert: str
    labels: str
    seconds: float


def record(store: Store, known: Known) -> None:
    """Let the rules record from `L0` on, each after those that it reads."""
    for layer in filled.layers([rule for rule in filled.rules() if "record" in rule]):
        with store.serving() as server:
            lines = [line for rule in layer for line in _recorded(server, rule, known.size.end)]
        store.add(lines)


def _recorded(server: Server, rule: Rule, end: int) -> Iterator[str]:
    found: dict[str, dict[float, float]] = {}
    for span in (*_days(L0 + FIRST, L0 + _HOUR, FIRST), *_days(L0 + _HOUR + LATER, end, LATER)):
        for one in server.query_range(rule["expr"], *span):
            labels = {name: value for name, value in one.labels.items() if name != "__name__"}
            series = filled.series(rule["record"], {**labels, **rule.get("labels", {})})
            found.setdefault(series, {}).update(one.points)
    for series, points in found.items():
        for at, value in sorted(points.items()):
            yield f"{series} {value!r} {at:.0f}\n"


def fired(server: Server, start: int, end: int) -> list[Fired]:
    """Every alert that would have fired, before `L0` or after it."""
    spans = (start, end, LATER), (L0 + FIRST, L0 + _HOUR, FIRST)
    return [
        one
        for rule in filled.rules()
        if "alert" in rule
        for span in spans
        for one in _fired(server, rule, *span)
    ]


def _fired(server: Server, rule: Rule, start: int, end: int, step: int) -> Iterator[Fired]:
    hold = seconds(rule.get("for", "0s"))
    held: dict[str, list[float]] = {}
    for span in _days(start, end, step):
        for one in server.query_range(rule["expr"], *span):
            held.setdefault(str(one.labels), []).extend(at for at, _ in one.points)
    for labels, times in held.items():
        for begin, last in _runs(times, step):
            if last - begin >= hold:
                yield Fired(rule["alert"], labels, begin - L0)


def _days(start: int, end: int, step: int) -> Iterator[tuple[int, int, int]]:
    """Begin, end and step, day by day: a busy machine would not respond in time."""
    for begin in range(start, end + 1, DAY):
        yield begin, min(begin + DAY - step, end), step


def _runs(times: Iterable[float], step: int) -> Iterator[tuple[float, float]]:
    """Begin and end of what is without a gap."""
    begin = last = None
    for at in times:
        if begin is None or last is None or at - last > step:
            if begin is not None and last is not None:
                yield begin, last
            begin = at
        last = at
    if begin is not None and last is not None:
        yield begin, last
