"""The exporter, killing itself in the middle of a commit.

    python -m benchmarks.crash POINT COMMITS run --config FILE

is ``fedmsg-exporter run``, with another kind of SQLite connection beneath the
ledger. At the commit of the COMMITS-th batch of messages the process sends
itself SIGKILL: ``before`` the commit, ``during`` it at a random moment, or
``after`` it, when the batch is safe and not acked yet.
"""

import os
import random
import signal
import sqlite3
import sys
import threading
import time
from functools import partial
from typing import Any
from unittest.mock import patch

from fedmsg_exporter.commands import main

POINTS = ("before", "during", "after")
#: About how long a commit takes.
_COMMIT_SECONDS = 0.002


class Fragile(sqlite3.Connection):
    """A connection that does not outlive a certain commit.

    A batch is known by the ids that it brings: other commits do not count.
    """

    point = ""
    left = 0
    _is_batch = False

    def executemany(self, sql: str, rows: Any, /) -> sqlite3.Cursor:
        """Watch for batches."""
        self._is_batch = self._is_batch or "INTO ids" in sql
        return super().executemany(sql, rows)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Count the commits of batches, and die at the last."""
        if sql != "COMMIT" or not self._is_batch:
            return super().execute(sql, parameters)
        self._is_batch = False
        self.left -= 1
        if self.left == 0:
            self._die()
        return super().execute(sql)

    def _die(self) -> None:
        if self.point == "during":
            # SQLite lets other threads run while it writes.
            threading.Thread(target=_kill_soon).start()
        if self.point != "before":
            super().execute("COMMIT")
        if self.point != "during":
            os.kill(os.getpid(), signal.SIGKILL)
        signal.pause()


def _kill_soon() -> None:
    time.sleep(random.uniform(0, _COMMIT_SECONDS))
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Fragile.point, Fragile.left = sys.argv[1], int(sys.argv[2])
    with patch("sqlite3.connect", partial(sqlite3.connect, factory=Fragile)):
        main(sys.argv[3:], prog_name="fedmsg-exporter")
