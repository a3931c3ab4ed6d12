"""Adds the activity of a part to that of history. Transactions are the caller's.

Users and topics are numbered in the order in which the part met them, so that the
file is the same as if it had been read without a part.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def attached(database: sqlite3.Connection, part: Path) -> Iterator[None]:
    """Attach a part, outside of a transaction. Raises sqlite3.Error."""
    database.execute("ATTACH DATABASE ? AS part", (str(part),))
    try:
        yield
    finally:
        database.execute("DETACH DATABASE part")


def merge(database: sqlite3.Connection) -> None:
    """Add the attached part. Raises sqlite3.Error."""
    for statement in _MERGE:
        database.execute(statement)


#: From a row of the part, called ``new``, to the number of its topic in history.
_TOPIC = """
    JOIN part.topics AS by_topic ON by_topic.number = new.topic
    JOIN main.topics AS topic ON topic.domain = by_topic.domain
        AND topic.category = by_topic.category AND topic.topic = by_topic.topic
"""
#: The same for the user, where there is one.
_USER = """
    LEFT JOIN part.users AS by_user ON by_user.number = new.user
    LEFT JOIN main.users AS user ON user.name = by_user.name
"""
_ADD = "WHERE true ON CONFLICT DO UPDATE SET messages = messages + excluded.messages"
_MERGE = (
    """
    INSERT INTO main.users (name, kind, first, last)
    SELECT name, kind, first, last FROM part.users WHERE true ORDER BY number
    ON CONFLICT (name) DO UPDATE SET
        kind = excluded.kind,
        first = min(users.first, excluded.first),
        last = max(users.last, excluded.last)
    """,
    """
    INSERT OR IGNORE INTO main.topics (domain, category, topic)
    SELECT domain, category, topic FROM part.topics ORDER BY number
    """,
    f"""
    INSERT INTO main.days SELECT new.day, user.number, topic.number, new.messages
    FROM part.days AS new {_USER} {_TOPIC} {_ADD}
    """,  # noqa: S608  all of it is ours
    f"""
    INSERT INTO main.hours SELECT new.hour, topic.number, new.messages
    FROM part.hours AS new {_TOPIC} {_ADD}
    """,  # noqa: S608  all of it is ours
    # All messages of a topic are those of user 0, whom no table of users has.
    f"""
    INSERT INTO main.moments SELECT new.slot, topic.number, ifnull(user.number, 0), new.messages
    FROM part.moments AS new {_USER} {_TOPIC} {_ADD}
    """,  # noqa: S608  all of it is ours
)
