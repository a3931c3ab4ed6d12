"""What can go wrong with a ledger's file, and what to do about it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..sink import NotRecorded


class LedgerError(NotRecorded):
    """The ledger cannot be opened, read or written; the message says what to do."""


IN_USE = "; another exporter uses this ledger: stop it, or set `state` to another file"
DAMAGED = (
    "; the ledger is damaged: restore it from a backup, or start a new one and keep the old file "
    "with `fedmsg-exporter reset {path}`"
)
PERMISSION = "; the file and its folder must be writable by the exporter"
_ADVICE = {
    "SQLITE_BUSY": IN_USE,
    "SQLITE_LOCKED": IN_USE,
    "BlockingIOError": IN_USE,
    "SQLITE_NOTADB": DAMAGED,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_CANTOPEN": "; the folder must exist, and both must be writable by the exporter",
    "SQLITE_READONLY": PERMISSION,
    "SQLITE_PERM": PERMISSION,
    "PermissionError": PERMISSION,
    "FileNotFoundError": "; the folder must exist",
    "SQLITE_FULL": "; free some space: a running exporter then continues by itself",
    "SQLITE_IOERR": "; check the disk: a running exporter continues by itself once it works",
}


@contextmanager
def explained(path: Path | None) -> Iterator[None]:
    """Turn SQLite's errors, and the file system's, into ones that say what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if path and path.is_dir():
            # SQLite calls it an error of the disk.
            raise LedgerError(f"{path}: a folder, not a file; name the file in it") from error
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        advice = next((text for code, text in _ADVICE.items() if name.startswith(code)), "")
        reason = getattr(error, "strerror", None) or error
        where = path or "ledger in memory"
        raise LedgerError(f"{where}: {reason}{advice.format(path=path)}") from error
