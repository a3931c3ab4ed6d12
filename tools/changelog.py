"""The releases in CHANGELOG.md, checked against the version and the git tags.

``python -m tools.changelog VERSION`` prints the notes of one release; the workflow
publishes them. It refuses a version that the changelog does not have.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"
UNRELEASED = "Unreleased"

_HEADING = re.compile(r"^## \[(?P<name>[^]]+)\](?: - (?P<date>.+))?$", re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Release(NamedTuple):
    """A section of the changelog."""

    version: str
    date: str | None
    notes: str


def releases(text: str) -> list[Release]:
    """Return the sections in the order of the file, the unreleased one included."""
    found = list(_HEADING.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    return [
        Release(one["name"], one["date"], text[one.end() : end].strip())
        for one, end in zip(found, ends, strict=True)
    ]


def errors(text: str, version: str, tags: Iterable[str] = ()) -> Iterator[str]:
    """Return what is wrong with a changelog for this version, in a repository with these tags."""
    sections = releases(text)
    if not sections or sections[0].version != UNRELEASED:
        yield f"the first section must be [{UNRELEASED}]"
    named = [one for one in sections if one.version != UNRELEASED]
    released = [one for one in named if _is_version(one.version)]
    for one in named:
        if one not in released:
            yield f"[{one.version}] is not a valid version"
    yield from _undated(released)
    yield from _unsorted(released)
    names = {one.version for one in released}
    for tag in sorted(set(tags) - {f"v{name}" for name in names}):
        yield f"tag {tag} has no section [{tag.removeprefix('v')}]"
    if _is_release(version) and [version] != [one.version for one in released[:1]]:
        yield f"version {version} must be the newest section"


def _undated(released: Iterable[Release]) -> Iterator[str]:
    for one in released:
        if not _DATE.fullmatch(one.date or ""):
            yield f"[{one.version}] needs a date, as in ## [{one.version}] - 2026-01-31"


def _unsorted(released: Iterable[Release]) -> Iterator[str]:
    for newer, older in pairwise(released):
        if Version(newer.version) <= Version(older.version):
            yield f"[{newer.version}] must come after [{older.version}]"


def _is_version(name: str) -> bool:
    try:
        Version(name)
    except InvalidVersion:
        return False
    return True


def _is_release(version: str) -> bool:
    """Between two tags a version is a development release or has a local part."""
    return not Version(version).is_devrelease and Version(version).local is None


def main(version: str) -> None:
    """Print the notes of a release."""
    for one in releases(CHANGELOG.read_text("utf-8")):
        if one.version == version:
            print(one.notes)
            return
    sys.exit(f"{CHANGELOG.name} has no section [{version}]: rename [{UNRELEASED}] first")


if __name__ == "__main__":
    main(*sys.argv[1:])
