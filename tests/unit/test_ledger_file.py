"""The ledger's file: readers, a second exporter, copies, links, modes."""

import fcntl
import math
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fedmsg_exporter.families import MESSAGES, USERS
from fedmsg_exporter.ledger import Ledger, LedgerError, lock
from fedmsg_exporter.ledger.file import set_aside
from fedmsg_exporter.ledger.formats import APPLICATION_ID, STEPS
from fedmsg_exporter.ledger.ids import digest
from fedmsg_exporter.ledger.reader import Reader, back_up
from fedmsg_exporter.statistics.coverage import Span
from tests.activity import day_rows
from tests.events import event

NOW = 1_767_600_000.0
ROOT = Path(__file__).parents[2]

#: Records batches endlessly, and prints a line once it has begun.
WRITER = """
import sys
import time
from pathlib import Path
from fedmsg_exporter.ledger import Ledger
from tests.events import event
ledger = Ledger(Path(sys.argv[1]), synchronous="off")
for n in range(10**9):
    ledger.record([event(user=f"user{n % 50}", sent_at=float(sys.argv[2])) for _ in range(99)],
        float(sys.argv[2]))
    n or print("begun", flush=True)
"""


@pytest.fixture
def writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes to the ledger all the time."""
    command = [sys.executable, "-c", WRITER, str(path), str(NOW)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        yield process
        process.kill()


def sums(database: sqlite3.Connection) -> tuple[float, float, float]:
    """All messages: of the counts, of the days and of the hours."""
    queries = (
        f"SELECT sum(value) FROM series WHERE family = '{MESSAGES.name}'",
        "SELECT sum(messages) FROM days",
        "SELECT sum(messages) FROM hours",
    )
    one, two, three = (database.execute(query).fetchone()[0] for query in queries)
    return one, two, three


def test_a_look_at_a_lock_keeps_nobody_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`is_held` locks the file for a moment itself, and whoever starts just then is not refused."""
    lock.Lock(path).release()
    with path.with_name(path.name + lock.SUFFIX).open() as look:
        fcntl.flock(look, fcntl.LOCK_SH)
        monkeypatch.setattr(time, "sleep", lambda _: look.close())
        with lock.Lock(path):
            assert lock.is_held(path)
    assert not lock.is_held(path)


def test_reader_sees_one_moment_while_another_process_writes(
    path: Path, writer: subprocess.Popen[str]
) -> None:
    """A reader sees whole batches, the newest when it opened, and nothing later."""
    seen = []
    for _ in range(20):
        with Reader(path) as reader:
            messages, days, hours = sums(reader._database)
            assert messages == days == hours
            assert messages % 99 == 0
            assert sums(reader._database) == (messages, days, hours)
        seen.append(messages)
    assert seen == sorted(seen)
    assert writer.poll() is None
    with Reader(path) as reader:
        while True:
            with Reader(path) as later:
                if sums(later._database) > sums(reader._database):
                    break


def test_second_exporter_is_refused_until_the_first_is_killed(
    path: Path, writer: subprocess.Popen[str]
) -> None:
    """The operating system releases the lock however it ends; everything committed is there."""
    with pytest.raises(LedgerError, match="another exporter uses this ledger"):
        Ledger(path)
    with pytest.raises(LedgerError, match="another exporter uses this ledger"):
        set_aside(path, ".old")
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    ledger = Ledger(path)
    assert len({*sums(ledger._database)}) == 1
    ledger.close()


def test_reader_knows_what_was_counted_and_since_when(path: Path) -> None:
    """What history must leave out: what the ledger counts by itself, by time and by id."""
    ledger = Ledger(path)
    ledger.record([event(id="here", sent_at=NOW)], NOW)
    with Reader(path) as reader:
        assert reader.coverage().spans == (Span(NOW, math.inf),)
        assert reader.counted([digest("here"), digest("elsewhere")]) == {digest("here")}
    ledger.close()


