"""YAML files: the lines of their keys, and the wording of their problems."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.document import Document, DocumentError, Problem, check, dotted, parse, read

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title"],
    "properties": {
        "title": {"type": "string"},
        "mode": {"enum": ["fast", "slow", "off"]},
        "size": {"type": "integer", "minimum": 1, "description": "how many"},
        "wait": {"type": ["string", "integer"], "pattern": "^[0-9]+s$", "description": "seconds"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "inner": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"colour": {"type": ["string", "null"]}},
        },
    },
}


def told(text: str) -> list[str]:
    """What is wrong with a text by the schema, as a user reads it."""
    return list(map(str, check(parse(text, "t.yml"), SCHEMA)))


def refused(text: str, *, plain: bool = False) -> str:
    """The error for a text that cannot be used at all."""
    with pytest.raises(DocumentError) as caught:
        parse(text, "t.yml", plain=plain)
    return str(caught.value)


def test_lines_of_keys() -> None:
    """Each key and each item knows its line, whatever the style it is written in."""
    text = """\
# a comment
title: one
tags:
  - a
  - "b"

inner: {
  "colour": red
}
"""
    document = parse(text, "t.yml")
    assert document.data == {"title": "one", "tags": ["a", "b"], "inner": {"colour": "red"}}
    assert document.lines == {
        (): 2,
        ("title",): 2,
        ("tags",): 3,
        ("tags", 0): 4,
        ("tags", 1): 5,
        ("inner",): 7,
        ("inner", "colour"): 8,
    }


def test_line_of_a_missing_key_is_that_of_the_one_above() -> None:
    """A problem at a missing key points at the nearest key above it."""
    document = parse("\ninner:\n  colour: red", "t.yml")
    assert document.line(("inner", "colour", "depth")) == 3
    assert document.line(("inner", "shape")) == 2
    assert document.line(("elsewhere",)) == 2
    assert Document("given", {}, {}).line(("inner",)) is None


@pytest.mark.parametrize("text", ["", "\n# nothing yet\n", "---\n"])
def test_empty_document(text: str) -> None:
    """A file with nothing in it has no keys and no problems."""
    assert parse(text, "t.yml").data in ({}, None)


def test_json_is_read() -> None:
    """JSON is YAML, tabs and a byte order mark included."""
    document = parse('\ufeff{\n\t"title": "caf\\u00e9",\n\t"tags": []\n}\n', "t.json")
    assert document.data == {"title": "café", "tags": []}
    assert document.lines[("tags",)] == 3


def test_plain_keeps_text() -> None:
    """Read plainly, every scalar is just text."""
    text = "no: [on, 123, 1e3, 2026-01-31, ~, 0x10]"
    words = ["on", "123", "1e3", "2026-01-31", "~", "0x10"]
    assert parse(text, "t.yml", plain=True).data == {"no": words}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "title: a\ntilte: b",
            ["t.yml:2: tilte: unknown key; did you mean 'title'?"],
            id="misspelt-key",
        ),
        pytest.param(
            "title: a\nxyz: b",
            ["t.yml:2: xyz: unknown key; known: title, mode, size, wait, tags, inner"],
            id="unknown-key",
        ),
        pytest.param(
            "title: a\ninner:\n  color: b",
            ["t.yml:3: inner.color: unknown key; did you mean 'colour'?"],
            id="misspelt-inner-key",
        ),
        pytest.param(
            "title: a\nmode: fats",
            [
                "t.yml:2: mode: 'fats' is not allowed; allowed: fast, slow, off; "
                "did you mean 'fast'?"
            ],
            id="enum",
        ),
        pytest.param(
            "title: a\nmode: off",
            ["t.yml:2: mode: False is not allowed; allowed: fast, slow, off; write it in quotes"],
            id="enum-that-yaml-mistakes",
        ),
        pytest.param(
            "title: 1.10",
            ["t.yml:1: title: 1.1 must be text; write it in quotes"],
            id="text-that-yaml-mistakes",
        ),
        pytest.param(
            "title: a\ntags: b", ["t.yml:2: tags: 'b' must be a list"], id="text-for-a-list"
        ),
        pytest.param(
            "title: a\ntags:\n  - b\n  - [c]",
            ["t.yml:4: tags[1]: ['c'] must be text"],
            id="item",
        ),
        pytest.param(
            "title: a\ninner:",
            ["t.yml:2: inner: None must be a mapping of keys to values"],
            id="nothing-for-a-mapping",
        ),
        pytest.param(
            "title: a\nsize: many",
            ["t.yml:2: size: 'many' must be a whole number (how many)"],
            id="text-for-a-number",
        ),
        pytest.param(
            "title: a\nsize: 0",
            ["t.yml:2: size: 0 is less than the minimum of 1 (how many)"],
            id="too-small",
        ),
        pytest.param(
            "title: a\nwait: long",
            ["t.yml:2: wait: 'long' is not valid; expected seconds"],
            id="pattern",
        ),
        pytest.param(
            "title: a\nwait: 1.5",
            ["t.yml:2: wait: 1.5 must be text or a whole number (seconds)"],
            id="number-of-the-wrong-kind",
        ),
        pytest.param(
            "title: a\nsize: 1.0e+2",
            ["t.yml:2: size: 100.0 must be a whole number (how many); write 100"],
            id="whole-number-with-an-exponent",
        ),
        pytest.param(
            "title: a\nsize: .nan",
            ["t.yml:2: size: nan must be a whole number (how many)"],
            id="not-a-number",
        ),
        pytest.param(
            "title: a\nsize: .inf",
            ["t.yml:2: size: inf must be a whole number (how many)"],
            id="infinity",
        ),
        pytest.param(
            "title: a\nsize: true",
            ["t.yml:2: size: True must be a whole number (how many)"],
            id="boolean-for-a-number",
        ),
        pytest.param(
            "size: 1", ["t.yml:1: 'title' is a required property"], id="missing-at-the-top"
        ),
        pytest.param("- a", ["t.yml:1: ['a'] must be a mapping of keys to values"], id="list"),
        pytest.param("\n42", ["t.yml:2: 42 must be a mapping of keys to values"], id="scalar"),
        pytest.param(
            "title: a\nsize: none\nmode: quick\ncolour: b",
            [
                "t.yml:2: size: 'none' must be a whole number (how many)",
                "t.yml:3: mode: 'quick' is not allowed; allowed: fast, slow, off",
                "t.yml:4: colour: unknown key; known: title, mode, size, wait, tags, inner",
            ],
            id="several",
        ),
    ],
)
def test_schema_problems(text: str, said: list[str]) -> None:
    """Every problem names file, line and key, and says what is allowed."""
    assert told(text) == said


def test_a_huge_value_is_not_repeated() -> None:
    """A problem shows enough of a value to find it, not all of it."""
    (problem,) = told("title: a\nsize: " + "9" * 100_000 + "x")
    assert len(problem) < 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a: 1\nb:\n  c: 1\n  c: 2", "t.yml:4: b.c: duplicate key", id="twice"),
        pytest.param("a: [1\nb: 2", "t.yml:2: is not valid YAML: did not find", id="open-list"),
        pytest.param(
            "a: 1\nb: c: d", "t.yml:2: is not valid YAML: mapping values", id="two-colons"
        ),
        pytest.param("a: 1\n\tb: 2", "t.yml:2: is not valid YAML: ", id="tab"),
        pytest.param("a: 1\nb: \0", "t.yml:2: is not valid YAML: control characters", id="nul"),
        pytest.param("a: 1\n---\nb: 2", "t.yml:2: is not valid YAML: but found another", id="two"),
        pytest.param("a: 1\nb: 2026-02-30", "t.yml:2: is not valid YAML: day is out", id="date"),
        pytest.param("\nb: !!int x", "t.yml:2: is not valid YAML: invalid literal", id="int"),
        pytest.param("\na: !!python/name:os.system", "t.yml:2: is not valid YAML: ", id="tag"),
        pytest.param("a: 1\nb: *a", "t.yml:2: is not valid YAML: found undefined", id="no-anchor"),
        pytest.param("a: 1\nno: 2", "t.yml:2: no: this key is not text; write", id="key-no"),
        pytest.param("a: 1\n7: 2", "t.yml:2: 7: this key is not text; write", id="key-7"),
        pytest.param("a: 1\n? [b]\n: 2", "t.yml:2: ?: this key is not text; write", id="key-list"),
        pytest.param("b: 1\na: &a [*a]", "t.yml:2: a[0]: an alias (*) inside", id="alias-in-list"),
        pytest.param("a: &a\n  b: *a", "t.yml:2: a.b: an alias (*) inside", id="alias-in-mapping"),
        pytest.param("&a [*a]", "t.yml:1: [0]: an alias (*) inside", id="alias-at-the-top"),
    ],
)
def test_documents_that_cannot_be_used(text: str, said: str) -> None:
    """What never reaches a schema is also reported with its line, in one line."""
    message = refused(text)
    assert message.startswith(said)
    assert "\n" not in message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1:30", "YAML reads 1:30 in base 60, as 90; write 90, or quote it if it is text"),
        ("-1:30", "YAML reads -1:30 in base 60, as -90; write -90, or quote it if it is text"),
        ("1:00:00", "YAML reads 1:00:00 in base 60, as 3600; write 3600, or quote it"),
        ("1:30.5", "YAML reads 1:30.5 in base 60, as 90.5; write 90.5, or quote it"),
        ("0100", "YAML reads 0100 as octal, 64; write 100 or 64, or quote it if it is text"),
        ("-010", "YAML reads -010 as octal, -8; write -10 or -8, or quote it if it is text"),
        ("0_7", "YAML reads 0_7 as octal, 7; write 7, or quote it if it is text"),
    ],
)
@pytest.mark.parametrize(
    ("form", "key", "line"), [("a: {}", "a", 1), ("a:\n  - {}", "a[0]", 2), ("{{a: {}}}", "a", 1)]
)
def test_numbers_that_yaml_misreads(
    value: str, message: str, form: str, key: str, line: int
) -> None:
    """Base 60 and octal numbers are refused with the correct way to write them."""
    assert refused(form.format(value)).startswith(f"t.yml:{line}: {key}: {message}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-0", 0),
        ("10_000", 10_000),
        ("0x10", 16),
        ("1.0e+3", 1000.0),
        ("'1:30'", "1:30"),
        ('"0100"', "0100"),
        ("08", "08"),
        ("1:75", "1:75"),
        ("12:30:99", "12:30:99"),
    ],
)
def test_numbers_that_yaml_reads_as_meant(text: str, value: object) -> None:
    """Other numbers, and quoted ones, are what they look like."""
    assert parse(f"a: {text}", "t.yml").data == {"a": value}


TABS = "; indent with spaces, not with tabs"


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        ("a: 1\n\tb: 2", 2, TABS),
        ("a:\n\t- b", 2, TABS),
        ("\ta: b", 1, TABS),
        ("a:\n  - b\n\t- c", 3, TABS),
        ("a: [*-team]", 1, '; * starts an alias in YAML: write it in quotes, "*-team"'),
        ("a: [b, *-team, c]", 1, '; * starts an alias in YAML: write it in quotes, "*-team"'),
        ("a:\n  - *-team\n", 2, '; * starts an alias in YAML: write it in quotes, "*-team"'),
        ("a: *.team", 1, '; * starts an alias in YAML: write it in quotes, "*.team"'),
        ("a: [*]", 1, '; * starts an alias in YAML: write it in quotes, "*"'),
        ("a: *-a*\nb: c", 1, '; * starts an alias in YAML: write it in quotes, "*-a*"'),
        ("a: @x", 1, '; @ is reserved in YAML: write it in quotes, "@x"'),
        ("a: `x`", 1, '; ` is reserved in YAML: write it in quotes, "`x`"'),
        ("a: %x", 1, '; % starts a directive in YAML: write it in quotes, "%x"'),
        ("a: !team", 1, '; ! starts a tag in YAML: write it in quotes, "!team"'),
        ("a: >x", 1, '; > starts a block of text in YAML: write it in quotes, ">x"'),
        ("a: b: c", 1, "; text that contains a colon and a space needs quotes"),
    ],
)
def test_what_to_do_about_a_syntax_error(text: str, line: int, advice: str) -> None:
    """Errors on a tab, or a text that begins with a YAML indicator, say what to write instead."""
    message = refused(text)
    assert message.startswith(f"t.yml:{line}: is not valid YAML: ")
    assert message.endswith(advice)


def test_a_document_that_is_nested_too_deeply_is_reported() -> None:
    """Either libyaml gives up first, which knows the line, or Python, which does not."""
    message = refused("[" * 5000 + "]" * 5000)
    assert message.replace("t.yml:1:", "t.yml:") == "t.yml: is nested too deeply"


def test_keys_of_any_type_are_text_where_all_is_plain() -> None:
    """Read plainly, keys need no quotes; a list is still not a key."""
    assert parse("no: 1\n7: 2", "t.yml", plain=True).data == {"no": "1", "7": "2"}
    assert (
        refused("? [b]\n: 2", plain=True) == "t.yml:1: ?: this key is not text; write it in quotes"
    )


def test_aliases_of_aliases_cost_nothing() -> None:
    """Aliases that multiply their content are visited once, not nine to the ninth times."""
    names = "abcdefghij"
    levels = [f"{a}: &{a} [{', '.join([f'*{b}'] * 9)}]" for b, a in pairwise(names)]
    document = parse("\n".join(["a: &a [x]", *levels]), "t.yml")
    assert len(document.lines) < 1000
    assert document.line(("j", 5, 5, 5)) == 9


def test_alias_of_a_mapping() -> None:
    """An alias and a merge mean what YAML says they mean."""
    document = parse("a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n  y: 2", "t.yml")
    assert document.data == {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": 2}}
    assert document.line(("b", "x")) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"title: caf\xe9", "cannot be read: not UTF-8 text"),
    ],
)
def test_unreadable_file(tmp_path: Path, content: bytes | None, said: str) -> None:
    """An unreadable file is a problem like any other, with its name."""
    path = tmp_path / "t.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DocumentError) as caught:
        read(path)
    assert str(caught.value) == f"{path}: {said}"


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    """A folder is reported as such."""
    with pytest.raises(DocumentError, match="cannot be read: Is a directory"):
        read(tmp_path)


def test_name_that_no_file_can_have() -> None:
    """A NUL in a file's name is a problem, not a crash."""
    with pytest.raises(DocumentError, match="cannot be read"):
        read(Path("a\0b"))


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*?!|>'\"#,% \n\t\0\\0é~<=")), st.booleans())
def test_parsing_never_crashes(text: str, plain: bool) -> None:
    """Any text is a document or has one-line problems that say what is wrong."""
    try:
        problems = check(parse(text, "t.yml", plain=plain), SCHEMA)
    except DocumentError as error:
        problems = list(error.problems)
        assert problems
    assert all(problem.file == "t.yml" and problem.message for problem in problems)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ((), ""),
        (("groups", "track", 2), "groups.track[2]"),
        ((0, "a"), "[0].a"),
    ],
)
def test_dotted(key: tuple[str | int, ...], text: str) -> None:
    """Keys are written as people write them."""
    assert dotted(key) == text


def test_error_has_all_problems() -> None:
    """An error's text is all its problems, a line each, in the form that editors follow."""
    problems = [Problem("a.yml", 3, "x.y", "is wrong"), Problem("a.yml", None, "", "is odd")]
    assert str(DocumentError(problems)) == "a.yml:3: x.y: is wrong\na.yml: is odd"
