"""The ledger: every count, and the ids already counted, in one SQLite file.

It is the only owner of numbers. `Ledger.record` takes a batch whole or not at
all: the increments and the ids of a batch are one transaction, and only after
it is committed do they show. A source acks only then, so that a message is
counted once, wherever the process is killed.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from .counts import Counts, Plan, Series
from .event import Event
from .families import FAMILIES, Family, Labels

#: Version of the file's format, in SQLite's user_version.
FORMAT = 1

#: Marks the file as ours, in SQLite's application_id ("fmEx").
APPLICATION_ID = 0x666D4578

_TABLES = """
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
"""

#: The ids are forgotten piecemeal: at each commit, one part in so many.
_SLICES = 4096


class LedgerError(Exception):
    """The ledger cannot be opened or written; the message says what to do."""


class Recorded(NamedTuple):
    """What became of a batch: how many were counted, how many had been before."""

    counted: int
    duplicates: int


class Ledger:
    """Counts, kept in a file (or in memory only, where ``path`` is None)."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        limits: Mapping[str, int] | None = None,
        keep_ids: float = 7 * 86400,
        synchronous: str = "full",
    ) -> None:
        """Open the ledger, making it where there is none.

        ``keep_ids`` is how long ids are remembered, in seconds;
        ``synchronous`` is SQLite's setting of that name. Raises LedgerError.
        """
        self.counts = Counts(limits or {})
        self._path = path
        self._keep_ids = keep_ids
        self._sweep = 0
        with _explained(path):
            self._database = _connect(path, synchronous)
            try:
                self._prepare()
                self._restore()
            except BaseException:
                self._database.close()
                raise

    @property
    def durable(self) -> bool:
        """Whether the counts outlive the process."""
        return self._path is not None

    def record(self, events: Sequence[Event], now: float) -> Recorded:
        """Count a batch, each message once. ``now`` in seconds since the epoch.

        All or nothing. Raises LedgerError; nothing has changed then, and the
        batch can be recorded again.
        """
        fresh, ids = self._unseen(events)
        duplicates = len(events) - len(fresh)
        plan = self.counts.plan(fresh, duplicates, now)
        with _explained(self._path), _transaction(self._database) as database:
            rows = ((one, int(now)) for one in ids)
            database.executemany("INSERT INTO ids VALUES (?, ?)", rows)
            database.executemany(_UPSERT, self._rows(plan))
            self._forget_ids(now)
        self.counts.apply(plan)
        return Recorded(len(fresh), duplicates)

    def show(self, series: Iterable[Series]) -> None:
        """Note for good that these series are shown at their value from now on.

        The exposition calls this before it does so: were it forgotten, the
        series would fall back to 0, which Prometheus takes for a reset.
        Raises LedgerError; nothing has changed then.
        """
        series = list(series)
        with _explained(self._path), _transaction(self._database) as database:
            numbers = ((one.number,) for one in series)
            database.executemany("UPDATE series SET shown = 1 WHERE number = ?", numbers)
        for one in series:
            one.shown = True

    def close(self) -> None:
        """Close the file. What was recorded is in it already."""
        self._database.close()

    def _unseen(self, events: Sequence[Event]) -> tuple[list[Event], list[bytes]]:
        """The events that were not counted before, and the digests of their ids.

        An event without an id cannot be told from another and is always unseen.
        """
        digests = [_digest(event.id) if event.id else b"" for event in events]
        known = self._known(digests)
        unseen, ids = [], []
        for event, digest in zip(events, digests, strict=True):
            if digest in known:
                continue
            unseen.append(event)
            if digest:
                known.add(digest)
                ids.append(digest)
        return unseen, ids

    def _known(self, digests: list[bytes]) -> set[bytes]:
        places = ", ".join("?" * len(digests))
        query = f"SELECT id FROM ids WHERE id IN ({places})"  # noqa: S608  only marks
        with _explained(self._path):
            return {found for (found,) in self._database.execute(query, digests)}

    def _rows(self, plan: Plan) -> Iterator[tuple[int, str, str, float, bool]]:
        for number, family, labels, value, shown in self.counts.rows(plan):
            yield number, family, json.dumps(labels), value, shown

    def _forget_ids(self, now: float) -> None:
        """Forget old ids in the next slice of all digests, a small piece of work.

        Digests are spread evenly, so that each slice holds as many as the next.
        """
        low, high = self._sweep, self._sweep + 1
        self._sweep = high % _SLICES
        oldest = int(now - self._keep_ids)
        self._database.execute(
            "DELETE FROM ids WHERE id >= ? AND id < ? AND seen < ?",
            (_slice_start(low), _slice_start(high), oldest),
        )

    def _prepare(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        (tables,) = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not version and not tables:
            with _transaction(self._database):
                for statement in _TABLES.split(";"):
                    self._database.execute(statement)
                self._database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self._database.execute(f"PRAGMA user_version = {FORMAT}")
        elif version != FORMAT:
            self._refuse_format(version)

    def _refuse_format(self, version: int) -> None:
        if not version:
            raise LedgerError(f"{self._path}: an SQLite file, but not a ledger; name another file")
        raise LedgerError(
            f"{self._path}: written by a newer exporter (format {version}, this one reads "
            f"{FORMAT}); install that version, or name another file"
        )

    def _restore(self) -> None:
        by_name = {family.name: family for family in FAMILIES}
        query = "SELECT number, family, labels, value, shown FROM series ORDER BY number"
        for number, name, labels, value, shown in self._database.execute(query):
            if name in by_name:
                key = _key(by_name[name], labels)
                self.counts.restore(key, Series(number, value, bool(shown)))


_UPSERT = """
    INSERT INTO series VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (number) DO UPDATE SET value = excluded.value
"""


def _digest(message_id: str) -> bytes:
    """A short, evenly spread stand-in for an id of any length."""
    return blake2b(message_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _slice_start(number: int) -> bytes:
    """The lowest digest of a slice; past the last one, more than any digest."""
    return (number << 4).to_bytes(2, "big") if number < _SLICES else b"\xff" * 17


def _connect(path: Path | None, synchronous: str) -> sqlite3.Connection:
    """Open the file for this process alone.

    Exclusive locking refuses a second exporter on the same ledger, and the
    operating system lifts it when the process ends, however it ends.
    """
    database = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=1)
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {synchronous}")
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
        database.execute("COMMIT")
    except BaseException:
        # After some errors SQLite has rolled back by itself.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


@contextmanager
def _explained(path: Path | None) -> Iterator[None]:
    """Turn SQLite's errors into ones that say what to do about them."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        advice = next((text for code, text in _ADVICE.items() if name.startswith(code)), "")
        raise LedgerError(f"{path or 'ledger in memory'}: {error}{advice}") from error


_ADVICE = {
    "SQLITE_BUSY": "; another exporter uses this ledger, stop it or name another file",
    "SQLITE_LOCKED": "; another exporter uses this ledger, stop it or name another file",
    "SQLITE_CANTOPEN": "; the folder must exist and be writable by the exporter",
    "SQLITE_READONLY": "; the file and its folder must be writable by the exporter",
    "SQLITE_FULL": "; the disk is full, make room and the exporter goes on by itself",
}


def _key(family: Family, labels: str) -> tuple[Family, Labels]:
    return family, tuple(json.loads(labels))
