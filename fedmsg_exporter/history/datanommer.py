"""Rows of datanommer's table of messages, as CSV. Pure.

Columns are identified by the names in the header, since they have changed over
the years. Times without a zone are UTC, ``msg`` and ``headers`` are JSON texts.
The schemas: https://github.com/fedora-infra/datanommer (datanommer.models/alembic)
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..jsontext import loads
from ..message import Message, parse_time

NEEDED = ("msg_id", "topic", "timestamp", "msg")

#: What columns were called before 2021, and in a schema that was tried in 2024.
_FORMER = {"_msg": "msg", "msg_raw": "msg", "_headers": "headers"}

_NOTHING: Mapping[str, Any] = {}

# A body may be of any length; the default is 128 KiB.
csv.field_size_limit(sys.maxsize)


class Unreadable(NamedTuple):
    """A row that is not a message: where it begins, and why not."""

    line: int
    reason: str


#: The line on which a row begins, and what it is.
Row = tuple[int, Message | Unreadable]


class Incomplete(Exception):  # noqa: N818  it is an outcome, like NotRecorded
    """A file ends too early or lacks required parts, so it is unknown how much is missing."""


def is_header(line: str) -> bool:
    """Whether a line names the columns of a table of messages."""
    names = present(name.strip().strip('"') for name in line.split(","))
    return {"topic", "timestamp", "msg"} <= set(names)


def present(names: Iterable[str]) -> list[str]:
    """The names of columns, as they are called today."""
    return [_FORMER.get(name, name) for name in names]


def messages(lines: Iterable[str]) -> Iterator[Row]:
    """The rows of a table with its header, each with its line. Raises Incomplete."""
    reader = csv.reader(lines, strict=True)
    try:
        columns = columns_of(next(reader, []))
        yield from _rows(reader, columns)
    except csv.Error as error:
        # In strict mode, an end within quotes is the only error that can occur
        # in what PostgreSQL writes.
        raise Incomplete(f"line {reader.line_num}: {error}") from error


class Columns(NamedTuple):
    """Where in a row things are; ``headers`` may be missing."""

    number: int
    id: int
    topic: int
    timestamp: int
    body: int
    headers: int | None


def columns_of(named: Iterable[str], table: str = "line 1: the header") -> Columns:
    """The columns by their names, in any schema. Raises Incomplete, which names the table."""
    names = present(named)
    if missing := [name for name in NEEDED if name not in names]:
        raise Incomplete(f"{table} has no column {', '.join(missing)}")
    headers = names.index("headers") if "headers" in names else None
    msg_id, topic, timestamp, body = map(names.index, NEEDED)
    return Columns(len(names), msg_id, topic, timestamp, body, headers)


def message(row: Sequence[str], columns: Columns, line: int) -> Message | Unreadable:
    """A row as a message. The time it was sent is that of the column, as exports are cut by it."""
    if len(row) != columns.number:
        return Unreadable(line, f"has {len(row)} columns, the header has {columns.number}")
    sent_at = parse_time(row[columns.timestamp])
    if sent_at is None:
        return Unreadable(line, f"{row[columns.timestamp]!r} is not a valid time")
    body, unreadable = _object(row[columns.body])
    headers = _object(row[columns.headers])[0] if columns.headers is not None else _NOTHING
    topic = row[columns.topic]
    unreadable = unreadable if topic else "topic"
    return Message(topic, row[columns.id], headers, body, sent_at, unreadable)


def _rows(reader: Any, columns: Columns) -> Iterator[Row]:
    line = reader.line_num + 1
    for row in reader:
        if row:
            yield line, message(row, columns, line)
        line = reader.line_num + 1


def _object(text: str) -> tuple[Mapping[str, Any], str | None]:
    """A JSON object, and why it cannot be read; null is an empty one, as on the bus."""
    if not text:
        return _NOTHING, None
    try:
        found = loads(text)
    except RecursionError:
        return _NOTHING, "depth"
    except ValueError:
        return _NOTHING, "json"
    if isinstance(found, dict):
        return found, None
    return _NOTHING, None if found is None else "object"
