"""Rows of datanommer's table of messages, as CSV. Pure.

Columns go by the names in the header, since they have changed over the years.
Times without a zone are UTC, ``msg`` and ``headers`` are JSON texts.
"""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..message import Message, from_record, parse_time

NEEDED = ("msg_id", "topic", "timestamp", "msg")

# A body may be of any length; the default is 128 KiB.
csv.field_size_limit(sys.maxsize)


class Unreadable(NamedTuple):
    """A row that is not a message: where it begins, and why."""

    line: int
    reason: str


class Incomplete(Exception):  # noqa: N818  it is an outcome, like NotRecorded
    """A file ends too early, or lacks what it should have: nobody knows how much is missing."""


def is_header(line: str) -> bool:
    """Whether a line names the columns of a table of messages."""
    return {"topic", "timestamp", "msg"} <= {name.strip().strip('"') for name in line.split(",")}


def messages(lines: Iterable[str]) -> Iterator[Message | Unreadable]:
    """The messages of a table with its header. Raises Incomplete."""
    reader = csv.reader(lines, strict=True)
    try:
        names = next(reader, [])
        if missing := [name for name in NEEDED if name not in names]:
            raise Incomplete(f"line 1: the header has no column {', '.join(missing)}")
        yield from _rows(reader, names)
    except csv.Error as error:
        # In strict mode the end within quotes is the one error that there can be
        # in what PostgreSQL writes.
        raise Incomplete(f"line {reader.line_num}: {error}") from error


def _rows(reader: Any, names: Sequence[str]) -> Iterator[Message | Unreadable]:
    line = reader.line_num + 1
    for row in reader:
        if len(row) == len(names):
            yield _message(dict(zip(names, row, strict=True)), line)
        elif row:
            yield Unreadable(line, f"has {len(row)} columns, the header has {len(names)}")
        line = reader.line_num + 1


def _message(row: Mapping[str, str], line: int) -> Message | Unreadable:
    # The time by which datanommer partitions, and exports day by day.
    sent_at = parse_time(row["timestamp"])
    if sent_at is None:
        return Unreadable(line, f"{row['timestamp']!r} is not a valid time")
    headers, _ = _json(row.get("headers", ""))
    body, unreadable = _json(row["msg"])
    record = {"topic": row["topic"], "msg_id": row["msg_id"], "headers": headers, "msg": body}
    message = from_record(record)._replace(sent_at=sent_at)
    return message._replace(body={}, unreadable=unreadable) if unreadable else message


def _json(text: str) -> tuple[Any, str | None]:
    """A JSON text, and why it cannot be read."""
    if not text:
        return None, None
    try:
        return json.loads(text), None
    except RecursionError:
        return None, "depth"
    except ValueError:
        return None, "json"
