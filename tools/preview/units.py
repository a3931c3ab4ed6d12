"""Numbers as Grafana writes them, by the unit of their panel."""

from collections.abc import Callable, Mapping
from math import isnan

_SCALES = ((1e9, " B"), (1e6, " M"), (1e3, " K"))
_TIMES = (
    *((31_536_000, "years"), (604_800, "weeks"), (86_400, "days"), (3600, "hours")),
    *((60, "mins"), (1, "s"), (0.001, "ms")),
)
_AGO = ((31_536_000, "year"), (2_592_000, "month"), (86_400, "day"), (3600, "hour"), (60, "minute"))


def written(value: float, unit: str, end: float) -> str:
    """Write a value; ``end`` is now, for units that say how long ago something was."""
    if isnan(value):
        return "NaN"
    if unit == "dateTimeFromNow":
        return _ago(end - value / 1000)
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


def _ago(seconds: float) -> str:
    for scale, unit in _AGO:
        count = round(seconds / scale)
        if count > 1:
            return f"{count} {unit}s ago"
        if seconds / scale >= 0.75:
            return f"{'an' if unit == 'hour' else 'a'} {unit} ago"
    return "a few seconds ago"


def _share(value: float) -> str:
    return f"{value:.0%}" if abs(value) >= 0.05 else f"{100 * value:.2g}%"


_WRITTEN: Mapping[str, Callable[[float], str]] = {
    "locale": lambda value: f"{value:,.4g}" if value < 100 else f"{value:,.0f}",
    "percentunit": _share,
    "s": _duration,
    "bytes": lambda value: f"{value / 2**20:.0f} MiB",
    "cps": lambda value: f"{_short(value)} c/s",
}
