"""Twelve years of a community in a file of history, written past all that would import it."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from fedmsg_exporter.history.store import History
from fedmsg_exporter.ledger.tables import ActivityTables
from fedmsg_exporter.statistics.calendar import start_of
from fedmsg_exporter.statistics.coverage import Coverage, Span

CATEGORIES = tuple(f"app{one:02}" for one in range(1, 21))
#: Of a hundred people: how long they stay in days at the most, and on which part of the days they
#: are active. Half try it once, and one in twelve stays for years.
_LIVES = ((48, 2, 1.0), (30, 60, 0.3), (14, 700, 0.35), (8, 4300, 0.74))
#: Of a hundred active days, on how many a person uses one, two and three categories.
_BREADTH = (60, 30, 10)


def write(path: Path, people: int, start: int, end: int, seed: int = 1) -> int:
    """Write history of some days, half-open; returns the number of its rows."""
    history = History(path)
    history.hide("all", lambda user: user)
    history.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        _name(database, people)
        database.execute("CREATE TEMP TABLE acts (day, user, topic, messages)")
        database.executemany(
            "INSERT INTO acts VALUES (?, ?, ?, ?)", _acts(people, start, end, random.Random(seed))
        )
        # Rows in the order of the key are stored without splitting pages.
        database.execute("INSERT INTO days SELECT * FROM acts ORDER BY day, user, topic")
        database.execute(_SEEN)
        ActivityTables(database).cover(Coverage((Span(start_of(start), start_of(end)),)))
        database.execute("COMMIT")
        (rows,) = database.execute("SELECT count(*) FROM days").fetchone()
    return int(rows)


def group(people: int, size: int) -> list[str]:
    """The names of some people, evenly spread."""
    return [_named(number) for number in range(1, people + 1, max(1, people // size))][:size]


def _name(database: sqlite3.Connection, people: int) -> None:
    users = ((number, _named(number)) for number in range(1, people + 1))
    database.executemany("INSERT INTO users VALUES (?, ?, 'person', 0, 0)", users)
    topics = ((number, name, f"{name}.act") for number, name in enumerate(CATEGORIES, 1))
    database.executemany("INSERT INTO topics VALUES (?, 'org.fedoraproject', ?, ?)", topics)


def _named(number: int) -> str:
    # The order of names is not that of numbers, as in real life.
    return f"person{number * 7919 % 1_000_003:07}"


def _acts(
    people: int, start: int, end: int, chance: random.Random
) -> Iterator[tuple[int, int, int, int]]:
    """Day, user, topic and messages."""
    lives = chance.choices(_LIVES, [one[0] for one in _LIVES], k=people)
    for user, (_, longest, share) in enumerate(lives, 1):
        first = chance.randrange(start, end)
        last = min(end, first + chance.randint(1, longest))
        topics = chance.sample(range(1, len(CATEGORIES) + 1), 3)
        for day in range(first, last):
            if day == first or chance.random() < share:
                (breadth,) = chance.choices((1, 2, 3), _BREADTH)
                for topic in topics[:breadth]:
                    yield day, user, topic, 1 + int(chance.expovariate(0.4))


_SEEN = """
    UPDATE users SET first = seen.first, last = seen.last
    FROM (SELECT user, min(day) AS first, max(day) AS last FROM days GROUP BY user) AS seen
    WHERE number = seen.user
"""
