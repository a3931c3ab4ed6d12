"""Values that are read again when their files change."""

import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

# A file that changed this recently before it was read may change again undetected.
_YOUNG = 1.0


class Watched(Generic[T]):
    """A value that ``read`` makes from some files, read again once one of them has changed.

    exporter-toolkit reads its files at each request; checking their timestamps has
    the same effect at less cost. ``read`` returns the value and the files that it
    came from.
    """

    def __init__(self, read: Callable[[], tuple[T, Iterable[Path]]]) -> None:
        """Read for the first time. Raises what ``read`` raises."""
        self._read = read
        self._value, self._files, self._stamps = self._again()

    def current(self) -> T:
        """The value from the current files. Raises what ``read`` raises, each time."""
        if self._stamps is None or _stamps(self._files) != self._stamps:
            self._value, self._files, self._stamps = self._again()
        return self._value

    def last(self) -> T:
        """The last value that could be read."""
        return self._value

    def _again(self) -> tuple[T, list[Path], list[object] | None]:
        started = time.time()
        self._stamps = None
        value, files = self._read()
        files = list(files)
        stamps = _stamps(files)
        young = any(_changed(path) > started - _YOUNG for path in files)
        return value, files, None if young else stamps


class Trouble:
    """Logs why files cannot be read once, not at each attempt."""

    def __init__(self, consequence: str) -> None:
        self._consequence = consequence
        self._logged = ""

    def log(self, failure: Exception) -> None:
        """Log a failure, unless it was logged before."""
        if str(failure) != self._logged:
            self._logged = str(failure)
            log.error("%s; %s", failure, self._consequence)

    def end(self) -> None:
        """Log that the files can be read again, if a failure was logged."""
        if self._logged:
            self._logged = ""
            log.info("the web config can be read again")


def _stamps(files: Iterable[Path]) -> list[object]:
    return [_stamp(path) for path in files]


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_ctime
    except OSError:
        return 0.0
