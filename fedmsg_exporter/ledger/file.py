"""The ledger's file: created, opened, set aside.

A file that is not as expected is never replaced silently: it may be the only
record of years. `set_aside` is for deciding to start over.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from .errors import DAMAGED, PERMISSION, LedgerError, explained
from .formats import APPLICATION_ID, FORMAT, marked, migrate
from .lock import Lock
from .log import require_own_log

#: Ledgers of older formats may be readable by others, as the umask permitted.
_PRIVATE_SINCE = 3

#: How SQLite reports that it cannot make room for the index of its log.
_NO_ROOM_FOR_AN_INDEX = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMOPEN")


class Opened(NamedTuple):
    """An open ledger, and the lock that keeps other exporters out."""

    database: sqlite3.Connection
    lock: Lock | None


class Place:
    """Where an open ledger is, to notice that it was removed or replaced.

    The system lets us write to a file that no longer has a name: every count would
    be lost at the next start, in silence.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._was = self._identity()

    def require_same(self) -> None:
        """Raise LedgerError unless the path still leads to the same file."""
        if self._identity() != self._was:
            raise LedgerError(
                f"{self._path}: removed or replaced while in use, so nothing is counted; put the "
                "file back, or restart the exporter to use what is there"
            )

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


#: The size of a large batch in SQLite's log, and the cache on top, in bytes.
_LARGE_BATCH = 6 << 20


def open_file(path: Path | None, synchronous: str) -> Opened:
    """Open a ledger's file for this exporter alone, creating it if necessary.

    ``path`` None is a ledger in memory. Raises LedgerError.
    """
    with explained(path):
        if path is None:
            database = _connect(":memory:")
            migrate(database, 0)
            return Opened(database, None)
        real = followed(path)
        _require_writable(path, real)
        lock = Lock(real)
        try:
            return Opened(_open(path, real, synchronous), lock)
        except BaseException:
            lock.release()
            raise


def set_aside(path: Path, suffix: str) -> list[Path]:
    """Set a ledger aside under its name with a suffix, so that a new one can begin.

    Returns the files that were kept. Raises LedgerError when an exporter uses it.
    """
    real = followed(path)
    if not real.exists():
        return []
    with explained(path), Lock(real):
        # SQLite's own files next to it belong to it: the newest counts may be there.
        every = [real.with_name(real.name + ending) for ending in ("-wal", "-shm", "")]
        files = [file for file in every if file.exists()]
        _refuse_if_in_use(real)
        for file in every:
            if file not in files:
                file.unlink(missing_ok=True)  # SQLite creates them even for reading.
        return [file.rename(_aside(file, real.name, suffix)) for file in files]


def followed(path: Path) -> Path:
    """The file itself, where the path is a symbolic link; the link may lead nowhere yet."""
    real = Path(os.path.realpath(path))
    if real.is_symlink():
        raise LedgerError(f"{path}: is a loop of symbolic links; set `state` to a file")
    return real


def make_private(path: Path) -> None:
    """Create an empty file that only its owner may read, whatever the umask."""
    path.unlink(missing_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.fchmod(file, 0o600)
    os.close(file)


def create(path: Path, fill: Callable[[sqlite3.Connection], object]) -> None:
    """Create a file under another name first, so that an empty one always means damage."""
    young = path.with_name(path.name + ".new")
    make_private(young)
    with closing(_connect(young)) as database:
        fill(database)
    young.rename(path)


def probe_room(database: sqlite3.Connection) -> None:
    """Write as much as a large batch, and roll it back."""
    database.execute("BEGIN IMMEDIATE")
    try:
        # More than SQLite's cache holds, so that most of it goes to the disk.
        database.execute("REPLACE INTO notes VALUES ('probe', zeroblob(?))", (_LARGE_BATCH,))
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def refuse_foreign(path: Path, database: sqlite3.Connection) -> int:
    """The format of a file. Raises LedgerError if it is not a ledger that can be read."""
    mark, version = marked(database)
    if mark != APPLICATION_ID:
        raise LedgerError(f"{path}: an SQLite file, but not a ledger; set `state` to another file")
    if version > FORMAT:
        raise LedgerError(
            f"{path}: written by a newer exporter (format {version}, this one reads up to "
            f"{FORMAT}); install that version, or set `state` to another file"
        )
    return version


def _aside(file: Path, name: str, suffix: str) -> Path:
    return file.with_name(name + suffix + file.name.removeprefix(name))


def _connect(path: Path | str) -> sqlite3.Connection:
    # Autocommit: transactions are ours to begin and end.
    return sqlite3.connect(path, isolation_level=None, timeout=1)


def _require_writable(path: Path, real: Path) -> None:
    # SQLite calls a read-only disk an I/O error.
    for one in (real, real.parent):
        if one.exists() and not os.access(one, os.W_OK):
            raise LedgerError(f"{path}: cannot be written{PERMISSION}")


def _open(path: Path, real: Path, synchronous: str) -> sqlite3.Connection:
    if not real.exists():
        create(real, lambda database: migrate(database, 0))
    if real.is_file():
        if real.stat().st_size == 0:
            raise LedgerError(f"{path}: the file is empty{DAMAGED.format(path=path)}")
        require_own_log(real)
    try:
        return _prepared(path, real, synchronous)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname not in _NO_ROOM_FOR_AN_INDEX:
            raise
        # A full disk: open what is there, and let the exporter wait for room.
        return _prepared(path, real, synchronous, locking="EXCLUSIVE")


def _prepared(
    path: Path, real: Path, synchronous: str, locking: str = "NORMAL"
) -> sqlite3.Connection:
    database = _connect(real)
    try:
        # Exclusive: SQLite keeps its log's index in memory instead of in a file (`-shm`).
        database.execute(f"PRAGMA locking_mode = {locking}")
        if _prepare(database, path, synchronous) < _PRIVATE_SINCE:
            with suppress(PermissionError):  # another user's, by choice
                real.chmod(0o600)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection, path: Path, synchronous: str) -> int:
    """Migrate an open ledger to the present format; returns the one that it had."""
    version = refuse_foreign(path, database)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"PRAGMA synchronous = {synchronous}")
    (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise LedgerError(f"{path}: {verdict}{DAMAGED.format(path=path)}")
    migrate(database, version)
    return version


def _refuse_if_in_use(path: Path) -> None:
    """Raise if an exporter without our lock (format 2 or older) uses the file; ignore damage."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1)) as database:
        try:
            database.execute("SELECT 1 FROM sqlite_schema").fetchone()
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise
