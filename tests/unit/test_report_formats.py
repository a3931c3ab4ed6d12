"""The formats of reports: each says all the numbers, and what they rest on."""

import json
import random
import re
from pathlib import PurePath

import pytest
from jsonschema import Draft202012Validator

from fedmsg_exporter.report.formats import FORMATS, format_of, render, schema
from fedmsg_exporter.report.formats.values import first_day, period_title, plain, shown
from fedmsg_exporter.report.model import (
    Chart,
    Column,
    Layout,
    Mark,
    MemberList,
    Report,
    Row,
    Section,
    Unit,
    Value,
)
from fedmsg_exporter.statistics.coverage import Span

from .. import sample_reports
from ..report_facts import READERS, Fact, facts, marks, marks_of

REPORTS = sample_reports.every()
kinds = pytest.mark.parametrize("kind", REPORTS)
formats = pytest.mark.parametrize("format_", FORMATS)


def comparable(found: set[Fact]) -> set[Fact]:
    """Numbers as numbers: 130 is 130.0 and +130."""
    return {fact._replace(value=_number(fact.value)) for fact in found}


def _number(value: Value) -> Value:
    try:
        return value if value is None else float(value)
    except ValueError:
        return value


@kinds
@formats
def test_same_numbers(kind: str, format_: str) -> None:
    """Whichever the format, its reader finds each value, and no others."""
    report = REPORTS[kind]
    found = READERS[format_](render(report, format_), report)
    assert comparable(found) == comparable(facts(report))


@kinds
@pytest.mark.parametrize("width", [60, 100, 250])
def test_same_numbers_at_any_width(kind: str, width: int) -> None:
    """A narrow terminal has more tables, not fewer numbers."""
    report = REPORTS[kind]
    text = render(report, "text", width=width)
    assert comparable(READERS["text"](text, report)) == comparable(facts(report))


@kinds
@pytest.mark.parametrize("format_", ["text", "md", "html"])
def test_marks(kind: str, format_: str) -> None:
    """What is not over, has a gap or will change says so where its numbers are."""
    report = REPORTS[kind]
    assert marks_of(format_, render(report, format_), report) == marks(report)


@pytest.mark.parametrize("format_", ["text", "md", "html"])
def test_marks_of_all_lines_are_said_once(format_: str) -> None:
    """A mark that each line has is below the table; what differs stays at its line."""
    section = sample_reports.event().sections[0]
    both = (Mark.SO_FAR, Mark.GAP)
    marked = [row._replace(marks=both if at else both[:1]) for at, row in enumerate(section.rows)]
    found = REPORTS["event"]._replace(sections=(section._replace(rows=tuple(marked)),))
    text = render(found, format_)
    assert text.count("so far") == 1
    assert "All of it: so far." in text
    assert marks_of(format_, text, found) == marks(found)


@kinds
def test_marks_for_programs(kind: str) -> None:
    """CSV has the marks in section `coverage`, JSON at each row."""
    report = REPORTS[kind]
    lines = render(report, "csv").splitlines()
    rows = [row for one in json.loads(render(report, "json"))["sections"] for row in one["rows"]]
    told = [mark for row in rows for mark in row["marks"]]
    expected = [mark.value for one in report.sections for row in one.rows for mark in row.marks]
    assert told == expected
    for section in report.sections:
        for row in section.rows:
            for mark in row.marks:
                keys = f"{row.period},{row.subject},{row.category}"
                assert f"coverage,{keys},{section.key},{mark.value}" in lines


@kinds
@formats
def test_rests_on(kind: str, format_: str) -> None:
    """Range, coverage, gap, age of the list, credit, what is left out, version: in each format."""
    report = REPORTS[kind]
    text = render(report, format_).replace("T", " ").replace(r"\_", "_")
    basis = report.basis
    expected = ["2026-01-11", "2023-01-02 00:00", "2026-01-12 12:00", "1.2.3", "678", "agent"]
    if basis.gaps:
        expected.append("01:00")
    if basis.members is not None:
        expected += ["commops", basis.members.date or ""]
    assert [one for one in expected if one not in text] == []
    assert "12345" in text or "12,345" in text


@kinds
@formats
def test_same_bytes(kind: str, format_: str) -> None:
    """The same report gives the same bytes, whatever happened before."""
    first = render(sample_reports.every()[kind], format_)
    random.seed(7)
    assert render(sample_reports.every()[kind], format_) == first
    assert first.endswith("\n")
    assert not first.endswith("\n\n")


@kinds
def test_schema(kind: str) -> None:
    """The JSON is what the schema that ships says."""
    Draft202012Validator.check_schema(schema())
    Draft202012Validator(schema()).validate(json.loads(render(REPORTS[kind], "json")))


def test_schema_refuses() -> None:
    """The schema says what is required: without any of it, the JSON is not valid."""
    document = json.loads(render(REPORTS["group"], "json"))
    validator = Draft202012Validator(schema())
    for key in list(document):
        assert not validator.is_valid({name: document[name] for name in document if name != key})


def test_schema_knows_every_word() -> None:
    """Units, layouts, charts and marks that the document may have are those of the schema."""
    defs = schema()["$defs"]
    section = defs["section"]["properties"]
    assert section["layout"]["enum"] == [one.value for one in Layout]
    assert section["chart"]["enum"] == [*(one.value for one in Chart), None]
    marks_ = defs["row"]["properties"]["marks"]["items"]["enum"]
    assert sorted(marks_) == sorted(one.value for one in Mark)
    column = section["columns"]["items"]["properties"]
    assert column["unit"]["enum"] == [one.value for one in Unit]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("team.txt", "text"),
        ("team.md", "md"),
        ("TEAM.CSV", "csv"),
        ("a.b/team.json", "json"),
        ("team.html", "html"),
        ("team", None),
        ("team.pdf", None),
        (".html", None),
    ],
)
def test_format_of_file(path: str, expected: str | None) -> None:
    """A file's suffix says its format."""
    assert format_of(PurePath(path)) == expected


@pytest.mark.parametrize(
    ("value", "unit", "for_people", "for_programs"),
    [
        (1234567, Unit.COUNT, "1,234,567", "1234567"),
        (0, Unit.COUNT, "0", "0"),
        (57.14, Unit.PERCENT, "57.1%", "57.1"),
        (100.0, Unit.CHANGE, "+100.0%", "100"),
        (-12.34, Unit.CHANGE, "-12.3%", "-12.3"),
        (0.0, Unit.CHANGE, "0.0%", "0"),
        (-0.04, Unit.CHANGE, "0.0%", "0"),
        ("new", Unit.CHANGE, "new", "new"),
        (0.47186, Unit.RATIO, "0.4719", "0.4719"),
        (1234.5, Unit.RATIO, "1,234.5", "1234.5"),
        (1e-9, Unit.RATIO, "0", "0"),
        (399, Unit.DAYS, "399", "399"),
        ("never", Unit.DAYS, "never", "never"),
        (None, Unit.COUNT, "n/a", ""),
    ],
)
def test_values(value: Value, unit: Unit, for_people: str, for_programs: str) -> None:
    """A value as people and as programs read it."""
    assert (shown(value, unit), plain(value, unit)) == (for_people, for_programs)


@pytest.mark.parametrize(
    ("period", "title", "first"),
    [
        ("2026-W02", "2026-W02 (5 Jan)", "2026-01-05"),
        ("2026-W01", "2026-W01 (29 Dec)", "2025-12-29"),
        ("2026-01", "2026-01", "2026-01-01"),
        ("2026-Q2", "2026-Q2", "2026-04-01"),
        ("2026-01-04", "2026-01-04", "2026-01-04"),
        ("2026-W54", "2026-W54", None),
        ("soon", "soon", None),
    ],
)
def test_periods(period: str, title: str, first: str | None) -> None:
    """A week is shown with its Monday."""
    day = first_day(period)
    assert (period_title(period), day and day.isoformat()) == (title, first)


@formats
def test_nothing_known(format_: str) -> None:
    """A report about nothing says that nothing is known, and what is missing."""
    basis = sample_reports.basis(gaps=(Span(1.76e9, 1.765e9),))._replace(
        coverage=(), categories=("bodhi",), topics=("bodhi.*",), members=MemberList("x", 1, None)
    )
    sections = (
        Section("none", "None", (Column("messages", "Messages"),), empty="Nobody."),
        Section(
            "unknown",
            "Unknown",
            (Column("messages", "Messages"), Column("others", "Others")),
            (Row((None, None), period="2026-W02"),),
            chart=Chart.AREAS,
        ),
    )
    text = render(Report("list", "x", basis, sections), format_)
    if format_ in {"text", "md", "html"}:
        assert "nothing is known" in text
        assert "Nobody." in text
        assert "n/a" in text
        assert "1 member, typed in" in text
    assert "bodhi" in text


@pytest.mark.parametrize("chart", Chart)
@pytest.mark.parametrize("values", [(0,), (1,), (0, 0), (None, 5), (0.4, 0.9)], ids=repr)
def test_charts_of_little(chart: Chart, values: tuple[Value, ...]) -> None:
    """A chart of one value, of zeros, or with holes is a chart, without NaN or a fraction of 0."""
    rows = tuple(
        Row((value, value), period=f"2026-01-{at:02}", subject="ann")
        for at, value in enumerate(values, 1)
    )
    columns = (
        Column("a", "A"),
        Column("b", "B", Unit.PERCENT if chart is Chart.TRIANGLE else Unit.COUNT),
    )
    section = Section("few", "Few", columns, rows, "Who", chart=chart)
    text = render(Report("user", "few", sample_reports.basis(), (section,)), "html")
    assert text.count("<svg viewBox") == 2
    assert "nan" not in text.lower().replace("nance", "")
    assert "inf" not in text.lower()


def test_many_gaps_are_counted() -> None:
    """Of many gaps the latest ten are listed, and the others counted."""
    gaps = tuple(Span(1.76e9 + 1000 * at, 1.76e9 + 1000 * at + 9) for at in range(25))
    report = Report("week", "x", sample_reports.basis(gaps=gaps), ())
    assert "15 earlier ones; " in render(report, "text", width=2000)
    assert len(json.loads(render(report, "json"))["coverage"]["gaps"]) == 25


@pytest.mark.parametrize(
    ("topics", "expected"),
    [((), "(of the whole bus)"), (("wiki.#",), "(of all messages that pass the filters)")],
)
def test_what_is_left_out_is_not_of_people(topics: tuple[str, ...], expected: str) -> None:
    """What is left out is said to be of the whole bus, whomever the report is of."""
    report = REPORTS["user"]
    basis = report.basis._replace(topics=topics, categories=())
    text = " ".join(render(report._replace(basis=basis), "text").split())
    assert f"with an invalid name {expected}" in text


def test_colour_adds_nothing_but_colour() -> None:
    """Without its escape sequences, coloured text is the plain one."""
    report = REPORTS["user"]
    coloured = render(report, "text", colour=True)
    assert "\x1b[1m" in coloured
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert bare.split() == render(report, "text").split()


@pytest.mark.parametrize("kind", REPORTS)
def test_page_is_small(kind: str) -> None:
    """A page stays below 300 kB, a community's year too."""
    assert len(render(REPORTS[kind], "html").encode()) < 300_000
