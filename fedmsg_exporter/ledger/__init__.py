"""The ledger: every count, and the ids already counted, in one SQLite file.

It is the only owner of numbers. `Ledger.record` takes a batch whole or not at
all: the increments and the ids of a batch are one transaction, and only after
it is committed do they show. A source acks only then, so that a message is
counted once, wherever the process is killed.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from ..event import Event
from ..families import DUPLICATES, FAMILIES, Change, Family, Labels
from ..sink import Recorded
from .counts import Counts, Plan, Series
from .file import LedgerError, explained, open_file, probe, transaction

__all__ = ["ARRIVED", "Ledger", "LedgerError", "Recorded", "Tally"]

#: The ids are forgotten piecemeal: at each commit, one part in so many.
_SLICES = 4096


#: Gives the labels that a series of a family shall have, None for none at all.
Relabel = Callable[[Family, Labels], Labels | None]


class Tally(NamedTuple):
    """Which counters take the outcome of a batch, None for none."""

    counted: Family | None = None
    duplicates: Family | None = None

    def changes(self, recorded: Recorded) -> Iterator[Change]:
        """What a batch's outcome adds."""
        for family, number in zip(self, recorded, strict=True):
            if family and number:
                yield Change(family, (), number)


#: How messages are counted that a source delivers.
ARRIVED = Tally(duplicates=DUPLICATES)


class Ledger:
    """Counts, kept in a file (or in memory only, where ``path`` is None)."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        limits: Mapping[str, int] | None = None,
        families: Iterable[Family] = FAMILIES,
        keep_ids: float = 7 * 86400,
        synchronous: str = "full",
    ) -> None:
        """Open the ledger, making it where there is none.

        ``keep_ids`` is how long ids are remembered, in seconds;
        ``synchronous`` is SQLite's setting of that name. Raises LedgerError.
        """
        self.counts = Counts(limits or {}, families)
        self._path = path
        self._keep_ids = keep_ids
        self._sweep = 0
        self._opened: list[tuple[Family, Labels]] = []
        self._database = open_file(path, synchronous)
        with explained(path):
            self._restore()

    @property
    def durable(self) -> bool:
        """Whether the counts outlive the process."""
        return self._path is not None

    def record(
        self,
        events: Sequence[Event],
        now: float,
        *,
        more: Sequence[Change] = (),
        tally: Tally = ARRIVED,
    ) -> Recorded:
        """Count a batch, each message once. ``now`` in seconds since the epoch.

        ``more`` is what else to add in the same transaction, ``tally`` which
        counters take the outcome. All or nothing. Raises LedgerError; nothing
        has changed then, and the batch can be recorded again.
        """
        fresh, ids = self._unseen(events)
        recorded = Recorded(len(fresh), len(events) - len(fresh))
        plan = self.counts.plan(fresh, now, (*tally.changes(recorded), *more))
        with explained(self._path), transaction(self._database) as database:
            rows = ((one, int(now)) for one in ids)
            database.executemany("INSERT INTO ids VALUES (?, ?)", rows)
            database.executemany(_UPSERT, self._rows(plan))
            self._forget_ids(now)
        self.counts.apply(plan)
        return recorded

    def show(self, series: Iterable[Series]) -> None:
        """Note for good that these series are shown at their value from now on.

        The exposition calls this before it does so: were it forgotten, the
        series would fall back to 0, which Prometheus takes for a reset.
        Raises LedgerError; nothing has changed then.
        """
        series = list(series)
        with explained(self._path), transaction(self._database) as database:
            numbers = ((one.number,) for one in series)
            database.executemany("UPDATE series SET shown = 1 WHERE number = ?", numbers)
        for one in series:
            one.shown = True

    def probe(self) -> None:
        """Find out whether the file takes a batch. Raises LedgerError; nothing changes.

        As much as a large batch comes to is written to SQLite's log and taken back,
        then something small is committed.
        """
        with explained(self._path):
            probe(self._database)

    def note(self, name: str, text: str) -> None:
        """Keep a text under a name, in place of an earlier one. Raises LedgerError."""
        with explained(self._path), transaction(self._database) as database:
            database.execute("REPLACE INTO notes VALUES (?, ?)", (name, text))

    def noted(self, name: str) -> str | None:
        """The text that was kept under a name. Raises LedgerError."""
        query = "SELECT text FROM notes WHERE name = ?"
        with explained(self._path):
            row = self._database.execute(query, (name,)).fetchone()
        return None if row is None else str(row[0])

    def open(self, series: Iterable[tuple[Family, Labels]]) -> None:
        """Let series that are known beforehand be at 0 before their first message."""
        self._opened = [*self._opened, *series]
        for family, labels in self._opened:
            self.counts.open(family, labels)

    def begun(self, now: float) -> float:
        """When the ledger was begun, seconds since the epoch; 0 if that was never noted.

        An empty ledger without that note begins ``now``. Raises LedgerError.
        """
        start = self.noted("start")
        if start is None:
            empty = not any(
                series.value
                for family in self.counts.families()
                for series in self.counts.family(family).values()
            )
            start = repr(now if empty else 0.0)
            self.note("start", start)
        return float(start)

    def relabel(self, relabel: Relabel) -> int:
        """Give series other labels, adding up those that become one; returns how many.

        ``relabel`` gives the labels that a series shall have, None for none at
        all. For the time before the first scrape: the exposition does not
        follow. Raises LedgerError; nothing has changed then.
        """
        moves = [
            (family, labels, new)
            for family in self.counts.families()
            for labels in self.counts.family(family)
            if (new := relabel(family, labels)) != labels
        ]
        with explained(self._path):
            # What is deleted is overwritten: a forgotten name must not stay in the file.
            self._database.execute("PRAGMA secure_delete = ON")
            with transaction(self._database):
                for family, labels, new in moves:
                    self._move(family, labels, new)
            if moves:
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.counts.clear()
        self._restore()
        return len(moves)

    def _move(self, family: Family, labels: Labels, new: Labels | None) -> None:
        """Add one series to another in the file, and delete it."""
        find = "SELECT value FROM series WHERE family = ? AND labels = ?"
        old_key = (family.name, json.dumps(labels))
        (value,) = self._database.execute(find, old_key).fetchone() or (0.0,)
        self._database.execute("DELETE FROM series WHERE family = ? AND labels = ?", old_key)
        if new is None:
            return
        key = (family.name, json.dumps(new))
        found = self._database.execute(find, key).fetchone()
        if found:
            value = family.combine(found[0], value)
            update = "UPDATE series SET value = ? WHERE family = ? AND labels = ?"
            self._database.execute(update, (value, *key))
        else:
            insert = "INSERT INTO series (family, labels, value, shown) VALUES (?, ?, ?, 1)"
            self._database.execute(insert, (*key, value))

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
        with explained(self._path):
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

    def _restore(self) -> None:
        query = "SELECT number, family, labels, value, shown FROM series ORDER BY number"
        for number, name, labels, value, shown in self._database.execute(query):
            series = Series(number, value, bool(shown))
            self.counts.restore(name, tuple(json.loads(labels)), series)
        self.open(())


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
