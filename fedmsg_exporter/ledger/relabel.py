"""Renames what was counted for people who are forgotten, or hidden by a stricter setting."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from ..families import Family, Labels
from .counts import Counts
from .errors import LedgerError
from .formats import transaction
from .tables import ActivityTables, Rename

#: Gives the new labels of a series of a family, None to drop it.
Relabel = Callable[[Family, Labels], Labels | None]


class Move(NamedTuple):
    """A series, and its new labels."""

    family: Family
    labels: Labels
    new: Labels | None


_READ_MEANWHILE = (
    "{}: the names are hidden, but a report or a backup that reads the ledger keeps them in its "
    "-wal file; wait for it to end, then try again"
)


def moves(counts: Counts, relabel: Relabel) -> list[Move]:
    """The series that get other labels, or none."""
    return [
        Move(family, labels, new)
        for family in counts.families()
        for labels in counts.family(family)
        if (new := relabel(family, labels)) != labels
    ]


def move_all(
    database: sqlite3.Connection, several: Iterable[Move], rename: Rename | None, path: Path | None
) -> None:
    """Move series and rename users, all or none. ``path`` is how errors name the ledger.

    Raises LedgerError if somebody reads: what is deleted stays in the write-ahead log then.
    """
    # What is deleted is overwritten: a forgotten name must not stay in the file.
    database.execute("PRAGMA secure_delete = ON")
    before = database.total_changes
    with transaction(database):
        for move in several:
            _move(database, move)
        if rename:
            ActivityTables(database).rename(rename)
    busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy and database.total_changes != before:
        raise LedgerError(_READ_MEANWHILE.format(path))


def _move(database: sqlite3.Connection, move: Move) -> None:
    """Add one series to another in the file, and delete it."""
    family = move.family
    find = "SELECT value FROM series WHERE family = ? AND labels = ?"
    old_key = (family.name, json.dumps(move.labels))
    (value,) = database.execute(find, old_key).fetchone() or (0.0,)
    database.execute("DELETE FROM series WHERE family = ? AND labels = ?", old_key)
    if move.new is None:
        return
    key = (family.name, json.dumps(move.new))
    found = database.execute(find, key).fetchone()
    if found:
        value = family.combine(found[0], value)
        update = "UPDATE series SET value = ? WHERE family = ? AND labels = ?"
        database.execute(update, (value, *key))
    else:
        insert = "INSERT INTO series (family, labels, value, shown) VALUES (?, ?, ?, 1)"
        database.execute(insert, (*key, value))
