"""Messages for end-to-end tests: good ones, and ones that nobody should send."""

import json
import uuid

from harness import Outgoing

TOPIC = "org.fedoraproject.prod.bodhi.update.comment"
HEADERS = {
    "fedora_messaging_schema": "base.message",
    "fedora_messaging_severity": 20,
    "sent-at": "2026-03-01T12:00:00+00:00",
}


def comment(user: str = "ralph", message_id: str | None = None, topic: str = TOPIC) -> Outgoing:
    """A comment on an update, as bodhi sends it."""
    body = {"comment": {"user": {"name": user}, "karma": 1}, "agent": user}
    return Outgoing(topic, body, HEADERS, message_id or str(uuid.uuid4()))


def raw(body: bytes, topic: str = TOPIC, encoding: str | None = "utf-8") -> Outgoing:
    """A message with any body at all."""
    return Outgoing(topic, body, HEADERS, str(uuid.uuid4()), encoding)


#: Messages that cannot be read, by the reason under which they are rejected.
UNREADABLE = {
    "encoding": [raw(b"\xff\xfe{}"), raw(b"{}", encoding="no-such-encoding")],
    "json": [raw(b""), raw(b"{"), raw(b"<html>"), raw(b'{"a": 1' + b"0" * 5000 + b"}")],
    "object": [raw(b"[]"), raw(b'"text"'), raw(b"17")],
    "depth": [raw(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)],
}

#: Messages that can be read but are very odd; each counts once.
ODD = [
    Outgoing(TOPIC, {"agent": "ralph"}, None, str(uuid.uuid4()), None, None),
    Outgoing(TOPIC, {"agent": "ralph"}, HEADERS, None),
    Outgoing(TOPIC, {"agent": ["ralph", None, {}]}, {"sent-at": "yesterday"}, str(uuid.uuid4())),
    raw(b"null"),
    raw(json.dumps({"agent": "ralph", "text": "x" * 10_000_000}).encode()),
    *(
        comment(name)
        for name in ("a\nb", 'quo"te', "back\\slash", "N\0L", "x" * 100_000, "🐧", "RaLpH", "")
    ),
    *(
        comment(topic=topic)
        for topic in ("bodhi", ".".join("a" * 120), "org.fedoraproject.prod", 'a"b\n.c\\', "é.ü.🐧")
    ),
]
