"""The ledger: every count, the ids already counted and the activity, in one SQLite file.

It is the only owner of numbers. `Ledger.record` takes a batch whole or not at
all: the increments and the ids of a batch are one transaction, and they show only
once it is committed. A source acks only then, so that a message is counted once,
wherever the process is killed.

``ledger`` puts the other modules together:

- counts: ``changes`` says what an event adds, ``counts`` works out the new value of each
  ``series`` and enforces the caps, ``ids`` knows what was counted before.
- activity: ``activity`` works out days and hours, by the ``moment`` at which a message was
  sent; ``tables`` stores them, ``rows`` and ``sums`` read them, ``weeks`` makes weekly
  statistics of them.
- the file: ``file`` creates, opens and sets it aside, ``formats`` upgrades it, ``lock`` keeps
  other exporters out, ``log`` looks after the write-ahead log, ``known`` reads and writes
  series and notes, ``errors`` says what to do when one of them fails.
- from outside: ``relabel`` renames what was counted, ``reader`` reads and copies a ledger in
  use, ``learning`` takes over the ids of another one.
"""

from ..sink import Recorded
from .changes import ARRIVED, Tally
from .errors import LedgerError
from .ledger import Ledger

__all__ = ["ARRIVED", "Ledger", "LedgerError", "Recorded", "Tally"]
