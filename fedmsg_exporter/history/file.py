"""The file of history: created and opened. Its tables are the ledger's own, and the units."""

import sqlite3
from pathlib import Path

from ..ledger.file import create
from ..ledger.formats import marked
from ..ledger.tables import SCHEMA
from . import moments
from .errors import HistoryError

#: Marks the file as history, in SQLite's application_id ("fmHi").
APPLICATION_ID = 0x666D4869
FORMAT = 1

_UNITS = """
    CREATE TABLE units (
        source TEXT PRIMARY KEY,      -- the file, as it was named
        size INTEGER NOT NULL,
        state TEXT NOT NULL,          -- as in store.py
        messages INTEGER NOT NULL,
        skipped INTEGER NOT NULL,     -- known from other units
        duplicates INTEGER NOT NULL,
        damaged INTEGER NOT NULL,
        start REAL,
        end REAL
    ) WITHOUT ROWID;
    CREATE TABLE notes (
        name TEXT PRIMARY KEY,
        text TEXT NOT NULL
    ) WITHOUT ROWID;
"""


def refuse_foreign(path: Path, database: sqlite3.Connection) -> None:
    """Raise HistoryError unless a file is history that can be read."""
    if marked(database) != (APPLICATION_ID, FORMAT):
        raise HistoryError(f"{path}: not history that this exporter can read; name another file")


def _write_schema(database: sqlite3.Connection) -> None:
    database.executescript(
        f"BEGIN; {SCHEMA} {moments.SCHEMA} {_UNITS} PRAGMA application_id = {APPLICATION_ID};"
        f"PRAGMA user_version = {FORMAT}; COMMIT;"
    )


def open_file(path: Path) -> sqlite3.Connection:
    """Open the file to be written, creating it if necessary.

    Raises HistoryError, sqlite3.Error, OSError.
    """
    if not path.exists():
        create(path, _write_schema)
    database = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        refuse_foreign(path, database)
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(moments.SCHEMA)  # for files from before this table
        # An import that a power cut undoes can be done again.
        database.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        database.close()
        raise
    return database
