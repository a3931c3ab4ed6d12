"""Recorded messages, in every form that Fedora's tools write them.

JSON lines (``fedora-messaging record``), one JSON array (``datanommer-dump``),
and pages of datagrepper (``raw_messages`` within an object), of either of its
shapes; plain, gzip or xz; ``-`` is standard input. What is damaged is told with
file and line, and skipped.
"""

import gzip
import json
import lzma
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from ..message import Message, from_record

STDIN = "-"
_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\x00"


class Damage(NamedTuple):
    """A place in a recording that could not be read."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        """Render as ``file:line: reason``, the form that editors follow."""
        return f"{self.file}:{self.line}: {self.reason}"


def read(name: str) -> Iterator[Message | Damage]:
    """Read a recording by path, or standard input. Raises OSError if it cannot be opened."""
    shown = "standard input" if name == STDIN else name
    with _opened(name) as raw, _decompressed(raw) as stream:
        for line, found in _documents(shown, stream):
            if isinstance(found, Damage):
                yield found
            else:
                yield from _messages(shown, line, found)


def _opened(name: str) -> AbstractContextManager[BinaryIO]:
    if name == STDIN:
        return nullcontext(sys.stdin.buffer)
    return cast(AbstractContextManager[BinaryIO], Path(name).open("rb"))


def _decompressed(raw: BinaryIO) -> AbstractContextManager[BinaryIO]:
    """Tell the compression by the first bytes, as names may say nothing."""
    peekable = raw if isinstance(raw, BufferedReader) else BufferedReader(cast(Any, raw))
    start = peekable.peek(len(_XZ))
    if start.startswith(_GZIP):
        return cast(AbstractContextManager[BinaryIO], gzip.open(peekable))
    if start.startswith(_XZ):
        return cast(AbstractContextManager[BinaryIO], lzma.open(peekable))
    return nullcontext(cast(BinaryIO, peekable))


def _documents(file: str, stream: BinaryIO) -> Iterator[tuple[int, Any]]:
    """Each JSON document and the line it starts on; Damage where there is none.

    A document is a line, or lines that begin with a lone ``{`` and end with a
    ``}`` as far indented. The brackets and commas of an array that has its
    elements on lines of their own belong to none.
    """
    printed: list[str] = []
    start = 1
    for number, line in _lines(file, stream):
        if isinstance(line, Damage):
            yield number, line
        elif printed:
            printed.append(line)
            if _closes(printed[0], line):
                yield start, _parsed(file, start, "".join(printed))
                printed = []
        elif line.strip() == "{":
            printed, start = [line], number
        elif line.strip() not in ("", "[", "]", ","):
            yield number, _parsed(file, number, line)
    if printed:
        yield start, Damage(file, start, "the object that begins here does not end")


def _lines(file: str, stream: BinaryIO) -> Iterator[tuple[int, str | Damage]]:
    """Lines of text with their numbers; Damage for one that is no UTF-8."""
    number = 0
    try:
        for number, line in enumerate(stream, 1):
            try:
                yield number, line.decode("utf-8")
            except UnicodeDecodeError:
                yield number, Damage(file, number, "is not UTF-8 text")
    except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        yield number + 1, Damage(file, number + 1, f"cannot be read any further: {error}")


def _closes(first: str, line: str) -> bool:
    indent = first[: len(first) - len(first.lstrip())]
    return line.startswith(indent + "}")


def _parsed(file: str, line: int, text: str) -> Any:
    """The JSON document in a text, be it an element of an array or a whole one."""
    try:
        return json.loads(text)
    except RecursionError:
        return Damage(file, line, "is nested too deeply")
    except ValueError as error:
        element = text.strip().lstrip("[,").rstrip(",] \t")
        if element != text.strip():
            try:
                return json.loads(element)
            except (ValueError, RecursionError):
                pass
        return Damage(file, line, f"is not JSON: {error}")


def _messages(file: str, line: int, found: Any) -> Iterator[Message | Damage]:
    if isinstance(found, Mapping) and isinstance(found.get("raw_messages"), list):
        found = found["raw_messages"]
    records: Iterable[Any] = found if isinstance(found, list) else [found]
    for record in records:
        if isinstance(record, Mapping) and "topic" in record:
            yield from_record(record)
        else:
            yield Damage(file, line, "is JSON, but no message: it has no topic")
