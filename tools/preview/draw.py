"""Draws a board's panels with matplotlib: close enough to Grafana to judge a board by.

It is no Grafana: it knows the kinds of panels, units and colours of our boards.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib import dates
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .units import written

mpl.use("Agg")

_COLOURS = {
    "green": "#56a64b",
    "orange": "#ff9830",
    "red": "#e02f44",
    "blue": "#3274d9",
    "text": "#24292e",
}
_UNIT = 0.42  # inches of a grid's row
_WIDE = 18.0
_MOST = {"table": 12, "legend": 10, "name": 32}

#: A panel and, for each target, what Prometheus answered.
Panel = dict[str, Any]
Answers = Sequence[tuple[str, list[Any]]]


class Drawing(NamedTuple):
    """One panel on its way to paper."""

    axes: Axes
    panel: Panel
    answers: Answers
    end: float

    @property
    def unit(self) -> str:
        """The unit of the panel's values."""
        return str(self.panel["fieldConfig"]["defaults"].get("unit", "short"))

    def text(self, value: float) -> str:
        """Write a value in the panel's unit."""
        return written(value, self.unit, self.end)


def draw(
    board: Mapping[str, Any],
    answers: Callable[[Panel], Answers],
    end: float,
    path: Path,
    *,
    dpi: int = 75,
) -> None:
    """Draw a board into a PNG."""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"]) + 2
    figure = plt.figure(figsize=(_WIDE, rows * _UNIT), facecolor="#f4f5f5")
    figure.text(0.01, 1 - 1.3 / rows, f"{board['title']}: a preview, not Grafana", size=15)
    for panel in board["panels"]:
        _draw_panel(figure, panel, answers, rows, end)
    figure.savefig(path, dpi=dpi)
    plt.close(figure)


def _draw_panel(
    figure: Figure, panel: Panel, answers: Callable[[Panel], Answers], rows: int, end: float
) -> None:
    place = panel["gridPos"]
    bottom = 1 - (place["y"] + place["h"] + 2) / rows
    if panel["type"] == "row":
        figure.text(0.01, bottom + 0.2 / rows, panel["title"], size=12, weight="bold")
        return
    left, width = place["x"] / 24 + 0.004, place["w"] / 24 - 0.008
    paper = figure.add_axes((left, bottom, width, (place["h"] - 0.25) / rows), facecolor="white")
    paper.set(xticks=[], yticks=[])
    paper.set_title(panel["title"], size=10, loc="left", y=1, pad=-14, x=0.01)
    margin = (0.1, 0.16) if panel["type"] == "timeseries" else (0.02, 0.04)
    if panel["type"] == "bargauge":
        margin = (0.34, 0.04)
    inner = (margin[0], margin[1], 0.97 - margin[0], 0.86 - margin[1])
    axes = paper.inset_axes(inner)
    axes.spines[:].set_visible(False)
    drawing = Drawing(axes, panel, answers(panel), end)
    if any(answer for _, answer in drawing.answers):
        _KINDS[panel["type"]](drawing)
    else:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "No data", ha="center", color="gray")


def _stat(drawing: Drawing) -> None:
    value = drawing.answers[0][1][0].value
    defaults = drawing.panel["fieldConfig"]["defaults"]
    steps = defaults["thresholds"]["steps"]
    reached = [s["color"] for s in steps if s["value"] is None or value >= s["value"]][-1]
    words = {k: v["text"] for m in defaults.get("mappings", ()) for k, v in m["options"].items()}
    drawing.axes.set_axis_off()
    drawing.axes.text(
        *(0.5, 0.4),
        words.get(f"{value:g}", drawing.text(value)),
        ha="center",
        va="center",
        size=22,
        color=_COLOURS[reached],
    )


