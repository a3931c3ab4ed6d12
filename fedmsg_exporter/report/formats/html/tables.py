"""The numbers of a section in HTML: a table that scrolls in its box, or names and values. Pure."""

import re
from collections.abc import Callable, Iterator

from ...model import Layout, Mark, Section, Unit, Value
from ..grid import Grid, Head, Kind, Line, grid_of, pairs
from ..svg import quoted, shading
from ..values import period_title, shown

#: The class of a value's shade.
Shades = Callable[[Value], str]
_HEAT = '<table class="heat">'
_BARE = str.maketrans("", "", "()")
#: Up to how many characters a value is large, and up to how many rows a table is whole.
_SHORT, _TALL = 8, 20
#: From how many characters on a text may break anywhere, and a piece of a name.
_LONG, _PIECE = 40, 24
#: Where names break if they must: those of topics after a dot.
_DATE = re.compile(r"\((\d+) (\w+)\)")
_JOINTS = re.compile(r"(?<=[._/])(?=[^._/])")


def numbers(section: Section) -> Iterator[str]:
    """A single row as names and values."""
    yield '<dl class="numbers">'
    for pair in pairs(section):
        style = ' class="small"' if len(pair.text) > _SHORT else ""
        text = quoted(pair.text) if pair.is_text else _dated(pair.text)
        head = quoted(pair.head)
        yield f"<div><dt>{head}</dt><dd{style}>{text}</dd></div>"
    yield "</dl>"


def table(section: Section) -> Iterator[str]:
    """A table that can be scrolled by keyboard, with a head for each row and column."""
    grid = grid_of(section)
    title = quoted(section.title)
    heat = section.layout in {Layout.MATRIX, Layout.CALENDAR}
    tall = " tall" if len(grid.lines) > _TALL else ""
    yield f'<div class="scroll{tall}" tabindex="0" role="region" aria-label="Table: {title}">'
    yield f"{_HEAT if heat else '<table>'}<caption>{title}</caption>"
    heads = "".join([*(_corner(key.title) for key in grid.keys), *map(_head, grid.heads)])
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    shades = shading(section) if heat else None
    for line in grid.lines:
        yield f"<tr>{''.join(_cells(grid, line, shades))}</tr>"
    yield "</tbody></table></div>"


def _corner(title: str) -> str:
    return f'<th scope="col" class="text">{quoted(title)}</th>' if title else "<td></td>"


def _head(head: Head) -> str:
    title = _period(head.title) if head.is_period else quoted(head.title)
    style = ' class="text"' if head.unit is Unit.TEXT else ""
    return f'<th scope="col"{style}>{title}{_marks(head.marks)}</th>'


def _period(period: str) -> str:
    """A period in lines, to be narrow: year, week and its Monday."""
    parts = re.split(r"(?<=^\d{4})-|(?<=W\d\d) ", period_title(period).translate(_BARE))
    return f'<time datetime="{quoted(period)}">{"<br>".join(map(quoted, parts))}</time>'


def _marks(marks: tuple[Mark, ...]) -> str:
    return "".join(f' <span class="mark">{mark.value}</span>' for mark in marks)


def _cells(grid: Grid, line: Line, shades: Shades | None) -> Iterator[str]:
    for number, text in enumerate(line.keys):
        marks = _marks(line.marks) if number == 0 else ""
        if not text and not marks:
            # A head without text would be read out as a head without text.
            yield "<td></td>"
            continue
        if grid.keys[number].kind is Kind.PERIOD:
            yield f'<th scope="row">{_dated(text)}{marks}</th>'
            continue
        pieces = _JOINTS.split(text)
        long = ' class="long"' if max(map(len, pieces)) > _PIECE else ""
        yield f'<th scope="row"{long}>{"<wbr>".join(map(quoted, pieces))}{marks}</th>'
    for head, value, present in zip(grid.heads, line.values, line.present, strict=True):
        yield _cell(head, value, shades) if present else "<td></td>"


def _dated(text: str) -> str:
    """A text of ours, whose date in brackets stays in one line."""
    return _DATE.sub("(\\1&nbsp;\\2)", quoted(text))


def _cell(head: Head, value: Value, shades: Shades | None) -> str:
    text = quoted(shown(value, head.unit))
    if head.unit is Unit.TEXT:
        return f'<td class="text{" long" if len(text) > _LONG else ""}">{text}</td>'
    style = shades(value) if shades else ""
    return f'<td class="{style}">{text}</td>' if style else f"<td>{text}</td>"
