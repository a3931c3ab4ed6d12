"""Activity written down in a test, in the tables that ledger and history have, and read back."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

from fedmsg_exporter.ledger.activity import Topic
from fedmsg_exporter.ledger.tables import SCHEMA, ActivityTables
from fedmsg_exporter.report.store import Store
from fedmsg_exporter.report.stored import Stored
from fedmsg_exporter.statistics.coverage import Coverage

#: Person, day, messages, and `category` or `category.topic`.
Row = tuple[str, int, int, str]


class DayRow(NamedTuple):
    """Messages of a user on a day, by topic."""

    day: int
    user: str
    kind: str
    topic: Topic
    messages: int


def day_rows(tables: ActivityTables) -> list[DayRow]:
    """Every row of days, in order."""
    rows = tables.select("""
        SELECT day, name, kind, domain, category, topics.topic, messages
        FROM days JOIN users ON user = users.number JOIN topics ON days.topic = topics.number
        ORDER BY day, name, domain, category, topics.topic
    """)
    return [
        DayRow(day, name, kind, Topic(*topic), messages)
        for day, name, kind, *topic, messages in rows
    ]


def hour_rows(tables: ActivityTables) -> list[tuple[int, Topic, int]]:
    """Hour, topic and messages of every row of hours, in order."""
    rows = tables.select("""
        SELECT hour, domain, category, topics.topic, messages
        FROM hours JOIN topics ON hours.topic = topics.number
        ORDER BY hour, domain, category, topics.topic
    """)
    return [(hour, Topic(*topic), messages) for hour, *topic, messages in rows]


def fill(database: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Write activity into empty tables."""
    users: dict[str, list[int]] = {}
    topics: dict[str, int] = {}
    days: dict[tuple[int, int, int], int] = {}
    for person, day, messages, topic in rows:
        number, *seen = users.setdefault(person, [len(users) + 1, day, day])
        users[person] = [number, min(seen[0], day), max(seen[1], day)]
        key = day, number, topics.setdefault(topic, len(topics) + 1)
        days[key] = days.get(key, 0) + messages
    many = database.executemany
    many(
        "INSERT INTO users VALUES (?, ?, 'person', ?, ?)",
        ((number, name, first, last) for name, (number, first, last) in users.items()),
    )
    many(
        "INSERT INTO topics VALUES (?, 'org.fedoraproject', ?, ?)",
        ((number, one.partition(".")[0], one) for one, number in topics.items()),
    )
    many("INSERT INTO days VALUES (?, ?, ?, ?)", ((*key, one) for key, one in days.items()))


@contextmanager
def stored(
    rows: Iterable[Row], coverage: Coverage, bots: Collection[str] = (), **options: str
) -> Iterator[Stored]:
    """What reports ask of such activity."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(SCHEMA)
        fill(database, rows)
        store = Store("memory", ActivityTables(database), coverage)
        yield Stored([store], lambda name: name not in bots, **options)
