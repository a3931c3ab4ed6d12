"""Copies the ids that other ledgers have counted to one that takes over part of their messages.

A message that is published twice counts once as long as both copies reach the same
ledger. Where another exporter is added, some ids change hands.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from sqlite3 import Connection

from .errors import LedgerError, explained
from .file import followed, open_file
from .formats import transaction
from .reader import open_to_read

_LEARN = """
    INSERT INTO ids VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seen = max(seen, excluded.seen)
"""


def learn(path: Path, others: Sequence[Path]) -> int:
    """Add the ids of other ledgers to one, created if necessary; returns how many were read.

    The others may be in use, the one may not. All or nothing. Raises LedgerError.
    """
    if followed(path) in map(followed, others):
        raise LedgerError(f"{path}: cannot learn from itself; name other ledgers")
    opened = open_file(path, "full")
    try:
        with explained(path), transaction(opened.database) as database:
            return sum(_learn_from(database, one) for one in others)
    finally:
        opened.database.close()
        if opened.lock:
            opened.lock.release()


def _learn_from(database: Connection, other: Path) -> int:
    before = database.total_changes
    database.executemany(_LEARN, _ids(other))
    return database.total_changes - before


def _ids(other: Path) -> Iterator[tuple[bytes, int]]:
    """Each id of a ledger, and when it was counted."""
    source = open_to_read(other)
    try:
        with explained(other):
            yield from source.execute("SELECT id, seen FROM ids")
    finally:
        source.close()
