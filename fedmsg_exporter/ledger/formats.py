"""The formats of the ledger's file, and the way from each to the next."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from .tables import SCHEMA

#: Version of the file's format, in SQLite's user_version.
FORMAT = 3

#: Marks the file as ours, in SQLite's application_id ("fmEx").
APPLICATION_ID = 0x666D4578

#: The format that `SCHEMA` came with.
_WITH_ACTIVITY = 3

#: How each format is made from the previous one; format 1 is made from scratch.
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
    3: """
        CREATE TABLE log (
            mark TEXT NOT NULL,       -- changes with each run of the write-ahead log
            before TEXT NOT NULL      -- the mark of the run before
        );
        INSERT INTO log VALUES (lower(hex(randomblob(16))), '');
    """,
}


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


def marked(database: sqlite3.Connection) -> tuple[int, int]:
    """A file's application id, and its format."""
    (mark,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return mark, version


def _statements(step: int) -> list[str]:
    tables = SCHEMA if step == _WITH_ACTIVITY else ""
    return [*tables.split(";"), *STEPS[step].split(";")]


def migrate(database: sqlite3.Connection, version: int) -> None:
    """Take the steps from a version to the present one, all or none."""
    if version == FORMAT:
        return
    with transaction(database):
        for step in range(version + 1, FORMAT + 1):
            for statement in _statements(step):
                database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {FORMAT}")
