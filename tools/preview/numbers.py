"""Draws panels of numbers: a tile for each series, in its colour, over its sparkline."""

from collections.abc import Sequence
from math import isnan
from typing import Any, NamedTuple

from matplotlib.patches import Rectangle

from . import colours
from .paper import TEXT, Drawing, colour, series_name

_HEAD = 26.0
_MOST = 4


class _Tile(NamedTuple):
    name: str
    points: Sequence[tuple[float, float]]

    @property
    def value(self) -> float | None:
        return self.points[-1][1] if self.points else None


def stat(drawing: Drawing) -> None:
    """Draw the tiles of a number's panel, side by side."""
    tiles = [
        _Tile(series_name(asked, one.labels), getattr(one, "points", None) or [(0, one.value)])
        for asked, answer in drawing.answers
        for one in answer
    ][:_MOST] or [_Tile("", [])]
    for place, tile in enumerate(tiles):
        width = drawing.width / len(tiles)
        _draw(drawing, tile, place * width, width, named=len(tiles) > 1)


def _draw(drawing: Drawing, tile: _Tile, left: float, width: float, *, named: bool) -> None:
    config = drawing.config(tile.name)
    fill, options = colour(colours.of(config, tile.value)), drawing.panel["options"]
    painted = options["colorMode"] == "background"
    height = drawing.height - _HEAD
    if painted:
        place = Rectangle((left + 3, 3), width - 6, height - 3, color=fill, lw=0)
        drawing.axes.add_patch(place)
    if options["graphMode"] == "area":
        _sparkline(drawing, tile, left, width, "white" if painted else fill)
    words = colours.words(config, tile.value) or drawing.text(tile.value or 0)
    color = "white" if painted else TEXT
    middle, size = left + width / 2, min(26.0, 1.05 * width / max(len(words), 3))
    at: Any = {"ha": "center", "va": "center", "color": color}
    changed = _change(tile) if options.get("showPercentChange") else ""
    lift = 0.66 if changed or named else 0.5
    drawing.axes.text(middle, height * lift, words, size=size, **at)
    below = " ".join(filter(None, (tile.name if named else "", changed)))
    drawing.axes.text(middle, height * 0.38, below, size=8, **at)


def _sparkline(drawing: Drawing, tile: _Tile, left: float, width: float, color: str) -> None:
    values = [value for _, value in tile.points]
    if len(values) < 2:
        return
    step, most = width / (len(values) - 1), max(values) or 1
    least = drawing.panel["fieldConfig"]["defaults"].get("min", min(values))
    scale = drawing.height * 0.17 / ((most - least) or 1)
    xs = [left + place * step for place in range(len(values))]
    ys = [4 + (value - least) * scale for value in values]
    drawing.axes.fill_between(xs, 0, ys, color=color, alpha=0.25, lw=0)
    drawing.axes.plot(xs, ys, color=color, lw=1.2)


def _change(tile: _Tile) -> str:
    """The change from the first value to the last, as Grafana writes it."""
    first, last = tile.points[0][1] if tile.points else 0, tile.value or 0
    if not first or isnan(first):
        return ""
    share = (last - first) / first
    return f"{'↗' if share >= 0 else '↘'} {abs(share):.1%}"
