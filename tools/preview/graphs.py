"""Draws values over time: lines, stacks, bars, bands and heat maps."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, isnan
from typing import Any, NamedTuple

from matplotlib import dates
from matplotlib.axes import Axes

from . import colours
from .paper import EDGE, FAINT, PALETTE, PANEL, TEXT, Drawing, colour, series_name

_DAY = 86_400
_MOST = 12
#: Days between two labels of the time axis.
_STEPS = (1 / 24, 1 / 12, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 7, 14, 28, 56, 91)


class Line(NamedTuple):
    """One series of a graph."""

    name: str
    points: Sequence[tuple[float, float]]
    color: str
    custom: Mapping[str, Any]

    @property
    def mean(self) -> float:
        """The mean of its values."""
        values = [value for _, value in self.points if not isnan(value)]
        return sum(values) / max(len(values), 1)


def timeseries(drawing: Drawing) -> None:
    """Draw lines or a stack, with their names."""
    lines = list(_lines(drawing))
    ranked = drawing.panel["options"]["legend"]["displayMode"] == "table"
    axes = drawing.inner(48, 44 if not ranked else 24, 150 if ranked else 12, 34)
    stacked = [line for line in lines if line.custom.get("stacking", {}).get("mode") == "normal"]
    _stack(axes, stacked)
    for line in lines:
        if line not in stacked:
            _line(axes, line)
    _times(drawing, axes)
    if any(value for line in lines for _, value in line.points):
        axes.set_ylim(bottom=0)
    else:
        axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(lambda value, _: drawing.text(value))
    if ranked:
        _ranking(drawing, lines)
    else:
        _legend(drawing, lines)


def _lines(drawing: Drawing) -> Iterable[Line]:
    found = [
        (series_name(asked, one.labels), one.points)
        for asked, answer in drawing.answers
        for one in answer
    ]
    for place, (name, points) in enumerate(found):
        config = drawing.config(name)
        fixed = config.get("color", {}).get("fixedColor")
        custom = {**config["custom"], **_of_custom(config)}
        yield Line(name, points, colour(fixed or PALETTE[place % len(PALETTE)]), custom)


def _of_custom(config: Mapping[str, Any]) -> dict[str, Any]:
    """What overrides set in a series' own options."""
    return {
        key.removeprefix("custom."): value
        for key, value in config.items()
        if key.startswith("custom.")
    }


def _line(axes: Axes, line: Line) -> None:
    dashed = line.custom.get("lineStyle", {}).get("fill") == "dash"
    style: Any = {"color": line.color, "lw": 1.3, "ls": (0, (5, 4)) if dashed else "-"}
    if line.custom.get("lineInterpolation") == "stepAfter":
        style["drawstyle"] = "steps-post"
    times, values = _days(at for at, _ in line.points), [value for _, value in line.points]
    if "drawstyle" in style and len(times) > 1:
        times, values = [*times, 2 * times[-1] - times[-2]], [*values, values[-1]]
    axes.plot(times, values, **style)
    opacity = line.custom.get("fillOpacity", 0) / 100
    axes.fill_between(times, 0, values, color=line.color, alpha=opacity, lw=0)


def _stack(axes: Axes, lines: Sequence[Line]) -> None:
    moments = sorted({at for line in lines for at, _ in line.points})
    times = _days(moments)
    base = [0.0] * len(moments)
    for line in lines:
        values = dict(line.points)
        heights = [values.get(at, 0.0) for at in moments]
        top = [low + height for low, height in zip(base, heights, strict=True)]
        if line.custom["drawStyle"] == "bars":
            # barAlignment 1: a bar begins at its moment.
            axes.bar(times, heights, bottom=base, color=line.color, width=0.9, align="edge")
        else:
            axes.fill_between(times, base, top, color=line.color, alpha=0.75, lw=0)
            axes.plot(times, top, color=line.color, lw=0.8)
        base = top


