"""Past messages as files, in the forms in which they are available, and imports of them."""

import csv
import io
import json
import lzma
import sqlite3
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

from click.testing import CliRunner, Result

from fedmsg_exporter.commands import main
from fedmsg_exporter.history.store import History
from fedmsg_exporter.statistics.calendar import day, iso, start_of
from fedmsg_exporter.statistics.coverage import Span

from .activity import day_rows

TOPIC = "org.fedoraproject.prod.bodhi.update.comment"
MONDAY = day("2026-01-05")
COLUMNS = (
    *("id", "msg_id", "i", "topic", "timestamp", "certificate", "signature", "category"),
    *("agent_name", "crypto", "source_name", "source_version", "msg", "headers"),
)
Row = dict[str, str]


def row(date: int, number: int, user: str = "ralph", **more: str) -> Row:
    """A message as stored by datanommer, some minutes into a day."""
    body = {"agent": user, "comment": {"user": {"name": user}, "text": 'a "quoted"\nline, and ü'}}
    text = iso(date) + f" {number // 60 % 24:02}:{number % 60:02}:00.5"
    return {
        **dict.fromkeys(COLUMNS, ""),
        "id": str(number),
        "msg_id": f"{date}-{number}",
        "topic": TOPIC,
        "timestamp": text,
        "msg": json.dumps(body, indent=1),
        "headers": json.dumps({"sent-at": "2026-01-05T00:00:00+00:00"}),
        **more,
    }


def table(rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> bytes:
    """What psql's COPY writes."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def export(folder: Path, date: int, rows: Sequence[Row]) -> Path:
    """A daily export, its tables in arbitrary order."""
    path = folder / f"{iso(date)}-datanommer-incremental-csv.tar"
    files = {
        f"{iso(date)}-users.csv.xz": lzma.compress(b"id,name\n1,ralph\n"),
        f"{iso(date)}-messages.csv.xz": lzma.compress(table(rows)),
        f"{iso(date)}-users_messages.csv.xz": lzma.compress(b"user_id,msg_id,msg_timestamp\n"),
        "alembic_version.txt": b"951c40020acc\n",
    }
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def recorded(rows: Sequence[Row]) -> bytes:
    """The same messages as `fedora-messaging record` writes them."""
    return b"".join(json.dumps(_record(one)).encode() + b"\n" for one in rows)


def recording(path: Path, rows: Sequence[Row]) -> Path:
    """A file of `recorded` messages."""
    path.write_bytes(recorded(rows))
    return path


def dumped(
    rows: Sequence[Row], name: str = "public.messages", columns: Sequence[str] = COLUMNS
) -> str:
    """A table as pg_dump writes it."""
    names = ", ".join(columns).replace("timestamp", '"timestamp"')
    lines = [f"COPY {name} ({names}) FROM stdin;"]
    for one in rows:
        fields = (one[column] for column in columns)
        lines.append("\t".join(one.translate(_ESCAPES) if one else "\\N" for one in fields))
    return "\n".join([*lines, "\\.", "", ""])


_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b"})
#: How a dump begins.
HEAD = "--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n\n"


def rows_of(date: int, number: int) -> list[Row]:
    """Messages a minute apart, of 300 users in turn."""
    return [row(date, i, f"user{i % 300}") for i in range(number)]


def as_tar(folder: Path, rows: Sequence[Row]) -> bytes:
    """A daily export of Monday."""
    return export(folder, MONDAY, rows).read_bytes()


#: Every form in which some messages can be written, with a folder for what it needs.
FORMS: dict[str, Callable[[Path, Sequence[Row]], bytes]] = {
    "recording": lambda _, rows: recorded(rows),
    "CSV": lambda _, rows: table(rows),
    "SQL dump": lambda _, rows: (HEAD + dumped(rows)).encode(),
    "tar": as_tar,
}


def _record(one: Row) -> dict[str, object]:
    sent_at = one["timestamp"].replace(" ", "T") + "+00:00"
    body = json.loads(one["msg"])
    record = {"topic": one["topic"], "id": one["msg_id"], "body": body}
    return {**record, "headers": {"sent-at": sent_at}}


def run(state: Path, *arguments: object, stdin: bytes = b"") -> Result:
    """A command of history, with a config next to the ledger."""
    command, *rest = map(str, arguments)
    config = ["--config", str(state.with_name("config.yml"))]
    return CliRunner().invoke(main, ["history", command, *config, *rest], input=stdin)


def configured(folder: Path, more: str = "") -> Path:
    """The path of a ledger in a new folder, with a config next to it."""
    folder.mkdir(exist_ok=True)
    (folder / "config.yml").write_text(f"state: ledger.sqlite\nschemas: false\n{more}")
    return folder / "ledger.sqlite"


Known = tuple[dict[tuple[int, str], int], tuple[Span, ...]]


def known(state: Path) -> Known:
    """Messages by day and user, and what is covered."""
    history = History(state.with_name("history.sqlite"))
    found: dict[tuple[int, str], int] = {}
    for one in day_rows(history.activity):
        found[one.day, one.user] = found.get((one.day, one.user), 0) + one.messages
    spans = history.activity.known().spans
    history.close()
    return found, spans


def content(state: Path) -> list[list[tuple[object, ...]]]:
    """Everything in the file of history."""
    with sqlite3.connect(state.with_name("history.sqlite")) as database:
        names = ("users", "topics", "days", "hours", "coverage", "units", "moments")
        found = [sorted(database.execute(f"SELECT * FROM {name}")) for name in names]
    database.close()
    return found


def days(first: int, last: int) -> Span:
    """From one day to another, both included."""
    return Span(start_of(first), start_of(last + 1))
