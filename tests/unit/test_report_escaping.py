"""Names and texts of others in reports: shown as what they are, never run, never obeyed."""

import csv
import json
import re
import unicodedata
from html.parser import HTMLParser
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fedmsg_exporter.report.formats import FORMATS, markdown, render, schema, tidy
from fedmsg_exporter.report.formats.values import visible
from fedmsg_exporter.report.model import (
    Chart,
    Column,
    Layout,
    MemberList,
    Report,
    Row,
    Section,
    Unit,
)

from .. import sample_reports
from ..report_facts import markup

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><script>",
    "</title><h1>x",
    "a|b",
    "a\\|b",
    "|",
    "``|`",
    "`",
    "` ` `",
    "*a* _b_ ~~c~~",
    "@mattdm",
    "(@mattdm)",
    "ann@example.org",
    "#123",
    "GH-123",
    "owner/repo#1",
    "deadbeefcafe",
    ":smile:",
    "https://example.org/",
    "www.example.org",
    "[x](javascript:alert(1))",
    "![x](http://example.org/x.png)",
    "&lt;b&gt; &amp; &#64;mattdm",
    "$x$ {{x}} [poll]",
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "'=1",
    "\uff1d1",
    "\x1b[31mred\x1b[0m\x07\x08",
    "\x9b31m",
    "\u202egnp.exe",
    "a\u2066b\u2069",
    "zero\u200bwidth",
    "line\u2028line\nline\r\nline",
    "\ud800",
    "\U000e0041tag",
    " a  b ",
    "",
    "'\"",
    "[bold]x[/bold]",
    "- x",
    "1. x",
    "\u00e9\u4e2d\u6587",
)
#: Texts as an adversary would write them, and any others.
names = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(codec=None), max_size=30),
    st.text(st.sampled_from("`|\\<>@#:*_~[]()!&$'\"=+- a1.\n\t\x1b\u202e"), max_size=20),
)


def report(name: str) -> Report:
    """A report with a name wherever text of others may be."""
    columns = (Column("messages", "Messages"), Column("text", "Text", Unit.TEXT))
    row = Row((4, name), subject=name, category=name)
    sections = (
        Section("table", name, columns, (row,), "Who", chart=Chart.BARS, notes=(name,)),
        Section("facts", "Facts", columns, (Row((4, name)),), layout=Layout.FACTS),
        Section("dumb", "Dumb", columns, (row,), "Who", chart=Chart.DUMBBELLS),
        Section("empty", "Empty", columns, empty=name),
        Section(
            "matrix",
            "Matrix",
            columns[:1],
            (Row((4,), subject=name, period="2026-W02"),),
            name,
            Layout.MATRIX,
        ),
    )
    basis = sample_reports.basis(members=MemberList(name, 1, name))
    return Report(
        "list", name, basis._replace(categories=(name,), topics=(name,), sources=(name,)), sections
    )


