"""datanommer's tables, as CSV and in a SQL dump: every row is a message, or has a reason."""

import gzip
import io
import json
import lzma
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.history import dump
from fedmsg_exporter.history.datanommer import Incomplete, Unreadable, is_header, messages
from fedmsg_exporter.message import Message
from fedmsg_exporter.statistics.calendar import start_of
from tests.exports import (
    COLUMNS,
    HEAD,
    MONDAY,
    TOPIC,
    Row,
    dumped,
    known,
    row,
    run,
    table,
)


def test_csv_by_itself(state: Path, folder: Path) -> None:
    """The table alone is read, plain or compressed, its columns in any order."""
    content = table([row(MONDAY, 1), row(MONDAY, 2)], COLUMNS[::-1])
    (folder / "a.csv").write_bytes(content)
    (folder / "b.csv.gz").write_bytes(gzip.compress(content))
    (folder / "2026-01-05-messages.csv.xz").write_bytes(lzma.compress(content))
    assert run(state, "import", folder).exit_code == 0
    assert known(state)[0] == {(MONDAY, "ralph"): 2}


def read(content: bytes) -> list[Message | Unreadable]:
    lines = io.StringIO(content.decode(), newline="")
    return [one for _, one in messages(lines)]


def test_row_is_a_message() -> None:
    """Topic, id, headers, body, and the time in the column, in UTC if it has no zone."""
    (one,) = read(table([row(MONDAY, 90)]))
    assert isinstance(one, Message)
    assert (one.topic, one.id) == (TOPIC, f"{MONDAY}-90")
    assert one.sent_at == start_of(MONDAY) + 90 * 60 + 0.5
    assert one.body["comment"]["text"] == 'a "quoted"\nline, and ü'
    assert "sent-at" in one.headers


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"timestamp": "0000-01-01 00:00:00"}, "'0000-01-01 00:00:00' is not a valid time"),
        ({"timestamp": ""}, "'' is not a valid time"),
        ({"msg": "{"}, "json"),
        ({"msg": "[" * 99999}, "depth"),
        ({"msg": "[]"}, "object"),
        ({"topic": ""}, "topic"),
        ({"headers": ""}, None),
        ({"headers": "{"}, None),
        ({"msg": ""}, None),
        ({"timestamp": "2026-01-05 00:00:00+00"}, None),
    ],
)
def test_rows_with_errors(changed: Row, expected: str | None) -> None:
    """A row without a time is skipped; one with an unreadable body counts as unreadable."""
    good, one = read(table([row(MONDAY, 1), row(MONDAY, 2, **changed)]))
    assert isinstance(good, Message)
    if isinstance(one, Unreadable):
        assert one == Unreadable(11, expected or "")
    else:
        assert one.unreadable == expected


def test_columns_that_do_not_fit_are_named_with_their_line() -> None:
    """A row with an extra or missing column is reported with its line, and the next is read."""
    lines = ["msg_id,topic,timestamp,msg", "1,t,2026-01-05,{}", "2,t,2026-01-05", "3,t,,{},more"]
    found = read("\n".join([*lines, "", '4,t,2026-01-05,"{\n}"', "5,t"]).encode())
    assert [one if isinstance(one, Unreadable) else one.id for one in found] == [
        "1",
        Unreadable(3, "has 3 columns, the header has 4"),
        Unreadable(4, "has 5 columns, the header has 4"),
        "4",
        Unreadable(8, "has 2 columns, the header has 4"),
    ]


def test_missing_column_is_named() -> None:
    """A table of something else is refused with what is missing."""
    for content, missing in (
        (b"id,name\n1,ralph\n", "msg_id, topic, timestamp, msg"),
        (b"msg_id,topic,msg\n", "timestamp"),
        (b"", "msg_id, topic, timestamp, msg"),
    ):
        with pytest.raises(Incomplete, match=f"line 1: the header has no column {missing}"):
            read(content)
    assert not is_header("id,name")
    assert not is_header('{"topic": "a", "msg": {}, "timestamp": 1}')


@given(st.binary(max_size=300), st.integers(0, 2000))
def test_hostile_tables_end_in_messages_or_reasons(noise: bytes, at: int) -> None:
    """Whatever a table holds, reading gives messages, reasons, or that it is truncated."""
    good = table([row(MONDAY, 1), row(MONDAY, 2)])
    try:
        found = read((good[:at] + noise).decode("utf-8", "replace").encode())
    except Incomplete:
        return
    assert all(isinstance(one, Message | Unreadable) for one in found)


USERS = "COPY public.users (id, name) FROM stdin;\n1\tralph\n\\.\n\n"


def test_sql_dump_is_the_same_as_csv(state: Path, folder: Path) -> None:
    """A dump with chunks in any order and other tables between them is read completely."""
    chunks = [[row(MONDAY + 7 * n, i) for i in range(n + 1)] for n in range(3)]
    names = [f"_timescaledb_internal._hyper_1_{n}_chunk" for n in (2, 0, 1)]
    parts = [dumped(chunks[n], name) for n, name in zip((2, 0, 1), names, strict=True)]
    text = HEAD + USERS + (USERS.join(parts))
    (folder / "dump.xz").write_bytes(lzma.compress(text.encode()))
    done = run(state, "import", folder)
    assert done.exit_code == 0, done.output
    assert known(state)[0] == {(MONDAY + 7 * n, "ralph"): n + 1 for n in range(3)}


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=30), max_size=4), st.text(max_size=9))
def test_dump_and_csv_say_the_same(body: dict[str, str], topic: str) -> None:
    """Whatever a message contains, both forms give the same message."""
    clean = "".join(c for c in topic if c not in "\0\r\n\x85\u2028\u2029\x0b\x0c\x1c\x1d\x1e")
    one = row(MONDAY, 1, msg=json.dumps(body), headers=json.dumps(body), topic=clean)
    ((_, by_dump),) = dump.messages(io.StringIO(dumped([one]), newline=""))
    (by_csv,) = read(table([one]))
    assert by_dump == by_csv


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEAD + dumped([row(MONDAY, 1)])[:-5], "the file ends in the middle of a table"),
        (HEAD + USERS, "contains no table of messages"),
        (
            HEAD + dumped([], "_timescaledb_internal.compress_hyper_2_9_chunk"),
            "compressed chunk of TimescaleDB.*daily exports",
        ),
    ],
    ids=["cut short", "another database", "compressed"],
)
def test_incomplete_dumps_are_refused(state: Path, folder: Path, text: str, reason: str) -> None:
    """Nothing of such a dump counts, and the reason names the file and a way out."""
    (folder / "dump.sql").write_text(text)
    done = run(state, "import", folder)
    assert done.exit_code == 1
    assert re.search(rf"dump\.sql: .*{reason}", done.output)
    assert known(state) == ({}, ())


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("plain", "plain"),
        ("\\N", ""),
        (r"a\tb\nc", "a\tb\nc"),
        (r"\\n", r"\n"),
        (r"\\\n", "\\\n"),
        (r"{\"a\"}", '{"a"}'),
        (r"\101\x42\v", "AB\v"),
    ],
)
def test_escapes_of_copy(field: str, expected: str) -> None:
    """The escapes are those of PostgreSQL's COPY."""
    assert dump._field(field) == expected
