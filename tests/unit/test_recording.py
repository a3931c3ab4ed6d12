"""Recordings in every form and compression, and what damage does to them."""

import bz2
import gzip
import io
import json
import lzma
import os
import sys
import zipfile
from collections.abc import Callable
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.message import Message
from fedmsg_exporter.sources import formats
from fedmsg_exporter.sources.recording import STDIN, Damage, read, unreadable

zstd = formats.zstd

TOPIC = "org.fedoraproject.prod.bodhi.update.comment"
NOON = 1_769_860_800.0
SENT_AT = {"sent-at": "2026-01-31T12:00:00+00:00"}


def bus_record(number: int) -> dict[str, Any]:
    """A message as written by ``fedora-messaging record`` and datagrepper's /v2/search."""
    return {
        "body": {"agent": "zoë", "number": number, "inner": {"list": [{}, {"a": []}]}},
        "headers": SENT_AT,
        "id": f"id-{number}",
        "priority": 0,
        "queue": None,
        "topic": TOPIC,
    }


def raw_record(number: int) -> dict[str, Any]:
    """The same message as in datagrepper's /raw."""
    record = bus_record(number)
    return {
        "i": 0,
        "msg_id": record["id"],
        "topic": TOPIC,
        "timestamp": NOON,
        "certificate": None,
        "headers": None,
        "msg": record["body"],
        "username": "zoë",
    }


def page(records: list[dict[str, Any]]) -> dict[str, Any]:
    """A page of datagrepper."""
    arguments = {"categories": ["bodhi"], "page": 1, "meta": []}
    return {
        "arguments": arguments,
        "count": len(records),
        "pages": 1,
        "raw_messages": records,
        "total": len(records),
    }


BUS = [bus_record(number) for number in (1, 2, 3)]
RAW = [raw_record(number) for number in (1, 2, 3)]

FORMS = {
    "lines": "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in BUS),
    "lines-escaped": "".join(json.dumps(one) + "\n" for one in BUS),
    "lines-without-the-last-newline": "\n".join(map(json.dumps, BUS)),
    "lines-with-blank-ones": "\n\n".join(map(json.dumps, BUS)),
    "lines-crlf": "\r\n".join(map(json.dumps, BUS)) + "\r\n",
    "lines-bom": "\ufeff" + "\n".join(map(json.dumps, BUS)),
    "objects-printed": "\n".join(json.dumps(one, indent=4) for one in BUS),
    "objects-printed-crlf": "\n".join(json.dumps(one, indent=4) for one in BUS).replace(
        "\n", "\r\n"
    ),
    "array": json.dumps(BUS),
    "array-printed": json.dumps(BUS, indent=2, sort_keys=True),
    "array-printed-bom": "\ufeff" + json.dumps(BUS, indent=2),
    "array-printed-tabs": json.dumps(BUS, indent="\t"),
    "array-a-line-each": "[\n" + ",\n".join(map(json.dumps, BUS)) + "\n]\n",
    "array-a-line-each-closely": "[" + ",\n".join(map(json.dumps, BUS)) + "]",
    "array-commas-first": "[ " + "\n, ".join(map(json.dumps, BUS)) + "\n]",
    "array-several-a-line": "[" + json.dumps(BUS[0]) + ",\n" + json.dumps(BUS[1:])[1:],
    "page-search": json.dumps(page(BUS)),
    "page-search-printed": json.dumps(page(BUS), indent=2),
    "page-raw": json.dumps(page(RAW)),
    "page-raw-printed": json.dumps(page(RAW), indent=2),
    "pages": "\n".join(json.dumps(page([one])) for one in RAW),
    "pages-printed": "\n".join(json.dumps(page([one]), indent=2) for one in BUS),
    "pages-in-an-array": json.dumps([page([one]) for one in BUS], indent=2),
    "raw-lines": "\n".join(map(json.dumps, RAW)),
}
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
    # As the zstd program does, with a checksum.
    "zstd": lambda content: zstd.compress(
        content, options={zstd.CompressionParameter.checksum_flag: 1}
    ),
    "zstd-skippable-first": lambda content: (
        b"\x5a\x2a\x4d\x18\x04\x00\x00\x00\x00\x00\x00\x00" + zstd.compress(content)
    ),
    "zstd-several-frames": lambda content: (
        zstd.compress(content[:700]) + zstd.compress(content[700:])
    ),
}
BROKEN_OFF = ("gzip", "xz", "bzip2", "zstd")


