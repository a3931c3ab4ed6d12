"""The lock on a ledger: one exporter at a time, however it ends.

A separate file next to the ledger, so that readers are free to read. The
operating system lifts the lock when the process ends. The file stays: if it were
deleted, two processes could hold locks on two files of the same name.
"""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

SUFFIX = "-lock"
#: How long a lock that is taken may be held by `is_held` only, in seconds, with much to spare.
_LOOK = 0.05


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock on a ledger, as far as this user may see."""
    try:
        file = os.open(path.with_name(path.name + SUFFIX), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


class Lock:
    """Held from the beginning until `release`, or the end of a `with` block."""

    def __init__(self, path: Path) -> None:
        """Take the lock on a ledger. Raises BlockingIOError if it is taken, and OSError."""
        file = path.with_name(path.name + SUFFIX)
        self._file: int | None = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(self._file, 0o600)  # whatever the umask
            _take(self._file)
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """Release it; a second call does nothing."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.release()


def _take(file: int) -> None:
    """Lock a file. Raises BlockingIOError if it is locked for longer than `is_held` takes."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(_LOOK)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
