"""Reads a ledger while the exporter writes it, and copies it.

A reader takes no lock that an exporter waits for. It sees one moment: the latest
when it was opened.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from ..statistics.coverage import Coverage
from .errors import LedgerError, explained
from .file import followed, make_private, refuse_foreign
from .formats import FORMAT
from .ids import known_ids
from .known import noted, people_coverage
from .tables import ActivityTables

#: How long to wait for an exporter that is just starting, in seconds.
_PATIENCE = 10


class Reader:
    """A read-only view of a ledger at one moment."""

    def __init__(self, path: Path) -> None:
        """Open a ledger. Raises LedgerError if it is not one that can be read."""
        self._path = path
        self._database = open_to_read(path)
        self.activity = ActivityTables(self._database)

    def noted(self, name: str) -> str | None:
        """The text that the exporter keeps under a name, None for none."""
        with explained(self._path):
            return noted(self._database, name)

    def counted(self, digests: Sequence[bytes]) -> set[bytes]:
        """Which of some ids the exporter has counted, and still knows. Raises LedgerError."""
        with explained(self._path):
            return known_ids(self._database, digests)

    def coverage(self) -> Coverage:
        """The time for which everything is or will be known. Raises LedgerError."""
        with explained(self._path):
            return self.activity.known()

    def people_coverage(self) -> Coverage:
        """The time for which everything about people is known. Raises LedgerError."""
        with explained(self._path):
            return people_coverage(self._database)

    def close(self) -> None:
        """Let the exporter reuse the space that was kept for this moment."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a ledger's file to read one moment of it. Raises LedgerError."""
    with explained(path):
        database = _connect(path)
        try:
            _refuse_old(path, refuse_foreign(path, database))
            # The moment begins with the first row that is read.
            database.execute("BEGIN")
            database.execute("SELECT 1 FROM log").fetchone()
        except BaseException:
            database.close()
            raise
        return database


def back_up(path: Path, target: Path) -> None:
    """Copy a ledger to a new file, complete and as of one moment, even during writes.

    The copy appears under its name only once it is complete. Raises LedgerError.
    """
    if target.exists() or target.is_symlink():
        raise LedgerError(f"{target}: exists already; name a file that does not")
    young = target.with_name(target.name + ".new")
    with closing(_connect_checked(path)) as source, explained(target):
        make_private(young)
        try:
            with closing(sqlite3.connect(young)) as copy:
                source.backup(copy)
                _require_whole(copy, path)
            _sync(young)
            young.rename(target)
        finally:
            young.unlink(missing_ok=True)


def _refuse_old(path: Path, version: int) -> None:
    if version < FORMAT:
        raise LedgerError(
            f"{path}: written by an older exporter (format {version}, this one reads "
            f"{FORMAT}); start the present exporter on it once"
        )


def _connect_checked(path: Path) -> sqlite3.Connection:
    """A connection to a ledger of any format."""
    with explained(path):
        database = _connect(path)
        try:
            refuse_foreign(path, database)
        except BaseException:
            database.close()
            raise
        return database


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A read-only connection; to the file itself, not to a link."""
    uri = f"file:{quote(str(path))}?{_options(path)}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_PATIENCE)


def _connect(path: Path) -> sqlite3.Connection:
    real = followed(path)
    if not real.exists():
        raise LedgerError(f"{path}: no such file")
    return connect_to_read(real)


def _options(path: Path) -> str:
    """How to open: SQLite creates files next to a ledger even when reading one not in use."""
    at_rest = not path.with_name(path.name + "-wal").exists()
    return "immutable=1" if at_rest and not os.access(path.parent, os.W_OK) else "mode=ro"


def _require_whole(copy: sqlite3.Connection, path: Path) -> None:
    # A single file that can be moved, without a log next to it.
    copy.execute("PRAGMA journal_mode = DELETE")
    (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise LedgerError(f"{path}: the copy of it is damaged: {verdict}")


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
