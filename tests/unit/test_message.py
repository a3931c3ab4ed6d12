"""Reading messages: every shape, and whatever a publisher may send."""

import json
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fedmsg_exporter.message import (
    EARLIEST,
    UNREADABLE,
    Message,
    from_record,
    from_wire,
    parse_time,
    sent_time,
)

TOPIC = "org.fedoraproject.prod.bodhi.update.comment"
NOON = 1_769_860_800.0  # 2026-01-31T12:00:00+00:00


def wire(body: bytes, encoding: str | bytes | None = "utf-8") -> Message:
    """Read a delivery that is valid except perhaps for its body."""
    return from_wire(TOPIC, "id-1", {}, encoding, body)


def test_wire_message() -> None:
    """A delivery's topic, id, headers, body and time all arrive."""
    headers = {"sent-at": "2026-01-31T12:00:00+00:00", "fedora_messaging_severity": 20}
    message = from_wire(TOPIC, "id-1", headers, "utf-8", b'{"agent": "ralph"}')
    assert message == Message(TOPIC, "id-1", headers, {"agent": "ralph"}, NOON)


def test_wire_message_with_only_a_topic() -> None:
    """Without headers, id and encoding a message is read as UTF-8, and has no time."""
    message = from_wire(TOPIC, None, None, None, '{"agent": "zoë"}'.encode())
    assert message == Message(TOPIC, "", {}, {"agent": "zoë"})


def test_null_body_is_empty() -> None:
    """A body of null is an empty one, as in fedora-messaging."""
    assert wire(b"null") == Message(TOPIC, "id-1", {}, {})


@pytest.mark.parametrize(
    ("body", "encoding", "problem"),
    [
        pytest.param(b'{"agent": "zo\xeb"}', None, "encoding", id="latin-1-as-utf-8"),
        pytest.param(b"{}", "klingon", "encoding", id="unknown-encoding"),
        pytest.param(b"{}", "base64", "encoding", id="no-text-encoding"),
        pytest.param(b"{}", "utf-8\0", "encoding", id="encoding-with-nul"),
        pytest.param(b"{}", b"\xff", "encoding", id="encoding-of-bytes"),
        pytest.param(b"{}", "x" * 100_000, "encoding", id="huge-encoding"),
        pytest.param(b"", None, "json", id="empty"),
        pytest.param(b'{"agent": ', None, "json", id="cut-off"),
        pytest.param(b"\x00", None, "json", id="nul"),
        pytest.param(b'{"agent": "a\x00"}', None, "json", id="raw-nul-in-text"),
        pytest.param(b'{"n": ' + b"9" * 5000 + b"}", None, "json", id="huge-int"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, None, "depth", id="deep-list"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, None, "depth", id="deep-object"),
        pytest.param(b"[1]", None, "object", id="list"),
        pytest.param(b'"text"', None, "object", id="text"),
        pytest.param(b"0", None, "object", id="zero"),
        pytest.param(b"NaN", None, "object", id="nan"),
    ],
)
def test_unreadable_body(body: bytes, encoding: str | bytes | None, problem: str) -> None:
    """A body that cannot be read leaves topic and id, an empty body, and the reason."""
    assert wire(body, encoding) == Message(TOPIC, "id-1", {}, {}, None, problem)


@pytest.mark.parametrize(
    ("body", "encoding", "content"),
    [
        pytest.param('{"a": "zoë"}'.encode("latin-1"), "ISO-8859-1", {"a": "zoë"}, id="latin-1"),
        pytest.param('{"a": "zoë"}'.encode("utf-16"), "utf-16", {"a": "zoë"}, id="utf-16"),
        pytest.param(b'{"a": "b"}', b"utf-8", {"a": "b"}, id="encoding-as-bytes"),
        pytest.param(b'{"a": "\\u0000"}', None, {"a": "\0"}, id="nul-in-text"),
        pytest.param(b'{"a": "\\ud800"}', None, {"a": "\ud800"}, id="lone-surrogate"),
        pytest.param(b'{"a": Infinity}', None, {"a": math.inf}, id="infinity"),
        pytest.param(b'{"a": ' + b"9" * 4000 + b"}", None, {"a": 10**4000 - 1}, id="large-int"),
    ],
)
def test_odd_body_that_is_read(
    body: bytes, encoding: str | bytes | None, content: Mapping[str, Any]
) -> None:
    """Odd but valid JSON is read as it is."""
    assert wire(body, encoding) == Message(TOPIC, "id-1", {}, content)


