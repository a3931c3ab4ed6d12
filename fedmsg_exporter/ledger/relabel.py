"""Renames what was counted, for people hidden by a stricter setting or forgotten."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..families import Family, Labels
from .formats import transaction
from .tables import ActivityTables, Rename

#: Gives the new labels of a series of a family, None to drop it.
Relabel = Callable[[Family, Labels], Labels | None]


class Move(NamedTuple):
    """A series, and its new labels."""

    family: Family
    labels: Labels
    new: Labels | None


def move_all(database: sqlite3.Connection, moves: Iterable[Move], rename: Rename | None) -> bool:
    """Move series and rename users, all or none; returns whether no old name is left in the file.

    What is deleted stays in the write-ahead log while somebody reads.
    """
    # What is deleted is overwritten: a forgotten name must not stay in the file.
    database.execute("PRAGMA secure_delete = ON")
    before = database.total_changes
    with transaction(database):
        for move in moves:
            _move(database, move)
        if rename:
            ActivityTables(database).rename(rename)
    busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy or database.total_changes == before


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
