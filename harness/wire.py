"""Publishes hand-written AMQP frames over a socket, which pika would neither send nor read."""

import socket
import struct
from collections.abc import Iterable
from typing import NamedTuple, Self

_METHOD, _HEADER, _BODY, _END = 1, 2, 3, b"\xce"
_BASIC = 60
_FRAME_MAX = 131072

#: The bits of the properties that `Raw` has, in the order in which they are sent.
_ENCODING, _HEADERS, _DELIVERY_MODE, _MESSAGE_ID = 1 << 14, 1 << 13, 1 << 12, 1 << 7


class Raw(NamedTuple):
    """A message to publish, each part of it as bytes. ``table`` is what is in the headers."""

    topic: bytes
    body: bytes
    table: bytes = b""
    message_id: bytes = b""
    encoding: bytes = b"utf-8"

    def properties(self) -> bytes:
        """The content header's flags and properties."""
        flags = _HEADERS | _DELIVERY_MODE
        flags |= _ENCODING if self.encoding else 0
        flags |= _MESSAGE_ID if self.message_id else 0
        parts = [struct.pack(">H", flags)]
        parts += [short(self.encoding)] if self.encoding else []
        parts += [struct.pack(">I", len(self.table)), self.table, b"\x02"]
        parts += [short(self.message_id)] if self.message_id else []
        return b"".join(parts)


class Wire:
    """A connection to a broker as guest, with one channel in confirm mode."""

    def __init__(self, port: int, exchange: bytes = b"amq.topic") -> None:
        self._exchange = exchange
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._received = b""
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def publish(self, messages: Iterable[Raw]) -> int:
        """Publish, and return how many once the broker has confirmed them all."""
        number = 0
        chunk: list[bytes] = []
        for one in messages:
            number += 1
            chunk.append(self._frames(one))
            if len(chunk) == 100:
                self._socket.sendall(b"".join(chunk))
                chunk.clear()
        self._socket.sendall(b"".join(chunk))
        self._wait_confirmed(number)
        return number

    def _wait_confirmed(self, number: int) -> None:
        """Wait for each tag: confirms overtake one another, also those of several at once."""
        waiting = set(range(1, number + 1))
        while waiting:
            tag, multiple = struct.unpack(">QB", self._expect(60, 80)[:9])
            waiting -= {one for one in waiting if one <= tag} if multiple else {tag}

    def _frames(self, message: Raw) -> bytes:
        publish = struct.pack(">H", 0) + short(self._exchange) + short(message.topic) + b"\x00"
        header = struct.pack(">HHQ", _BASIC, 0, len(message.body)) + message.properties()
        room = _FRAME_MAX - 8
        pieces = [message.body[at : at + room] for at in range(0, len(message.body), room)]
        frames = [_frame(_METHOD, 1, struct.pack(">HH", _BASIC, 40) + publish)]
        frames += [_frame(_HEADER, 1, header)]
        return b"".join(frames + [_frame(_BODY, 1, piece) for piece in pieces])

    def _open(self) -> None:
        self._socket.sendall(b"AMQP\x00\x00\x09\x01")
        self._expect(10, 10)
        login = struct.pack(">I", 0) + short(b"PLAIN") + long(b"\x00guest\x00guest")
        self._send(0, 10, 11, login + short(b"en_US"))
        self._expect(10, 30)
        self._send(0, 10, 31, struct.pack(">HIH", 10, _FRAME_MAX, 0))
        self._send(0, 10, 40, short(b"/") + short(b"") + b"\x00")
        self._expect(10, 41)
        self._send(1, 20, 10, short(b""))
        self._expect(20, 11)
        self._send(1, 85, 10, b"\x00")
        self._expect(85, 11)

    def _send(self, channel: int, class_id: int, method_id: int, arguments: bytes) -> None:
        content = struct.pack(">HH", class_id, method_id) + arguments
        self._socket.sendall(_frame(_METHOD, channel, content))

    def _expect(self, class_id: int, method_id: int) -> bytes:
        """The arguments of the next method, which must be this one."""
        while True:
            kind, content = self._read()
            if kind != _METHOD:
                continue
            found = struct.unpack_from(">HH", content)
            if found != (class_id, method_id):
                raise ConnectionError(f"not {class_id}.{method_id}, but {found}: {content[4:]!r}")
            return content[4:]

    def _read(self) -> tuple[int, bytes]:
        while len(self._received) < 7 or len(self._received) < 8 + self._size():
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionError("the broker closed the connection")
            self._received += more
        end = 8 + self._size()
        frame, self._received = self._received[:end], self._received[end:]
        return frame[0], frame[7:-1]

    def _size(self) -> int:
        return int(struct.unpack_from(">I", self._received, 3)[0])


def short(text: bytes) -> bytes:
    """A short string."""
    return bytes([len(text)]) + text


def long(text: bytes) -> bytes:
    """A long string."""
    return struct.pack(">I", len(text)) + text


def field(name: bytes, value: bytes) -> bytes:
    """A field of a table; the value begins with the letter of its type."""
    return short(name) + value


def table(*fields: bytes) -> bytes:
    """A table as the value of a field."""
    return b"F" + long(b"".join(fields))


def _frame(kind: int, channel: int, content: bytes) -> bytes:
    return struct.pack(">BHI", kind, channel, len(content)) + content + _END