def test_nesting_of_10_000() -> None:
    """A body nested 10,000 deep is read or has a problem, depending on the Python."""
    assert wire(b'{"a":' * 10_000 + b"1" + b"}" * 10_000).unreadable in ("depth", None)


def test_body_of_10_megabytes() -> None:
    """A body of 10 MB is read like any other."""
    message = wire(json.dumps({"log": "x" * 10_000_000}).encode())
    assert (message.unreadable, len(message.body["log"])) == (None, 10_000_000)


@pytest.mark.parametrize("topic", [None, "", b"org.fedoraproject.\xff"])
def test_wire_message_without_topic(topic: str | bytes | None) -> None:
    """A topic that is missing or is not text is a problem; the id survives."""
    message = from_wire(topic, "id-1", {}, "utf-8", b"{}")
    assert (message.unreadable, message.id) == ("topic", "id-1")
    assert isinstance(message.topic, str)


def test_bytes_in_names_become_text() -> None:
    """Ids and header names that pika left as bytes become text."""
    message = from_wire(TOPIC, b"id-\xff", {b"x-\xfe": 1, "sent-at": NOON}, None, b"{}")
    assert (message.id, message.sent_at) == ("id-\\xff", NOON)
    assert message.headers == {"x-\\xfe": 1, "sent-at": NOON}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_NAME = st.none() | st.text(st.characters()) | st.binary()
_HEADER = _JSON | st.binary() | st.datetimes() | st.decimals() | st.just(10**400)
_HEADERS = st.dictionaries(
    st.sampled_from(["sent-at", "fedora_messaging_schema"]) | st.text() | st.binary(), _HEADER
)
_BODIES = st.binary() | _JSON.map(lambda value: json.dumps(value).encode())


@given(_NAME, _NAME, st.none() | _HEADERS, st.sampled_from(["utf-8", "utf-16"]) | _NAME, _BODIES)
@example(b"\xff", b"\xff", {"sent-at": math.nan}, "utf-8", b"{}")
@example(TOPIC, "\ud800", {"sent-at": "\ud800"}, "\ud800", b"\xed\xa0\x80")
def test_reading_a_delivery_never_raises(
    topic: str | bytes | None,
    message_id: str | bytes | None,
    headers: dict[str | bytes, Any] | None,
    encoding: str | bytes | None,
    body: bytes,
) -> None:
    """Whatever is delivered becomes a message of the right types."""
    check_types(from_wire(topic, message_id, headers, encoding, body))


@given(
    st.dictionaries(
        st.sampled_from(["topic", "id", "msg_id", "headers", "body", "msg", "timestamp"])
        | st.text(),
        _JSON,
    )
)
def test_reading_a_record_never_raises(record: dict[str, Any]) -> None:
    """Whatever object is in a recording becomes a message of the right types."""
    check_types(from_record(record))


def check_types(message: Message) -> None:
    """Check a message for what the rest of the exporter relies on."""
    assert isinstance(message.topic, str)
    assert isinstance(message.id, str)
    assert all(isinstance(name, str) for name in message.headers)
    assert isinstance(message.body, Mapping)
    assert message.sent_at is None or 0 <= message.sent_at < math.inf
    assert message.unreadable is None or message.unreadable in UNREADABLE


