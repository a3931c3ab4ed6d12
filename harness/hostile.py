"""Messages that nobody should send, by what is wrong with them, as bytes for `wire.Wire`."""

import json
import struct
from collections.abc import Callable, Iterator
from itertools import count, cycle
from typing import NamedTuple

from .wire import Raw, field, long, table

TOPIC = b"org.fedoraproject.prod.bodhi.update.comment"
_BODY = json.dumps({"comment": {"user": {"name": "ralph"}}, "agent": "ralph"}).encode()
_SENT = field(b"sent-at", b"S" + long(b"2026-03-01T12:00:00+00:00"))


class Fault(NamedTuple):
    """A kind of bad message: the reason under which it is rejected, and a way to make one.

    A message without a reason counts as any other.
    """

    name: str
    reason: str | None
    message: Raw


def good() -> Raw:
    """A valid message."""
    return Raw(TOPIC, _BODY, _SENT)


def numbered(make: Callable[[], Raw], numbers: Iterator[int]) -> Raw:
    """A message with a unique id."""
    return make()._replace(message_id=b"raw-%d" % next(numbers))


def _nested(depth: int) -> bytes:
    inner = table()
    for _ in range(depth):
        inner = table(field(b"a", inner))
    return inner


def _arrays(depth: int) -> bytes:
    inner = b"V"
    for _ in range(depth):
        inner = b"A" + long(inner)
    return inner


def _headers(name: str, value: bytes, reason: str | None = "headers", key: bytes = b"x") -> Fault:
    return Fault(name, reason, good()._replace(table=_SENT + field(key, value)))


HEADERS = (
    _headers("timestamp in milliseconds", b"T" + struct.pack(">Q", 1_772_000_000_000)),
    _headers("largest timestamp", b"T" + b"\xff" * 8),
    _headers("table nested 600 deep", _nested(600)),
    _headers("array nested 2000 deep", _arrays(2000)),
    _headers("timestamp in an array", b"A" + long(table(field(b"t", b"T" + b"\x7f" * 8)))),
    _headers("table nested 100 deep", _nested(100), None),
    _headers("bytes that are no text", b"S" + long(b"\xff\xfe"), None),
    _headers("key that is no text", b"V", None, key=b"\xff\xfe"),
    _headers("decimal with 255 places", b"D\xff\x7f\xff\xff\xff", None),
)

BODIES = tuple(
    Fault(name, reason, good()._replace(body=body, encoding=encoding))
    for name, reason, body, encoding in (
        ("empty", "json", b"", b"utf-8"),
        ("cut off", "json", _BODY[:-3], b"utf-8"),
        ("HTML", "json", b"<html>", b"utf-8"),
        ("a number with 5000 digits", "json", b'{"a": 1' + b"0" * 5000 + b"}", b"utf-8"),
        ("an array", "object", b"[]", b"utf-8"),
        ("a number", "object", b"17", b"utf-8"),
        ("nested 10,000 deep", "depth", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b"utf-8"),
        ("no UTF-8", "encoding", b"\xff\xfe{}", b"utf-8"),
        ("an unknown encoding", "encoding", b"{}", b"no-such-encoding"),
        ("an encoding that is no text", "encoding", b"{}", b"\xff\xfe"),
        ("null", None, b"null", b"utf-8"),
    )
)

TOPICS = tuple(
    Fault(name, reason, good()._replace(topic=topic))
    for name, reason, topic in (
        ("empty", "topic", b""),
        ("no UTF-8", "topic", b"org.fedoraproject.prod.\xff\xfe"),
        ("255 dots", None, b"." * 255),
        ("quotes and line feeds", None, b'org.fedoraproject.prod.a"b\n.c\\'),
        ("another environment", "environment", b"org.fedoraproject.stg.bodhi.update.comment"),
    )
)


def mixed(number: int) -> Iterator[tuple[str | None, Raw]]:
    """A number of messages with the reason of each: one in ten of each of the three kinds."""
    kinds = [cycle(HEADERS), cycle(BODIES), cycle(TOPICS)]
    ids = count()
    for at in range(number):
        if at % 10 < len(kinds):
            bad = next(kinds[at % 10])
            message = bad.message
            yield bad.reason, numbered(lambda message=message: message, ids)  # type: ignore[misc]
        else:
            yield None, numbered(good, ids)
