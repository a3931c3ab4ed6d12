"""A unit: what one file adds to history, and what part of it is already known. Pure.

Within a unit a message is recognised by its id, and counts once. Between units time
decides: what another unit covers is not counted again, in whatever form it comes.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from ..event import Event
from ..ledger.ids import digest
from ..ledger.moment import HOUR
from ..message import EARLIEST, Message
from ..sources.recording import Damage
from ..statistics.coverage import Coverage, Span, covering

#: Where something is, file and line (0 for unknown), and what it is.
Placed = tuple[str, int, Message | Damage]
PlacedMessage = tuple[str, int, Message]
PlacedEvent = tuple[str, int, Event]

#: The minimum number of ids of a unit to remember, several days' worth: a duplicate
#: follows soon after the first copy.
_REMEMBERED = 400_000
#: How long a queue may have held messages when the ledger began, in seconds.
_BACKLOG = 14 * 86400
_ELSEWHERE = "was sent on a different day from the one in the file's name, and is left out"
#: How many damaged messages are kept to be shown; the others are counted.
_SHOWN = 10


class Rejected(NamedTuple):
    """How many messages attribution rejects for a reason, and where the first of them is."""

    reason: str
    number: int
    file: str
    line: int


@dataclass(slots=True)
class Numbers:
    """What reading a unit has shown so far."""

    #: Messages to count.
    messages: int = 0
    duplicates: int = 0
    damaged: int = 0
    #: The first damaged messages: file, line, reason, and whether the whole file is damaged.
    damage: list[tuple[str, int, str, bool]] = field(default_factory=list)
    #: Messages by hour that other units cover.
    skipped: dict[int, int] = field(default_factory=dict)
    #: Messages that the ledger has counted itself.
    counted_live: int = 0
    #: Messages that attribution rejects, by reason; fresh ones are in ``messages``.
    rejected: dict[str, Rejected] = field(default_factory=dict)
    #: Messages that were sent later than this machine's clock says it is now.
    future: int = 0
    #: Messages that were sent on a different day from the one that the file says it covers.
    elsewhere: int = 0
    first: float = math.inf
    last: float = -math.inf

    def stored(self) -> dict[str, Any]:
        """The numbers in a form that JSON can hold."""
        return asdict(self) | {"skipped": [*self.skipped.items()]}

    @classmethod
    def restored(cls, stored: dict[str, Any]) -> "Numbers":
        """The numbers that `stored` returned."""
        damage = [(file, line, reason, whole) for file, line, reason, whole in stored["damage"]]
        skipped = dict(stored["skipped"])
        rejected = {reason: Rejected(*one) for reason, one in stored["rejected"].items()}
        return cls(**stored | {"damage": damage, "skipped": skipped, "rejected": rejected})

    def read(self) -> tuple[int, int, float, float]:
        """The numbers that depend only on the file: reading it again gives the same ones."""
        return self.duplicates, self.damaged, self.first, self.last


class Sorted(NamedTuple):
    """Messages of a batch: to count, and known from other units."""

    fresh: list[PlacedMessage]
    known: list[PlacedMessage]


class Unit:
    """One file on its way into history."""

    def __init__(self, known: Coverage, live: Coverage, now: float) -> None:
        """Take what other units cover, and what the ledger counts itself."""
        self.numbers = Numbers()
        #: What the file says it covers, None if it says nothing.
        self.span: Span | None = None
        self._live = live
        self._now = now
        self._is_known = _within(known)
        self._is_live = _within(live)
        self._ids: dict[bytes, None] = {}

    def sort(self, batch: Iterable[Placed]) -> Sorted:
        """Sort a batch, and note what is damaged, duplicate, or counted by the ledger."""
        found = Sorted([], [])
        numbers = self.numbers
        for file, line, one in batch:
            if isinstance(one, Damage):
                self._note(one)
            elif one.sent_at is None or not EARLIEST <= one.sent_at <= self._now:
                self._leave_out((file, line, one), self._why(one.sent_at))
            elif self.span and not self.span.start <= one.sent_at < self.span.end:
                numbers.elsewhere += 1
                self._leave_out((file, line, one), _ELSEWHERE)
            elif self._is_seen(one.id):
                numbers.duplicates += 1
            else:
                self._sort((file, line, one), one.sent_at, found)
        return found

    def add(self, events: Iterable[PlacedEvent]) -> None:
        """Count the events of fresh messages."""
        for file, line, one in events:
            self.numbers.messages += 1
            if one.rejected:
                self._reject(one.rejected, file, line)

    def skip(self, events: Iterable[PlacedEvent]) -> None:
        """Count the events of messages that are known from other units."""
        skipped = self.numbers.skipped
        for file, line, one in events:
            if one.rejected:
                self._reject(one.rejected, file, line)
            elif one.sent_at is not None:
                hour = int(one.sent_at // HOUR)
                skipped[hour] = skipped.get(hour, 0) + 1

    def may_be_live(self, at: float) -> bool:
        """Whether the ledger may have counted a message that was sent then.

        Messages that were waiting in the queue when it began were sent earlier.
        """
        return bool(self._live.spans) and at >= self._live.spans[0].start - _BACKLOG

    def leave_to_ledger(self, number: int) -> None:
        """Record the number of messages not counted because the ledger has them."""
        self.numbers.counted_live += number

    def _sort(self, one: PlacedMessage, at: float, found: Sorted) -> None:
        numbers = self.numbers
        numbers.first, numbers.last = min(numbers.first, at), max(numbers.last, at)
        if self._is_live(at):
            numbers.counted_live += 1
        elif self._is_known(at):
            found.known.append(one)
        else:
            found.fresh.append(one)

    def _reject(self, reason: str, file: str, line: int) -> None:
        rejected = self.numbers.rejected
        before = rejected.get(reason) or Rejected(reason, 0, file, line)
        rejected[reason] = before._replace(number=before.number + 1)

    def _leave_out(self, placed: PlacedMessage, reason: str) -> None:
        file, line, message = placed
        # What has no line is known by its id.
        named = "" if line else f"{message.id or message.topic} "
        self._note(Damage(file, line, named + reason))

    def _note(self, damage: Damage) -> None:
        self.numbers.damaged += 1
        if len(self.numbers.damage) < _SHOWN:
            self.numbers.damage.append((damage.file, damage.line, damage.reason, damage.whole))

    def _why(self, sent_at: float | None) -> str:
        """Why a message cannot be placed in time."""
        if sent_at is None:
            return "does not say when it was sent"
        if sent_at > self._now:
            self.numbers.future += 1
            return "was sent in the future"
        return "was sent before the bus existed"

    def _is_seen(self, message_id: str) -> bool:
        if not message_id:
            return False
        one = digest(message_id)
        if one in self._ids:
            return True
        self._ids[one] = None
        if len(self._ids) > 2 * _REMEMBERED:
            self._ids = dict.fromkeys(islice(self._ids, _REMEMBERED, None))
        return False


def covered(numbers: Numbers, span: Span | None, live: Coverage) -> Coverage:
    """What a unit covers: the span of the file, else from its first to its last message."""
    whole = span or Span(numbers.first, math.nextafter(numbers.last, math.inf))
    found = covering([whole])
    for one in live.spans:
        found = found.without(*one)
    return found


def _within(coverage: Coverage) -> Callable[[float], bool]:
    """Whether a time is covered. A closure: it is called for each of many millions of messages."""
    starts = [one.start for one in coverage.spans]
    ends = [one.end for one in coverage.spans]
    if not starts:
        return lambda _: False

    def within(at: float) -> bool:
        before = bisect_right(starts, at)
        return before > 0 and at < ends[before - 1]

    return within
