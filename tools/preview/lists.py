"""Draws tables and lists of bars."""

from collections.abc import Mapping, Sequence
from typing import Any

from .paper import EDGE, LINK, TEXT, Drawing, series_name
from .units import written

_LINE, _HEAD = 26.0, 34.0


def table(drawing: Drawing) -> None:
    """Draw a table: columns in the order, and under the names, that its transformation gives."""
    organize = drawing.panel["transformations"][-1]["options"]
    order = sorted(organize["indexByName"], key=lambda name: organize["indexByName"][name])
    heads = [organize["renameByName"][name] for name in order]
    cells = _sorted(drawing, _cells(drawing), heads)
    units = [_unit(drawing, head) for head in heads]
    lines = int((drawing.height - _HEAD - 6) / _LINE) - 1
    labels = sum(name.islower() for name in order)
    edges = _edges(drawing, heads, labels)
    _row(drawing, (0, labels), edges, heads, LINK)
    for place, row in enumerate(cells[:lines], 1):
        words = [
            written(row[name], unit, drawing.end)
            if isinstance(row.get(name), float)
            else str(row.get(name, ""))
            for name, unit in zip(order, units, strict=True)
        ]
        _row(drawing, (place, labels), edges, words, TEXT)


def _cells(drawing: Drawing) -> list[dict[str, Any]]:
    """Merge the results by their labels, as the table's first transformation does."""
    several = len(drawing.answers) > 1
    found: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for letter, (_, answer) in zip("ABCDEFGH", drawing.answers, strict=False):
        for one in answer:
            row = found.setdefault(tuple(sorted(one.labels.items())), dict(one.labels))
            row[f"Value #{letter}" if several else "Value"] = float(one.value)
    for row in found.values():
        _divide(drawing, row)
    return list(found.values())


def _divide(drawing: Drawing, row: dict[str, Any]) -> None:
    """Add the columns that Grafana computes of others; nothing counts as 0."""
    for one in drawing.panel["transformations"]:
        if one["id"] == "calculateField":
            binary = one["options"]["binary"]
            part, whole = row.get(binary["left"], 0.0), row.get(binary["right"])
            if whole:
                row[one["options"]["alias"]] = part / whole


def _sorted(
    drawing: Drawing, cells: Sequence[dict[str, Any]], heads: Sequence[str]
) -> list[dict[str, Any]]:
    """Sort by the column that the panel names; without one by the labels."""
    if not drawing.panel["options"].get("sortBy"):
        return sorted(cells, key=lambda row: [str(row.get(head.lower(), "")) for head in heads])
    first = "Value #A" if len(drawing.answers) > 1 else "Value"
    return sorted(cells, key=lambda row: -row.get(first, float("-inf")))


def _edges(drawing: Drawing, heads: Sequence[str], labels: int) -> list[float]:
    """Where columns begin and end; label columns are half as wide again."""
    shares = [1.6 if place < labels else 1.0 for place in range(len(heads))]
    wide = (drawing.width - 16) / sum(shares)
    edges = [8.0]
    for share in shares:
        edges.append(edges[-1] + share * wide)
    return edges


def _row(
    drawing: Drawing,
    line: tuple[int, int],
    edges: Sequence[float],
    words: Sequence[str],
    color: str,
) -> None:
    """Draw a line of the table: its place, and how many of its columns are labels."""
    place, labels = line
    top = drawing.height - _HEAD - place * _LINE
    drawing.axes.plot([8, drawing.width - 8], [top - _LINE] * 2, color=EDGE, lw=0.8)
    for column, text in enumerate(words):
        left, right = edges[column] + 4, edges[column + 1] - 6
        at, side = (left, "left") if column < labels else (right, "right")
        fit = int((edges[column + 1] - edges[column]) / 5.6)
        drawing.axes.text(
            at, top - _LINE / 2, text[:fit], size=7.5, color=color, ha=side, va="center"
        )


def _unit(drawing: Drawing, head: str) -> str:
    config: Mapping[str, Any] = drawing.config(head)
    return str(config.get("unit", drawing.unit))


def bargauge(drawing: Drawing) -> None:
    """Draw a bar for each series, its name at the left and its value at its end."""
    asked, answer = drawing.answers[0]
    lines = [(series_name(asked, one.labels), one.value) for one in answer][:20]
    most = max((value for _, value in lines), default=1) or 1
    room = drawing.height - _HEAD - 10
    high = min(34.0, room / max(len(lines), 1))
    left = 14 + min(5.4 * max((len(name) for name, _ in lines), default=0), drawing.width * 0.42)
    wide = drawing.width - left - 54
    for place, (name, value) in enumerate(lines):
        bottom = drawing.height - _HEAD - (place + 1) * high
        share = value / most
        color = _blue(share)
        drawing.axes.text(
            left - 6,
            bottom + high / 2,
            _fit(name, left),
            size=7.5,
            color=TEXT,
            ha="right",
            va="center",
        )
        drawing.axes.barh(
            bottom + high / 2, max(share * wide, 1), left=left, height=high * 0.78, color=color
        )
        at = left + share * wide + 6
        drawing.axes.text(
            at, bottom + high / 2, drawing.text(value), size=7.5, color=color, va="center"
        )


def _fit(name: str, width: float) -> str:
    most = int((width - 10) / 5.2)
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _blue(share: float) -> str:
    """The scheme continuous-blues, from dark to light."""
    red, green, blue = 31 + 150 * share**2, 96 + 110 * share, 196 + 56 * share
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
