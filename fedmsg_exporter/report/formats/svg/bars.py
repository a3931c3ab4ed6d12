"""Bars and dumbbells: a line for each subject, in the order of the rows. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from ...model import Row, Section, Unit
from ..sparks import alike
from ..values import counted, shown
from .canvas import CHARACTER, LINE, Drawing, Key, number, shortened, tag, text
from .scales import numbers, tick_text, ticks

_PITCH = 26
#: The width of a character of names, which are larger than numbers.
_WIDE = CHARACTER * 1.05
_BAR = 16
#: How many are drawn; all are in the table.
_DRAWN = 40
#: How many columns are only those at the ends.
_ENDS = 2
#: Of how many lines the description has the change.
_TOLD = 3


class _Lines(NamedTuple):
    """Where names end, and where values are."""

    left: float
    width: float
    most: float

    def x(self, value: float) -> float:
        return self.left + self.width * max(0.0, value) / self.most


def bars(section: Section, width: float) -> Drawing:
    """A bar for each row's first value."""
    rows = section.rows[:_DRAWN]
    column = section.columns[0]
    texts = [shown(row.values[0], column.unit) for row in rows]
    behind = max(map(len, texts)) * CHARACTER + 12
    most = max(numbers(row.values[0] for row in rows), default=0) or 1
    lines = _lines(rows, width, behind, most)
    body = "".join(
        part
        for at, (row, told) in enumerate(zip(rows, texts, strict=True))
        for part in _bar(lines, at, row, told)
    )
    words = f"Bars of {column.title} for {counted(len(rows), 'line', 'lines')}."
    remark = _not_drawn(len(section.rows) - len(rows))
    return Drawing(body, len(rows) * _PITCH, f"{words} {_ends(rows, texts)}", (), remark)


def _not_drawn(rest: int, which: str = "") -> str:
    return f"Not drawn: {counted(rest, 'line', 'lines')}{which}, see the numbers." if rest else ""


def _ends(rows: tuple[Row, ...], texts: list[str]) -> str:
    return f"First {_name(rows[0])} with {texts[0]}, last {_name(rows[-1])} with {texts[-1]}."


def _name(row: Row) -> str:
    return row.subject or row.category or row.period


def _lines(rows: tuple[Row, ...], width: float, behind: float, most: float) -> _Lines:
    """At most a third of the width for names."""
    left = min(width * 0.36, max(len(_name(row)) for row in rows) * _WIDE + 10)
    return _Lines(left, width - left - behind, most)


def _label(lines: _Lines, at: int, row: Row) -> str:
    name = shortened(_name(row), lines.left - 8)
    return text(lines.left - 8, (at + 0.5) * _PITCH + 4, name, class_="end name")


def _bar(lines: _Lines, at: int, row: Row, told: str) -> Iterator[str]:
    yield _label(lines, at, row)
    x, y = lines.left, at * _PITCH + (_PITCH - _BAR) / 2
    for value in numbers(row.values[:1]):
        x = lines.x(value)
        if value > 0:
            # Whatever is more than 0 looks like more than 0.
            long = max(1.5, x - lines.left)
            yield tag("rect", x=lines.left, y=y, width=long, height=_BAR, rx=2, class_="c1")
    yield text(x + 6, (at + 0.5) * _PITCH + 4, told, class_="value")


def dumbbells(section: Section, width: float) -> Drawing:
    """The columns of the first one's unit, those at the ends joined, and the change in words."""
    styles = _styles(section)
    # Many participants of an event do nothing before it or after it.
    some = tuple(row for row in section.rows if any(row.values[at] for at in styles.values()))
    rows = some[:_DRAWN] or section.rows[:1]
    values = (row.values[at] for row in rows for at in styles.values())
    marks = ticks(max(numbers(values), default=0))
    title, told = _changes(section, rows)
    longest = max(map(len, [title, *told]))
    lines = _lines(rows, width, longest * _WIDE + 24, marks[-1])
    height = len(rows) * _PITCH
    body = [*_upright(lines, marks, height), text(width, height + LINE, title, class_="end")]
    for at, row in enumerate(rows):
        body += _dumbbell(lines, at, row, styles)
        body.append(text(width, (at + 0.5) * _PITCH + 4, told[at], class_="end value"))
    legend = tuple(Key(style, section.columns[at].title) for style, at in styles.items())
    words = f"{_listed(legend)} of {counted(len(rows), 'line', 'lines')}."
    if title:
        words += f" {title}: {', '.join(f'{_name(row)} {told[at]}' for at, row in _first(rows))}."
    which = " with 0 in all" if len(rows) == len(some) else ""
    remark = _not_drawn(len(section.rows) - len(rows), which)
    return Drawing("".join(body), height + LINE + 6, words, legend, remark)


def _styles(section: Section) -> dict[str, int]:
    """The columns that are drawn: the first, the one after it, and the last."""
    columns = alike(section)
    between = {"during": columns[1]} if len(columns) > _ENDS else {}
    return {"before": columns[0], **between, "after": columns[-1]}


def _changes(section: Section, rows: tuple[Row, ...]) -> tuple[str, list[str]]:
    """The title of the column that says what came of it, and its texts."""
    for at, column in enumerate(section.columns):
        if column.unit is Unit.CHANGE:
            return column.title, [shown(row.values[at], column.unit) for row in rows]
    return "", [""] * len(rows)


def _first(rows: tuple[Row, ...]) -> Iterator[tuple[int, Row]]:
    """As many as can be listened to."""
    return zip(range(_TOLD), rows, strict=False)


def _listed(legend: tuple[Key, ...]) -> str:
    *most, last = (key.text for key in legend)
    return f"{', '.join(most)} and {last}" if most else last


def _upright(lines: _Lines, marks: list[float], height: float) -> Iterator[str]:
    """Vertical lines with their numbers below, as many as there is room for."""
    wide = len(tick_text(marks[-1])) * CHARACTER + 12
    every = 1 if len(marks) * wide < lines.width else 2
    for one in marks[::every]:
        x = lines.x(one)
        yield tag(
            "path", d=f"M{number(x)},0V{number(height)}", class_="base" if not one else "grid"
        )
        yield text(x, height + LINE, tick_text(one), class_="mid")


def _dumbbell(lines: _Lines, at: int, row: Row, styles: dict[str, int]) -> Iterator[str]:
    yield _label(lines, at, row)
    y = (at + 0.5) * _PITCH
    places = {
        style: lines.x(value)
        for style, column in styles.items()
        for value in numbers([row.values[column]])
    }
    if "before" in places and "after" in places:
        start, end = places["before"], places["after"]
        yield tag("path", d=f"M{number(start)},{number(y)}H{number(end)}", class_="joined")
    # The one between is the smallest, and lies on top.
    for style in ("before", "after", "during"):
        if style in places:
            yield _sign(style, places[style], y)


def _sign(style: str, x: float, y: float) -> str:
    """A ring, a disc, or a diamond: not by colour alone."""
    if style == "during":
        return tag("path", d=f"M{number(x)},{number(y - 5)}l5,5l-5,5l-5,-5Z", class_=style)
    return tag("circle", cx=x, cy=y, r=5.5, class_=style)
