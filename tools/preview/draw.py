"""Draws a board as Grafana's dark theme would: close enough to judge a board by.

It is not Grafana: it knows the kinds of panels, the units and the options of our
boards, and handles them like Grafana's source.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from . import graphs, lists, numbers
from .paper import EDGE, FAINT, PAGE, PANEL, TEXT, Answers, Drawing, Panel

_DPI = 100
#: Pixels of a board's width, of a row of its grid, of the gap between panels, of its head.
_WIDE, _ROW, _GAP, _TOP = 1440, 36, 8, 84
_SPANS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "6h": "6 hours"}
_OWN_TIMES = {"28d": "Last 28 days", "52w": "Last 52 weeks"}


def draw(
    board: Mapping[str, Any],
    answers: Callable[[Panel], Answers],
    chosen: Mapping[str, str],
    end: float,
    path: Path,
) -> None:
    """Draw a board into a PNG."""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    high = rows * _ROW + _TOP + _GAP
    figure = plt.figure(figsize=(_WIDE / _DPI, high / _DPI), facecolor=PAGE)
    page = _axes(figure, 0, 0, _WIDE, high, high)
    _head(page, board, chosen, high)
    for panel in board["panels"]:
        _panel(figure, page, panel, answers, high, end)
    figure.savefig(path, dpi=_DPI)
    plt.close(figure)


def _axes(
    figure: Figure, left: float, bottom: float, wide: float, high: float, page: float
) -> Axes:
    axes = figure.add_axes((left / _WIDE, bottom / page, wide / _WIDE, high / page))
    axes.set(xlim=(0, wide), ylim=(0, high))
    axes.set_axis_off()
    return axes


def _head(page: Axes, board: Mapping[str, Any], chosen: Mapping[str, str], high: float) -> None:
    page.text(16, high - 24, board["title"], size=12, color=TEXT, va="center")
    since = _SPANS[board["time"]["from"].removeprefix("now-")]
    words = f"Last {since}, UTC     A preview from a simulation, not Grafana"
    page.text(_WIDE - 16, high - 24, words, size=8, color=FAINT, va="center", ha="right")
    left = 16.0
    for variable in board["templating"]["list"][1:]:
        value = chosen[variable["name"]]
        shown = "All" if variable.get("includeAll") else value.strip("()").replace("|", " + ")
        text = f"{variable['label']}   {shown}"
        page.text(left, high - 60, text, size=8, color=TEXT, va="center", bbox=_CHIP)
        left += 34 + 6.3 * len(text)


_CHIP = {"facecolor": PANEL, "edgecolor": EDGE, "boxstyle": "round,pad=0.6"}


def _panel(
    figure: Figure,
    page: Axes,
    panel: Panel,
    answers: Callable[[Panel], Answers],
    high: float,
    end: float,
) -> None:
    place = panel["gridPos"]
    left, wide = place["x"] * _WIDE / 24 + _GAP / 2, place["w"] * _WIDE / 24 - _GAP
    tall = place["h"] * _ROW - _GAP
    bottom = high - _TOP - (place["y"] + place["h"]) * _ROW + _GAP
    if panel["type"] == "row":
        page.text(
            left + 8, bottom + tall / 2, f"⌄  {panel['title']}", size=10, color=TEXT, va="center"
        )
        return
    edge: Any = {"boxstyle": "round,pad=0,rounding_size=3", "fc": PANEL, "ec": EDGE, "lw": 0.8}
    page.add_patch(FancyBboxPatch((left, bottom), wide, tall, **edge))
    drawing = Drawing(
        _axes(figure, left, bottom, wide, tall, high), panel, answers(panel), end, wide, tall
    )
    if panel["type"] == "stat" or any(answer for _, answer in drawing.answers):
        _KINDS[panel["type"]](drawing)
    else:
        drawing.nothing()
    _title(drawing)


def _title(drawing: Drawing) -> None:
    panel = drawing.panel
    top = drawing.height - 15
    drawing.axes.text(10, top, panel["title"], size=8.5, color=TEXT, va="center")
    own = _OWN_TIMES.get(panel.get("timeFrom", ""), "")
    at = drawing.width - 10
    drawing.axes.text(at, top, own, size=7.5, color="#6e9fff", va="center", ha="right")


_KINDS: Mapping[str, Callable[[Drawing], None]] = {
    "stat": numbers.stat,
    "timeseries": graphs.timeseries,
    "state-timeline": graphs.states,
    "bargauge": lists.bargauge,
    "table": lists.table,
    "heatmap": graphs.heatmap,
}