def zipped(content: str) -> bytes:
    """A zip archive with one file in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("r.jsonl", content)
    return buffer.getvalue()


def found(folder: Path, content: bytes | str) -> list[Message | Damage]:
    """All that is found in a recording with this content."""
    path = folder / "r.jsonl"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(str(path)))


def told(folder: Path, content: bytes | str) -> list[str]:
    """Ids of the messages, and the damage as a user reads it without the folder, in order."""
    return [
        one.id if isinstance(one, Message) else str(one).removeprefix(f"{folder}/")
        for one in found(folder, content)
    ]


def check_all_three(messages: list[Message | Damage]) -> None:
    """Compare what was found with the three messages that were written."""
    for number, message in enumerate(messages, 1):
        assert isinstance(message, Message), message
        assert message.topic == TOPIC
        assert message.id == f"id-{number}"
        assert message.body == BUS[0]["body"] | {"number": number}
        assert message.sent_at == NOON
    assert len(messages) == 3


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("form", FORMS)
def test_forms(tmp_path: Path, form: str, compression: str) -> None:
    """In whatever form and compression, the same messages come out, in order."""
    check_all_three(found(tmp_path, COMPRESSIONS[compression](FORMS[form].encode())))


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_standard_input(monkeypatch: pytest.MonkeyPatch, compression: str) -> None:
    """Standard input is read like a file, and reported by its name."""
    text = FORMS["lines"] + "{\n"
    content = COMPRESSIONS[compression](text.encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    *messages, damage = read(STDIN)
    check_all_three(messages)
    assert str(damage) == "standard input:4: the object that begins here does not end"


A, B, C = (json.dumps(one) for one in BUS)
PRINTED_A, PRINTED_B, _ = (json.dumps(one, indent=2) for one in BUS)
WITHOUT_END = PRINTED_A.rpartition("\n")[0]
SPOILT = f"{PRINTED_A}\n{PRINTED_A.replace(': 0', ': oops')}\n{PRINTED_B}\n"
ARRAY = json.dumps(BUS, indent=2)
SPOILT_ARRAY = ARRAY.replace("id-2", 'id"-2')


def line_of(text: str, content: str) -> int:
    """The line on which a text first occurs."""
    return content[: content.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("\n \n\r\n", [], id="blank"),
        pytest.param("[]", [], id="empty-array"),
        pytest.param("[\n]\n", [], id="empty-array-on-two-lines"),
        pytest.param(json.dumps(page([])), [], id="empty-page"),
        pytest.param(
            f"{A}\n{B[:50]}\n{C}",
            ["id-1", "r.jsonl:2: is not JSON: Unterminated string starting at (column 45)", "id-3"],
            id="truncated-line",
        ),
        pytest.param(
            f'{A}\n{{"topic":\n{C}',
            ["id-1", "r.jsonl:2: is not JSON: Expecting value (column 10)", "id-3"],
            id="line-truncated-before-a-value",
        ),
        pytest.param(
            f"{A}\nTraceback (most recent call last):\n{C}",
            ["id-1", "r.jsonl:2: is not JSON: Expecting value (column 1)", "id-3"],
            id="text",
        ),
        pytest.param(
            f"{A}\n".encode() + b'{"topic": "caf\xe9"}\n' + C.encode(),
            ["id-1", "r.jsonl:2: is not UTF-8 text", "id-3"],
            id="not-utf-8",
        ),
        pytest.param(
            f"{A}\n\0\0\0\n{C}",
            ["id-1", "r.jsonl:2: is not JSON: Expecting value (column 1)", "id-3"],
            id="nul",
        ),
        pytest.param(
            f'{A}\n{{"id": "id-2", "body": {{}}}}\n{C}',
            ["id-1", "r.jsonl:2: is JSON, but not a message: it has no topic", "id-3"],
            id="no-topic",
        ),
        pytest.param(
            f'{A}\n42\n"text"\nnull\n{C}',
            [
                "id-1",
                *(
                    f"r.jsonl:{line}: is JSON, but not a message: it has no topic"
                    for line in (2, 3, 4)
                ),
                "id-3",
            ],
            id="scalars",
        ),
        pytest.param(
            json.dumps([BUS[0], 42, BUS[2]]),
            ["id-1", "r.jsonl:1: is JSON, but not a message: it has no topic", "id-3"],
            id="scalar-in-an-array",
        ),
        pytest.param(
            '{"error": "rows_per_page must be <= 100"}',
            ["r.jsonl:1: is JSON, but not a message: it has no topic"],
            id="error-of-datagrepper",
        ),
        pytest.param(
            f'{A}\n{{"topic": "t", "n": {"9" * 5000}}}\n{C}',
            ["id-1", "r.jsonl:2: is not JSON: Exceeds the limit", "id-3"],
            id="huge-int",
        ),
        pytest.param(
            f"{A}\n{'[' * 100_000}\n{C}",
            ["id-1", "r.jsonl:2: is nested too deeply", "id-3"],
            id="depth",
        ),
        pytest.param(
            f"{PRINTED_A}\n{WITHOUT_END}\n{PRINTED_B}\n",
            ["id-1", "r.jsonl:22: the object that begins here does not end", "id-2"],
            id="printed-object-without-end-before-another",
        ),
        pytest.param(
            f"{WITHOUT_END}\n{B}\n{C}\n",
            ["r.jsonl:1: the object that begins here does not end", "id-2", "id-3"],
            id="printed-object-without-end-before-lines",
        ),
        pytest.param(
            f"{A}\n{WITHOUT_END}\n",
            ["id-1", "r.jsonl:2: the object that begins here does not end"],
            id="printed-object-without-end",
        ),
        pytest.param(
            SPOILT,
            [
                "id-1",
                f"r.jsonl:{line_of('oops', SPOILT)}: is not JSON: Expecting value (column 15)",
                "id-2",
            ],
            id="problem-within-a-printed-object",
        ),
        pytest.param(
            f"{PRINTED_A}\n{PRINTED_B}\n".encode().replace(b"id-1", b"\xff", 1),
            [f"r.jsonl:{line_of('id-1', PRINTED_A)}: is not UTF-8 text", "id-2"],
            id="not-utf-8-within-a-printed-object",
        ),
        pytest.param(
            SPOILT_ARRAY,
            ["id-1", f"r.jsonl:{line_of('-2', SPOILT_ARRAY)}: is not JSON: Expecting", "id-3"],
            id="problem-within-a-printed-array",
        ),
        pytest.param(
            ARRAY[:-30],
            ["id-1", "id-2", "r.jsonl:44: the object that begins here does not end"],
            id="truncated-array",
        ),
    ],
)
def test_damage(tmp_path: Path, content: bytes | str, expected: list[str]) -> None:
    """Damage is reported with its line and the reason, and everything sound around it survives."""
    lines = told(tmp_path, content)
    assert [line[: len(wanted)] for line, wanted in zip(lines, expected, strict=True)] == expected


MANY = "".join(
    json.dumps(bus_record(number) | {"noise": md5(b"%d" % number).hexdigest() * 9}) + "\n"
    for number in range(1, 6001)
).encode()


@pytest.mark.parametrize("compression", BROKEN_OFF)
def test_truncated_compression(tmp_path: Path, compression: str) -> None:
    """A truncated compressed file gives what comes before, and the line where it ends."""
    whole = COMPRESSIONS[compression](MANY)
    *messages, damage = told(tmp_path, whole[: len(whole) // 2])
    assert messages == [f"id-{number}" for number in range(1, len(messages) + 1)]
    assert damage.startswith(f"r.jsonl:{len(messages) + 1}: cannot be read any further: ")


@pytest.mark.parametrize("compression", BROKEN_OFF)
def test_spoilt_compression(tmp_path: Path, compression: str) -> None:
    """A compressed file with garbage in it is damage, not a crash."""
    whole = COMPRESSIONS[compression](MANY)
    middle = len(whole) // 2
    first, *_, last = told(tmp_path, whole[:middle] + b"\xff" * 100 + whole[middle + 100 :])
    assert first == "id-1"
    assert "cannot be read any further: " in last


def test_begun_compression(tmp_path: Path) -> None:
    """A compressed file of which only the first bytes are left is damage."""
    for start in (b"\x1f\x8b", b"\xfd7zXZ\x00", b"BZh9", b"\x28\xb5\x2f\xfd"):
        (damage,) = told(tmp_path, start)
        assert damage.startswith("r.jsonl:1: cannot be read any further: ")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (FORMS["lines"].encode("utf-16"), "is UTF-16 text; convert it to UTF-8 with iconv"),
        (FORMS["lines"].encode("utf-16-be"), "is UTF-16 text; convert it to UTF-8 with iconv"),
        (FORMS["array-printed"].encode("utf-16-le"), "is UTF-16 text; convert it to UTF-8 with"),
        (FORMS["lines"].encode("utf-32"), "is UTF-32 text; convert it to UTF-8 with iconv"),
        (FORMS["array"].encode("utf-32-be"), "is UTF-32 text; convert it to UTF-8 with iconv"),
        (gzip.compress(FORMS["lines"].encode("utf-16")), "is UTF-16 text; convert it"),
        (zipped(FORMS["lines"]), "is a zip archive; unpack it first"),
        (b"PK\x05\x06" + bytes(18), "is a zip archive; unpack it first"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "is a 7-Zip archive; unpack it first"),
        (b"\x04\x22\x4d\x18\x64\x40", "is compressed with lz4; decompress it first"),
        (b"SQLite format 3\x00\x10\x00", "is an SQLite database, not a recording"),
        (b"PGDMP\x01\x0e\x00", "is a PostgreSQL dump, not a recording"),
    ],
)
def test_files_of_another_kind(tmp_path: Path, content: bytes, reason: str) -> None:
    """A file that is not a recording is reported once as what it is, with a way out."""
    (damage,) = found(tmp_path, content)
    assert isinstance(damage, Damage)
    assert damage.whole
    assert damage.reason.startswith(reason)
    assert str(unreadable(str(tmp_path / "r.jsonl"))).startswith(f"{tmp_path}/r.jsonl: {reason}")


def test_zstd_without_its_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If the library for zstd is missing, the file is reported as compressed with zstd."""
    without = [one for one in formats._COMPRESSIONS if one[0] is not formats._ZSTD]
    monkeypatch.setattr(formats, "_COMPRESSIONS", without)
    (damage,) = told(tmp_path, COMPRESSIONS["zstd"](b"{}"))
    assert damage == (
        "r.jsonl:1: is compressed with zstd; install backports.zstd or decompress it first"
    )


