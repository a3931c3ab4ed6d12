"""The tables of activity, in the ledger's file and in that of history alike."""

import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..event import User
from ..statistics.coverage import Coverage, Span, covering
from .activity import NOBODY, ActivityPlan, Seen, Topic

#: Days are counted from 1970-01-01, hours from its beginning, all in UTC.
SCHEMA = """
    CREATE TABLE users (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,    -- as `users.expose` shows it, or empty for nobody
        kind TEXT NOT NULL,
        first INTEGER NOT NULL,       -- day of the first message of all
        last INTEGER NOT NULL
    );
    CREATE TABLE topics (
        number INTEGER PRIMARY KEY,
        domain TEXT NOT NULL,
        category TEXT NOT NULL,
        topic TEXT NOT NULL,          -- without its prefix
        UNIQUE (domain, category, topic)
    );
    CREATE TABLE days (
        day INTEGER,
        user INTEGER,
        topic INTEGER,
        messages INTEGER NOT NULL,
        PRIMARY KEY (day, user, topic)
    ) WITHOUT ROWID;
    CREATE TABLE hours (
        hour INTEGER,
        topic INTEGER,
        messages INTEGER NOT NULL,
        PRIMARY KEY (hour, topic)
    ) WITHOUT ROWID;
    CREATE TABLE weeks (
        week INTEGER,                 -- weeks from Monday, counted from that of 1970-01-01
        statistic TEXT,
        value REAL NOT NULL,
        PRIMARY KEY (week, statistic)
    ) WITHOUT ROWID;
    CREATE TABLE pruned (
        before INTEGER PRIMARY KEY    -- days before this one were deleted
    );
    CREATE TABLE coverage (
        start REAL PRIMARY KEY,       -- epoch seconds
        end REAL                      -- null while it is ongoing
    );
"""

#: The new name of a user, None to drop it.
Rename = Callable[[User], User | None]


