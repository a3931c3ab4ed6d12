"""Numbers over periods: a line, or stacked areas with the line of all. Pure."""

from collections.abc import Iterator
from itertools import groupby

from ...model import Mark, Row, Section, Value
from ..sparks import alike
from ..values import period_head, shown
from .canvas import Drawing, Key, points, tag
from .scales import Frame, below, framed, grid, mark_keys, marked, missing, missing_key, numbers

#: Up to how many periods each value of a line has a dot.
_DOTS = 27
#: Height by width.
_RATIO = 0.36
_LEAST = 230


def line(section: Section, width: float) -> Drawing:
    """The first column over the periods."""
    values = [row.values[0] for row in section.rows]
    frame = framed(width, _height(width), values, len(values))
    veils = [*missing(frame, section.rows, (0,)), *marked(frame, section.rows)]
    body = [*_axes(section, frame), *veils, *_line(frame, values, section.rows)]
    if len(values) <= _DOTS:
        body += _dots(frame, values)
    key = Key("line", section.columns[0].title)
    legend = (key, *mark_keys(section.rows), *missing_key(section, (0,)))
    return Drawing("".join(body), _height(width), _in_words(section, "A line"), legend)


def areas(section: Section, width: float) -> Drawing:
    """All columns but the first, stacked, and the first as a line."""
    first, *stacked = alike(section)
    sums = [sum(numbers(row.values[at] for at in stacked)) for row in section.rows]
    lines = [row.values[first] for row in section.rows]
    frame = framed(width, _height(width), [*sums, *lines], len(sums))
    body = [
        *missing(frame, section.rows, stacked),
        *_axes(section, frame),
        *_stack(section.rows, stacked, frame),
        *marked(frame, section.rows),
        *_line(frame, lines, section.rows),
    ]
    parts = [section.columns[at].title for at in stacked]
    legend = (
        Key("line", section.columns[first].title),
        # In the order in which they lie upon each other.
        *(Key(f"c{at}", title) for at, title in reversed(list(enumerate(parts, 1)))),
        *mark_keys(section.rows),
        *missing_key(section, stacked),
    )
    words = _in_words(section, f"Stacked areas of {_listed(parts)}, and a line")
    return Drawing("".join(body), _height(width), words, legend)


def _height(width: float) -> float:
    return max(_LEAST, width * _RATIO)


def _axes(section: Section, frame: Frame) -> Iterator[str]:
    yield from grid(frame)
    yield from below(frame, [row.period for row in section.rows])


def _runs(values: list[Value]) -> Iterator[list[int]]:
    """The places of values that follow each other without a hole."""
    places = range(len(values))
    for known, run in groupby(places, lambda at: isinstance(values[at], int | float)):
        if known:
            yield list(run)


def _line(frame: Frame, values: list[Value], rows: tuple[Row, ...]) -> Iterator[str]:
    """A line for each run; broken where it leads to what is not over."""
    for run in _runs(values):
        over = [at for at in run if Mark.SO_FAR not in rows[at].marks]
        # From the last that is over on, it shows what there is so far.
        still = [at for at in run if at not in over]
        yield from _path(frame, values, over, "line")
        yield from _path(frame, values, [*over[-1:], *still] if still else [], "line still")


def _path(frame: Frame, values: list[Value], places: list[int], style: str) -> Iterator[str]:
    where = [(frame.x(at), frame.y(next(numbers([values[at]])))) for at in places]
    if where:
        # A line of no length is drawn as a dot, for its caps are round.
        yield tag("path", d=points(where * 2 if len(where) == 1 else where), class_=style)


def _dots(frame: Frame, values: list[Value]) -> Iterator[str]:
    for at, value in enumerate(values):
        for known in numbers([value]):
            yield tag("circle", cx=frame.x(at), cy=frame.y(known), r=3, class_="dot")


def _stack(rows: tuple[Row, ...], stacked: list[int], frame: Frame) -> Iterator[str]:
    """An area for each column where it is known, on top of those before it."""
    known = [tuple(row.values[at] is not None for at in stacked) for row in rows]
    floors = [0.0] * len(rows)
    for colour, column in enumerate(stacked, 1):
        heights = [sum(numbers([row.values[column]])) for row in rows]
        tops = [low + high for low, high in zip(floors, heights, strict=True)]
        for run in _alike(known, colour - 1):
            yield tag("path", d=_area(frame, run, floors, tops), class_=f"area c{colour}")
        floors = tops


def _alike(known: list[tuple[bool, ...]], part: int) -> Iterator[list[int]]:
    """The places where a part is known, cut where others begin or end to be below it."""
    for those, run in groupby(range(len(known)), known.__getitem__):
        if those[part]:
            yield list(run)


def _area(frame: Frame, run: list[int], floors: list[float], tops: list[float]) -> str:
    """Along the top and back along the bottom; a single period has its whole width."""
    half = frame.step / 2 if len(run) == 1 else 0
    ends = [(run[0], -half), *((at, 0) for at in run[1:-1]), (run[-1], half)]
    there = [(frame.x(at) + shift, frame.y(tops[at])) for at, shift in ends]
    back = [(frame.x(at) + shift, frame.y(floors[at])) for at, shift in reversed(ends)]
    return points([*there, *back]) + "Z"


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1] if parts else ""]))


def _in_words(section: Section, what: str) -> str:
    """What someone who does not see a chart would ask for first."""
    column = section.columns[0]
    known = [row for row in section.rows if isinstance(row.values[0], int | float)]
    periods = [row.period for row in section.rows]
    head = period_head(periods).lower()
    over = f"{what} of {column.title} by {head}, {periods[0]} to {periods[-1]}."
    if not known:
        return f"{over} Nothing is known."
    lowest = min(known, key=_first)
    highest = max(known, key=_first)
    parts = (
        f"{text} {shown(row.values[0], column.unit)} ({row.period})"
        for text, row in (
            ("first", known[0]),
            ("last", known[-1]),
            ("lowest", lowest),
            ("highest", highest),
        )
    )
    return f"{over} {column.title}: {', '.join(parts)}."


def _first(row: Row) -> float:
    return next(numbers(row.values[:1]))
