"""Imports files into history, unit by unit: each whole or not at all."""

import gc
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ..event import Event
from ..ledger.ids import digest
from ..message import Message
from ..sources.recording import Damage
from ..statistics.calendar import iso, start_of
from ..statistics.coverage import Coverage
from . import forms
from .datanommer import Incomplete
from .store import History, Imported, size_of
from .units import Unit

#: The number of messages added at a time.
_BATCH = 1000

COMPLETE, PARTIAL = "complete", "partial"

#: Attributes a message, and hides what must not be shown.
Attribute = Callable[[Message], Event]


class Live(NamedTuple):
    """What the ledger counts itself: the time span, and which of some digests of ids."""

    coverage: Coverage = Coverage()
    counted: Callable[[Sequence[bytes]], Collection[bytes]] = lambda _: ()


NOT_LIVE = Live()


class Conflict(NamedTuple):
    """A day of which two units know different numbers of messages."""

    source: str
    day: int
    here: int
    known: int

    def __str__(self) -> str:
        """The difference as text."""
        return (
            f"{self.source}: {iso(self.day)} has {self.here} messages here, and {self.known} in "
            "history already, which stay"
        )


class Outcome(NamedTuple):
    """What became of a file."""

    imported: Imported
    #: Whether it was imported before, and skipped now.
    is_known: bool = False
    damage: tuple[Damage, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    reason: str = ""


class Importer:
    """Imports one file after the other."""

    def __init__(
        self,
        history: History,
        attribute: Attribute,
        live: Live = NOT_LIVE,
        clock: Callable[[], float] = time.time,
        progress: Callable[[int, float], object] = lambda _messages, _at: None,
    ) -> None:
        """Take a callback for the progress: messages read, and the time they were sent."""
        self._history = history
        self._attribute = attribute
        self._live = live
        self._clock = clock
        self._progress = progress

    def add(self, source: str) -> Outcome:
        """Import a file. Raises OSError if it cannot be opened, and HistoryError."""
        size = size_of(source)
        before = self._history.unit(source)
        if before and size and (before.size, before.state) == (size, COMPLETE):
            return Outcome(before, is_known=True)
        found = forms.read(source)
        known = self._history.activity.known()
        unit = Unit(known, self._live.coverage, found.span, self._clock())
        try:
            with _few_collections(), self._history.adding():
                self._count(unit, found)
                conflicts = tuple(self._conflicts(source, unit))
                imported = _imported(source, size, COMPLETE, unit)
                self._history.note(imported, unit.covers())
        except Incomplete as error:
            return self._note_partial(source, size, unit, str(error))
        return Outcome(imported, False, tuple(unit.damage), conflicts)

    def _count(self, unit: Unit, found: forms.Found) -> None:
        messages = unit.fresh(found.messages)
        while batch := list(islice(messages, _BATCH)):
            past = self._without_live(unit, batch)
            self._history.add([self._attribute(one) for one in past], unit.now)
            self._progress(unit.messages, unit.last)

    def _without_live(self, unit: Unit, batch: list[Message]) -> list[Message]:
        """The messages that the ledger has not counted itself."""
        late = [one for one in batch if one.id and unit.may_be_live(one.sent_at or 0)]
        counted = self._live.counted([digest(one.id) for one in late]) if late else ()
        if not counted:
            return batch
        past = [one for one in batch if not one.id or digest(one.id) not in counted]
        unit.leave_to_ledger(len(batch) - len(past))
        return past

    def _note_partial(self, source: str, size: int, unit: Unit, reason: str) -> Outcome:
        """A truncated file does not count at all: importing it whole later would count it twice."""
        unit.messages = 0
        imported = _imported(source, size, PARTIAL, unit)
        with self._history.adding():
            self._history.note(imported, unit.known)
        return Outcome(imported, False, tuple(unit.damage), (), reason)

    def _conflicts(self, source: str, unit: Unit) -> Iterator[Conflict]:
        """Days that both know from end to end, with different numbers."""
        covers = unit.covers()
        for day, here in sorted(unit.skipped.items()):
            whole = start_of(day), start_of(day + 1)
            if unit.known.has(*whole) and covers.has(*whole):
                known = self._history.messages_on(day)
                if known != here:
                    yield Conflict(source, day, here, known)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Collect garbage less often: messages have no cycles, and imports are a third faster."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def sources(names: Iterable[str]) -> Iterator[str]:
    """The files to import; those of a folder in the order of their names."""
    for name in names:
        path = Path(name)
        if path.is_dir():
            yield from (str(one) for one in sorted(path.iterdir()) if one.is_file())
        else:
            yield name


def _imported(source: str, size: int, state: str, unit: Unit) -> Imported:
    spans = unit.covers().spans
    start, end = (spans[0].start, spans[-1].end) if spans else (None, None)
    skipped = sum(unit.skipped.values()) + unit.counted_live
    numbers = (unit.messages, skipped, unit.duplicates, len(unit.damage))
    return Imported(source, size, state, *numbers, start, end)
