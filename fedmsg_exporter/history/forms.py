"""The forms in which the past is available, recognised by content, not by name.

datanommer's daily exports (a tar with a ``…-messages.csv.xz``), such a CSV by
itself, a plain SQL dump, and every recording that `count` reads; each plain or
compressed, from a file or from standard input.
"""

import gzip
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..sources import formats, recording
from ..sources.recording import Damage
from ..statistics.calendar import day, start_of
from ..statistics.coverage import Span, covering
from . import datanommer, dump
from .datanommer import Incomplete, Row, Unreadable, is_header
from .units import Placed

#: The form of a file that cannot be imported, see `recognise`.
UNKNOWN = ""

_TAR = slice(257, 262), b"ustar"
_HEAD = 1024
_BUFFER = 1 << 18
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
_Rows = Callable[[Iterable[str]], Iterator[Row]]
_TABLES: dict[str, _Rows] = {"CSV": datanommer.messages, "SQL dump": dump.messages}


@dataclass(slots=True)
class Found:
    """What a file holds."""

    #: As `recognise` names it.
    form: str
    #: The time that the file says it covers, None if it does not say; final once all is read.
    span: Span | None
    messages: Iterator[Placed]
    #: How many bytes of the file have been read.
    position: Callable[[], int]


@contextmanager
def opened(name: str) -> Iterator[Found]:
    """Open a file. Reading it raises Incomplete if the rest is missing. Raises OSError."""
    with recording.opened(name) as raw, formats.decompressed(raw) as plain:
        head = _head(name, plain)
        stream = _from_here(plain, head)
        form = recognise(head)
        found = Found(form, _span_of(name, form, head), iter(()), lambda: _position(raw))
        found.messages = _messages(recording.shown(name), stream, found)
        if found.form == UNKNOWN and (reason := foreign(head)):
            damage = Damage(recording.shown(name), 1, reason, whole=True)
            found.messages = iter([(damage.file, damage.line, damage)])
        yield found


def recognise(head: bytes) -> str:
    """The form of a file, by how it begins once decompressed; `UNKNOWN` if it is none of them."""
    if head[_TAR[0]] == _TAR[1]:
        return "tar"
    text = head.decode("utf-8", "replace").lstrip("\ufeff")
    if is_header(text.partition("\n")[0].strip()):
        return "CSV"
    if dump.is_dump(text):
        return "SQL dump"
    return "recording" if text.lstrip()[:1] in ("{", "[") else UNKNOWN


def why_skipped(name: str) -> str | None:
    """Why a file cannot be imported, None if perhaps it can. Raises OSError."""
    try:
        with recording.opened(name) as raw, formats.decompressed(raw) as plain:
            head = _head(name, plain)
    except Incomplete:
        return None
    if recognise(head) != UNKNOWN or _day(name):
        return None
    return foreign(head) or "is not a form of messages that can be imported"


def foreign(head: bytes) -> str | None:
    """What a file is that cannot be read, and what to do; None if that is not known."""
    if head.startswith(b"PGDMP"):
        return (
            "is a PostgreSQL dump in the custom format; `pg_restore -f - FILE | fedmsg-exporter "
            "history import -` reads it"
        )
    return formats.foreign(head)


class _Rewound(RawIOBase):
    """A stream from its beginning again, after its head was read."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = cast(Any, rest)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._head[: len(buffer)] or self._rest.read1(len(buffer))
        self._head = self._head[len(part) :]
        buffer[: len(part)] = part
        return len(part)


def _from_here(rest: BinaryIO, head: bytes = b"") -> BinaryIO:
    return BufferedReader(_Rewound(head, rest), _BUFFER)


def _head(name: str, plain: BinaryIO) -> bytes:
    """The first bytes. Raises Incomplete."""
    try:
        return plain.read(_HEAD)
    except _CUT as error:
        raise _incomplete(recording.shown(name), error) from error


def _position(raw: BinaryIO) -> int:
    try:
        return raw.tell()
    except (OSError, ValueError):  # a pipe, or closed at the end
        return 0


def _messages(name: str, stream: BinaryIO, found: Found) -> Iterator[Placed]:
    if found.form == "tar":
        return _of_tar(name, stream, found)
    if rows := _TABLES.get(found.form):
        return _of_table(name, stream, rows)
    return ((name, line, one) for line, one in recording.messages(name, stream))


def _span_of(name: str, form: str, head: bytes) -> Span | None:
    """The day that a file says it covers. Raises Incomplete if it is not what its name says.

    A download that failed leaves an empty file, or a page that says why.
    """
    day = _day(name)
    if day and form == UNKNOWN:
        why = foreign(head) or ("is not what its name says" if head else "is empty")
        raise Incomplete(f"{recording.shown(name)}: {why}")
    return day if form in ("tar", "CSV") else None


def _day(name: str) -> Span | None:
    """The day of a daily export, by its name."""
    found = re.match(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])", Path(name).name)
    return _span(found[1]) if found else None


def _span(date: str) -> Span | None:
    try:
        number = day(date)
    except ValueError:
        return None
    return Span(start_of(number), start_of(number + 1))


def _of_tar(name: str, stream: BinaryIO, found: Found) -> Iterator[Placed]:
    """The messages of a tar, which is never unpacked to disk."""
    spans = []
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                if member.isfile() and (daily := _DAILY.fullmatch(member.name)):
                    spans.append(_span(daily[1]))
                    # tarfile's own file does not know that the stream cannot be sought.
                    inner = _from_here(cast(BinaryIO, tar.extractfile(member)))
                    with formats.decompressed(inner) as plain:
                        yield from _of_table(f"{name}:{member.name}", plain, datanommer.messages)
    except _CUT as error:
        raise _incomplete(name, error) from error
    if not spans:
        raise Incomplete(f"{name}: a tar without a …-messages.csv")
    found.span = found.span or _joined(spans)


def _joined(spans: list[Span | None]) -> Span | None:
    """The span of adjoining days, None if a day between them is missing."""
    joined = covering(filter(None, spans)).spans
    return joined[0] if len(joined) == 1 else None


def _of_table(name: str, stream: BinaryIO, rows: _Rows) -> Iterator[Placed]:
    try:
        with TextIOWrapper(stream, "utf-8", "replace", newline="") as text:
            for line, one in rows(text):
                yield name, line, Damage(name, *one) if isinstance(one, Unreadable) else one
    except _INCOMPLETE as error:
        raise _incomplete(name, error) from error


def _incomplete(name: str, error: Exception) -> Incomplete:
    return Incomplete(f"{name}: {error or 'the file ends too early'}")
