"""Rows of activity with numbers for names, to read years of them: names are looked up once."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple


class HourRow(NamedTuple):
    """Messages of a topic in an hour."""

    hour: int
    topic: int
    messages: int


class UserRow(NamedTuple):
    """Messages of a user on a day, by topic."""

    day: int
    user: int
    topic: int
    messages: int


class ActivityRows:
    """Activity in an open SQLite file; days and hours are half-open."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def hours(self, start: int, end: int) -> Iterator[HourRow]:
        """Every row of some hours, in order."""
        query = "SELECT * FROM hours WHERE hour >= ? AND hour < ? ORDER BY hour, topic"
        return map(HourRow._make, self._database.execute(query, (start, end)))

    def days(self, start: int, end: int) -> Iterator[UserRow]:
        """Every row of some days, in order."""
        query = "SELECT * FROM days WHERE day >= ? AND day < ? ORDER BY day, user, topic"
        return map(UserRow._make, self._database.execute(query, (start, end)))

    def by_topic(self, before: int) -> dict[int, int]:
        """Messages by topic before an hour."""
        query = "SELECT topic, sum(messages) FROM hours WHERE hour < ? GROUP BY topic"
        return dict(self._database.execute(query, (before,)))

    def by_user(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """User, topic and messages of some days."""
        query = """
            SELECT user, topic, sum(messages) FROM days
            WHERE day >= ? AND day < ? GROUP BY user, topic
        """
        return iter(self._database.execute(query, (start, end)))

    def first_hour(self) -> int | None:
        """The first hour with a message, None for none."""
        (hour,) = self._database.execute("SELECT min(hour) FROM hours").fetchone()
        return None if hour is None else int(hour)
