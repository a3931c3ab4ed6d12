"""The forms in which the past is available, recognised by content, not by name.

datanommer's daily exports (a tar with a ``…-messages.csv.xz``), such a CSV by
itself, a plain SQL dump, and every recording that `count` reads; each plain or
compressed.
"""

import gzip
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from ..message import Message
from ..sources import formats, recording
from ..sources.recording import Damage
from ..statistics.calendar import day, start_of
from ..statistics.coverage import Span
from . import datanommer, dump
from .datanommer import Incomplete, Unreadable, is_header

_TAR = slice(257, 262), b"ustar"
_HEAD = 1024
#: A file's name in a daily export.
_DAILY = re.compile(r"(?:.*/)?([0-9]{4}-[0-9]{2}-[0-9]{2})-messages\.csv(?:\.\w+)?")

# A missing file is an OSError as well, but it is not a truncated one.
_CUT: tuple[type[Exception], ...] = (
    *(error for error in formats.ERRORS if error is not OSError),
    gzip.BadGzipFile,
    tarfile.TarError,
)


_INCOMPLETE: tuple[type[Exception], ...] = (Incomplete, *_CUT)

#: Reads a table line by line.
Rows = Callable[[Iterable[str]], Iterator[Message | Unreadable]]


class Found(NamedTuple):
    """What a file holds: the day that it says it covers, where it does, and its messages."""

    span: Span | None
    messages: Iterator[Message | Damage]


def read(name: str) -> Found:
    """Open a file. Reading it raises Incomplete if the rest is missing. Raises OSError."""
    if name == recording.STDIN:
        return Found(None, recording.read(name))
    head = _head(name)
    if head[_TAR[0]] == _TAR[1]:
        return Found(_day(name), _of_tar(name))
    line, _, _ = head.decode("utf-8", "replace").lstrip("\ufeff").partition("\n")
    if is_header(line.strip()):
        return Found(_day(name), _of_table(name, Path(name).open("rb"), datanommer.messages))
    if dump.is_dump(head.decode("utf-8", "replace")):
        return Found(None, _of_table(name, Path(name).open("rb"), dump.messages))
    return Found(None, recording.read(name))


def _head(name: str) -> bytes:
    """The first decompressed bytes; fewer if the file is damaged."""
    try:
        with Path(name).open("rb") as raw, formats.decompressed(raw) as plain:
            return plain.read(_HEAD)
    except _CUT:
        return b""


def _day(name: str) -> Span | None:
    """The day that a daily export is of, by its name."""
    found = re.match(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])", Path(name).name)
    return _span(found[1]) if found else None


def _span(date: str) -> Span | None:
    try:
        number = day(date)
    except ValueError:
        return None
    return Span(start_of(number), start_of(number + 1))


def _of_tar(name: str) -> Iterator[Message | Damage]:
    """The messages of a tar, which is never unpacked to disk."""
    found = False
    try:
        with tarfile.open(name) as tar:
            for member in tar:
                if member.isfile() and _DAILY.fullmatch(member.name):
                    found = True
                    inner = cast(BinaryIO, tar.extractfile(member))
                    yield from _of_table(f"{name}:{member.name}", inner, datanommer.messages)
    except _CUT as error:
        raise Incomplete(f"{name}: {error or 'the file ends too early'}") from error
    if not found:
        raise Incomplete(f"{name}: a tar without a …-messages.csv")


def _of_table(name: str, raw: BinaryIO, rows: Rows) -> Iterator[Message | Damage]:
    try:
        with (
            raw,
            formats.decompressed(raw) as plain,
            TextIOWrapper(plain, "utf-8", "replace", newline="") as text,
        ):
            for one in rows(text):
                yield Damage(name, *one) if isinstance(one, Unreadable) else one
    except _INCOMPLETE as error:
        raise Incomplete(f"{name}: {error or 'the file ends too early'}") from error
