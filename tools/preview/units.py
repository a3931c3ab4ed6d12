"""Numbers as Grafana writes them, by the unit of their panel."""

from collections.abc import Callable, Mapping
from math import isnan

_SCALES = ((1e9, " B"), (1e6, " M"), (1e3, " K"))
_TIMES = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"), (0.001, "ms"))


def written(value: float, unit: str, end: float) -> str:
    """Write a value; ``end`` is now, for units that tell how long ago something was."""
    if isnan(value):
        return "NaN"
    if unit == "dateTimeFromNow":
        return f"{_duration(end - value / 1000)} ago"
    return _WRITTEN.get(unit, _short)(value)


def _short(value: float) -> str:
    for scale, suffix in _SCALES:
        if abs(value) >= scale:
            return f"{value / scale:.3g}{suffix}"
    return f"{value:.3g}"


def _duration(seconds: float) -> str:
    for scale, unit in _TIMES:
        if abs(seconds) >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return "0 s"


_WRITTEN: Mapping[str, Callable[[float], str]] = {
    "locale": lambda value: f"{value:,.4g}" if value < 100 else f"{value:,.0f}",
    "percentunit": lambda value: f"{value:.0%}",
    "s": _duration,
    "bytes": lambda value: f"{value / 2**20:.0f} MiB",
    "cps": lambda value: f"{_short(value)} c/s",
}
