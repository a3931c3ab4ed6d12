"""The pages of the documentation, taken apart: links, headings, fenced examples."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Fence(NamedTuple):
    """A fenced example; ``place`` is for messages."""

    place: str
    text: str


def fences(language: str, first: str = "") -> list[Fence]:
    """All examples in a language that begin with a line, such as ``# config.yml``."""
    return [
        Fence(
            f"{path.relative_to(ROOT)}:{found.string.count(chr(10), 0, found.start()) + 1}",
            found[2],
        )
        for path in PAGES
        for found in _FENCE.finditer(path.read_text("utf-8"))
        if found[1] == language and found[2].startswith(first)
    ]


def links() -> Iterator[tuple[Path, str]]:
    """Every link to something in the repository, with the page that has it."""
    for path in PAGES:
        for target in _LINK.findall(_FENCE.sub("", path.read_text("utf-8"))):
            if not re.match(r"[a-z]+:", target):
                yield path, target


def anchors(path: Path) -> set[str]:
    """What a link may name after ``#`` in a page, by GitHub's rule."""
    headings = _HEADING.findall(_FENCE.sub("", path.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
