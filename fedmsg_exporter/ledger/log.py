"""SQLite's write-ahead log: kept short, and known to belong to its file.

SQLite applies any log that it finds next to a file. If the file has been replaced by
an old copy, the result is a mixture of the two. So each run of the log, from one
checkpoint to the next, begins with a new mark in the table `log`, together with the
mark of the previous run. The mark in the file itself must be one of the two.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote

from .errors import LedgerError

#: How many rows are written before what is in the log is moved to the file.
_ROWS = 2000

Mark = tuple[str, str]


class Log:
    """The write-ahead log of an open ledger, whose own checkpoints are off."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._written = database.total_changes
        self._is_new_run = False
        database.execute("PRAGMA wal_autocheckpoint = 0")
        self.checkpoint()

    def begin(self) -> None:
        """Mark the run, if the current transaction is its first."""
        if self._is_new_run:
            self._database.execute("UPDATE log SET before = mark, mark = ?", (token_hex(16),))

    def committed(self) -> None:
        """Note that the transaction is committed, and make a checkpoint when it is due."""
        self._is_new_run = False
        if self._database.total_changes - self._written >= _ROWS:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Move what is in the log to the file, as far as readers permit."""
        self._checkpoint("PASSIVE")

    def truncate(self) -> None:
        """The same, and free the log's disk space if no reader is in the way."""
        self._checkpoint("TRUNCATE")

    def _checkpoint(self, mode: str) -> None:
        self._written = self._database.total_changes
        try:
            query = self._database.execute(f"PRAGMA wal_checkpoint({mode})")
        except sqlite3.Error:
            # What was committed is safe in the log; the next checkpoint will do.
            return
        _, pages, moved = query.fetchone()
        self._is_new_run = pages == moved


def require_own_log(path: Path) -> None:
    """Raise LedgerError if the log next to a ledger belongs to another file.

    Changes nothing: opened for writing, SQLite would apply the log.
    """
    log = path.with_name(path.name + "-wal")
    if not log.exists() or log.stat().st_size == 0:
        return
    try:
        file = _mark(path, "immutable=1")
    except sqlite3.Error:
        return  # Damage of another kind, which is checked for later.
    try:
        is_own = _belong_together(file, _mark(path, "mode=ro")) and _fit_together(path, file)
    except sqlite3.DatabaseError:
        is_own = False  # The file alone is readable: its pages and the log's do not match.
    if not is_own:
        raise LedgerError(
            f"{log}: does not belong to {path}, which was replaced by a copy; put back the file "
            "that the log belongs to, or move the log away, which loses what only the log has"
        )


def _belong_together(file: Mark | None, both: Mark | None) -> bool:
    if both is None:
        return file is None
    return (file[0] if file else "") in both


def _fit_together(path: Path, mark: Mark | None) -> bool:
    """Whether a file of a format without marks is sound with the log, if it is sound alone."""
    return mark is not None or not _is_sound(path, "immutable=1") or _is_sound(path, "mode=ro")


def _is_sound(path: Path, options: str) -> bool:
    with closing(sqlite3.connect(f"file:{quote(str(path))}?{options}", uri=True)) as database:
        (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
        return bool(verdict == "ok")


def _mark(path: Path, options: str) -> Mark | None:
    """The mark in a file; None in a format without marks."""
    with closing(sqlite3.connect(f"file:{quote(str(path))}?{options}", uri=True)) as database:
        has_marks: Callable[..., sqlite3.Cursor] = database.execute
        if not has_marks("SELECT 1 FROM sqlite_schema WHERE name = 'log'").fetchone():
            return None
        mark, before = database.execute("SELECT mark, before FROM log").fetchone()
        return str(mark), str(before)
