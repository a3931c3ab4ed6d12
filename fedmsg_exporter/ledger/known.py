"""What is stored in a ledger: series, notes, and the time for which people are known.

Transactions are the caller's.
"""

import json
from collections.abc import Iterable, Iterator
from json.encoder import encode_basestring_ascii
from sqlite3 import Connection

from ..families import GAP_END, GAP_FILLED, GAP_START, Labels
from ..statistics.coverage import Coverage
from .series import Series, Stored
from .tables import ActivityTables

#: The note that records whom `users.expose` shows, and since when people are
#: distinguished.
PEOPLE = "people"


_UPSERT = """
    INSERT INTO series VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (number) DO UPDATE SET value = excluded.value
"""


def store(database: Connection, rows: Iterable[tuple[int, str, Labels, float, bool]]) -> None:
    """Store series as `Counts.rows` has them; of those that are there, only the value."""
    texts = (
        (number, family, text_of(labels), value, shown)
        for number, family, labels, value, shown in rows
    )
    database.executemany(_UPSERT, texts)


def text_of(labels: Labels) -> str:
    """Label values as `json.dumps` writes them, in a third of the time: once a series and batch."""
    return f"[{', '.join(map(encode_basestring_ascii, labels))}]"


def mark_shown(database: Connection, series: Iterable[Series]) -> None:
    """Store that series are shown at their value from now on."""
    numbers = ((one.number,) for one in series)
    database.executemany("UPDATE series SET shown = 1 WHERE number = ?", numbers)


def note(database: Connection, name: str, text: str) -> None:
    """Store a text under a name, in place of an earlier one."""
    database.execute("REPLACE INTO notes VALUES (?, ?)", (name, text))


def stored(database: Connection, family: str = "") -> Iterator[Stored]:
    """Every series, or those of a family by name, in the order in which they came."""
    query = "SELECT number, family, labels, value, shown FROM series WHERE ? IN ('', family)"
    rows = database.execute(f"{query} ORDER BY number", (family,))
    for number, name, labels, value, shown in rows:
        yield Stored(name, tuple(json.loads(labels)), Series(number, value, bool(shown)))


def noted(database: Connection, name: str) -> str | None:
    """The text stored under a name, None if there is none."""
    row = database.execute("SELECT text FROM notes WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def people_coverage(database: Connection) -> Coverage:
    """The time for which everything about people is known.

    It excludes gaps that are still to be filled, and the time before people were shown.
    """
    people = json.loads(noted(database, PEOPLE) or '{"since": 0}')
    coverage = ActivityTables(database).coverage()
    if people["since"] is None:
        return Coverage()
    start, end, filled = (_value(database, one.name) for one in (GAP_START, GAP_END, GAP_FILLED))
    return coverage.without(0, people["since"]).without(max(start, filled), end)


def _value(database: Connection, family: str) -> float:
    row = database.execute("SELECT value FROM series WHERE family = ?", (family,)).fetchone()
    return 0.0 if row is None else float(row[0])