def test_readers_change_nothing(path: Path) -> None:
    """A reader cannot write, and keeps no exporter from starting."""
    Ledger(path).close()
    with Reader(path) as reader:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._database.execute("DELETE FROM series")
        ledger = Ledger(path)
        ledger.record([event(sent_at=NOW)], NOW)
        assert day_rows(reader.activity) == []
        ledger.close()
    with Reader(path) as reader:
        assert [row.user for row in day_rows(reader.activity)] == ["ralph"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (str, "no such file"),
        (lambda p: p.write_bytes(b"not a database, but long" * 50), "not a database"),
        (lambda p: older(p, 2), r"older exporter \(format 2.*start the present exporter"),
        (lambda p: closing(sqlite3.connect(p)).__enter__().execute("CREATE TABLE t (x)"), "ledger"),
    ],
    ids=["missing", "scribbled", "older", "another's database"],
)
def test_reader_refuses_what_it_cannot_read(path: Path, make: object, message: str) -> None:
    """A file that is not a ledger of the present format is refused with a way out."""
    make(path)  # type: ignore[operator]
    with pytest.raises(LedgerError, match=message) as caught:
        Reader(path)
    assert str(path) in str(caught.value)


def older(path: Path, version: int) -> None:
    """Make a ledger as an older exporter would leave it, with 41 messages."""
    with closing(sqlite3.connect(path)) as database:
        for step in range(1, version + 1):
            database.executescript(STEPS[step])
        database.executescript(
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version};"
            f"INSERT INTO series VALUES (7, '{MESSAGES.name}', "
            """'["org.fedoraproject", "wiki"]', 41, 1)"""
        )


@pytest.mark.parametrize("version", [1, 2])
def test_older_formats_are_migrated(path: Path, version: int) -> None:
    """A ledger of an older format keeps its counts, and its activity begins."""
    older(path, version)
    path.chmod(0o644)
    ledger = Ledger(path)
    ledger.record([event("wiki", sent_at=NOW)], NOW)
    assert [series.value for series in ledger.counts.family(MESSAGES).values()] == [42]
    assert [row.messages for row in day_rows(ledger.activity)] == [1]
    ledger.close()
    assert path.stat().st_mode & 0o777 == 0o600
    with Reader(path) as reader:
        assert reader.people_coverage().spans == ()


def test_copy_is_whole_while_another_process_writes(
    path: Path, tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    """A copy is one file of one moment that only its owner may read, and opens as a ledger."""
    for number in range(5):
        copy = tmp_path / f"copy{number}"
        back_up(path, copy)
        assert copy.stat().st_mode & 0o777 == 0o600
        ledger = Ledger(copy)
        messages, days, hours = sums(ledger._database)
        assert messages == days == hours > 0
        ledger.close()
    assert writer.poll() is None
    assert not list(tmp_path.glob("*.new"))


def test_copy_replaces_nothing(path: Path, tmp_path: Path) -> None:
    """A copy never replaces a file or a link, and no partial one is left behind."""
    Ledger(path).close()
    (tmp_path / "link").symlink_to("nowhere")
    for target in (path, tmp_path / "link"):
        with pytest.raises(LedgerError, match="exists already"):
            back_up(path, target)
    with pytest.raises(LedgerError, match="the folder must exist"):
        back_up(path, tmp_path / "nowhere" / "copy")
    with pytest.raises(LedgerError, match="no such file"):
        back_up(tmp_path / "missing", tmp_path / "copy")
    assert not list(tmp_path.glob("*.new"))


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
def test_ledger_is_private_whatever_the_umask(path: Path, mask: int) -> None:
    """Ledger, log, index and lock may be read by their owner only."""
    before = os.umask(mask)
    try:
        ledger = Ledger(path)
        ledger.record([event(sent_at=NOW)], NOW)
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
        ledger.close()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys((path.name + end for end in ("", "-wal", "-shm", "-lock")), 0o600)


@pytest.mark.parametrize("exists", [True, False])
def test_link_is_followed(tmp_path: Path, exists: bool) -> None:
    """A symbolic link stays one, and the ledger is at its target, which need not exist yet."""
    real = tmp_path / "disk" / "real.sqlite"
    real.parent.mkdir()
    link = tmp_path / "ledger.sqlite"
    link.symlink_to("disk/real.sqlite")
    if exists:
        Ledger(real).close()
    ledger = Ledger(link)
    ledger.record([event(sent_at=NOW)], NOW)
    with pytest.raises(LedgerError, match="another exporter uses this ledger"):
        Ledger(real)
    with Reader(link) as reader:
        assert sums(reader._database)[0] == 1
    ledger.close()
    assert link.is_symlink()
    assert set_aside(link, ".old") == [real.with_name("real.sqlite.old")]
    assert link.is_symlink()
    Ledger(link).close()
    assert real.exists()
    assert {file.name for file in tmp_path.iterdir()} == {"disk", "ledger.sqlite"}


def test_link_that_leads_nowhere_says_so(tmp_path: Path) -> None:
    """A link into a folder that is missing, or in a circle, is refused by name."""
    link = tmp_path / "ledger.sqlite"
    link.symlink_to("missing/real.sqlite")
    with pytest.raises(LedgerError, match="the folder must exist"):
        Ledger(link)
    link.unlink()
    link.symlink_to("ledger.sqlite")
    with pytest.raises(LedgerError, match="symbolic links"):
        Ledger(link)


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
def test_ledger_that_is_gone_is_noticed(path: Path, replaced: bool) -> None:
    """Nothing is counted into a file that has lost its name: it would be lost at the next start."""
    ledger = Ledger(path)
    ledger.record([event()], NOW)
    kept = path.rename(path.with_name("before"))
    if replaced:
        shutil.copy(kept, path)
    with pytest.raises(LedgerError, match="removed or replaced while in use"):
        ledger.record([event()], NOW)
    kept.replace(path)
    assert ledger.record([event()], NOW).counted == 1
    ledger.close()


def crashed(ledger: Path, into: Path) -> Path:
    """The files of a ledger in use, as a crash would leave them."""
    into.mkdir()
    for end in ("", "-wal"):
        shutil.copy(ledger.with_name(ledger.name + end), into / f"{ledger.name}{end}")
    return into / ledger.name


def grow(ledger: Ledger, batches: int) -> None:
    for _ in range(batches):
        ledger.record([event(user=f"u{n}", sent_at=NOW) for n in range(200)], NOW)


@pytest.mark.parametrize("batches", [0, 1, 2, 3, 5, 9, 30])
def test_log_of_a_crash_belongs_to_its_file(path: Path, tmp_path: Path, batches: int) -> None:
    """Wherever it is killed, between checkpoints or after, a ledger opens with all its counts."""
    ledger = Ledger(path)
    grow(ledger, batches)
    left = crashed(path, tmp_path / "left")
    ledger.close()
    again = Ledger(left)
    assert sum(series.value for series in again.counts.family(USERS).values()) == 200 * batches
    again.close()


def test_log_that_a_reader_holds_back_belongs_to_its_file(path: Path, tmp_path: Path) -> None:
    """With a reader in the way of checkpoints the log grows over several runs, and stays valid."""
    ledger = Ledger(path)
    grow(ledger, 3)
    with Reader(path):
        for number in range(4):
            grow(ledger, 20)
            Ledger(crashed(path, tmp_path / f"left{number}")).close()
    for number in range(4):
        grow(ledger, 20)
        Ledger(crashed(path, tmp_path / f"later{number}")).close()
    ledger.close()


@pytest.mark.parametrize("kind", ["an old copy", "another ledger", "an older format"])
def test_log_of_another_file_is_noticed(path: Path, tmp_path: Path, kind: str) -> None:
    """A file next to the log of another is refused, and neither of them is changed."""
    other = tmp_path / "other.sqlite"
    ledger = Ledger(path)
    grow(ledger, 1)
    if kind == "an old copy":
        back_up(path, other)
    elif kind == "another ledger":
        Ledger(other).close()
    else:
        older(other, 2)
    grow(ledger, 30)
    left = crashed(path, tmp_path / "left")
    ledger.close()
    shutil.copy(other, left)
    log = left.with_name(left.name + "-wal")
    before = log.read_bytes()
    with pytest.raises(LedgerError, match=r"-wal: does not belong to .*move the log away"):
        Ledger(left)
    assert (left.read_bytes(), log.read_bytes()) == (other.read_bytes(), before)
    log.unlink()
    Ledger(left).close()


def test_forgetting_waits_for_readers(path: Path) -> None:
    """While somebody reads, names stay in the log: that is reported, and done the next time."""
    ledger = Ledger(path)
    ledger.record([event(user="mizmo", sent_at=NOW)], NOW)
    reader = Reader(path)
    with pytest.raises(LedgerError, match="wait for it to end"):
        ledger.relabel(lambda family, labels: None if family is USERS else labels)
    reader.close()
    ledger.relabel(lambda _, labels: None if "mizmo" in labels else labels, lambda _: None)
    ledger.close()
    stored = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"mizmo" not in stored
