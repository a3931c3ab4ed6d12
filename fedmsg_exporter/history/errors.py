"""What can go wrong with the file of history, and what to do about it."""

import errno
import sqlite3
from pathlib import Path

from ..ledger.errors import LedgerError


class HistoryError(LedgerError):
    """History cannot be opened or written; the message says what to do."""


def explained(path: Path, error: sqlite3.Error | OSError) -> str:
    """An error of the file system or of SQLite, and the way out."""
    reason = getattr(error, "strerror", None) or str(error)
    name = getattr(error, "sqlite_errorname", "")
    # Where there is no room for the index of its log, SQLite calls it an I/O error.
    full = name == "SQLITE_FULL" or name.startswith("SQLITE_IOERR_SHM")
    full = full or getattr(error, "errno", 0) == errno.ENOSPC
    way_out = "; free some space, then run the same command to resume" if full else ""
    if isinstance(error, FileNotFoundError):
        way_out = "; the folder does not exist: create it, or choose another with --state or --file"
    return f"{path}: {reason}{way_out}"
