"""The ledger's file: made, opened, migrated; and what its errors mean.

A file that is not what it should be is never replaced in silence: it may be
the only record of years. `set_aside` is for whoever decides to start over.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ..sink import NotRecorded

#: Version of the file's format, in SQLite's user_version.
FORMAT = 2

#: Marks the file as ours, in SQLite's application_id ("fmEx").
APPLICATION_ID = 0x666D4578

#: How a format is made of the one before it; format 1 is made of nothing.
STEPS = {
    1: """
        CREATE TABLE series (
            number INTEGER PRIMARY KEY,
            family TEXT NOT NULL,
            labels TEXT NOT NULL,     -- the label values, a JSON array
            value REAL NOT NULL,
            shown INTEGER NOT NULL    -- 0 while the exposition still shows it as 0
        );
        CREATE TABLE ids (
            id BLOB PRIMARY KEY,      -- 16 bytes of digest
            seen INTEGER NOT NULL     -- when it was counted, seconds since the epoch
        ) WITHOUT ROWID;
    """,
    2: """
        CREATE TABLE notes (
            name TEXT PRIMARY KEY,
            text TEXT NOT NULL        -- what else must outlive the process, as JSON
        ) WITHOUT ROWID;
    """,
}


#: What a large batch comes to in SQLite's log, and the cache on top, in bytes.
_LARGE_BATCH = 6 << 20


class LedgerError(NotRecorded):
    """The ledger cannot be opened or written; the message says what to do."""


def open_file(path: Path | None, synchronous: str) -> sqlite3.Connection:
    """Open a ledger's file for this process alone, making it where there is none.

    ``path`` None is a ledger in memory. Raises LedgerError.
    """
    with explained(path):
        if path is None:
            database = _connect(":memory:")
            _migrate(database, 0)
            return database
        if not path.exists():
            _make(path)
        database = _connect(path)
        try:
            _prepare(database, path, synchronous)
        except BaseException:
            database.close()
            raise
        return database


def set_aside(path: Path, suffix: str) -> list[Path]:
    """Put a ledger aside under its name with a suffix, so that a new one can begin.

    Returns the files that were kept. Raises LedgerError when an exporter uses it.
    """
    if not path.exists():
        return []
    with explained(path):
        _refuse_if_in_use(path)
    kept = []
    # SQLite's own files beside it belong to it: the newest counts may be there.
    for ending in ("-wal", "-shm", ""):
        old = path.with_name(path.name + ending)
        if old.exists():
            kept.append(old.rename(old.with_name(f"{path.name}{suffix}{ending}")))
    return kept


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Commit what happens inside, or none of it."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
        database.execute("COMMIT")
    except BaseException:
        # After some errors SQLite has rolled back by itself.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def probe(database: sqlite3.Connection) -> None:
    """Write as much as a large batch, and take it back; then commit something small."""
    database.execute("BEGIN IMMEDIATE")
    try:
        # More than SQLite's cache holds, so that most of it goes to the disk.
        database.execute("REPLACE INTO notes VALUES ('probe', zeroblob(?))", (_LARGE_BATCH,))
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")
    with transaction(database):
        database.execute("REPLACE INTO notes VALUES ('probe', '')")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def explained(path: Path | None) -> Iterator[None]:
    """Turn SQLite's errors, and the file system's, into ones that say what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        advice = next((text for code, text in _ADVICE.items() if name.startswith(code)), "")
        reason = getattr(error, "strerror", None) or error
        where = path or "ledger in memory"
        raise LedgerError(f"{where}: {reason}{advice.format(path=path)}") from error


_IN_USE = "; another exporter uses this ledger: stop it, or name another file in `state`"
_DAMAGED = (
    "; the ledger is damaged: restore it from a backup, or start a new one and keep the old file "
    "with `fedmsg-exporter reset {path}`"
)
_PERMISSION = "; the file and its folder must be writable by the exporter"
_ADVICE = {
    "SQLITE_BUSY": _IN_USE,
    "SQLITE_LOCKED": _IN_USE,
    "SQLITE_NOTADB": _DAMAGED,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_CANTOPEN": "; the folder must exist, and it and the file be writable by the exporter",
    "SQLITE_READONLY": _PERMISSION,
    "SQLITE_PERM": _PERMISSION,
    "PermissionError": _PERMISSION,
    "FileNotFoundError": "; the folder must exist",
    "SQLITE_FULL": "; make room on the disk: a running exporter goes on by itself then",
    "SQLITE_IOERR": "; look after the disk: a running exporter goes on by itself then",
}


def _connect(path: Path | str) -> sqlite3.Connection:
    # Autocommit: transactions are ours to begin and end.
    return sqlite3.connect(path, isolation_level=None, timeout=1)


def _make(path: Path) -> None:
    """Make the file under another name first: an empty one is always damage then."""
    young = path.with_name(path.name + ".new")
    young.unlink(missing_ok=True)
    with closing(_connect(young)) as database:
        _migrate(database, 0)
    young.rename(path)


def _prepare(database: sqlite3.Connection, path: Path, synchronous: str) -> None:
    # SQLite calls a read-only disk an I/O error.
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise LedgerError(f"{path}: cannot be written{_PERMISSION}")
    if path.is_file() and path.stat().st_size == 0:
        raise LedgerError(f"{path}: the file is empty{_DAMAGED.format(path=path)}")
    # Exclusive locking refuses a second exporter on the same ledger, and the
    # operating system lifts it when the process ends, however it ends.
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (mark,) = database.execute("PRAGMA application_id").fetchone()
    _refuse_foreign(path, version, mark)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"PRAGMA synchronous = {synchronous}")
    (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise LedgerError(f"{path}: {verdict}{_DAMAGED.format(path=path)}")
    _migrate(database, version)


def _refuse_foreign(path: Path, version: int, mark: int) -> None:
    if mark != APPLICATION_ID:
        raise LedgerError(f"{path}: an SQLite file, but not a ledger; name another file in `state`")
    if version > FORMAT:
        raise LedgerError(
            f"{path}: written by a newer exporter (format {version}, this one reads up to "
            f"{FORMAT}); install that version, or name another file in `state`"
        )


def _migrate(database: sqlite3.Connection, version: int) -> None:
    """Take the steps from a version to the present one, all or none."""
    if version == FORMAT:
        return
    with transaction(database):
        for step in range(version + 1, FORMAT + 1):
            for statement in STEPS[step].split(";"):
                database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {FORMAT}")


def _refuse_if_in_use(path: Path) -> None:
    """Raise if an exporter holds the file's lock; damage is no hindrance here."""
    with closing(_connect(path)) as database:
        try:
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise
