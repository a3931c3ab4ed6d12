"""Reads a unit into its part: in this process, or in one of several."""

import gc
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ..event import Event
from ..ledger.ids import digest
from ..message import Message
from ..statistics.coverage import Coverage, Span
from . import forms
from .datanommer import Incomplete
from .forms import Found
from .moments import since
from .part import Basis, Part, delete, identity, key
from .units import Numbers, Placed, PlacedMessage, Unit

#: The number of messages taken at a time.
_BATCH = 1000
#: How often a part is committed, in seconds: what a stop costs.
COMMIT_EVERY = 1.0

_FETCH_AGAIN = "; nothing from it is counted: fetch it again, then import it"


class Live(NamedTuple):
    """What the ledger counts itself: the time span, and which of some digests of ids."""

    coverage: Coverage = Coverage()
    counted: Callable[[Sequence[bytes]], Collection[bytes]] = lambda _: ()
    #: When the ledger began, None if there is none.
    begun: float | None = None


NOT_LIVE = Live()


class How(NamedTuple):
    """How messages count."""

    #: Attributes a message, and hides what must not be shown.
    attribute: Callable[[Message], Event]
    live: Live = NOT_LIVE
    #: Changes with the exporter's version and with the config, see `Basis`.
    name: str = ""


class Task(NamedTuple):
    """What to read: a source, its part, what other units cover, and the time."""

    source: str
    part: Path
    known: Coverage
    now: float


class Step(NamedTuple):
    """How far a source has been read: bytes, messages, and when the last one was sent."""

    source: str
    position: int
    messages: int
    at: float
    #: Whether it is reading again what an earlier attempt had read.
    again: bool = False


class Reading(NamedTuple):
    """The result of reading a source. Its part is complete unless ``reason`` says why not."""

    source: str
    known: Coverage
    live: Coverage
    size: int
    numbers: Numbers
    span: Span | None = None
    reason: str = ""
    #: Whether the process that read it died; what is in the part is good.
    crashed: bool = False


#: Is called now and then, to show progress.
Tell = Callable[[Step], object]


#: Opens a source. Raises Incomplete, also while it is read, and OSError.
Open = Callable[[str], AbstractContextManager[Found]]


def read(task: Task, how: How, tell: Tell, open_: Open = forms.opened) -> Reading:
    """Read a source into its part, continuing where an earlier attempt stopped.

    Raises sqlite3.Error, and OSError, if the part cannot be written.
    """
    size, changed = identity(task.source)
    if not size:
        delete(task.part)  # a pipe cannot be resumed
    basis = Basis(key(task.source), size, changed, how.name, how.live.coverage, task.known)
    reading = Reading(task.source, task.known, how.live.coverage, size, Numbers())
    with closing(Part(task.part, basis)) as part:
        try:
            if not part.progress.done:
                _Reader(task, how, part, tell).run(open_)
        except (Incomplete, _Refused) as error:
            advice = _FETCH_AGAIN if isinstance(error, Incomplete) else ""
            return reading._replace(numbers=part.progress.numbers, reason=f"{error}{advice}")
        progress = part.progress
        return reading._replace(numbers=progress.numbers, span=progress.span)


class _Refused(Exception):  # noqa: N818  it is an outcome, like Incomplete
    """The source cannot be read, or not now."""


class _Reader:
    """Reads one source."""

    def __init__(self, task: Task, how: How, part: Part, tell: Tell) -> None:
        self._task = task
        self._how = how
        self._part = part
        self._tell = tell
        self._unit = Unit(task.known, how.live.coverage, task.now)

    def run(self, open_: Open) -> None:
        progress = self._part.progress
        with _few_collections(), _opened(open_, self._task.source) as found:
            self._unit.span = found.span
            self._catch_up(found)
            progress.numbers = self._unit.numbers
            self._read(found)
            progress.span = found.span
            self._require_time(found.span)
        progress.done = True
        self._part.commit()

    def _catch_up(self, found: Found) -> None:
        """Read again what the part already has, to know the ids, which are not stored."""
        done = self._part.progress
        left = done.position
        while left > 0:
            batch = list(islice(found.messages, min(left, _BATCH)))
            self._unit.sort(batch)
            left -= len(batch) or left
            self._show(found, done.position - left, again=True)
        if self._unit.numbers.read() != done.numbers.read():
            raise _Refused(f"{self._task.source}: changed while it was read; import it again")
        self._unit.numbers = done.numbers

    def _read(self, found: Found) -> None:
        committed = time.monotonic()
        while batch := list(islice(found.messages, _BATCH)):
            self._take(batch)
            self._part.progress.position += len(batch)
            if time.monotonic() - committed >= COMMIT_EVERY:
                self._part.commit()
                committed = time.monotonic()
            self._show(found, self._unit.numbers.messages)

    def _take(self, batch: list[Placed]) -> None:
        attribute = self._how.attribute
        fresh, known = self._unit.sort(batch)
        past = self._without_live(fresh)
        events = [attribute(one) for _, _, one in past]
        self._unit.add((file, line, one) for (file, line, _), one in zip(past, events, strict=True))
        self._unit.skip((file, line, attribute(one)) for file, line, one in known)
        begun = self._how.live.begun or self._task.now
        self._part.add(events, self._task.now, since(begun))

    def _without_live(self, batch: list[PlacedMessage]) -> list[PlacedMessage]:
        """The messages that the ledger has not counted itself."""
        may_be = self._unit.may_be_live
        late = [one.id for _, _, one in batch if one.id and may_be(one.sent_at or 0)]
        counted = self._how.live.counted(list(map(digest, late))) if late else ()
        if not counted:
            return batch
        past = [one for one in batch if not one[2].id or digest(one[2].id) not in counted]
        self._unit.leave_to_ledger(len(batch) - len(past))
        return past

    def _require_time(self, span: Span | None) -> None:
        """Raise _Refused if this machine's clock or the file's name must be wrong.

        Most of what was read is then in the future, or from another day.
        """
        numbers = self._unit.numbers
        credible = numbers.messages + sum(numbers.skipped.values()) + numbers.counted_live
        if numbers.elsewhere > credible:
            raise _Refused(
                f"{self._task.source}: most messages were sent on a different day from the one in "
                "its name; correct the name"
            )
        if numbers.future > credible or (span and span.end > self._task.now):
            raise _Refused(
                f"{self._task.source}: reaches into the future according to this machine's clock; "
                "set the clock, or wait until that day is over"
            )

    def _show(self, found: Found, messages: int, *, again: bool = False) -> None:
        last = self._unit.numbers.last
        self._tell(Step(self._task.source, found.position(), messages, last, again))


@contextmanager
def _opened(open_: Open, source: str) -> Iterator[Found]:
    """Open a source. Raises _Refused, and Incomplete."""
    try:
        with open_(source) as found:
            yield found
    except OSError as error:
        raise _Refused(f"{source}: cannot be read: {error.strerror or error}") from error


@contextmanager
def _few_collections() -> Iterator[None]:
    """Collect garbage less often: messages have no cycles, and imports are a third faster."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
