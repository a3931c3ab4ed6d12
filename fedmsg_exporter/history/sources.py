"""Finds what to import: the files behind names, folders, patterns and standard input."""

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..sources.recording import STDIN
from . import forms


class Skipped(NamedTuple):
    """A file in a folder that cannot be imported, and why."""

    source: str
    reason: str


class Missing(NamedTuple):
    """A name without any file behind it, and why."""

    source: str
    reason: str


def sources(names: Iterable[str]) -> Iterator[str | Skipped | Missing]:
    """The files to import, those of a folder and of a pattern in the order of their names.

    A file that is named is always tried; of a folder's files, those that look like
    something that can be imported.
    """
    for name in names:
        if name == STDIN or Path(name).is_file():
            yield name
        elif Path(name).is_dir():
            yield from _in_folder(Path(name))
        elif glob.has_magic(name):
            yield from _matching(name)
        else:
            # Whatever it is, opening it says why it cannot be read.
            yield name


def _matching(pattern: str) -> Iterator[str | Skipped | Missing]:
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207  it may be absolute
    if not found:
        yield Missing(pattern, "no file matches")
    for name in found:
        if Path(name).is_dir():
            yield from _in_folder(Path(name))
        else:
            yield name


def _in_folder(folder: Path) -> Iterator[str | Skipped | Missing]:
    found = sorted(one for one in folder.rglob("*") if one.is_file())
    if not found:
        yield Missing(str(folder), "the folder has no files in it")
    for path in found:
        yield _judged(str(path))


def _judged(name: str) -> str | Skipped:
    try:
        reason = forms.why_skipped(name)
    except OSError:
        return name
    return Skipped(name, reason) if reason else name
