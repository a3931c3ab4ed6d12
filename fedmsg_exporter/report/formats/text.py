"""Text for terminals and pipes, by rich: tables, bars and sparklines. Pure."""

from collections.abc import Iterable, Iterator
from io import StringIO
from textwrap import wrap
from typing import NamedTuple

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..model import Chart, Layout, Report, Section, Unit, Value
from . import about
from .grid import Grid, Head, Line, facts, grid_of, pairs, remarks
from .sparks import bar, charted, spark
from .values import shown, visible

#: A rule below the heads and nothing else: copied into a mail it is still a table.
_BOX = Box("    \n    \n ─  \n    \n    \n    \n    \n    \n")
_BAR = 20
#: Cells between two columns.
_BETWEEN = 2
#: The width at which texts begin to wrap, and at which heads do.
_LONGEST = 48
_HEAD = 8


def render(report: Report, *, width: int = 100, colour: bool = False) -> str:
    """A report as text.

    ``width`` is the terminal's: wider tables go on below. With ``colour``
    there are ANSI colours, without it nothing but the text itself.
    """
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        # The output depends on what was asked for, not on who runs it.
        _environ={},
    )
    console.print(Text(visible(report.title), style="bold"))
    _print_lines(console, about.top(report.basis))
    for section in report.sections:
        _print_section(console, section)
    console.print()
    console.print(Text("About these numbers", style="bold"))
    _print_lines(console, about.bottom(report.basis))
    # rich fills lines up with blanks; no one needs them at the end of a line.
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _print_lines(console: Console, lines: Iterable[about.Line]) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        table.add_row(Text(f"{line.head}:"), Text(line.text))
    console.print(table)


def _print_section(console: Console, section: Section) -> None:
    console.print()
    console.print(Text(visible(section.title), style="bold"))
    if not section.rows:
        console.print(Text(visible(section.empty) or "nothing"))
    elif facts(section):
        _print_lines(console, _facts(section))
    else:
        columns = list(_columns(section, grid_of(section)))
        for number, block in enumerate(_blocks(columns, console.width)):
            if number:
                console.print()
            console.print(_drawn(block))
        _print_sparks(console, section)
    for note in remarks(section):
        console.print(Padding(Text(visible(note), style="italic"), (0, 0, 0, 2)))


def _facts(section: Section) -> Iterator[about.Line]:
    for pair in pairs(section):
        yield about.Line(visible(pair.head), visible(pair.text))


class _Column(NamedTuple):
    head: str
    cells: tuple[str, ...]
    unit: Unit
    is_key: bool = False

    @property
    def width(self) -> int:
        """The cells that it needs, where long texts may wrap."""
        longest = max(map(cell_len, (*self.head.split("\n"), *self.cells)))
        return min(longest, _LONGEST) if self.unit is Unit.TEXT else longest


def _columns(section: Section, grid: Grid) -> Iterator[_Column]:
    for number, key in enumerate(grid.keys):
        texts = (_key_text(line, number) for line in grid.lines)
        yield _Column(visible(key.title), tuple(texts), Unit.TEXT, is_key=True)
    lines = max((len(head.marks) for head in grid.heads), default=0)
    for number, head in enumerate(grid.heads):
        cells = tuple(_cell(line, number, head.unit) for line in grid.lines)
        yield _Column(_head(head, cells, lines), cells, head.unit)
    if section.layout is Layout.MATRIX:
        yield _Column("", tuple(spark(_known(line)) for line in grid.lines), Unit.TEXT)
    elif section.chart is Chart.BARS:
        yield _Column("", _bars(section), Unit.TEXT)


def _key_text(line: Line, number: int) -> str:
    """A line's key; the first one has the line's marks, too."""
    marks = [mark.value for mark in line.marks] if number == 0 else []
    return ", ".join([visible(line.keys[number]), *marks])


def _cell(line: Line, number: int, unit: Unit) -> str:
    return shown(line.values[number], unit) if line.present[number] else ""


def _known(line: Line) -> Iterator[Value]:
    for value, present in zip(line.values, line.present, strict=True):
        yield value if present else None


def _bars(section: Section) -> tuple[str, ...]:
    firsts = [row.values[0] for row in section.rows]
    most = max((value for value in firsts if isinstance(value, int | float)), default=0)
    return tuple(bar(value, most, _BAR) for value in firsts)


def _head(head: Head, cells: tuple[str, ...], lines: int) -> str:
    """A head in lines that are hardly wider than the column; a period's has some for marks."""
    if head.is_period:
        year, _, rest = visible(head.title).partition("-")
        # As many lines for each, so that the years are side by side.
        marks = [mark.value for mark in head.marks]
        return "\n".join([year, rest, *marks, *[""] * (lines - len(marks))])
    wide = max(_HEAD, *map(cell_len, cells))
    return "\n".join(wrap(visible(head.title), wide, break_long_words=False))


def _blocks(columns: list[_Column], width: int) -> Iterator[list[_Column]]:
    """The columns in tables that fit, each with the keys."""
    keys = [column for column in columns if column.is_key]
    start = sum(column.width + _BETWEEN for column in keys)
    block, used = list(keys), start
    for column in columns[len(keys) :]:
        if used + column.width > width and len(block) > len(keys):
            yield block
            block, used = list(keys), start
        block.append(column)
        used += column.width + _BETWEEN
    yield block


def _drawn(block: list[_Column]) -> Table:
    table = Table(box=_BOX, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in block:
        is_text = column.unit is Unit.TEXT
        table.add_column(
            Text(column.head),
            justify="left" if is_text else "right",
            vertical="top",
            no_wrap=not is_text,
            overflow="fold",
        )
    for number in range(len(block[0].cells)):
        table.add_row(*(Text(column.cells[number]) for column in block))
    return table


def _print_sparks(console: Console, section: Section) -> None:
    """A line of characters for what a chart would draw."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for number in charted(section):
        line = spark(row.values[number] for row in section.rows)
        table.add_row(Text(visible(section.columns[number].title)), Text(line, style="cyan"))
    if table.row_count:
        console.print()
        console.print(table)