def _legend(drawing: Drawing, lines: Sequence[Line]) -> None:
    left, bottom = 12.0, 22.0
    for line in lines[:_MOST]:
        wide = 26 + 6.1 * len(line.name)
        if left + wide > drawing.width and bottom > 12:
            left, bottom = 12.0, 9.0
        drawing.axes.plot([left, left + 10], [bottom, bottom], color=line.color, lw=3)
        drawing.axes.text(left + 14, bottom, line.name, size=7, color=TEXT, va="center")
        left += wide


def _ranking(drawing: Drawing, lines: Sequence[Line]) -> None:
    left, bottom = drawing.width - 142, drawing.height - 44
    drawing.axes.text(left, bottom, "Name", size=7, color=FAINT)
    drawing.axes.text(drawing.width - 10, bottom, "Mean", size=7, color=FAINT, ha="right")
    for line in sorted(lines, key=lambda line: -line.mean)[: int((bottom - 10) / 15)]:
        bottom -= 15
        drawing.axes.plot([left, left + 8], [bottom + 3] * 2, color=line.color, lw=3)
        drawing.axes.text(left + 12, bottom, line.name[:18], size=7, color=TEXT)
        words = drawing.text(line.mean)
        drawing.axes.text(drawing.width - 10, bottom, words, size=7, color=TEXT, ha="right")


def states(drawing: Drawing) -> None:
    """Draw a band for each series, in the colours of its values."""
    axes = drawing.inner(130, 22, 12, 34)
    found = [(series_name(q, one.labels), one.points) for q, a in drawing.answers for one in a]
    step = (drawing.answers[0][0].step or 0) / _DAY
    for place, (name, points) in enumerate(found):
        config = drawing.config(name)
        for at, value in points:
            color = colour(colours.of(config, value))
            axes.barh(place, step * 1.02, left=at / _DAY, height=0.7, color=color, lw=0)
    axes.set_yticks(range(len(found)), [name for name, _ in found])
    axes.set_ylim(len(found) - 0.4, -0.6)
    _times(drawing, axes)


def heatmap(drawing: Drawing) -> None:
    """Draw a map; a column ends at its moment, the first row is at the top."""
    asked, answer = drawing.answers[0]
    rows = {series_name(asked, one.labels): dict(one.points) for one in answer}
    names = sorted(rows)
    moments = sorted({at for points in rows.values() for at in points})
    step = asked.step or _DAY
    values = [[_shown(rows[name].get(at)) for at in moments] for name in names]
    # The dark theme turns the scheme "Blues" round: few is dark.
    axes = drawing.inner(48, 22, 12, 34)
    edges = _days([*(at - step for at in moments), moments[-1]])
    axes.pcolormesh(edges, range(len(names) + 1), values, cmap="Blues_r", ec=PANEL, lw=0.8)
    axes.set_yticks([place + 0.5 for place in range(len(names))], names)
    axes.tick_params(axis="y", labelsize=6 if len(names) > 12 else 8)
    axes.set_ylim(len(names), 0)
    _times(drawing, axes, grid=False)


def _shown(value: float | None) -> float:
    """Hide what is not above 0, as filterValues does."""
    return value if value and value > 1e-9 else float("nan")


def _days(moments: Iterable[float]) -> list[float]:
    """Moments as in matplotlib: days since the epoch."""
    return [moment / _DAY for moment in moments]


def _times(drawing: Drawing, axes: Axes, *, grid: bool = True) -> None:
    """The time shown, in UTC, from its beginning to its end."""
    asked = drawing.answers[0][0]
    axes.set_xlim(asked.start / _DAY, drawing.end / _DAY)
    days = (drawing.end - asked.start) / _DAY
    most = drawing.width / 85
    steps = [one for one in _STEPS if one >= 1 or days <= 2]
    step = next((one for one in steps if days / one <= most), steps[-1])
    first = ceil(asked.start / _DAY / step)
    room = drawing.end / _DAY - 0.03 * days
    axes.set_xticks([place * step for place in range(first, int(room / step) + 1)])
    style = "%H:%M" if step < 1 and days <= 2 else "%m/%d" if days < 300 else "%Y-%m-%d"
    axes.xaxis.set_major_formatter(dates.DateFormatter(style))
    if grid:
        axes.grid(visible=True, color=EDGE, lw=0.6)
        axes.set_axisbelow(True)
