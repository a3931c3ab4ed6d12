"""Keeps the groups as in the membership file, which is read again when it changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from twisted.internet import task

from ..config import Config
from ..document import DocumentError
from ..ledger import Ledger
from .keeper import Keeper, log
from .membership import Membership, load
from .roster import Roster

#: How often to check whether the file has changed, in seconds.
POLL = 2.0

#: When to retry a file that could not be read and has not changed since, in
#: seconds: the cause may have been the disk.
RETRY = 60.0


class Stamp(NamedTuple):
    """What changes along with a file: its content, its permissions, which file it is."""

    modified: int
    changed: int
    size: int
    inode: int


class FileKeeper(Keeper):
    """Checks the file every `POLL` seconds, and reads it once it has stopped changing.

    A change is read one check after it was first seen, because a half-written file
    is often valid YAML.
    """

    def __init__(
        self,
        config: Config,
        roster: Roster,
        ledger: Ledger,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(config, roster, ledger, clock)
        if config.groups_file is None:
            raise ValueError("groups.file is not set")
        self._path = config.groups_file
        self._track, self._exclude = config.groups_track, config.groups_exclude
        # The members in the file, without what the bus has reported since.
        self._loaded = roster.membership
        self._seen: Stamp | None = None
        self._read: Stamp | None = None
        self._is_good = False
        self._read_at: float | None = None
        self._loop = task.LoopingCall(self._look)

    def start(self, reactor: Any) -> None:
        """Start checking, beginning with changes since the file was loaded."""
        self._loop.clock = reactor
        self._loop.start(POLL).addErrback(lambda failure: log.error("%s", failure.getTraceback()))

    def stop(self) -> None:
        """Stop checking."""
        if self._loop.running:
            self._loop.stop()

    def reread(self, membership: Membership) -> None:
        """Adopt what was just read from the file.

        The file may have changed since then, so the next check reads it again.
        """
        self._read = None
        self._take(membership)

    def _look(self) -> None:
        before, self._seen = self._seen, _stamp(self._path)
        is_settled = self._seen == before
        if is_settled and (self._seen != self._read or self._is_due()):
            self._reload()
        if self._is_good and self._seen == self._read:
            self._succeed(self._clock(), "the file is readable")

    def _is_due(self) -> bool:
        """Whether to read a file that has not changed."""
        if self._read_at is None:
            return True
        return not self._is_good and self._clock() - self._read_at >= RETRY

    def _reload(self) -> None:
        if self._seen != self._read:
            self._logged.clear()  # a change is a new reason to report
        self._read, self._read_at = self._seen, self._clock()
        try:
            loaded = load(self._path, self._track, self._exclude)
        except DocumentError as error:
            self._is_good = False
            self._fail(str(error.problems[0]), _more(len(error.problems) - 1))
        else:
            self._is_good = True
            self._take(loaded)

    def _take(self, loaded: Membership) -> None:
        if loaded != self._loaded:
            log.info("groups: reloaded %s: %s groups", self._path, len(loaded.sizes()))
            self._loaded = loaded
            self._roster.replace(loaded)


def _stamp(path: Path) -> Stamp | None:
    """The file's stamp; None while it cannot be accessed."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return Stamp(stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino)


def _more(problems: int) -> str:
    return f" (and {problems} more: see `fedmsg-exporter check`)" if problems else ""
