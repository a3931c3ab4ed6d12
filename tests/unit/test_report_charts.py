"""Charts of reports: what they draw is what their table says, in colours that all can tell."""

import re
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

import fedmsg_exporter.report.formats.html as page
from fedmsg_exporter.report.formats.svg import drawn
from fedmsg_exporter.report.formats.svg.canvas import shortened
from fedmsg_exporter.report.formats.svg.scales import ticks
from fedmsg_exporter.report.formats.svg.squares import bounds, shade
from fedmsg_exporter.report.model import Chart, Column, Mark, Row, Section, Unit, Value

from .. import sample_reports

STYLE = (Path(page.__file__).parent / "style.css").read_text("utf-8")
widths = pytest.mark.parametrize("width", [864, 358])


def parts(section: Section, width: float, name: str, style: str) -> list[ElementTree.Element]:
    """The elements of a chart that have a name and a class."""
    drawing = drawn(section, width)
    assert drawing is not None
    root = ElementTree.fromstring(f"<svg>{drawing.body}</svg>")
    return [one for one in root if one.tag == name and style in one.get("class", "").split()]


def numbers(element: ElementTree.Element, *names: str) -> list[float]:
    return [float(element.get(name, "nan")) for name in names]


def path(element: ElementTree.Element) -> list[tuple[float, float]]:
    """The places of a path."""
    found = re.findall(r"(-?[\d.]+),(-?[\d.]+)", element.get("d", ""))
    return [(float(x), float(y)) for x, y in found]


def scale(section: Section, width: float) -> tuple[float, float]:
    """Where 0 is, and how many pixels 1 has: read off the axis, as people do."""
    rows = sorted(
        (float(one.get("y", "nan")), float((one.text or "").replace(",", "")))
        for one in parts(section, width, "text", "end")
    )
    (top, most), (bottom, none) = rows[0], rows[-1]
    assert none == 0
    # The numbers are 4 pixels below their lines.
    return bottom - 4, (bottom - top) / most


def course(values: list[Value], chart: Chart = Chart.LINE, *more: list[Value]) -> Section:
    """A section of values by week."""
    weeks = sample_reports.weeks(len(values))
    rows = tuple(
        Row(several, period=week)
        for week, *several_ in zip(weeks, values, *more, strict=True)
        for several in [tuple(several_)]
    )
    columns = tuple(Column(f"m{at}", f"M{at}") for at in range(1 + len(more)))
    return Section("course", "Course", columns, rows, chart=chart)


@widths
def test_line(width: float) -> None:
    """The line is as high as its values, from left to right."""
    values: list[Value] = [4, 0, 130, 77]
    section = course(values)
    zero, one = scale(section, width)
    (line,) = parts(section, width, "path", "line")
    places = path(line)
    assert [round((zero - y) / one) for _, y in places] == values
    assert sorted(places) == places
    assert places[-1][0] < width


def test_line_has_holes() -> None:
    """Where a value is unknown there is no line, and a value between two holes is a dot."""
    section = course([3, 4, None, 5, None, 6, 7])
    assert [len(path(one)) for one in parts(section, 864, "path", "line")] == [2, 2, 2]
    assert len(parts(section, 864, "circle", "dot")) == 5


def test_line_so_far() -> None:
    """To what is not over yet leads a broken line, from the last that is over."""
    section = course([9, 7, 8, 2])
    last = section.rows[-1]._replace(marks=(Mark.SO_FAR,))
    section = section._replace(rows=(*section.rows[:-1], last))
    whole, broken = parts(section, 864, "path", "line")
    assert [len(path(one)) for one in (whole, broken)] == [3, 2]
    assert path(broken)[0] == path(whole)[-1]
    assert broken.get("class") == "line still"


def test_what_is_not_known() -> None:
    """Periods in which a value is not known are shaded, and the legend says so."""
    section = course([1, 1, 1], Chart.AREAS, [None, None, 1], [None, 0, 0])
    (veil,) = parts(section, 864, "rect", "missing")
    (line,) = parts(section, 864, "path", "line")
    x, width = numbers(veil, "x", "width")
    assert [x < place < x + width for place, _ in path(line)] == [True, True, False]
    drawing = drawn(section, 864)
    assert drawing is not None
    assert drawing.legend[-1].text == "M1 or M2 n/a (cannot be known)"


def test_areas_of_what_is_known() -> None:
    """Parts that are not known hide none that are: these are drawn, on a shade below them."""
    section = course([9, 9, 9, 9], Chart.AREAS, [None] * 4, [None, 3, 4, 5])
    assert parts(section, 864, "path", "c1") == []
    zero, one = scale(section, 864)
    (area,) = parts(section, 864, "path", "c2")
    assert [round((zero - y) / one) for _, y in path(area)[:3]] == [3, 4, 5]
    drawing = drawn(section, 864)
    assert drawing is not None
    assert drawing.body.index('class="missing"') < drawing.body.index('class="area')


@widths
def test_areas(width: float) -> None:
    """Each area is as thick as its column, and lies on the one before."""
    old, new = [10, 20, 30], [5, 0, 1]
    total: list[Value] = [99, 20, 31]
    section = course(total, Chart.AREAS, [*old], [*new])
    zero, one = scale(section, width)
    for style, low, thick in (("c1", [0, 0, 0], old), ("c2", old, new)):
        (area,) = parts(section, width, "path", style)
        places = path(area)
        tops, floors = places[:3], places[3:][::-1]
        heights = [round((y - top) / one) for (_, top), (_, y) in zip(tops, floors, strict=True)]
        assert heights == thick
        assert [round((zero - y) / one) for _, y in floors] == low
    (line,) = parts(section, width, "path", "line")
    assert [round((zero - y) / one) for _, y in path(line)] == total


@pytest.mark.parametrize("mark", Mark)
def test_every_mark_has_its_looks(mark: Mark) -> None:
    """Each mark is in the legend, with a swatch that the style knows."""
    section = course([1])
    marked = section._replace(rows=(section.rows[0]._replace(marks=(mark,)),))
    drawing = drawn(marked, 864)
    assert drawing is not None
    (key,) = drawing.legend[1:]
    assert key.text.startswith(mark.value)
    assert f".{key.style}" in STYLE


def test_marks_are_drawn() -> None:
    """Periods with a mark have a veil as wide as they are."""
    section = course([1, 2, 3, 4, 5])
    rows = [
        row._replace(marks=(Mark.PROVISIONAL,)) if at > 2 else row
        for at, row in enumerate(section.rows)
    ]
    section = section._replace(rows=tuple(rows))
    (veil,) = parts(section, 864, "rect", "provisional")
    (line,) = parts(section, 864, "path", "line")
    x, width = numbers(veil, "x", "width")
    assert [x < place < x + width for place, _ in path(line)] == [False, False, False, True, True]


@widths
def test_bars(width: float) -> None:
    """Bars are as long as their values, in the order of the rows; 0 has none."""
    rows = tuple(Row((value,), subject=f"n{value}") for value in (40, 10, 20, 0))
    section = Section("b", "B", (Column("m", "M"),), rows, chart=Chart.BARS)
    lengths = [numbers(one, "width")[0] for one in parts(section, width, "rect", "c1")]
    assert [round(one / lengths[0] * 40) for one in lengths] == [40, 10, 20]
    told = [one.text for one in parts(section, width, "text", "value")]
    assert told == ["40", "10", "20", "0"]


def test_many_bars() -> None:
    """Of very many the first are drawn, and the description says so."""
    rows = tuple(Row((value,), subject=f"n{value}") for value in range(90, 0, -1))
    drawing = drawn(Section("b", "B", (Column("m", "M"),), rows, chart=Chart.BARS), 864)
    assert drawing is not None
    assert drawing.body.count("<rect") == 40
    assert drawing.remark == "Not drawn: 50 lines, see the numbers."


def test_dumbbells() -> None:
    """A ring for before and a disc for after, where the numbers of the axis say."""
    section = sample_reports.event().sections[0]
    before = [numbers(one, "cx")[0] for one in parts(section, 864, "circle", "before")]
    after = [numbers(one, "cx")[0] for one in parts(section, 864, "circle", "after")]
    axis = {one.text: numbers(one, "x")[0] for one in parts(section, 864, "text", "mid")}
    pixel = (axis["40"] - axis["0"]) / 40
    assert [round((x - axis["0"]) / pixel) for x in before] == [2, 0, 0, 40]
    assert [round((x - axis["0"]) / pixel) for x in after] == [3, 0, 1, 22]


def test_dumbbells_say_what_came_of_it() -> None:
    """What was between has a sign of its own, and the change is beside each line."""
    section = sample_reports.event().sections[0]
    between = [path(one)[0][0] for one in parts(section, 864, "path", "during")]
    axis = {one.text: numbers(one, "x")[0] for one in parts(section, 864, "text", "mid")}
    pixel = (axis["40"] - axis["0"]) / 40
    assert [round((x - axis["0"]) / pixel) for x in between] == [1, 1, 2, 12]
    told = [one.text for one in parts(section, 864, "text", "value")]
    assert told == ["+50.0%", "n/a", "new", "-45.0%"]
    drawing = drawn(section, 864)
    assert drawing is not None
    assert [key.style for key in drawing.legend] == ["before", "during", "after"]
    assert drawing.description.endswith("Change: ann +50.0%, bob n/a, cat new.")


def test_dumbbells_of_nothing() -> None:
    """Who did nothing at all is not drawn, and that is said."""
    section = sample_reports.event().sections[0]
    nobody = Row((0, 0, 0, None, ""), subject="eve")
    drawing = drawn(section._replace(rows=(*section.rows, nobody)), 864)
    assert drawing is not None
    assert drawing.remark == "Not drawn: 1 line with 0 in all, see the numbers."


@widths
def test_calendar(width: float) -> None:
    """Each day is a square of the shade that the legend gives its value."""
    section = sample_reports.calendar(364)
    drawing = drawn(section, width)
    assert drawing is not None
    days = re.findall(r'class="(l\d)[^"]*"><title>(\S+): (\d+)<', drawing.body)
    assert [day for _, day, _ in days] == [row.period for row in section.rows]
    legend = {key.style: key.text for key in drawing.legend}
    for style, _, value in days:
        low, _, high = legend[style].partition("\u2013")
        assert int(low) <= int(value) <= int(high or low)


@widths
@pytest.mark.parametrize(("week_start", "first"), [("monday", 0), ("sunday", 6)])
def test_calendar_begins_with_the_first_day_of_the_week(
    width: float, week_start: str, first: int
) -> None:
    """The square at the top of each column is the first day of a week, and named so."""
    section = sample_reports.calendar(364)._replace(week_start=week_start)
    drawing = drawn(section, width)
    assert drawing is not None
    squares = list(ElementTree.fromstring(f"<svg>{drawing.body}</svg>").iter("rect"))
    top = min(numbers(one, "y")[0] for one in squares)
    days = [str(one.findtext("title"))[:10] for one in squares if numbers(one, "y")[0] == top]
    assert len(days) > 10
    assert {date.fromisoformat(day).weekday() for day in days} == {first}
    names = [str(one.text) for one in parts(section, width, "text", "end")]
    assert names[:4] == [["Mon", "Wed", "Fri", "Sun"], ["Sun", "Tue", "Thu", "Sat"]][first > 0]


@widths
@pytest.mark.parametrize("start", ["2026-08-26", "2026-08-29", "2026-08-31", "2026-09-02"])
def test_months_of_a_calendar(width: float, start: str) -> None:
    """The names of months leave each other room, whatever day the range begins with."""
    first = date.fromisoformat(start)
    days = [(first + timedelta(at)).isoformat() for at in range(91)]
    rows = tuple(Row((1,), period=one) for one in days)
    section = sample_reports.calendar(1)._replace(rows=rows)
    drawing = drawn(section, width)
    assert drawing is not None
    texts = ElementTree.fromstring(f"<svg>{drawing.body}</svg>").iter("text")
    names = [one for one in texts if one.get("class") is None]
    places = [numbers(one, "x")[0] for one in names]
    assert all(other - one >= 30 for one, other in pairwise(places))
    assert [one.text for one in names][-2:] == ["Oct", "Nov"]


def test_triangle() -> None:
    """A square for each share that is known, with its number, in the shade of the legend."""
    section = sample_reports.retention()
    drawing = drawn(section, 864)
    assert drawing is not None
    known = [value for row in section.rows for value in row.values[1:] if value is not None]
    found = re.findall(r'class="mid on(\d)">([\d.]+)<', drawing.body)
    assert [float(text) for _, text in found] == known
    for level, text in found:
        low, _, high = drawing.legend[int(level)].text.strip("%to ").partition("\u2013")
        assert float(text) <= float(high or low)
    heads = re.findall(r'class="mid">(\d+)<', drawing.body)
    assert heads == [str(28 * step) for step in range(1, 13)]


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (1.0, [0, 0.5, 1]),
        (0.43, [0, 0.2, 0.4, 0.6]),
        (3, [0, 1, 2, 3]),
        (10, [0, 5, 10]),
        (95, [0, 25, 50, 75, 100]),
        (95_000, [0, 25_000, 50_000, 75_000, 100_000]),
    ],
)
def test_ticks(most: float, expected: list[float]) -> None:
    """Axes have round numbers from 0 to the largest value or just beyond; no half people."""
    assert ticks(most) == expected


def test_shades() -> None:
    """0 has a shade of its own, the others about as many values each, more is never lighter."""
    values = [float(value) for value in range(100)]
    ends = bounds(values)
    levels = [shade(value, ends) for value in values]
    assert levels == sorted(levels)
    assert [levels.count(level) for level in range(6)] == [1, 20, 20, 20, 20, 19]
    assert bounds([0.0]) == ()
    assert [shade(value, bounds([7.0, 7.0])) for value in (0, 7)] == [0, 5]


@pytest.mark.parametrize(("name", "expected"), [("ann", "ann"), ("a" * 50, "aaaaa…"), ("", "")])
def test_shortened(name: str, expected: str) -> None:
    """Names that are too long end in an ellipsis."""
    assert shortened(name, 45) == expected


def palette(dark: bool) -> dict[str, tuple[float, float, float]]:
    """The colours of the style, as linear light."""
    light, _, rest = STYLE.partition("@media (prefers-color-scheme: dark)")
    text = rest.partition("@media print")[0] if dark else light
    return {name: _linear(code) for name, code in re.findall(r"--([\w-]+): #(\w+)", text)}


def _linear(code: str) -> tuple[float, float, float]:
    whole = "".join(one * 2 for one in code) if len(code) == 3 else code
    values = [int(whole[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in values
    )
    return red, green, blue


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """As WCAG 2 defines it."""
    bright = sorted(
        0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (one, other)
    )
    return (bright[1] + 0.05) / (bright[0] + 0.05)


themes = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@themes
def test_contrast(dark: bool) -> None:
    """Graphics have 3:1 against the page, texts 4.5:1 against what they are on."""
    colours = palette(dark)
    for name in ("c1", "c2", "c3", "c4", "c5", "c6"):
        assert contrast(colours[name], colours["page"]) >= 3, name
    for on, below in (
        ("text", "page"),
        ("soft", "page"),
        ("link", "page"),
        ("text", "card"),
        ("soft", "card"),
        ("on-warn", "warn"),
        *((f"on{at}", f"l{at}") for at in range(6)),
    ):
        assert contrast(colours[on], colours[below]) >= 4.5, (on, below)


#: What is left of colours without one kind of cones (Machado and others, 2009, severity 1).
BLINDNESS = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def lab(colour: tuple[float, ...]) -> tuple[float, float, float]:
    """CIE L*a*b* of linear light, white D65."""
    red, green, blue = (min(1.0, max(0.0, one)) for one in colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (one ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@themes
@pytest.mark.parametrize("kind", BLINDNESS)
def test_colour_blind(dark: bool, kind: str) -> None:
    """The four colours that areas have differ well by whatever eyes see them."""
    colours = palette(dark)
    seen = {
        name: lab(
            tuple(
                sum(a * b for a, b in zip(row, colours[name], strict=True))
                for row in BLINDNESS[kind]
            )
        )
        for name in ("c1", "c2", "c3", "c4")
    }
    for one, other in combinations(seen, 2):
        apart = sum((a - b) ** 2 for a, b in zip(seen[one], seen[other], strict=True)) ** 0.5
        # 2.3 is just noticeable.
        assert apart >= 20, (one, other, apart)


def test_unit_of_triangle() -> None:
    """Columns that are no shares are not drawn as shares."""
    columns = (
        Column("n", "N"),
        Column("r", "28 days", Unit.PERCENT),
        Column("d", "Day", Unit.DATE),
    )
    rows = (Row((9, 40.0, "2026-01-05"), period="2025-10"),)
    drawing = drawn(Section("t", "T", columns, rows, chart=Chart.TRIANGLE), 864)
    assert drawing is not None
    assert drawing.body.count("<rect") == 1
