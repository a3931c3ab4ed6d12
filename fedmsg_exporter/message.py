"""A message as it came over the bus or out of a file, before attribution.

Nothing that a publisher sends makes reading raise. A message that cannot be read keeps
its topic and id, and ``unreadable`` has the reason, so that it can be counted.
The wire format is fedora-messaging's:
https://fedora-messaging.readthedocs.io/en/stable/api/wire-format.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .jsontext import loads

#: Why a message could not be read: the closed set of ``Message.unreadable``.
UNREADABLE = {
    "encoding": "the body is not text in the encoding that the message states",
    "json": "the body is not JSON",
    "depth": "the body is nested too deeply",
    "object": "the body is JSON, but not an object",
    "headers": "the AMQP headers cannot be decoded",
    "frame": "reading it broke the connection to the broker several times",
    "bug": "a bug in the exporter; please report it with what the log says",
    "topic": "the topic is missing or is not text",
    "validation": "fedora-messaging's own consumer rejected it (`consume` only)",
}

#: No message was sent before 2012, when the bus began. A sender that claims otherwise
#: has a wrong clock.
EARLIEST = 1325376000.0

_NOTHING: Mapping[str, Any] = {}

# fedora-messaging only writes UTF-8. The set is closed because Python keeps every
# encoding name that was ever looked up in memory, including unknown ones.
_ENCODINGS = frozenset(
    {"utf-8", "utf8", "utf-16", "utf-32", "ascii", "us-ascii", "iso-8859-1", "latin-1", "latin1"}
)


class Message(NamedTuple):
    """One message as it was sent.

    ``topic`` is the AMQP routing key, ``id`` the AMQP message id ("" where the
    publisher set none), ``sent_at`` seconds since the epoch or None, ``unreadable``
    a key of `UNREADABLE` when the body could not be read (it is empty then),
    ``misdated`` whether it states a time that cannot be right.
    """

    topic: str
    id: str
    headers: Mapping[str, Any]
    body: Mapping[str, Any]
    sent_at: float | None = None
    unreadable: str | None = None
    misdated: bool = False


def from_wire(
    topic: str | bytes | None,
    message_id: str | bytes | None,
    headers: Mapping[Any, Any] | None,
    encoding: str | bytes | None,
    body: bytes,
) -> Message:
    """Read a delivery. Short strings may be bytes: pika does not decode what is not UTF-8."""
    content, unreadable = _read_body(body, _text(encoding) or "utf-8")
    return _delivered(topic, message_id, headers, content, unreadable)


def from_callback(
    topic: str | bytes | None,
    message_id: str | bytes | None,
    headers: Mapping[Any, Any] | None,
    body: object,
) -> Message:
    """Read a delivery whose body fedora-messaging has parsed; otherwise like `from_wire`."""
    return _delivered(topic, message_id, headers, *_as_object(body))


def _delivered(
    topic: str | bytes | None,
    message_id: str | bytes | None,
    headers: Mapping[Any, Any] | None,
    content: Mapping[str, Any],
    unreadable: str | None,
) -> Message:
    named = {_text(name): value for name, value in headers.items()} if headers else _NOTHING
    if not topic or not isinstance(topic, str):
        topic, unreadable = _text(topic), "topic"
    sent_at, misdated = sent_time(named.get("sent-at"))
    return Message(topic, _text(message_id), named, content, sent_at, unreadable, misdated)


def from_record(record: Mapping[str, Any]) -> Message:
    """Read one recorded message, in any of the shapes that Fedora's tools write.

    The shapes: ``fedora-messaging record`` and ``datanommer-dump`` (``topic,
    id, headers, body``), and datagrepper's ``/raw`` (``topic, msg_id,
    timestamp, msg``; ``headers`` may be null).
    """
    headers = record.get("headers")
    headers = headers if isinstance(headers, Mapping) else _NOTHING
    body, unreadable = _as_object(record["body"] if "body" in record else record.get("msg"))
    topic = record.get("topic")
    if not topic or not isinstance(topic, str):
        topic, unreadable = "", "topic"
    sent_at, misdated = sent_time(headers.get("sent-at"), record.get("timestamp"))
    message_id = _text(record.get("id")) or _text(record.get("msg_id"))
    return Message(topic, message_id, headers, body, sent_at, unreadable, misdated)


def sent_time(*stated: object) -> tuple[float | None, bool]:
    """When a message was sent, by the first usable value, and whether it is misdated.

    A message without any value is not misdated: it counts as sent when it arrived.
    """
    for value in stated:
        seconds = parse_time(value)
        if seconds is not None and seconds >= EARLIEST:
            return seconds, False
    return None, any(value is not None for value in stated)


def parse_time(value: object) -> float | None:
    """Seconds since the epoch, from a number or ISO 8601 text; None for anything else.

    Text without an offset is UTC, as datanommer reads it.
    """
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float):
            return _plausible(float(value))
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            return _plausible(moment.timestamp())
    except (ValueError, OverflowError):
        pass
    return None


def _plausible(seconds: float) -> float | None:
    """The time if a calendar can represent it: not NaN, not before 1970 or after 9999."""
    return seconds if 0 <= seconds < 253402300800 else None  # noqa: PLR2004


def _read_body(body: bytes, encoding: str) -> tuple[Mapping[str, Any], str | None]:
    if encoding.lower() not in _ENCODINGS:
        return _NOTHING, "encoding"
    try:
        text = body.decode(encoding)
    except UnicodeError:
        return _NOTHING, "encoding"
    try:
        content = loads(text)
    except RecursionError:
        return _NOTHING, "depth"
    except ValueError:
        return _NOTHING, "json"
    return _as_object(content)


def _as_object(content: object) -> tuple[Mapping[str, Any], str | None]:
    """Accept an object, and null for an empty one, as fedora-messaging does."""
    if isinstance(content, Mapping):
        return content, None
    return _NOTHING, None if content is None else "object"


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value if isinstance(value, str) else ""
