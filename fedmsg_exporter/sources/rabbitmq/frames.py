"""Reads AMQP frames, including those whose content header pika cannot decode.

On a header table that it cannot decode, pika raises in the middle of the stream: the
connection breaks, the broker delivers the message again, and so on forever. Here,
such a message keeps its other properties and gets `Undecodable` headers.
"""

import struct
from collections.abc import Callable
from typing import Any, Final

from pika import data, frame, spec
from pika.exceptions import InvalidFrameError

_PREFIX: Final = struct.Struct(">BHL")
_CONTENT: Final = struct.Struct(">HHQ")
_SIZE: Final = struct.Struct(">I")
_FLAGS: Final = struct.Struct(">H")
_TIMESTAMP: Final = struct.Struct(">Q")


class Undecodable(dict[str, Any]):
    """Takes the place of headers that cannot be decoded: empty, with a ``reason``."""

    def __init__(self, reason: object) -> None:
        super().__init__()
        self.reason = str(reason)


def read(buffer: bytes) -> tuple[int, Any]:
    """Read a frame from the start of a buffer: its length, and the frame.

    (0, None) while it is incomplete. Raises what pika raises if the stream itself
    is damaged.
    """
    if buffer[0] != spec.FRAME_HEADER or len(buffer) < _PREFIX.size:
        return frame.decode_frame(buffer)  # type: ignore[no-any-return]
    _, channel, size = _PREFIX.unpack_from(buffer)
    end = _PREFIX.size + size + 1
    if end > len(buffer):
        return 0, None
    if buffer[end - 1] != spec.FRAME_END:
        raise InvalidFrameError("Invalid FRAME_END marker")
    content = buffer[_PREFIX.size : end - 1]
    _, _, body_size = _CONTENT.unpack_from(content)
    return end, frame.Header(channel, body_size, properties(content[_CONTENT.size :]))


def properties(encoded: bytes) -> spec.BasicProperties:
    """Decode as many of the properties of a message as possible."""
    decoded = spec.BasicProperties()
    try:
        _decode(encoded, decoded)
    except Exception as error:  # noqa: BLE001  no publisher may break the connection
        decoded.headers = Undecodable(repr(error))
    return decoded


def _decode(encoded: bytes, decoded: spec.BasicProperties) -> None:
    flags, at = _flags(encoded)
    bit = 1 << 15
    for name, read_value in _FIELDS:
        if flags & bit:
            value, at = read_value(encoded, at)
            setattr(decoded, name, value)
        bit >>= 1


def _flags(encoded: bytes) -> tuple[int, int]:
    """The first word of flags, ignoring any others, and where the properties begin."""
    (flags,) = _FLAGS.unpack_from(encoded)
    at, word = 2, flags
    while word & 1:
        (word,) = _FLAGS.unpack_from(encoded, at)
        at += 2
    return flags, at


def _table(encoded: bytes, at: int) -> tuple[dict[Any, Any], int]:
    """A table, or `Undecodable`; its size shows where the next property begins in any case."""
    (size,) = _SIZE.unpack_from(encoded, at)
    end = at + _SIZE.size + size
    if end > len(encoded):
        raise ValueError("the header table is longer than its frame")
    try:
        # Cut off at its end, so that nothing after the table is read as part of it.
        table, stop = data.decode_table(encoded[:end], at)
    except Exception as error:  # noqa: BLE001  no publisher may break the connection
        return Undecodable(repr(error)), end
    return (table if stop == end else Undecodable("its lengths contradict each other")), end


def _short(encoded: bytes, at: int) -> tuple[Any, int]:
    value, end = data.decode_short_string(encoded, at)
    if end > len(encoded):
        raise ValueError("a property is longer than its frame")
    return value, end


def _octet(encoded: bytes, at: int) -> tuple[int, int]:
    return encoded[at], at + 1


def _timestamp(encoded: bytes, at: int) -> tuple[int, int]:
    return _TIMESTAMP.unpack_from(encoded, at)[0], at + _TIMESTAMP.size


#: The properties in the order of their flags, from the highest bit down.
_FIELDS: Final[tuple[tuple[str, Callable[[bytes, int], tuple[Any, int]]], ...]] = (
    ("content_type", _short),
    ("content_encoding", _short),
    ("headers", _table),
    ("delivery_mode", _octet),
    ("priority", _octet),
    ("correlation_id", _short),
    ("reply_to", _short),
    ("expiration", _short),
    ("message_id", _short),
    ("timestamp", _timestamp),
    ("type", _short),
    ("user_id", _short),
    ("app_id", _short),
    ("cluster_id", _short),
)
