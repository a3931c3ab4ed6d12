"""Bars and sparklines made of characters. Pure."""

from collections.abc import Iterable

from ..model import Chart, Section, Value

_STEPS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def spark(values: Iterable[Value]) -> str:
    """A character for each value: its height from 0 to the largest, a blank if unknown."""
    heights = [value if isinstance(value, int | float) else None for value in values]
    most = max((height for height in heights if height is not None), default=0)
    return "".join(" " if height is None else _step(height, most) for height in heights)


def _step(height: float, most: float) -> str:
    if most <= 0 or height <= 0:
        return _STEPS[0]
    # Whatever is more than 0 looks like more than 0.
    return _STEPS[max(1, round(height / most * (len(_STEPS) - 1)))]


def bar(value: Value, most: float, width: int) -> str:
    """A bar whose full width is the largest value."""
    if not isinstance(value, int | float) or most <= 0 or value <= 0:
        return ""
    eighths = max(1, round(value / most * width * 8))
    whole, rest = divmod(eighths, 8)
    return _EIGHTHS[8] * whole + (_EIGHTHS[rest] if rest else "")


def charted(section: Section) -> tuple[int, ...]:
    """The numbers of the columns whose course over the periods is drawn."""
    if section.chart is Chart.LINE:
        return (0,)
    if section.chart is Chart.AREAS:
        return alike(section)
    return ()


def alike(section: Section) -> tuple[int, ...]:
    """The numbers of the columns that are measured as the first one: they share an axis."""
    unit = section.columns[0].unit
    return tuple(n for n, column in enumerate(section.columns) if column.unit is unit)
