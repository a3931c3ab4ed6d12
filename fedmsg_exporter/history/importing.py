"""Imports sources into history, unit by unit: each whole or not at all.

A source is read into a part, here or in one of several processes, and the parts
are added one after the other, in the order in which the sources were named: the
result does not depend on the number of processes.
"""

import math
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple, Protocol

from ..sources.recording import Damage
from ..statistics.coverage import Coverage, Span
from . import part
from .conflicts import Conflict, conflicts, hours_in
from .errors import HistoryError, explained
from .forms import opened
from .reading import How, Open, Reading, Task, Tell, read
from .store import COMPLETE, PARTIAL, History, Imported
from .units import Numbers, Rejected, covered


class Outcome(NamedTuple):
    """What became of a source; ``source`` is the name that was given for it."""

    source: str
    imported: Imported
    #: Whether it was imported before, and skipped now.
    is_known: bool = False
    damage: tuple[Damage, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    #: Why it could not be imported.
    reason: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the source has no message to be read, and does not say for which time."""
        one = self.imported
        counted = one.messages or one.skipped or one.duplicates
        return not (self.reason or counted or one.start is not None)


class Readers(Protocol):
    """Reads sources into parts."""

    #: How many sources to begin before the first of them is needed.
    ahead: int

    def begin(self, task: Task) -> None:
        """Begin to read a source, now or when `end` asks for it."""

    def end(self, task: Task) -> Reading:
        """Wait until a source has been read. Raises HistoryError."""


class Here:
    """Reads sources in this process, when they are needed."""

    ahead = 1

    def __init__(self, how: How, tell: Tell, open_: Open = opened) -> None:
        self._how = how
        self._tell = tell
        self._open = open_

    def begin(self, task: Task) -> None:
        """Do nothing: it is read when `end` asks for it."""

    def end(self, task: Task) -> Reading:
        """Read it. Raises HistoryError."""
        try:
            return read(task, self._how, self._tell, self._open)
        except (sqlite3.Error, OSError) as error:
            raise HistoryError(explained(task.part, error)) from error


class Importer:
    """Imports sources, one after the other."""

    def __init__(
        self, history: History, readers: Readers, clock: Callable[[], float] = time.time
    ) -> None:
        self._history = history
        self._readers = readers
        self._clock = clock

    def add(self, sources: Iterable[str]) -> Iterator[Outcome]:
        """Import sources; gives the outcome of each, in their order. Raises HistoryError."""
        waiting: list[tuple[str, Task | None]] = []
        rest = iter(sources)
        while True:
            room = self._readers.ahead - len(waiting)
            waiting += [(one, self._begin(one)) for one in islice(rest, room)]
            if not waiting:
                return
            source, task = waiting.pop(0)
            yield self._add(task) if task else self._known(source)

    def _begin(self, source: str) -> Task | None:
        """Begin to read a source; returns None if it was imported before."""
        path = part.path_of(self._history.path, source)
        if self._is_known(source):
            part.delete(path)
            return None
        task = Task(source, path, self._history.activity.known(), self._clock())
        self._readers.begin(task)
        return task

    def _is_known(self, source: str) -> bool:
        before = self._history.unit(part.key(source))
        size = part.identity(source)[0]
        return before is not None and size > 0 and (before.size, before.state) == (size, COMPLETE)

    def _known(self, source: str) -> Outcome:
        imported = self._history.unit(part.key(source))
        assert imported is not None  # noqa: S101  see _is_known
        return Outcome(source, imported, is_known=True)

    def _add(self, task: Task) -> Outcome:
        reading = self._readers.end(task)
        known = self._history.activity.known()
        while not (reading.reason or part.agree(reading.known, known, reading.numbers)):
            # A source before this one covers some of it: read it again, knowing that.
            task = task._replace(known=known)
            self._readers.begin(task)
            reading = self._readers.end(task)
        outcome = self._refuse(reading) if reading.reason else self._merge(task, reading)
        if not reading.crashed:
            part.delete(task.part)
        return outcome

    def _merge(self, task: Task, reading: Reading) -> Outcome:
        covers = covered(reading.numbers, reading.span, reading.live)
        differ = tuple(self._conflicts(reading, covers))
        imported = _imported(reading, COMPLETE, covers)
        outcome = _outcome(reading, imported)._replace(conflicts=differ)
        if not outcome.is_empty:
            self._history.merge(task.part, imported, covers)
        return outcome

    def _refuse(self, reading: Reading) -> Outcome:
        """A truncated file does not count at all: importing it whole later would count it twice."""
        numbers = reading.numbers
        reading = reading._replace(numbers=Numbers(damaged=numbers.damaged, damage=numbers.damage))
        imported = _imported(reading, PARTIAL, Coverage())
        if reading.size:
            with self._history.adding():
                self._history.note(imported, Coverage())
        return _outcome(reading, imported)

    def _conflicts(self, reading: Reading, covers: Coverage) -> Iterator[Conflict]:
        both = self._history.activity.known()
        for gap in covers.gaps(0, math.inf):
            both = both.without(*gap)
        if both.spans:
            hours = hours_in(Span(both.spans[0].start, both.spans[-1].end))
            known = self._history.messages_by_hour(hours.start, hours.stop)
            yield from conflicts(reading.source, reading.numbers.skipped, known, both)


def _imported(reading: Reading, state: str, covers: Coverage) -> Imported:
    numbers = reading.numbers
    spans = covers.spans
    start, end = (spans[0].start, spans[-1].end) if spans else (None, None)
    skipped = sum(numbers.skipped.values()) + numbers.counted_live
    counts = (numbers.messages, skipped, numbers.duplicates, numbers.damaged)
    return Imported(part.key(reading.source), reading.size, state, *counts, start, end)


def _outcome(reading: Reading, imported: Imported) -> Outcome:
    numbers = reading.numbers
    damage = tuple(Damage(*one) for one in numbers.damage)
    rejected = tuple(sorted(numbers.rejected.values()))
    return Outcome(reading.source, imported, False, damage, rejected, (), reading.reason)
