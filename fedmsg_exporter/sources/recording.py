"""Recorded messages, in every form that Fedora's tools write.

These are JSON lines (``fedora-messaging record``), one JSON array
(``datanommer-dump``), and datagrepper's pages (``raw_messages`` in an object) in
either of its shapes; plain or compressed with gzip, xz, bzip2 or zstd. ``-`` is
standard input. Damage is reported with file and line, and skipped.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from ..jsontext import loads
from ..message import Message, from_record
from . import formats

STDIN = "-"
_BOM = b"\xef\xbb\xbf"


class Damage(NamedTuple):
    """A place in a recording that cannot be read; ``whole`` if none of the file can."""

    file: str
    line: int
    reason: str
    whole: bool = False

    def __str__(self) -> str:
        """Render as ``file:line: reason``, the form that editors follow; line 0 is unknown."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.reason}"


def read(name: str) -> Iterator[Message | Damage]:
    """Read a recording by path, or standard input. Raises OSError if it cannot be opened."""
    with opened(name) as raw, formats.decompressed(raw) as stream:
        for _, one in messages(shown(name), stream):
            yield one


def messages(file: str, stream: BinaryIO) -> Iterator[tuple[int, Message | Damage]]:
    """Read each message and its line from an uncompressed stream.

    Damage is reported under the name ``file``.
    """
    for line, found in _documents(file, stream):
        if isinstance(found, Damage):
            yield line, found
        else:
            for one in _messages(file, line, found):
                yield line, one


def unreadable(name: str) -> str | None:
    """Why a file cannot be read at all, judging by its beginning; None if it may be readable.

    Consumes nothing from standard input.
    """
    try:
        if name == STDIN:
            opened(name)  # a pipe may be slow, so its content is judged when it is read
            return None
        with opened(name) as raw, formats.decompressed(raw) as stream:
            reason = formats.foreign(_peek(stream))
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    return f"{shown(name)}: {reason}" if reason else None


def _peek(stream: BinaryIO) -> bytes:
    try:
        return stream.read(formats.LONGEST)
    except formats.ERRORS:
        return b""  # damage, which is reported with its line


def shown(name: str) -> str:
    """The name of a file in messages."""
    return "standard input" if name == STDIN else name


def opened(name: str) -> formats.Stream:
    """A file or standard input, as bytes. Raises OSError."""
    if name != STDIN:
        return cast(formats.Stream, Path(name).open("rb"))
    if sys.stdin is None:  # closed by the parent process
        raise OSError("it is closed")
    return nullcontext(sys.stdin.buffer)


def _documents(file: str, stream: BinaryIO) -> Iterator[tuple[int, Any]]:
    """Each JSON document and the line it starts on; Damage where it is not readable.

    A document is a line, or lines that begin with a lone ``{`` and end with a ``}``
    at the same indentation. The brackets and commas of an array whose elements are on
    separate lines belong to no document.
    """
    printed: list[bytes] = []
    start = 1
    for number, line in _lines(file, stream):
        if printed and (isinstance(line, Damage) or _is_next(printed[0], line)):
            yield start, Damage(file, start, "the object that begins here does not end")
            printed = []
        if isinstance(line, Damage):
            yield number, line
        elif printed:
            printed.append(line)
            if line.startswith(_indent(printed[0]) + b"}"):
                yield start, _parsed(file, start, b"".join(printed))
                printed = []
        elif line.strip() == b"{":
            printed, start = [line], number
        elif line.strip() not in (b"", b"[", b"]", b","):
            yield number, _parsed(file, number, line)
    if printed:
        yield start, Damage(file, start, "the object that begins here does not end")


def _lines(file: str, stream: BinaryIO) -> Iterator[tuple[int, bytes | Damage]]:
    """The lines with their numbers, with Damage in place of those that cannot be read."""
    number = 0
    try:
        for number, line in enumerate(stream, 1):
            if number == 1 and (reason := formats.foreign(line)):
                yield number, Damage(file, number, reason, whole=True)
                return
            yield number, line.removeprefix(_BOM) if number == 1 else line
    except formats.ERRORS as error:
        yield number + 1, Damage(file, number + 1, f"cannot be read any further: {error}")


def _is_next(first: bytes, line: bytes) -> bool:
    """Whether a line begins a new object, rather than the one that begins with ``first``."""
    return line.lstrip().startswith(b"{") and len(_indent(line)) <= len(_indent(first))


def _indent(line: bytes) -> bytes:
    return line[: len(line) - len(line.lstrip())]


def _parsed(file: str, line: int, raw: bytes) -> Any:
    """The JSON document in some lines: a complete one, or elements of an array."""
    try:
        text = raw.decode("utf-8").rstrip()
    except UnicodeDecodeError as error:
        return Damage(file, line + raw.count(b"\n", 0, error.start), "is not UTF-8 text")
    try:
        return loads(text)
    except RecursionError:
        return Damage(file, line, "is nested too deeply")
    except ValueError as error:
        elements = text.lstrip("[, \t").rstrip(",] \t")
        if elements != text:
            try:
                return json.loads(f"[{elements}]")
            except (ValueError, RecursionError):
                pass
        return _not_json(file, line, error)


def _not_json(file: str, line: int, error: ValueError) -> Damage:
    if isinstance(error, json.JSONDecodeError):
        reason = f"is not JSON: {error.msg} (column {error.colno})"
        return Damage(file, line + error.lineno - 1, reason)
    return Damage(file, line, f"is not JSON: {error}")


def _messages(file: str, line: int, found: Any) -> Iterator[Message | Damage]:
    for one in found if isinstance(found, list) else [found]:
        page = one.get("raw_messages") if isinstance(one, Mapping) else None
        for record in page if isinstance(page, list) else [one]:
            if isinstance(record, Mapping) and "topic" in record:
                yield from_record(record)
            else:
                yield Damage(file, line, "is JSON, but not a message: it has no topic")