def _timeseries(drawing: Drawing) -> None:
    custom = drawing.panel["fieldConfig"]["defaults"]["custom"]
    lines = [
        (_legend(legend, one.labels), one.points)
        for legend, answer in drawing.answers
        for one in answer
    ]
    lines.sort(key=lambda line: -sum(value for _, value in line[1] if not isnan(value)))
    if custom.get("stacking", {}).get("mode") == "normal":
        _stack(drawing.axes, lines, bars=custom["drawStyle"] == "bars")
    else:
        for name, points in lines:
            style: Any = {"color": "gray", "linestyle": "--"} if name == "usual" else {}
            values = [value for _, value in points]
            drawing.axes.plot(_days(at for at, _ in points), values, label=name, lw=1.2, **style)
    _axis(drawing)
    names = [name for name, _ in lines if len(name) < _MOST["name"]][: _MOST["legend"]]
    handles, labels = drawing.axes.get_legend_handles_labels()
    shown = dict(zip(labels, handles, strict=True))
    drawing.axes.legend(
        [shown[name] for name in names],
        names,
        ncols=min(5, len(names), 1 + 90 // max(map(len, names), default=1)),
        loc="upper center",
        bbox_to_anchor=(0.45, -0.07),
        fontsize=7,
        frameon=False,
    )


def _stack(axes: Axes, lines: list[tuple[str, list[tuple[float, float]]]], *, bars: bool) -> None:
    moments = sorted({at for _, points in lines for at, _ in points})
    times = _days(moments)
    base = [0.0] * len(moments)
    for name, points in lines:
        values = dict(points)
        heights = [values.get(at, 0.0) for at in moments]
        top = [low + height for low, height in zip(base, heights, strict=True)]
        if bars:
            axes.bar(times, heights, bottom=base, label=name, width=0.8)
        else:
            axes.fill_between(times, base, top, label=name, linewidth=0)
        base = top


def _days(moments: Iterable[float]) -> list[float]:
    """Moments as matplotlib has them: days since the epoch."""
    return [moment / 86_400 for moment in moments]


def _axis(drawing: Drawing) -> None:
    axes = drawing.axes
    axes.xaxis_date()
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: drawing.text(value))
    locator = axes.xaxis.get_major_locator()
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    axes.tick_params(labelsize=7, length=0)
    axes.grid(visible=True, color="#e0e0e0", linewidth=0.5)


def _bargauge(drawing: Drawing) -> None:
    legend, answer = drawing.answers[0]
    names = [_legend(legend, one.labels) for one in answer][:20]
    values = [one.value for one in answer][:20]
    places = range(len(values))
    drawing.axes.barh(places, values, color="#73a9e6")
    drawing.axes.set_yticks(places, names, size=7)
    drawing.axes.invert_yaxis()
    drawing.axes.set_xticks([])
    for place, value in zip(places, values, strict=True):
        drawing.axes.text(value, place, f" {drawing.text(value)}", size=7, va="center")
    drawing.axes.set_xlim(right=max(values) * 1.15)
    drawing.axes.tick_params(length=0)


def _table(drawing: Drawing) -> None:
    columns = _columns(drawing.panel)
    cells: dict[tuple[str, ...], list[str]] = {}
    first: dict[tuple[str, ...], float] = {}
    found = (one for _, answer in drawing.answers for one in answer)
    labels = sorted({name for one in found for name in one.labels})
    for index, (_, answer) in enumerate(drawing.answers):
        unit = _unit_of(drawing, columns[index])
        for one in answer:
            key = tuple(one.labels.get(name, "") for name in labels)
            first.setdefault(key, one.value if index == 0 else 0)
            row = cells.setdefault(key, [""] * len(columns))
            row[index] = written(one.value, unit, drawing.end)
    rows = [[*key, *cells[key]] for key in sorted(cells, key=lambda key: -first.get(key, 0))]
    heads = [*(name.capitalize() for name in labels), *columns]
    shown: Any = {"cellText": rows[: _MOST["table"]], "colLabels": heads}
    table = drawing.axes.table(**shown, loc="upper left", edges="horizontal")
    table.auto_set_font_size(False)
    table.set_fontsize(7)
    drawing.axes.set_axis_off()


def _columns(panel: Panel) -> list[str]:
    (organize,) = (t for t in panel["transformations"] if t["id"] == "organize")
    renamed = organize["options"]["renameByName"]
    return [name for value, name in renamed.items() if value.startswith("Value")]


def _unit_of(drawing: Drawing, column: str) -> str:
    for override in drawing.panel["fieldConfig"]["overrides"]:
        if override["matcher"]["options"] == column:
            for one in override["properties"]:
                if one["id"] == "unit":
                    return str(one["value"])
    return drawing.unit


def _heatmap(drawing: Drawing) -> None:
    legend, answer = drawing.answers[0]
    moments = sorted({at for one in answer for at, _ in one.points})
    names = sorted(_legend(legend, one.labels) for one in answer)
    rows = {_legend(legend, one.labels): dict(one.points) for one in answer}
    values = [[rows[name].get(at, float("nan")) for at in moments] for name in names]
    drawing.axes.pcolormesh(_days(moments), range(len(names)), values, cmap="Blues")
    drawing.axes.set_yticks(range(len(names)), names)
    drawing.axes.xaxis_date()
    drawing.axes.tick_params(labelsize=6, length=0)


def _legend(template: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), template)


_KINDS: Mapping[str, Callable[[Drawing], None]] = {
    "stat": _stat,
    "timeseries": _timeseries,
    "bargauge": _bargauge,
    "table": _table,
    "heatmap": _heatmap,
}
