"""Markdown that Discourse, Forgejo and GitHub render: headings, pipe tables, lists. Pure.

No HTML. Text from the bus never becomes markup, an emoji, a link or a mention: a
backslash does not keep GitHub from notifying whoever follows an ``@``, but code does
with all three, so names and words that are not plain are set as code.
"""

import re
from collections.abc import Iterable, Iterator

from ..model import Mark, Report, Section, Unit
from . import about
from .grid import Grid, Head, Kind, Line, Pair, facts, grid_of, pairs, remarks
from .values import period_title, shown, visible

#: A word that means itself to every renderer, but for `_ESCAPED`: letters and digits
#: with usual signs inside, in brackets or quotes, with punctuation behind. It has no ``@``,
#: ``#``, ``/`` or ``:`` inside, which would mention, refer, link or show an emoji.
_PLAIN = re.compile(r"[(“]*[+-]?\w+(?:[.,'+=%\u2013\u00d7&*_-]+\w+)*%?[)”]*[.,;:!?)”]*")
#: Signs that are words of their own.
_SIGNS = frozenset({"\u2013", "—", "·", "=", "≥", "≤", "&", "%", "+", "-"})
_TIME = re.compile(r"\d\d:\d\d(?::\d\d)?[.,;)]*")
_ESCAPED = re.compile(r"([\\`*{}\[\]<>#~!&$^]|(?<![^\W_])_|_(?![^\W_]))")
#: What renderers link without being asked: addresses, issues and commits of GitHub's.
_LINKED = re.compile(r"www\.|\w\.\w*[^\W\d_]{2}|\bgh-\d|\b[0-9a-f]{7,40}\b", re.IGNORECASE)
#: What begins a list at the beginning of a line.
_LISTED = re.compile(r"[-+]|\d+[.)]")
#: What goes around a word, and stays outside when it is set as code.
_AROUND = re.compile(r"([(“]*)(.*?)([.,;:!?)”]*)")


def render(report: Report) -> str:
    """A report in Markdown; it ends with a line feed."""
    blocks = [f"# {prose(report.title)}", _list(about.top(report.basis))]
    for section in report.sections:
        blocks.extend(_section(section))
    blocks.extend(["## About these numbers", _list(about.bottom(report.basis))])
    return "\n\n".join(blocks) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"## {prose(section.title)}"
    if not section.rows:
        yield prose(section.empty or "nothing")
    elif facts(section):
        yield "\n".join(map(_pair, pairs(section)))
    else:
        yield "\n".join(_table(grid_of(section)))
    for note in remarks(section):
        yield prose(note)


def _pair(pair: Pair) -> str:
    return f"- **{prose(pair.head)}**: {prose(pair.text) if pair.is_text else pair.text}"


def _list(lines: Iterable[about.Line]) -> str:
    return "\n".join(f"- **{line.head}**: {prose(line.text)}" for line in lines)


def _table(grid: Grid) -> Iterator[str]:
    yield table_line([*(prose(key.title) for key in grid.keys), *map(_head, grid.heads)])
    aligned = ("---" if head.unit is Unit.TEXT else "---:" for head in grid.heads)
    yield table_line([*("---" for _ in grid.keys), *aligned])
    for line in grid.lines:
        yield table_line(_line(grid, line))


def table_line(cells: Iterable[str]) -> str:
    """A line of a table, of cells that are Markdown already."""
    # A pipe ends a cell, even in code; outside a table its backslash would be seen.
    escaped = (cell.replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _head(head: Head) -> str:
    title = period_title(head.title) if head.is_period else head.title
    return _marked(prose(title), head.marks)


def _line(grid: Grid, line: Line) -> Iterator[str]:
    for number, key in enumerate(grid.keys):
        text = line.keys[number]
        cell = text if key.kind is Kind.PERIOD else name(text)
        yield _marked(cell, line.marks if number == 0 else ())
    for head, value, present in zip(grid.heads, line.values, line.present, strict=True):
        yield _cell(shown(value, head.unit), head.unit) if present else ""


def _cell(text: str, unit: Unit) -> str:
    return prose(text) if unit is Unit.TEXT else text


def _marked(text: str, marks: tuple[Mark, ...]) -> str:
    return ", ".join([text, *(mark.value for mark in marks)])


def name(text: str) -> str:
    """Somebody else's word: as it is if it is plain, else as code."""
    words = visible(text).split(" ")
    if all(word and _is_plain(word) for word in words):
        return " ".join(map(_backslashed, words))
    return _code(visible(text))


def prose(text: str) -> str:
    """A sentence, in which the words that are not plain are set as code."""
    first, *rest = visible(text).split() or [""]
    # Not str.join over all: what begins a list does so only at the beginning.
    begin = _code(first) if _LISTED.fullmatch(first) else _word(first)
    return " ".join([begin, *map(_word, rest)])


def _word(word: str) -> str:
    if _is_plain(word):
        return _backslashed(word)
    before, inner, behind = _AROUND.fullmatch(word).groups()  # type: ignore[union-attr]
    return f"{before}{_code(inner)}{behind}"


def _is_plain(word: str) -> bool:
    if word in _SIGNS or not word or _TIME.fullmatch(word):
        return True
    return bool(_PLAIN.fullmatch(word)) and not _LINKED.search(word)


def _backslashed(word: str) -> str:
    return _ESCAPED.sub(r"\\\1", word)


def _code(text: str) -> str:
    """A text as code, which may hold backticks."""
    if not text:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    # One blank on each side is taken off again, if there is anything else.
    around = " " if text.strip() and (longest or " " in (text[0], text[-1])) else ""
    return f"{fence}{around}{text}{around}{fence}"