@pytest.mark.parametrize("form", ["lines", "array-printed-bom", "page-raw-printed"])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_recordings_are_not_refused(tmp_path: Path, form: str, compression: str) -> None:
    """A check of the beginning accepts a recording, even a damaged one."""
    path = tmp_path / "r.jsonl"
    for content in (FORMS[form].encode(), b"", b"oops"):
        path.write_bytes(COMPRESSIONS[compression](content))
        assert unreadable(str(path)) is None
    path.write_bytes(COMPRESSIONS[compression](FORMS[form].encode())[:20])
    assert unreadable(str(path)) is None


def test_files_that_cannot_be_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A missing file, a folder and a closed standard input are refused in advance."""
    assert unreadable(str(tmp_path)) == f"{tmp_path}: cannot be read: Is a directory"
    assert unreadable("nosuch") == "nosuch: cannot be read: No such file or directory"
    monkeypatch.setattr(sys, "stdin", None)
    assert unreadable(STDIN) == "standard input: cannot be read: it is closed"


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    """What cannot be opened is reported by the caller."""
    with pytest.raises(IsADirectoryError):
        list(read(str(tmp_path)))
    with pytest.raises(FileNotFoundError):
        list(read(str(tmp_path / "nothing.jsonl")))


def test_messages_with_problems_are_messages(tmp_path: Path) -> None:
    """A record with a topic is a message, however odd: it is counted, not skipped."""
    lines = ['{"topic": null}', '{"topic": "t", "body": [1]}', '{"topic": "t", "headers": 1}']
    messages = found(tmp_path, "\n".join(lines))
    problems = [one.unreadable for one in messages if isinstance(one, Message)]
    assert problems == ["topic", "object", None]


def test_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a pipe that is still being written, each message comes as soon as it arrives."""
    out, into = os.pipe()
    with os.fdopen(out) as stdin, os.fdopen(into, "w") as pipe:
        monkeypatch.setattr(sys, "stdin", stdin)
        reading = read(STDIN)
        for record in BUS:
            print(json.dumps(record), file=pipe, flush=True)
            message = next(reading)
            assert isinstance(message, Message)
            assert message.id == record["id"]


_PIECES = st.sampled_from(
    [A, PRINTED_A, "{", "}", "[", "]", ",", "\n", "  ", "{}", "\r", "[[", '"']
)


@given(st.lists(_PIECES | st.text(max_size=3)).map("".join).map(str.encode) | st.binary())
def test_any_content_is_read_to_its_end(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Whatever a file holds, each thing in it is a message or damage on one of its lines."""
    folder = tmp_path_factory.getbasetemp()
    for one in found(folder, content):
        assert isinstance(one, Message) or 1 <= one.line <= content.count(b"\n") + 1
