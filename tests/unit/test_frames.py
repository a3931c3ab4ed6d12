"""Frames of the broker: what pika reads is read the same, and no headers raise."""

import struct
from typing import Any

import pika
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pika import frame
from pika.exceptions import InvalidFrameError

from fedmsg_exporter.sources.rabbitmq import frames
from fedmsg_exporter.sources.rabbitmq.batches import _message
from fedmsg_exporter.sources.rabbitmq.surprises import LIMIT, ROW, Surprises
from harness.hostile import HEADERS
from harness.wire import Raw, field, long, short, table

Deliver = pika.spec.Basic.Deliver


def header(properties: bytes, body_size: int = 2) -> bytes:
    """A content header frame on channel 3."""
    content = struct.pack(">HHQ", 60, 0, body_size) + properties
    return struct.pack(">BHI", 2, 3, len(content)) + content + b"\xce"


def raw(*fields: bytes) -> bytes:
    """The properties of a message with these headers and the id ``m1``."""
    return Raw(b"t", b"{}", b"".join(fields), b"m1").properties()


UNDECODABLE = {
    **{one.name: one.message.table for one in HEADERS if one.reason},
    "NaN": field(b"x", b"d" + struct.pack(">d", float("nan"))),
    "infinity": field(b"x", b"f" + struct.pack(">f", float("inf"))),
    "unknown type": field(b"x", b"Zabc"),
    "cut off": field(b"x", b"I\x00"),
    "string beyond the table": field(b"x", b"S\x00\x00\xff\xffab"),
    "array beyond the table": field(b"x", b"A\x00\x00\x00\x09V"),
    "table beyond the table": field(b"x", b"F\x00\x00\x00\x09"),
    "key beyond the table": b"\xffabc",
}


@pytest.mark.parametrize("fields", UNDECODABLE.values(), ids=UNDECODABLE)
def test_undecodable_headers_leave_the_rest(fields: bytes) -> None:
    """Headers that pika cannot decode, or misreads, are marked; encoding and id are still read."""
    encoded = header(raw(fields))
    length, value = frames.read(encoded + b"next frame")
    assert length == len(encoded)
    assert (value.channel_number, value.body_size) == (3, 2)
    assert isinstance(value.properties.headers, frames.Undecodable)
    assert (value.properties.content_encoding, value.properties.message_id) == ("utf-8", "m1")


def test_message_with_undecodable_headers_is_rejected() -> None:
    """Such a message keeps topic and id, and is rejected for its headers."""
    properties = frames.properties(raw(UNDECODABLE["NaN"]))
    message = _message(Deliver(routing_key="a.b"), properties, b"{}")
    assert (message.topic, message.id, message.unreadable) == ("a.b", "m1", "headers")


def test_properties_that_are_longer_than_their_frame() -> None:
    """If even the size of the headers is wrong, the message is still marked."""
    encoded = struct.pack(">H", 1 << 13) + b"\x00\x00\xff\xff"
    _, value = frames.read(header(encoded))
    assert isinstance(value.properties.headers, frames.Undecodable)


def test_incomplete_frame() -> None:
    """Nothing is consumed of a frame that is still arriving, wherever it ends."""
    encoded = header(raw(field(b"a", b"V")))
    for end in range(1, len(encoded)):
        assert frames.read(encoded[:end]) == (0, None)


def test_damaged_stream_is_an_error() -> None:
    """A frame without its end marker raises, as nothing after it can be trusted."""
    with pytest.raises(InvalidFrameError):
        frames.read(header(raw())[:-1] + b"x")


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31 - 1) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=9,
)


@given(st.dictionaries(st.text(max_size=20), values, max_size=5), st.text(max_size=40))
def test_good_headers_are_read_as_pika_reads_them(headers: dict[str, Any], name: str) -> None:
    """Whatever pika can write and read comes out the same."""
    properties = pika.BasicProperties(headers=headers, message_id=name, app_id="x")
    encoded = frame.Header(3, 7, properties).marshal()
    (length, ours), (expected, theirs) = frames.read(encoded), frame.decode_frame(encoded)
    assert (length, ours.properties, ours.body_size) == (expected, theirs.properties, 7)


@given(st.binary(max_size=300))
def test_no_properties_raise(encoded: bytes) -> None:
    """Whatever is in a content header, reading it gives properties."""
    assert frames.properties(encoded) is not None


@given(st.binary(max_size=200))
def test_no_table_hides_the_id(fields: bytes) -> None:
    """Whatever is in the headers, the properties after them are read."""
    assert frames.properties(raw(fields)).message_id == "m1"


def test_surprises() -> None:
    """After three consecutive cuts messages are read one by one; an old cut is forgotten."""
    cuts = Surprises()
    for number in range(LIMIT):
        assert not cuts.careful
        cuts = cuts.cut(number)
    assert cuts.careful
    assert not cuts.cut(LIMIT + ROW + 1).careful


def test_wire_builds_what_pika_reads() -> None:
    """The hand-written frames are AMQP: pika decodes the good ones."""
    fields = field(b"a", table(field(b"b", b"S" + long(b"c"))))
    decoded = pika.BasicProperties().decode(raw(fields))
    assert (decoded.headers, decoded.message_id) == ({"a": {"b": "c"}}, "m1")
    assert short(b"ab") == b"\x02ab"
