"""A part: a unit that is being read, in a separate file until it is complete.

In this way a large dump is committed piece by piece, yet counts as a whole or not at
all. The file has the tables of activity and one note: what the part depends on, how
much of the source it has, and the unit's numbers.
"""

import json
import math
import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from ..event import Event
from ..ledger.activity import Activity
from ..ledger.file import create
from ..ledger.tables import SCHEMA, ActivityTables, Rename
from ..statistics.coverage import Coverage, Span
from . import moments
from .moments import MomentTable
from .units import Numbers

_SCHEMA = f"{SCHEMA} {moments.SCHEMA} CREATE TABLE notes (text TEXT NOT NULL);"


class Basis(NamedTuple):
    """What the numbers of a part depend on; if any of it changes, the part starts over."""

    source: str
    size: int
    #: When the file was last changed, in nanoseconds.
    changed: int
    #: Stands for the exporter's version, and for the config that decides how messages count.
    how: str
    #: What the ledger counts itself, and what other units cover.
    live: Coverage
    known: Coverage

    def holds(self, other: "Basis", numbers: Numbers) -> bool:
        """Whether the part would have the same numbers on another basis.

        What other units cover matters only where there were messages.
        """
        return self[:-1] == other[:-1] and agree(self.known, other.known, numbers)


def agree(one: Coverage, other: Coverage, numbers: Numbers) -> bool:
    """Whether it makes no difference to a unit which of two coverages the other units have."""
    span = numbers.first, math.nextafter(numbers.last, math.inf)
    return one.gaps(*span) == other.gaps(*span)


@dataclass(slots=True)
class Progress:
    """How much a part has of its source, messages and damage together, and the unit's numbers."""

    position: int = 0
    #: Whether all of the file was read.
    done: bool = False
    span: Span | None = None
    numbers: Numbers = field(default_factory=Numbers)


class Part:
    """A part, open to be written by one process."""

    def __init__(self, path: Path, basis: Basis) -> None:
        """Open it; one with another basis starts from scratch. Raises sqlite3.Error, OSError."""
        self._path = path
        self._basis = basis
        self._database, self.progress = _continued(path, basis) or _begun(path)
        self._tables = ActivityTables(self._database, moments.MERGE)
        self._moments = MomentTable(self._database)
        self._numbers = Activity({})
        self._numbers.restore(self._tables.users(), self._tables.topics())

    def add(self, events: list[Event], now: float, begin: float) -> None:
        """Add the activity of some events, to be committed by the next `commit`.

        ``begin`` is the time from which moments are kept.
        """
        if not self._database.in_transaction:
            self._database.execute("BEGIN")
        plan = self._numbers.plan((one for one in events if not one.rejected), now)
        self._tables.add(plan)
        self._numbers.apply(plan)
        self._moments.add(events, self._numbers, now, begin)

    def commit(self) -> None:
        """Commit what was added, together with the progress."""
        if not self._database.in_transaction:
            self._database.execute("BEGIN")
        self._database.execute("DELETE FROM notes")
        self._database.execute("INSERT INTO notes VALUES (?)", (self._note(),))
        self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file; what was not committed is lost."""
        self._database.close()

    def _note(self) -> str:
        progress = self.progress
        stored = {"position": progress.position, "done": progress.done, "span": progress.span}
        numbers = progress.numbers.stored()
        return json.dumps({"basis": self._basis, **stored, "numbers": numbers})


def key(source: str) -> str:
    """A source as history knows it: a file by its full path, however it was named."""
    return os.path.abspath(source) if Path(source).is_file() else source  # noqa: PTH100  keeps links


def identity(source: str) -> tuple[int, int]:
    """Size and modification time (nanoseconds) of a file; zeros for anything else."""
    path = Path(source)
    if not path.is_file():
        return 0, 0
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def folder(history: Path) -> Path:
    """The folder with the parts of a history file."""
    return history.with_name(history.name + "-parts")


def path_of(history: Path, source: str) -> Path:
    """The part of a source."""
    return (
        folder(history)
        / f"{sha256(key(source).encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"
    )


def parts(history: Path) -> list[Path]:
    """Every part of a history file."""
    return sorted(
        one for one in folder(history).glob("*") if not one.suffix and "-" not in one.name
    )


def begun(path: Path) -> tuple[str, int] | None:
    """The source of a part and how many messages were read, None if the part is unreadable."""
    with suppress(sqlite3.Error, OSError):
        database = _connect(path)
        try:
            noted = _noted(database)
        finally:
            database.close()
        return (_basis(noted["basis"]).source, noted["position"]) if noted else None
    return None


def rename(path: Path, by: Rename) -> int:
    """Rename users in a part; returns how many. Raises sqlite3.Error."""
    database = _connect(path)
    try:
        database.execute("PRAGMA secure_delete = ON")
        database.execute("BEGIN")
        number = ActivityTables(database, moments.MERGE).rename(by)
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return number
    finally:
        database.close()


def delete(path: Path) -> None:
    """Delete a part, and the folder if it was the last one."""
    for ending in ("-wal", "-shm", ".new", ""):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()


def _continued(path: Path, basis: Basis) -> tuple[sqlite3.Connection, Progress] | None:
    """An earlier part with this basis, None if there is none."""
    if not path.exists():
        return None
    with suppress(sqlite3.Error):
        database = _connect(path)
        noted = _noted(database)
        if noted and (progress := _same(noted, basis)):
            return database, progress
        database.close()
    return None


def _same(noted: Any, basis: Basis) -> Progress | None:
    """How far a part is, None if it has another basis or was noted by another version."""
    with suppress(KeyError, TypeError, ValueError):
        progress = _progress(noted)
        if _basis(noted["basis"]).holds(basis, progress.numbers):
            return progress
    return None


def _begun(path: Path) -> tuple[sqlite3.Connection, Progress]:
    delete(path)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    create(path, lambda database: database.executescript(f"BEGIN; {_SCHEMA} COMMIT;"))
    return _connect(path), Progress()


def _basis(stored: list[Any]) -> Basis:
    *rest, live, known = stored
    return Basis(
        *rest, *(Coverage(tuple(Span(*one) for one in spans)) for (spans,) in (live, known))
    )


def _progress(noted: Any) -> Progress:
    span = Span(*noted["span"]) if noted["span"] else None
    return Progress(noted["position"], noted["done"], span, Numbers.restored(noted["numbers"]))


def _noted(database: sqlite3.Connection) -> Any:
    row = database.execute("SELECT text FROM notes").fetchone()
    return json.loads(row[0]) if row else None


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        database.close()
        raise
    return database
