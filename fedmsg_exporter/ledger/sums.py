"""Sums of activity by day and stretch of days, made by SQLite.

Each query is about one day or a few, so that what it sorts fits in the cache
however many years there are. Users and topics are numbers of the tables.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from .tables import ActivityTables

#: The length of the pieces in which a longer range is added up, in days.
_PIECE = 7


class Which(NamedTuple):
    """The only users and topics that count, and users that do not, by number; None for all."""

    users: Collection[int] | None = None
    topics: Collection[int] | None = None
    except_users: Collection[int] | None = None

    def where(self) -> str:
        """The conditions, each after the values of those before it."""
        given = zip(_CONDITIONS, self, strict=True)
        return "".join(condition for condition, numbers in given if numbers is not None)

    def values(self) -> list[str]:
        """The values for the conditions."""
        return [json.dumps(sorted(numbers)) for numbers in self if numbers is not None]


#: A condition for each field of `Which`.
_CONDITIONS = (
    " AND user IN (SELECT value FROM json_each(?))",
    " AND days.topic IN (SELECT value FROM json_each(?))",
    " AND user NOT IN (SELECT value FROM json_each(?))",
)


def by_active_days(
    tables: ActivityTables, stretches: Iterable[tuple[int, int]], which: Which
) -> Iterator[Iterator[tuple[int, int, int]]]:
    """For each stretch of days: user, messages, and the days on which the user sent any.

    These are bits, the lowest for the first day; a stretch has at most 62 days.
    """
    # Days of each user come in the order of the key, so only the outer sum sorts.
    query = f"""
        SELECT user, sum(messages), sum(1 << (day - ?)) FROM (
            SELECT day, user, sum(messages) AS messages FROM days
            WHERE day >= ? AND day < ? {which.where()} GROUP BY day, user
        ) GROUP BY user
    """  # noqa: S608  the conditions are ours
    values = which.values()
    for start, end in stretches:
        yield tables.select(query, (start, start, end, *values))


def by_category_and_user(
    tables: ActivityTables, stretches: Iterable[tuple[int, int]], which: Which
) -> Iterator[Iterator[tuple[str, int, int]]]:
    """For each stretch of days: category, user and messages."""
    query = f"""
        SELECT category, user, sum(messages) FROM days JOIN topics ON days.topic = number
        WHERE day >= ? AND day < ? {which.where()} GROUP BY category, user
    """  # noqa: S608  the conditions are ours
    values = which.values()
    for stretch in stretches:
        yield tables.select(query, (*stretch, *values))


def by_category(
    tables: ActivityTables, start: int, end: int, which: Which
) -> Iterator[tuple[int, int, str, int]]:
    """Day, user, category and messages of some days, half-open, in order of day."""
    query = f"""
        SELECT day, user, category, sum(messages) FROM days JOIN topics ON days.topic = number
        WHERE day = ? {which.where()} GROUP BY user, category
    """  # noqa: S608  the conditions are ours
    values = which.values()
    for day in range(*_within(tables, start, end)):
        yield from tables.select(query, (day, *values))


def by_topic(
    tables: ActivityTables, start: int, end: int, which: Which
) -> Iterator[tuple[int, int]]:
    """Topic and messages of some days; a topic may come several times."""
    yield from _in_pieces(tables, "topic", start, end, which)


def by_user(
    tables: ActivityTables, start: int, end: int, which: Which
) -> Iterator[tuple[int, int]]:
    """User and messages of some days; a user may come several times."""
    yield from _in_pieces(tables, "user", start, end, which)


def _in_pieces(
    tables: ActivityTables, column: str, start: int, end: int, which: Which
) -> Iterator[tuple[int, int]]:
    query = f"""
        SELECT {column}, sum(messages) FROM days
        WHERE day >= ? AND day < ? {which.where()} GROUP BY {column}
    """  # noqa: S608  the column and the conditions are ours
    values = which.values()
    start, end = _within(tables, start, end)
    for day in range(start, end, _PIECE):
        yield from tables.select(query, (day, min(day + _PIECE, end), *values))


def _within(tables: ActivityTables, start: int, end: int) -> tuple[int, int]:
    """The part of some days from the first to the last with activity."""
    (newest,) = next(tables.select("SELECT max(day) FROM days"))
    oldest = tables.oldest()
    if oldest is None or newest is None:
        return 0, 0
    return max(start, oldest), min(end, newest + 1)