class ActivityTables:
    """Activity in an open SQLite file. Transactions are the caller's."""

    def __init__(self, database: sqlite3.Connection, more: Iterable[str] = ()) -> None:
        """``more`` merges users in other tables: statements that use the table ``moves``."""
        self._database = database
        self._more = tuple(more)

    def select(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows that a query gives."""
        return self._database.execute(query, values)

    def users(self) -> dict[str, Seen]:
        """Every user, by name."""
        rows = self._database.execute("SELECT name, number, kind, first, last FROM users")
        return {name: Seen(*row) for name, *row in rows}

    def topics(self) -> dict[Topic, int]:
        """The number of every topic."""
        rows = self._database.execute("SELECT number, domain, category, topic FROM topics")
        return {Topic(*row): number for number, *row in rows}

    def add(self, plan: ActivityPlan) -> None:
        """Add a plan."""
        many = self._database.executemany
        many(_ADD_TOPIC, ((number, *topic) for topic, number in plan.topics.items()))
        many(_ADD_USER, ((name, *seen) for name, seen in plan.users.items()))
        many(_ADD_HOUR, ((*key, number) for key, number in plan.hours.items()))
        many(_ADD_DAY, ((*key, number) for key, number in plan.days.items()))

    def prune(self, before: int) -> None:
        """Delete the oldest day if it is before a given one: one day at a time is little work."""
        oldest = self.oldest()
        if oldest is not None and oldest < before:
            self._database.execute("DELETE FROM days WHERE day <= ?", (oldest,))
            self._database.execute("DELETE FROM hours WHERE hour < ?", (24 * (oldest + 1),))
            self._database.execute("INSERT OR IGNORE INTO pruned VALUES (?)", (oldest + 1,))
            self._database.execute(_FORGET_EARLIER)

    def oldest(self) -> int | None:
        """The first day that is kept, None if there is none."""
        (day,) = self._database.execute("SELECT min(day) FROM days").fetchone()
        return None if day is None else int(day)

    def kept_since(self) -> int:
        """The first day whose data is complete; 0 if nothing was deleted."""
        (before,) = self._database.execute("SELECT max(before) FROM pruned").fetchone()
        return int(before or 0)

    def latest_hour(self) -> int | None:
        """The last hour with a message, None for none."""
        (hour,) = self._database.execute("SELECT max(hour) FROM hours").fetchone()
        return None if hour is None else int(hour)

    def rename(self, rename: Rename) -> int:
        """Rename users, adding up those that become one; returns how many."""
        renamed = {}
        for name, seen in self.users().items():
            old = User(name, seen.kind)
            new = old if old == NOBODY else rename(old) or NOBODY
            if new != old:
                renamed[seen.number] = self._rename(seen.number, new)
        self._merge({old: new for old, new in renamed.items() if new is not None})
        return len(renamed)

    def _rename(self, number: int, new: User) -> int | None:
        """Rename a user; if the name is taken, return by whom."""
        taken = self._database.execute(
            "SELECT number FROM users WHERE name = ? AND number != ?", (new.name, number)
        ).fetchone()
        if taken:
            return int(taken[0])
        update = "UPDATE users SET name = ?, kind = ? WHERE number = ?"
        self._database.execute(update, (new.name, new.kind, number))
        return None

    def _merge(self, moves: Mapping[int, int]) -> None:
        """Add the messages of users to those of others, in one pass over the days."""
        if not moves:
            return
        self._database.execute("CREATE TEMP TABLE moves (old INTEGER PRIMARY KEY, new INTEGER)")
        rows = ((old, _end_of(moves, old)) for old in moves)
        self._database.executemany("INSERT INTO moves VALUES (?, ?)", rows)
        for statement in (*self._more, *_MERGE):
            self._database.execute(statement)

    def week_rows(self, start: int, end: int) -> Iterator[tuple[int, str, int]]:
        """Week, user and messages of some weeks, half-open, for people and bots."""
        query = """
            SELECT week, name, messages FROM (
                SELECT (day + 3) / 7 AS week, user, sum(messages) AS messages FROM days
                WHERE day >= ? AND day < ? GROUP BY 1, 2
            ) JOIN users ON user = number WHERE kind IN ('person', 'bot')
        """
        yield from self._database.execute(query, (7 * start - 3, 7 * end - 3))

    def keep_week(self, week: int, values: Mapping[str, float]) -> None:
        """Keep the statistics of a closed week, in place of earlier ones."""
        self._database.execute("DELETE FROM weeks WHERE week = ?", (week,))
        rows = ((week, name, value) for name, value in values.items())
        self._database.executemany("INSERT INTO weeks VALUES (?, ?, ?)", rows)

    def weeks(self) -> dict[int, dict[str, float]]:
        """The statistics of every closed week that was kept."""
        found: dict[int, dict[str, float]] = {}
        for week, name, value in self._database.execute("SELECT * FROM weeks"):
            found.setdefault(week, {})[name] = value
        return found

    def known(self) -> Coverage:
        """The time for which everything is known; an ongoing span has no end."""
        rows = self._database.execute("SELECT start, end FROM coverage")
        return covering(Span(start, math.inf if end is None else end) for start, end in rows)

    def coverage(self) -> Coverage:
        """The same up to the last hour with a message: what came after it is not yet known."""
        hour = self.latest_hour() or 0
        return self.known().without(float(3600 * hour), math.inf)

    def cover(self, coverage: Coverage) -> None:
        """Record the time for which everything is known."""
        self._database.execute("DELETE FROM coverage")
        rows = ((one.start, None if one.end == math.inf else one.end) for one in coverage.spans)
        self._database.executemany("INSERT INTO coverage VALUES (?, ?)", rows)


def _end_of(moves: Mapping[int, int], number: int) -> int:
    """The user that one is finally merged into, as the target may be merged itself."""
    while number in moves:
        number = moves[number]
    return number


_FORGET_EARLIER = "DELETE FROM pruned WHERE before < (SELECT max(before) FROM pruned)"
_ADD_TOPIC = "INSERT INTO topics VALUES (?, ?, ?, ?)"
_ADD_USER = """
    INSERT INTO users (name, number, kind, first, last) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (number) DO UPDATE
    SET kind = excluded.kind, first = excluded.first, last = excluded.last
"""
_ADD_HOUR = """
    INSERT INTO hours VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET messages = messages + excluded.messages
"""
_ADD_DAY = """
    INSERT INTO days VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET messages = messages + excluded.messages
"""
_MERGE = (
    """
    INSERT INTO days
    SELECT day, new, topic, sum(messages) FROM days JOIN moves ON user = old
    WHERE true GROUP BY day, new, topic
    ON CONFLICT DO UPDATE SET messages = messages + excluded.messages
    """,
    "DELETE FROM days WHERE user IN (SELECT old FROM moves)",
    """
    UPDATE users SET first = min(users.first, other.first), last = max(users.last, other.last)
    FROM (
        SELECT new, min(first) AS first, max(last) AS last
        FROM moves JOIN users ON number = old GROUP BY new
    ) AS other
    WHERE number = new
    """,
    "DELETE FROM users WHERE number IN (SELECT old FROM moves)",
    "DROP TABLE moves",
)
