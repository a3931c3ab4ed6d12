"""When messages were sent, to four minutes, in the last weeks before the ledger began.

Days and hours are enough for statistics, but not for counters that are exact at any
moment: Prometheus looks back a week from any minute. So for the eight weeks before the
ledger, and only for these, history knows the slot of four minutes in which each message
was sent, which is how densely they are exported. Transactions are the caller's.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..event import Event
from ..ledger.activity import Activity
from ..ledger.moment import sent

#: The length of a slot in seconds.
SLOT = 240
#: In place of a user: all messages of a topic.
EVERYBODY = 0
_DAY, _HOUR = 86_400, 3600
#: Slots of an hour.
SLOTS = _HOUR // SLOT
#: Eight weeks, and the days that are cut off at both ends.
_KEPT = 58 * _DAY

SCHEMA = """
    CREATE TABLE IF NOT EXISTS moments (
        slot INTEGER,                 -- four minutes since the epoch
        topic INTEGER,
        user INTEGER,                 -- 0 for all messages of the topic
        messages INTEGER NOT NULL,
        PRIMARY KEY (slot, topic, user)
    ) WITHOUT ROWID;
"""


class Moment(NamedTuple):
    """Messages of a topic and user, or of everybody, in a slot."""

    slot: int
    topic: int
    user: int
    messages: int


def since(begun: float) -> int:
    """The time from which moments are kept, if the ledger began, or will begin, at ``begun``."""
    return int(begun) // _DAY * _DAY - _KEPT


def middle(slot: int) -> float:
    """When the messages of a slot were sent, give or take two minutes, in epoch seconds."""
    return (slot + 0.5) * SLOT


class MomentTable:
    """The moments in an open SQLite file."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, events: Iterable[Event], numbers: Activity, now: float, begin: float) -> None:
        """Add the events that were sent since ``begin``; their users and topics have numbers."""
        found: Counter[tuple[int, int, int]] = Counter()
        for event in events:
            at = sent(event, now)
            if at >= begin and not event.rejected:
                slot, topic = int(at // SLOT), numbers.topic(event)
                found[slot, topic, EVERYBODY] += 1
                for user in event.users:
                    found[slot, topic, numbers.user(user)] += 1
        rows = ((*key, messages) for key, messages in found.items())
        self._database.executemany(_ADD, rows)

    def prune(self) -> None:
        """Delete what is so long before the latest moment that it is never exported."""
        self._database.execute(_PRUNE, (_KEPT // SLOT,))

    def ends(self, by: str) -> dict[int, tuple[float, float]]:
        """The first and the last moment of each ``user`` or ``topic``, in epoch seconds."""
        found: dict[int, tuple[float, float]] = {}
        if self._is_there():
            query = f"SELECT {by}, min(slot), max(slot) FROM moments GROUP BY {by}"  # noqa: S608
            for number, first, last in self._database.execute(query):
                found[number] = middle(first), middle(last)
        return found

    def by_hour(self, start: int, end: int) -> dict[tuple[int, int], list[int]]:
        """Messages of everybody in the slots of some hours, by hour and topic."""
        found: dict[tuple[int, int], list[int]] = {}
        for slot, topic, user, messages in self.between(start * _HOUR, end * _HOUR):
            if user == EVERYBODY:
                hour, place = divmod(slot, SLOTS)
                found.setdefault((hour, topic), [0] * SLOTS)[place] += messages
        return found

    def between(self, start: float, end: float) -> Iterator[Moment]:
        """The moments of some time, in order; none in a file from before they were kept."""
        query = "SELECT * FROM moments WHERE slot >= ? AND slot < ? ORDER BY slot, topic, user"
        if not self._is_there():
            return iter(())
        slots = int(start // SLOT), int(-(-end // SLOT))
        return map(Moment._make, self._database.execute(query, slots))

    def _is_there(self) -> bool:
        return self._database.execute(_IS_THERE).fetchone() is not None


_IS_THERE = "SELECT 1 FROM sqlite_master WHERE name = 'moments'"
_ADD = """
    INSERT INTO moments VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET messages = messages + excluded.messages
"""
#: Merges users, see `ActivityTables`.
MERGE = (
    """
    INSERT INTO moments
    SELECT slot, topic, new, sum(messages) FROM moments JOIN moves ON user = old
    WHERE true GROUP BY slot, topic, new
    ON CONFLICT DO UPDATE SET messages = messages + excluded.messages
    """,
    "DELETE FROM moments WHERE user IN (SELECT old FROM moves)",
)
_PRUNE = "DELETE FROM moments WHERE slot < (SELECT max(slot) FROM moments) - ?"
