"""A unit: what one file adds to history, and what part of it is already known. Pure.

Within a unit a message counts once by its id. Across units it goes by time: what
another unit covers is not counted again, whatever its form.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from ..ledger.ids import digest
from ..message import EARLIEST, Message
from ..sources.recording import Damage
from ..statistics.calendar import day_at
from ..statistics.coverage import Coverage, Span, covering

#: The minimum number of ids of a unit to remember, several days' worth:
#: duplicates come soon.
_REMEMBERED = 400_000
#: How long a queue may have held messages when the ledger began, in seconds.
_BACKLOG = 14 * 86400


@dataclass(slots=True)
class Unit:
    """One file on its way into history."""

    #: What other units cover.
    known: Coverage
    #: What the ledger counts itself.
    live: Coverage
    #: The span that the file claims to cover, None if it claims nothing.
    span: Span | None
    now: float
    messages: int = 0
    duplicates: int = 0
    damage: list[Damage] = field(default_factory=list)
    #: Messages by day that other units cover.
    skipped: dict[int, int] = field(default_factory=dict)
    #: Messages that the ledger has counted itself.
    counted_live: int = 0
    first: float = math.inf
    last: float = -math.inf
    _ids: dict[bytes, None] = field(default_factory=dict)

    def fresh(self, found: Iterable[Message | Damage]) -> Iterator[Message]:
        """The messages to count."""
        for one in found:
            if isinstance(one, Damage):
                self.damage.append(one)
            elif one.sent_at is None or not EARLIEST <= one.sent_at <= self.now:
                self.damage.append(Damage(one.id or one.topic, 0, self._why(one.sent_at)))
            elif self._is_fresh(one, one.sent_at):
                yield one

    def _why(self, sent_at: float | None) -> str:
        """Why a message cannot be placed in time."""
        if sent_at is None:
            return "does not say when it was sent"
        return "was sent in the future" if sent_at > self.now else "was sent before there was a bus"

    def covers(self) -> Coverage:
        """What the unit covers: the span of the file, else from its first to its last message."""
        span = self.span or Span(self.first, math.nextafter(self.last, math.inf))
        covered = covering([span])
        for live in self.live.spans:
            covered = covered.without(*live)
        return covered

    def may_be_live(self, at: float) -> bool:
        """Whether the ledger may have counted a message that was sent then.

        Messages that were waiting in the queue when it began were sent earlier.
        """
        return bool(self.live.spans) and at >= self.live.spans[0].start - _BACKLOG

    def leave_to_ledger(self, number: int) -> None:
        """Record the number of messages not counted because the ledger has them."""
        self.messages -= number
        self.counted_live += number

    def _is_fresh(self, message: Message, at: float) -> bool:
        if self._is_seen(message.id):
            self.duplicates += 1
            return False
        self.first, self.last = min(self.first, at), max(self.last, at)
        if _is_in(self.live, at):
            self.counted_live += 1
            return False
        if _is_in(self.known, at):
            self.skipped[day_at(at)] = self.skipped.get(day_at(at), 0) + 1
            return False
        self.messages += 1
        return True

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


def _is_in(coverage: Coverage, at: float) -> bool:
    return any(span.start <= at < span.end for span in coverage.spans)
