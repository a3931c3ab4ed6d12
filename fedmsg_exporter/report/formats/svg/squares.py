"""Squares in shades: a calendar of days, and the triangle of retention. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import groupby, takewhile

from ...model import Mark, Row, Section, Unit, Value
from ..values import (
    counted,
    day_title,
    first_day,
    first_of_week,
    period_title,
    shown,
    weekdays,
)
from .canvas import CHARACTER, DASH, LINE, Drawing, Key, shortened, tag, text
from .scales import mark_keys, numbers

_CELL = 13
_PITCH = 15
_LEFT = 34
#: How many shades there are besides the one of 0.
SHADES = 5
#: The upper ends of the shades for shares in per cent.
_SHARES = (10.0, 20.0, 30.0, 50.0, 100.0)
_ROW = 24
#: From which width on a drawing has room for sizes, and a square for a decimal.
_ROOMY = 500
_DECIMALS = 40


def bounds(values: list[float]) -> tuple[float, ...]:
    """The upper ends of shades, so that each has about as many values; 0 has its own."""
    ordered = sorted(value for value in values if value > 0)
    if not ordered:
        return ()
    ends = (ordered[(len(ordered) * at - 1) // SHADES] for at in range(1, SHADES + 1))
    return tuple(dict.fromkeys(ends))


def shade(value: float, ends: tuple[float, ...]) -> int:
    """The shade of a value: 0 for 0, up to `SHADES`; few ends use the darkest ones."""
    if value <= 0 or not ends:
        return 0
    return SHADES - len(ends) + 1 + min(bisect_left(ends, value), len(ends) - 1)


def shading(section: Section) -> Callable[[Value], str]:
    """The class of the shade of each value of a section with a single column."""
    ends = bounds(list(numbers(row.values[0] for row in section.rows)))

    def style(value: Value) -> str:
        return "".join(f"l{shade(known, ends)}" for known in numbers([value]))

    return style


def calendar(section: Section, width: float) -> Drawing:
    """A column for each week and a square for each day, in as many strips as needed."""
    days = {day: row for row in section.rows if (day := first_day(row.period)) is not None}
    values = [value for row in days.values() for value in numbers(row.values[:1])]
    ends = bounds(values)
    begin = section.week_start
    weeks = sorted({first_of_week(day, begin) for day in days})
    fit = int((width - _LEFT) // _PITCH)
    high = LINE + 7 * _PITCH + 12
    body = [
        part
        for strip, start in enumerate(range(0, len(weeks), fit))
        for part in _strip(days, weeks[start : start + fit], strip * high, ends)
    ]
    strips = -(-len(weeks) // fit)
    names = "".join(
        text(_LEFT - 6, strip * high + LINE + at * _PITCH + _CELL - 2, name, class_="end")
        for strip in range(strips)
        for at, name in enumerate(weekdays(begin))
        if not at % 2
    )
    column = section.columns[0]
    active = sum(value > 0 for value in values)
    words = (
        f"A square for each of {counted(len(days), 'day', 'days')}, {min(days)} to {max(days)}. "
        f"{column.title}: {counted(active, 'day', 'days')} with any, "
        f"{shown(max(values, default=0), column.unit)} at most."
    )
    legend = (*_legend(ends), *mark_keys(section.rows))
    return Drawing(names + "".join(body), strips * high, words, legend)


def _legend(ends: tuple[float, ...]) -> Iterator[Key]:
    yield Key("l0", "0")
    low = 1.0
    for end in ends:
        name = f"{low:,.0f}" if low == end else f"{low:,.0f}{DASH}{end:,.0f}"
        yield Key(f"l{shade(end, ends)}", name)
        low = end + 1


def _strip(
    days: dict[date, Row], weeks: list[date], top: float, ends: tuple[float, ...]
) -> Iterator[str]:
    yield from _months(weeks, top + LINE - 5)
    for column, first in enumerate(weeks):
        x = _LEFT + column * _PITCH
        for at in range(7):
            day = first + timedelta(at)
            if day in days:
                yield _day(day, days[day], x, top + LINE + at * _PITCH, ends)


def _months(weeks: list[date], y: float) -> Iterator[str]:
    """The name of each month above its first week; none for a single week, which has no room."""
    # The month of a week is that of its fourth day.
    names = [day_title(first + timedelta(3)).split(" ")[1] for first in weeks]
    column = 0
    for name, run in groupby(names):
        length = len(list(run))
        if length > 1:
            yield text(_LEFT + column * _PITCH, y, name)
        column += length


def _day(day: date, row: Row, x: float, y: float, ends: tuple[float, ...]) -> str:
    known = list(numbers(row.values[:1]))
    style = f"l{shade(known[0], ends)}" if known else "unknown"
    if Mark.GAP in row.marks:
        style += " partly"
    told = tag("title", f"{day}: {shown(row.values[0], Unit.COUNT)}")
    return tag("rect", told, x=x, y=y, width=_CELL, height=_CELL, rx=2, class_=style)


def triangle(section: Section, width: float) -> Drawing:
    """A line for each cohort and a square for each step, with its share in per cent."""
    steps = [at for at, one in enumerate(section.columns) if one.unit is Unit.PERCENT]
    sizes = [at for at, one in enumerate(section.columns) if one.unit is Unit.COUNT][:1]
    labels = [_cohort(row, sizes, width) for row in section.rows]
    left = max(map(len, labels)) * CHARACTER + 10
    wide = min(60.0, (width - left) / max(1, len(steps)))
    body = [*_heads(section, steps, left, wide)]
    for line, (row, label) in enumerate(zip(section.rows, labels, strict=True)):
        y = LINE + 6 + line * _ROW
        body.append(text(left - 8, y + _ROW / 2 + 4, label, class_="end"))
        for column, at in enumerate(steps):
            body += _share(row, at, left + column * wide, y, wide)
    words = (
        f"Shares in per cent of {counted(len(section.rows), 'cohort', 'cohorts')} "
        f"in {counted(len(steps), 'step', 'steps')}: the darker, the more came again."
    )
    return Drawing("".join(body), LINE + 6 + len(section.rows) * _ROW, words, tuple(_shares()))


def _cohort(row: Row, sizes: list[int], width: float) -> str:
    """A cohort's name, with its size where there is room."""
    name = period_title(row.period) if row.period else row.subject
    if width < _ROOMY or not sizes:
        return name
    return f"{name} · {shown(row.values[sizes[0]], Unit.COUNT)}"


