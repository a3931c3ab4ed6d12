"""The ledger itself: puts counts, ids and activity together in one transaction."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

from ..event import Event
from ..families import FAMILIES, Change, Family, Labels
from ..message import EARLIEST
from ..sink import Recorded
from ..statistics.coverage import Coverage, Span, covering
from .activity import Activity
from .changes import ARRIVED, Tally
from .counts import Counts
from .errors import explained
from .file import Place, open_file, probe_room
from .formats import transaction
from .ids import Ids
from .known import mark_shown, note, noted, people_coverage, store, stored
from .log import Log
from .relabel import Relabel, move_all, moves
from .series import Key, Series
from .tables import ActivityTables, Rename


class Ledger:
    """Counts, kept in a file (or in memory only, where ``path`` is None)."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        limits: Mapping[str, int] | None = None,
        families: Iterable[Family] = FAMILIES,
        keep_ids: float = 7 * 86400,
        keep_activity: float = 104 * 7 * 86400,
        synchronous: str = "full",
    ) -> None:
        """Open the ledger, creating it if necessary.

        ``keep_ids`` and ``keep_activity`` are how long ids and days are remembered, in
        seconds, ``synchronous`` is SQLite's setting of that name. Raises LedgerError.
        """
        self.counts = Counts(limits or {}, families)
        self._path = path
        self._keep_days = int(keep_activity // 86400)
        self._opened: list[tuple[Family, Labels]] = []
        self._activity = Activity(limits or {})
        self._covers = False
        self._database, self._lock = open_file(path, synchronous)
        self._place = Place(path) if path else None
        self.activity = ActivityTables(self._database)
        self._ids = Ids(self._database, keep_ids)
        with explained(path):
            self._log = Log(self._database)
            self._restore()

    @property
    def path(self) -> Path | None:
        """The file, None for a ledger in memory."""
        return self._path

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
        with explained(self._path):
            fresh, ids = self._ids.unseen(events)
        self._ids.hear(events)
        recorded = Recorded(len(fresh), len(events) - len(fresh))
        plan = self.counts.plan(fresh, now, (*tally.changes(recorded), *more))
        active = self._activity.plan(plan.counted, now)
        with self._transaction() as database:
            self._ids.add(ids, now)
            store(database, self.counts.rows(plan))
            self.activity.add(active)
            self.activity.prune(int(self._ids.confirmed(now) // 86400) - self._keep_days)
            self._ids.forget(now)
            covers = self._covers or (bool(fresh) and self._cover(now))
        self.counts.apply(plan)
        self._activity.apply(active)
        self._covers = covers
        return recorded

    def show(self, series: Iterable[Series]) -> None:
        """Record permanently that these series are shown at their value from now on.

        The exposition calls this before it does so: if that were forgotten, the
        series would fall back to 0, which Prometheus takes for a reset. Raises
        LedgerError; nothing has changed then.
        """
        series = list(series)
        with self._transaction() as database:
            mark_shown(database, series)
        for one in series:
            one.shown = True

    def probe(self) -> None:
        """Find out whether the file can take a batch. Raises LedgerError; nothing changes.

        As much data as a large batch is written to SQLite's log and rolled back,
        then something small is committed.
        """
        with explained(self._path):
            probe_room(self._database)
        with self._transaction() as database:
            note(database, "probe", "")
        with explained(self._path):
            self._log.truncate()

    def note(self, name: str, text: str) -> None:
        """Keep a text under a name, in place of an earlier one. Raises LedgerError."""
        if self.noted(name) == text:
            return  # So that a start on a full disk succeeds, and waits for room.
        with self._transaction() as database:
            note(database, name, text)

    def noted(self, name: str) -> str | None:
        """The text that was kept under a name. Raises LedgerError."""
        with explained(self._path):
            return noted(self._database, name)

    def open(self, series: Iterable[tuple[Family, Labels]]) -> None:
        """Start series that are known in advance at 0, before their first message."""
        self._opened = [*self._opened, *series]
        for family, labels in self._opened:
            self.counts.open(family, labels)

    def adopt(
        self,
        limits: Mapping[str, int],
        families: Sequence[Family],
        opened: Iterable[tuple[Family, Labels]],
    ) -> None:
        """Keep other families from now on, with other caps and series known in advance.

        What was counted stays in the file, and a family that returns continues from
        there. Raises LedgerError; nothing has changed then.
        """
        with explained(self._path):
            strangers = self.counts.strangers(families)
            found = [one for family in strangers for one in stored(self._database, family.name)]
        self.counts.adopt(limits, families, found)
        self._activity.limit(limits)
        self._opened = []
        self.open(opened)

    def begun(self, now: float) -> float:
        """When the ledger was created, seconds since the epoch; 0 if that was never recorded.

        An empty ledger without that note begins ``now``. Raises LedgerError.
        """
        start = self.noted("start")
        if start is None:
            start = repr(0.0 if self.counts.has_counted() else now)
            self.note("start", start)
        return float(start)

    def relabel(self, relabel: Relabel, rename: Rename | None = None) -> int:
        """Relabel series, adding up those that become one; returns how many.

        ``relabel`` gives the new labels of a series, None to drop it, ``rename``
        likewise the users of the activity. For the time before the first scrape:
        the exposition does not follow. Raises LedgerError; nothing has changed
        then, unless a reader was in the way.
        """
        moved = moves(self.counts, relabel)
        with explained(self._path):
            move_all(self._database, moved, rename, self._path)
        self.counts.clear()
        self._activity.clear()
        self._restore()
        return len(moved)

    def learn(self, presumed: Mapping[Key, float], news: Iterable[Change], now: float) -> None:
        """Take values from before the ledger: of series to come, and changes of others.

        Raises LedgerError; nothing has changed in the file then.
        """
        self.counts.presume(presumed)
        if found := self.counts.news(news):
            self.record((), now, more=found)

    def people_coverage(self) -> Coverage:
        """The time for which everything about people is known. Raises LedgerError."""
        with explained(self._path):
            return people_coverage(self._database)

    def latest_hour(self) -> int | None:
        """The last hour since the epoch with a message, None for none. Raises LedgerError."""
        with explained(self._path):
            return self.activity.latest_hour()

    def miss(self, start: float, end: float) -> None:
        """Record that messages may be missing permanently from a span.  Raises LedgerError."""
        with self._transaction():
            self.activity.cover(self.activity.known().without(start, end))

    def keep_weeks(self, weeks: Mapping[int, Mapping[str, float]]) -> None:
        """Keep the statistics of closed weeks forever. Raises LedgerError."""
        with self._transaction():
            for week, values in weeks.items():
                self.activity.keep_week(week, values)

    def close(self) -> None:
        """Close the file. What was recorded is in it already."""
        self._database.close()
        if self._lock:
            self._lock.release()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Commit what happens inside, or none of it. Raises LedgerError."""
        if self._place:
            self._place.require_same()
        with explained(self._path), transaction(self._database) as database:
            self._log.begin()
            yield database
        self._log.committed()

    def _cover(self, now: float) -> bool:
        """Note that messages are recorded from now on, unless our clock was never set."""
        if now < EARLIEST:
            return False
        self.activity.cover(covering([*self.activity.known().spans, Span(now, math.inf)]))
        return True

    def _restore(self) -> None:
        for one in stored(self._database):
            self.counts.restore(*one)
        self._activity.restore(self.activity.users(), self.activity.topics())
        self._covers = any(span.end == math.inf for span in self.activity.known().spans)
        self.open(())