@pytest.mark.parametrize(
    ("record", "message"),
    [
        pytest.param(
            {
                "topic": TOPIC,
                "id": "id-1",
                "headers": {"sent-at": "2026-01-31T12:00:00Z"},
                "body": {"agent": "ralph"},
                "queue": None,
                "priority": 0,
            },
            Message(TOPIC, "id-1", {"sent-at": "2026-01-31T12:00:00Z"}, {"agent": "ralph"}, NOON),
            id="fedora-messaging-record",
        ),
        pytest.param(
            {
                "i": 0,
                "topic": TOPIC,
                "msg_id": "2026-id-1",
                "timestamp": NOON,
                "msg": {"agent": "ralph"},
                "headers": None,
                "username": "apache",
                "source_name": "datanommer",
            },
            Message(TOPIC, "2026-id-1", {}, {"agent": "ralph"}, NOON),
            id="datagrepper-raw",
        ),
        pytest.param(
            {"topic": TOPIC, "id": 17, "msg_id": "2026-id-1", "msg": {}},
            Message(TOPIC, "2026-id-1", {}, {}),
            id="number-of-a-row-beside-the-id",
        ),
        pytest.param(
            {"topic": TOPIC, "headers": {"sent-at": "once"}, "timestamp": NOON},
            Message(TOPIC, "", {"sent-at": "once"}, {}, NOON),
            id="header-that-is-no-time",
        ),
        pytest.param(
            {"topic": TOPIC, "headers": [1], "body": [1]},
            Message(TOPIC, "", {}, {}, unreadable="object"),
            id="lists-for-objects",
        ),
        pytest.param({"topic": None}, Message("", "", {}, {}, unreadable="topic"), id="null-topic"),
        pytest.param({}, Message("", "", {}, {}, unreadable="topic"), id="nothing"),
    ],
)
def test_recorded_message(record: dict[str, Any], message: Message) -> None:
    """A recorded message is the same whichever of Fedora's tools wrote it."""
    assert from_record(record) == message


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2026-01-31T12:00:00+00:00", NOON),
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31T13:30:00+01:30", NOON),
        ("2026-01-31T12:00:00", NOON),
        ("2026-01-31 12:00:00.250", NOON + 0.25),
        ("2026-01-31", NOON - 12 * 3600),
        (NOON, NOON),
        (int(NOON), NOON),
        (0, 0.0),
        (-1, None),
        ("1969-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-23:59", None),
        (10**400, None),
        (math.nan, None),
        (math.inf, None),
        (True, None),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("9" * 100_000, None),
        ([NOON], None),
    ],
)
def test_parse_time(value: object, seconds: float | None) -> None:
    """Times are read from numbers and ISO 8601, UTC unless said otherwise; the rest is None."""
    assert parse_time(value) == seconds


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ((NOON,), (NOON, False)),
        (("2026-01-31T12:00:00Z", 0), (NOON, False)),
        ((EARLIEST,), (EARLIEST, False)),
        (("2012-01-01T00:00:00Z",), (EARLIEST, False)),
        ((EARLIEST - 1,), (None, True)),
        (("1970-01-01T00:02:03+00:00",), (None, True)),
        (("yesterday",), (None, True)),
        ((True,), (None, True)),
        (("",), (None, True)),
        (("1970-01-01", NOON), (NOON, False)),
        ((None, NOON), (NOON, False)),
        ((None, 12), (None, True)),
        ((None,), (None, False)),
        ((None, None), (None, False)),
    ],
)
def test_sent_time(stated: tuple[object, ...], expected: tuple[float | None, bool]) -> None:
    """The first usable time counts; a message that states only unusable ones is misdated."""
    assert sent_time(*stated) == expected


def test_misdated_messages() -> None:
    """A wrong clock is noticed, on the wire and in a recording; a missing time is not wrong."""
    early = {"sent-at": "1970-01-01T00:02:03+00:00"}
    assert from_wire(TOPIC, "id-1", early, None, b"{}").misdated
    assert not from_wire(TOPIC, "id-1", {}, None, b"{}").misdated
    assert from_record({"topic": TOPIC, "headers": early}).misdated
    assert not from_record({"topic": TOPIC, "headers": early, "timestamp": NOON}).misdated
    assert not from_record({"topic": TOPIC}).misdated
