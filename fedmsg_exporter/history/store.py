"""History: activity in the ledger's own tables, and the units that it came from."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from ..ledger.file import followed
from ..ledger.formats import transaction
from ..ledger.known import noted
from ..ledger.lock import SUFFIX, Lock
from ..ledger.reader import connect_to_read
from ..ledger.rows import ActivityRows
from ..ledger.tables import ActivityTables, Rename
from ..privacy import knows_more
from ..statistics.calendar import start_of
from ..statistics.coverage import Coverage, covering
from . import moments, part
from .dropping import drop_days
from .errors import HistoryError, explained
from .file import open_file, refuse_foreign
from .merging import attached, merge
from .moments import MomentTable

#: The note that records whom `users.expose` showed.
_MODE = "expose"
_SHOWN_LESS = (
    "was imported with `users.expose: {before}`, so the names that it hid are not there; run "
    "`history drop`, then import again with `{mode}`"
)


#: The state of a unit: of a partial one nothing counts, of a reduced one days were dropped.
COMPLETE, PARTIAL, REDUCED = "complete", "partial", "reduced"


class Imported(NamedTuple):
    """A unit as it was imported."""

    source: str
    size: int
    state: str
    messages: int
    skipped: int
    duplicates: int
    damaged: int
    start: float | None
    end: float | None

    def overlaps(self, start: float, end: float) -> bool:
        """Whether it covers some of a time."""
        if self.start is None or self.end is None:
            return False
        return self.start < end and start < self.end


class Dropped(NamedTuple):
    """How many messages were deleted, and the units that have other days, too."""

    messages: int
    reduced: list[str]


class History:
    """History, open for one import at a time."""

    def __init__(self, path: Path) -> None:
        """Open it, creating it if necessary. Raises HistoryError."""
        self._path = path
        with self._explained():
            real = followed(path)
            self._lock = Lock(real)
            try:
                self._database = open_file(real)
            except BaseException:
                self._lock.release()
                raise
        self._real = real
        self.activity = ActivityTables(self._database, moments.MERGE)

    @property
    def path(self) -> Path:
        """The file itself, where it was named by a link."""
        return self._real

    def unit(self, source: str) -> Imported | None:
        """The outcome of an earlier import of a source, None if there was none."""
        row = self._database.execute("SELECT * FROM units WHERE source = ?", (source,)).fetchone()
        return Imported(*row) if row else None

    def units(self) -> list[Imported]:
        """Every unit, in the order of what it covers."""
        return _units(self._database)

    @contextmanager
    def adding(self) -> Iterator[None]:
        """Commit what is added inside, or none of it. Raises HistoryError."""
        with self._explained(), transaction(self._database):
            yield

    def merge(self, file: Path, imported: Imported, covers: Coverage) -> None:
        """Add a complete part, whole or not at all. Raises HistoryError."""
        with self._explained(), attached(self._database, file), transaction(self._database):
            merge(self._database)
            MomentTable(self._database).prune()
            self.note(imported, covers)

    def note(self, imported: Imported, covers: Coverage) -> None:
        """Record the outcome of a unit and what it covers."""
        if imported.state == COMPLETE:
            self._forget_partial(Path(imported.source).name)
        places = ", ".join("?" * len(imported))
        self._database.execute(f"REPLACE INTO units VALUES ({places})", imported)  # noqa: S608
        known = self.activity.known()
        self.activity.cover(covering([*known.spans, *covers.spans]))

    def _forget_partial(self, name: str) -> None:
        """Forget that files of a name were cut short: here is the whole one, wherever it is."""
        query = "SELECT source FROM units WHERE state = ?"
        for (source,) in self._database.execute(query, (PARTIAL,)).fetchall():
            if Path(source).name == name:
                self._database.execute("DELETE FROM units WHERE source = ?", (source,))

    def drop_days(self, days: range) -> Dropped:
        """Delete consecutive days, counted from 1970 in UTC. Raises HistoryError.

        Units that reach beyond them can be imported again, for these days only.
        """
        start, end = start_of(days.start), start_of(days.stop)
        with self.adding():
            messages = drop_days(self._database, days)
            self.activity.cover(self.activity.known().without(start, end))
            self._database.execute(_FORGET, (start, end))
            self._database.execute(_REDUCE, (REDUCED, COMPLETE, start, end))
        reduced = (one for one in self.units() if one.state == REDUCED)
        return Dropped(messages, [one.source for one in reduced if one.overlaps(start, end)])

    def messages_by_hour(self, start: int, end: int) -> dict[int, int]:
        """The number of messages known for each of some hours, half-open."""
        query = "SELECT hour, sum(messages) FROM hours WHERE hour >= ? AND hour < ? GROUP BY hour"
        return dict(self._database.execute(query, (start, end)))

    def rename(self, rename: Rename) -> int:
        """Rename users permanently; returns how many. Raises HistoryError."""
        with self._explained():
            self._database.execute("PRAGMA secure_delete = ON")
            with self.adding():
                number = self.activity.rename(rename)
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for one in part.parts(self._real):
                number += part.rename(one, rename)
        return number

    def hide(self, mode: str, rename: Rename) -> None:
        """Hide people as a mode of `users.expose` says. Raises HistoryError if it shows more."""
        before = noted(self._database, _MODE)
        if before and knows_more(mode, before):
            raise HistoryError(f"{self._path}: {_SHOWN_LESS.format(before=before, mode=mode)}")
        self.rename(rename)
        with self.adding():
            self._database.execute("REPLACE INTO notes VALUES (?, ?)", (_MODE, mode))

    def close(self) -> None:
        """Close the file."""
        self._database.close()
        self._lock.release()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except BlockingIOError as error:
            raise HistoryError(
                f"{self._path}: another import is at work on it; wait until it ends"
            ) from error
        except (sqlite3.Error, OSError) as error:
            raise HistoryError(explained(self._path, error)) from error


class HistoryReader:
    """A read-only view of history at one moment."""

    def __init__(self, path: Path, mode: str) -> None:
        """Open it for readers with the rights of a mode of `users.expose`. Raises HistoryError."""
        with ExitStack() as undone:
            try:
                self._database = connect_to_read(followed(path))
                undone.callback(self._database.close)
                refuse_foreign(path, self._database)
                self._database.execute("BEGIN")
            except sqlite3.Error as error:
                raise HistoryError(f"{path}: {error}") from error
            undone.pop_all()
        self.activity = ActivityTables(self._database)
        self.rows = ActivityRows(self._database)
        self.moments = MomentTable(self._database)
        self._mode = mode

    def units(self) -> list[Imported]:
        """Every unit, in the order of what it covers."""
        return _units(self._database)

    def people_coverage(self) -> Coverage:
        """The time for which people are known; none if the mode shows more than was imported."""
        before = noted(self._database, _MODE)
        hidden = before is None or self._mode == "none" or knows_more(self._mode, before)
        return Coverage() if hidden else self.activity.known()

    def close(self) -> None:
        """Let a writer reuse the space that was kept for this moment."""
        self._database.close()


_FORGET = "DELETE FROM units WHERE start >= ? AND end <= ?"
_REDUCE = "UPDATE units SET state = ? WHERE state = ? AND end > ? AND start < ?"


def _units(database: sqlite3.Connection) -> list[Imported]:
    rows = database.execute("SELECT * FROM units ORDER BY start, source")
    return [Imported(*row) for row in rows]


def drop(path: Path) -> list[Path]:
    """Delete history; returns the files that existed. Raises HistoryError."""
    history = History(path)
    history.close()
    real = followed(path)
    every = [real.with_name(real.name + ending) for ending in ("-wal", "-shm", "", SUFFIX)]
    for one in part.parts(real):
        part.delete(one)
    there = [file for file in every if file.exists()]
    for file in there:
        file.unlink()
    return there