@given(names)
@pytest.mark.parametrize("format_", FORMATS)
def test_no_control_characters(format_: str, name: str) -> None:
    """No format has control, bidi or invisible characters, or what cannot be UTF-8."""
    text = render(report(name), format_)
    text.encode()
    hidden = {one for one in text if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert hidden <= {"\n"}


@given(names)
def test_escape_sequences_are_ours(name: str) -> None:
    """In a terminal, nothing but our own colours: no sequence comes out of a name."""
    text = render(report(name), "text", colour=True)
    assert "\x1b" not in re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert render(report(name), "text", colour=True) == text


@given(names)
def test_json_has_names_unchanged(name: str) -> None:
    """JSON gives back the very name, and follows the schema's form."""
    document = json.loads(render(report(name), "json"))
    assert document["title"] == name
    assert document["sections"][0]["rows"][0]["subject"] == name
    assert set(document) == set(schema()["required"])


@given(names)
def test_csv_runs_no_formula(name: str) -> None:
    """No cell begins as a formula, and without the apostrophe the name is back."""
    lines = list(csv.reader(StringIO(render(report(name), "csv"))))
    assert {len(line) for line in lines} == {6}
    texts = {cell for line in lines for cell in line}
    assert not [one for one in texts if one.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    cell = tidy.escaped(name)
    assert cell in texts
    assert (cell[1:] if cell.startswith("'") else cell) == visible(name)


@pytest.mark.parametrize("value", [-33.3, -1])
def test_csv_keeps_numbers(value: float) -> None:
    """A negative number is a number: it is not escaped."""
    section = Section("s", "S", (Column("change", "Change", Unit.CHANGE),), (Row((value,)),))
    text = render(Report("user", "x", sample_reports.basis(), (section,)), "csv")
    assert f"s,,,,change,{value}\n" in text


class _Elements(HTMLParser):
    """Every element and attribute of a page, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(f"{tag} {name}" for name, _ in attrs)
        self.links.update(value or "" for name, value in attrs if name in {"href", "src"})

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def elements(page: str) -> _Elements:
    parser = _Elements()
    parser.feed(page)
    return parser


PLAIN = elements(render(report("ann"), "html"))


@given(names)
@example('" onload="alert(1)')
def test_html_has_no_element_of_a_name(name: str) -> None:
    """A name adds no element, no attribute and no link, and is seen as it is."""
    found = elements(render(report(name), "html"))
    # A name may break after a dot, and a long one has a class of its own.
    assert found.tags - PLAIN.tags <= {"wbr"}
    assert found.attributes - PLAIN.attributes <= {"th class", "dd class"}
    assert found.links == PLAIN.links
    assert visible(name) in "".join(found.texts)


@given(names)
def test_markdown_makes_nothing_of_a_name(name: str) -> None:
    """GitHub's renderer makes of a name in a table the same text: no element but code."""
    for escape, expected in ((markdown.name, visible(name)), (markdown.prose, visible(name))):
        html = markup(f"| x |\n| --- |\n{markdown.table_line([escape(name)])}")
        cells = re.findall(r"<td>(.*?)</td>", html, re.DOTALL)
        assert len(cells) <= 1
        inner = "".join(cells)
        assert set(re.findall(r"</?(\w+)", inner)) <= {"code"}
        assert _text(inner).split() == expected.split()


def _text(html: str) -> str:
    return "".join(elements(html).texts)


def test_markdown_has_backslashes_in_tables_only() -> None:
    """A pipe is escaped where it would end a cell; in a heading the backslash would be seen."""
    text = render(report("a|b"), "md")
    assert "# `a|b`\n" in text
    assert r"| `a\|b` | `a\|b` | 4 | `a\|b` |" in text


@given(names)
def test_markdown_pings_nobody(name: str) -> None:
    """Outside of code there is nothing that mentions, refers, links or shows an emoji."""
    for escape in (markdown.name, markdown.prose):
        html = markup(f"x {escape(name)}")
        outside = _text(re.sub(r"<code>.*?</code>", " ", html, flags=re.DOTALL))
        assert "@" not in outside
        assert not re.search(r"(?<!\w)#\w|\bGH-\d|:\w+:|://|www\.", outside, re.IGNORECASE)
        assert "<a " not in html
        assert "<img" not in html


@given(names.filter(bool))
def test_markdown_has_its_blocks(name: str) -> None:
    """A name anywhere in a report changes no heading, table or list of it."""
    expected = re.findall(
        r"</?(?:h\d|table|tr|td|th|li|ul|ol|pre|blockquote)\b", markup(render(report("ann"), "md"))
    )
    html = markup(render(report(name), "md"))
    found = re.findall(r"</?(?:h\d|table|tr|td|th|li|ul|ol|pre|blockquote)\b", html)
    assert found == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ralph", "ralph"),
        ("siddharthvipul1", "siddharthvipul1"),
        ("snake_case", "snake_case"),
        ("__other__", r"\_\_other\_\_"),
        ("user-0123456789abcdef", "`user-0123456789abcdef`"),
        ("@mattdm", "`@mattdm`"),
        ("a | b", "`a | b`"),
        ("`x`", "`` `x` ``"),
        ("", ""),
    ],
)
def test_markdown_names(name: str, expected: str) -> None:
    """Plain names stay plain, others are code."""
    assert markdown.name(name) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("ralph commented on kernel-6.1-1.fc43", "ralph commented on `kernel-6.1-1.fc43`"),
        ("2 more with 9.", "2 more with 9."),
        ("1. of them", "`1.` of them"),
        ("(see https://example.org/)", "(see `https://example.org/`)"),
        ("as with --names, at 12:30", "as with `--names`, at 12:30"),
        ("57.1% of 1,234", "57.1% of 1,234"),
    ],
)
def test_markdown_sentences(sentence: str, expected: str) -> None:
    """In a sentence, words that are not plain are code, without what is around them."""
    assert markdown.prose(sentence) == expected