def _shares() -> Iterator[Key]:
    yield Key("l0", "0%")
    low = 0.0
    for number, end in enumerate(_SHARES, 1):
        yield Key(f"l{number}", f"to {end:.0f}%" if not low else f"{low:.0f}{DASH}{end:.0f}%")
        low = end


def _heads(section: Section, steps: list[int], left: float, wide: float) -> Iterator[str]:
    """The steps without the words that all of them have, which are written once."""
    titles = [section.columns[at].title.split() for at in steps]
    before, behind = _common(titles), _common([title[::-1] for title in titles])
    if before or behind:
        first = titles[0]
        shared = " ".join([*first[:before], *first[len(first) - behind :]])
        yield text(left - 8, LINE - 2, shortened(shared, left - 8), class_="end")
    for column, title in enumerate(titles):
        short = shortened(" ".join(title[before : len(title) - behind]), wide)
        yield text(left + (column + 0.5) * wide, LINE - 2, short, class_="mid")


def _common(titles: list[list[str]]) -> int:
    """With how many words all titles begin, if each has more."""
    words = zip(*titles, strict=False)
    alike = takewhile(lambda these: len(set(these)) == 1, words)
    return min(sum(1 for _ in alike), min(map(len, titles), default=1) - 1)


def _share(row: Row, at: int, x: float, y: float, wide: float) -> Iterator[str]:
    for value in numbers([row.values[at]]):
        level = shade(value, _SHARES)
        size = {"width": wide - 2, "height": _ROW - 2}
        yield tag("rect", x=x + 1, y=y + 1, rx=2, class_=f"l{level}", **size)
        told = f"{value:.1f}" if wide >= _DECIMALS else f"{value:.0f}"
        yield text(x + wide / 2, y + _ROW / 2 + 4, told, class_=f"mid on{level}")
