"""A unit: what one file adds to history, and what of it is known already. Pure.

Within a unit a message counts once by its id. Across units it goes by time: what
another unit covers is not counted again, in whatever form it comes.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from ..ledger.moment import BUS_BEGAN
from ..message import Message
from ..sources.recording import Damage
from ..statistics.calendar import day_at
from ..statistics.coverage import Coverage, Span

#: How many days the ids of a unit are remembered: what comes twice comes soon.
_DAYS = 9


@dataclass(slots=True)
class Unit:
    """One file on its way into history."""

    #: What other units cover.
    known: Coverage
    #: The span that the file says it covers, None where it says nothing.
    span: Span | None
    now: float
    messages: int = 0
    duplicates: int = 0
    damage: list[Damage] = field(default_factory=list)
    #: Messages by day that other units cover.
    skipped: dict[int, int] = field(default_factory=dict)
    first: float = math.inf
    last: float = -math.inf
    _ids: dict[int, set[bytes]] = field(default_factory=dict)

    def fresh(self, found: Iterable[Message | Damage]) -> Iterator[Message]:
        """The messages that are to be counted."""
        for one in found:
            if isinstance(one, Damage):
                self.damage.append(one)
            elif one.sent_at is None or not BUS_BEGAN <= one.sent_at <= self.now:
                self.damage.append(Damage(one.id or one.topic, 0, "has no time that can be"))
            elif self._is_fresh(one, one.sent_at):
                yield one

    def covers(self) -> Coverage:
        """What the unit covers: the span of the file, else from its first to its last message."""
        if self.span:
            return Coverage((self.span,))
        if self.first > self.last:
            return Coverage()
        return Coverage((Span(self.first, math.nextafter(self.last, math.inf)),))

    def _is_fresh(self, message: Message, at: float) -> bool:
        if self._is_seen(message.id, day_at(at)):
            self.duplicates += 1
            return False
        self.first, self.last = min(self.first, at), max(self.last, at)
        if any(span.start <= at < span.end for span in self.known.spans):
            self.skipped[day_at(at)] = self.skipped.get(day_at(at), 0) + 1
            return False
        self.messages += 1
        return True

    def _is_seen(self, message_id: str, day: int) -> bool:
        if not message_id:
            return False
        digest = blake2b(message_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if any(digest in ids for ids in self._ids.values()):
            return True
        if day not in self._ids:
            for old in sorted(self._ids)[: 1 - _DAYS]:
                del self._ids[old]
        self._ids.setdefault(day, set()).add(digest)
        return False
