"""The ids of messages that were counted, kept as digests for a while.

How old an id is goes by the machine's clock and by the messages, whichever
makes it younger: a clock that is wrong for a day must not forget a week of ids.
"""

from collections.abc import Sequence
from hashlib import blake2b
from sqlite3 import Connection

from ..event import Event
from ..message import EARLIEST

#: The ids are forgotten piecemeal: one part in this many at each commit.
_SLICES = 4096


class Ids:
    """The ids in an open ledger. Transactions are the caller's."""

    def __init__(self, database: Connection, keep: float) -> None:
        """Take how long an id is remembered, in seconds."""
        self._database = database
        self._keep = keep
        self._sweep = 0
        self._heard: float | None = None

    def unseen(self, events: Sequence[Event]) -> tuple[list[Event], list[bytes]]:
        """The events that were not counted before, and the digests of their ids.

        An event without an id cannot be distinguished from another and always
        counts as unseen.
        """
        digests = [digest(event.id) if event.id else b"" for event in events]
        known = known_ids(self._database, digests)
        unseen, ids = [], []
        for event, one in zip(events, digests, strict=True):
            if one in known:
                continue
            unseen.append(event)
            if one:
                known.add(one)
                ids.append(one)
        return unseen, ids

    def hear(self, events: Sequence[Event]) -> None:
        """Note when the messages of a batch were sent: the median, as single ones may be wrong."""
        sent = sorted(at for event in events if (at := event.sent_at) and at >= EARLIEST)
        if sent:
            self._heard = sent[len(sent) // 2]

    def add(self, ids: Sequence[bytes], now: float) -> None:
        """Remember digests from now on."""
        seen = now if self._heard is None else max(now, self._heard)
        rows = ((one, int(seen)) for one in ids)
        self._database.executemany("INSERT INTO ids VALUES (?, ?)", rows)

    def confirmed(self, now: float) -> float:
        """The time by which to delete what is old: 0 until a message says when it was sent."""
        return 0.0 if self._heard is None else min(now, self._heard)

    def forget(self, now: float) -> None:
        """Forget old ids in the next slice of all digests, a small piece of work.

        Digests are spread evenly, so that each slice holds as many as the next.
        """
        low, high = self._sweep, self._sweep + 1
        self._sweep = high % _SLICES
        oldest = int(self.confirmed(now) - self._keep)
        self._database.execute(
            "DELETE FROM ids WHERE id >= ? AND id < ? AND seen < ?",
            (_slice_start(low), _slice_start(high), oldest),
        )


def known_ids(database: Connection, digests: Sequence[bytes]) -> set[bytes]:
    """Which of some digests are remembered."""
    places = ", ".join("?" * len(digests))
    query = f"SELECT id FROM ids WHERE id IN ({places})"  # noqa: S608  only marks
    return {found for (found,) in database.execute(query, digests)}


def digest(message_id: str) -> bytes:
    """A short, evenly spread stand-in for an id of any length."""
    return blake2b(message_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _slice_start(number: int) -> bytes:
    """The lowest digest of a slice; past the last one, more than any digest."""
    return (number << 4).to_bytes(2, "big") if number < _SLICES else b"\xff" * 17
