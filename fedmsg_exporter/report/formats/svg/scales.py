"""Axes: where values and periods are, and what is written beside them. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import ceil, floor, log10
from typing import NamedTuple

from ...model import Mark, Row, Section, Value
from ..values import UNKNOWN, day_title, first_day, visible
from .canvas import CHARACTER, LINE, Key, number, tag, text

_BELOW = 2 * LINE + 10
_ABOVE = 10
#: From this power of ten on a quarter of ten of it is whole.
_WHOLE = 10


class Frame(NamedTuple):
    """The part of a drawing where values are drawn, in pixels, and its largest value."""

    left: float
    top: float
    width: float
    height: float
    most: float
    periods: int

    @property
    def step(self) -> float:
        """The width of a period."""
        return self.width / self.periods

    def x(self, at: int) -> float:
        """The middle of a period."""
        return self.left + (at + 0.5) * self.step

    def y(self, value: float) -> float:
        """The height of a value, from 0 at the bottom."""
        return self.top + self.height * (1 - value / self.most)

    @property
    def bottom(self) -> float:
        """Where 0 is."""
        return self.top + self.height


def numbers(values: Iterable[Value]) -> Iterator[float]:
    """Those values that can be drawn."""
    return (value for value in values if isinstance(value, int | float))


def ticks(most: float, about: int = 4) -> list[float]:
    """Round numbers from 0 to the largest value or just beyond; whole ones to a whole number."""
    if most <= 0:
        return [0, 1]
    rough = most / about
    power = 10 ** floor(log10(rough))
    # Quarters only where they are whole: no one counts 2.5 people.
    steps = (1, 2, 2.5, 5, 10) if power >= _WHOLE else (1, 2, 5, 10)
    step = next(times * power for times in steps if times * power >= rough * 0.999)
    if isinstance(most, int):
        step = max(1, step)
    return [round(step * at, 10) for at in range(ceil(most / step - 1e-9) + 1)]


def tick_text(value: float) -> str:
    """A round number as it is read."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.4f}".rstrip("0")


def framed(width: float, height: float, values: Iterable[Value], periods: int) -> Frame:
    """A frame with room for the numbers on the left and the periods below."""
    marks = ticks(max(numbers(values), default=0))
    left = max(len(tick_text(one)) for one in marks) * CHARACTER + 10
    return Frame(left, _ABOVE, width - left - 4, height - _ABOVE - _BELOW, marks[-1], periods)


def grid(frame: Frame) -> Iterator[str]:
    """Horizontal lines with their numbers."""
    for one in ticks(frame.most):
        y = frame.y(one)
        right = frame.left + frame.width
        style = "base" if one == 0 else "grid"
        yield tag("path", d=f"M{number(frame.left)},{number(y)}H{number(right)}", class_=style)
        yield text(frame.left - 6, y + 4, tick_text(one), class_="end")


def below(frame: Frame, periods: list[str]) -> Iterator[str]:
    """The names of as many periods as there is room for, and the year where it changes."""
    room = max(1, ceil(6.5 * CHARACTER / frame.step))
    year = ""
    for at in range(0, len(periods), room):
        name, its_year = _period(periods[at])
        x = frame.x(at)
        yield tag("path", d=f"M{number(x)},{number(frame.bottom)}v4", class_="base")
        yield text(x, frame.bottom + LINE + 2, name, class_="mid")
        if its_year != year:
            yield text(x, frame.bottom + 2 * LINE + 2, its_year, class_="mid")
            year = its_year


def _period(period: str) -> tuple[str, str]:
    day = first_day(period)
    if day is None or "Q" in period:
        return visible(period), ""
    if len(period) == len("2026-01"):
        return day_title(day).split(" ")[1], str(day.year)
    return day_title(day), str(day.year)


_STYLES = {
    Mark.GAP: "gap",
    Mark.SO_FAR: "so-far",
    Mark.PROVISIONAL: "provisional",
    Mark.PART: "part",
}
_MEANINGS = {
    Mark.GAP: "gap (not all is known)",
    Mark.SO_FAR: "so far (not over yet)",
    Mark.PROVISIONAL: "provisional (will still change)",
    Mark.PART: "in part (not all of it is in the range)",
}


def marked(frame: Frame, rows: tuple[Row, ...]) -> Iterator[str]:
    """A veil over the periods that must be read with care."""
    for mark, style in _STYLES.items():
        yield from _veils(frame, [mark in row.marks for row in rows], style)


def missing(frame: Frame, rows: tuple[Row, ...], columns: Sequence[int]) -> Iterator[str]:
    """A shade below the periods of which a value is not known; those known are drawn upon it."""
    yield from _veils(frame, _unknown(rows, columns), "missing")


def _unknown(rows: tuple[Row, ...], columns: Sequence[int]) -> list[bool]:
    return [any(row.values[at] is None for at in columns) for row in rows]


def _veils(frame: Frame, has: list[bool], style: str) -> Iterator[str]:
    for there, run in groupby(range(len(has)), has.__getitem__):
        if there:
            places = list(run)
            x = frame.x(places[0]) - frame.step / 2
            size = {"width": len(places) * frame.step, "height": frame.height}
            yield tag("rect", x=x, y=frame.top, class_=style, **size)


def mark_keys(rows: tuple[Row, ...]) -> tuple[Key, ...]:
    """The legend of the marks that there are."""
    there = {mark for row in rows for mark in row.marks}
    return tuple(Key(_STYLES[mark], _MEANINGS[mark]) for mark in _STYLES if mark in there)


def missing_key(section: Section, columns: Sequence[int]) -> Iterator[Key]:
    """The legend of the columns that are not known everywhere."""
    lacking = [at for at in columns if any(row.values[at] is None for row in section.rows)]
    if lacking:
        *most, last = (section.columns[at].title for at in lacking)
        titles = f"{', '.join(most)} or {last}" if most else last
        yield Key("missing", f"{titles} {UNKNOWN} (cannot be known)")
