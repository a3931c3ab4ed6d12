"""Keeps the groups as FASJSON has them, by requests in the background.

The last good copy is stored in the ledger, along with the changes that the bus has
reported since, and is served at the start and while FASJSON is down.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..config import Config
from ..http import in_thread
from ..ledger import Ledger
from ..retry import Backoff
from ..sink import NotRecorded
from .change import MembershipChange
from .fasjson import GroupsReader, Snapshot
from .keeper import Keeper, log
from .membership import Membership, Selection
from .roster import Roster

#: The wait after the first failure, in seconds; it doubles up to the config's ``refresh``.
RETRY = 60.0

#: The note in the ledger that holds the last good copy.
NOTE = "groups"


class FasjsonKeeper(Keeper):
    """Queries FASJSON at regular intervals."""

    def __init__(
        self,
        config: Config,
        roster: Roster,
        ledger: Ledger,
        clock: Callable[[], float],
        reader: GroupsReader,
    ) -> None:
        """Serve the last good copy from the ledger. Raises LedgerError."""
        super().__init__(config, roster, ledger, clock)
        if config.fasjson is None:
            raise ValueError("groups.fasjson is not set")
        self._config = config.fasjson
        self._selection = Selection(config.groups_track, config.groups_exclude)
        self._reader = reader
        self._stopped = threading.Event()
        refresh = self._config.refresh
        self._backoff = Backoff(min(RETRY, refresh), refresh)
        self._asked_at = 0.0
        self._is_asking = False
        # What the bus has reported since the request, and the response may lack.
        self._meanwhile: list[MembershipChange] = []
        self._reactor: Any = None
        self._next: Any = None
        self._restore()

    def start(self, reactor: Any) -> None:
        """Query at once, and then as often as configured."""
        self._reactor = reactor
        self._ask()

    def stop(self) -> None:
        """Stop querying; a response still on its way will be ignored."""
        self._stopped.set()
        if self._next and self._next.active():
            self._next.cancel()

    def _ask(self) -> None:
        self._asked_at = self._clock()
        self._is_asking = True
        self._meanwhile = []
        work = lambda: self._reader.read(self._selection, self._stopped)  # noqa: E731
        asked = in_thread(self._reactor, work)
        asked.addCallback(self._answered)
        asked.addErrback(lambda failure: log.error("groups: %s", failure.getTraceback()))

    def _answered(self, snapshot: Snapshot) -> None:
        if self._stopped.is_set():
            return
        self._is_asking = False
        self._roster.replace(self._merged(snapshot).changed(self._meanwhile))
        if snapshot.failures:
            delay = self._backoff.fail()
            self._report(snapshot)
        else:
            delay = self._config.refresh
            self._backoff.succeed()
            self._succeed(self._asked_at, "FASJSON was read in full")
        self._note()
        self._next = self._reactor.callLater(delay, self._ask)

    def _merged(self, snapshot: Snapshot) -> Membership:
        """What was read; groups that could not be read keep the members they had."""
        before = self._roster.membership
        if snapshot.wanted is None:
            return before
        known = {**before.members(), **snapshot.members}
        return Membership({group: known[group] for group in snapshot.wanted if group in known})

    def _report(self, snapshot: Snapshot) -> None:
        group, reason = next(iter(snapshot.failures.items()))
        number, wanted = len(snapshot.failures), len(snapshot.wanted or ())
        detail = f" ({number} of {wanted} groups could not be read, first {group})" if group else ""
        self._fail(f"FASJSON at {self._config.url}: {reason}", detail)

    def _patch(self, changes: Iterable[MembershipChange]) -> None:
        changes = list(changes)
        if self._is_asking:
            self._meanwhile.extend(changes)
        if self._roster.change(changes):
            self._note()

    def _note(self) -> None:
        """Store a copy in the ledger. If that fails, the next change tries again."""
        members = self._roster.membership.members()
        copy = {
            "url": self._config.url,
            "at": self._good_at,
            "groups": {group: sorted(users) for group, users in members.items()},
        }
        try:
            self._ledger.note(NOTE, json.dumps(copy))
        except NotRecorded as error:
            log.warning("groups: cannot store the last good copy: %s", error)

    def _restore(self) -> None:
        """Serve the stored copy if it is from this FASJSON, without groups no longer counted."""
        copy = json.loads(self._ledger.noted(NOTE) or "{}")
        if copy.get("url") == self._config.url:
            self._roster.replace(_selected(copy, self._selection))
            self._good_at = copy["at"]


def copied(config: Config, note: str | None) -> Membership | None:
    """The last good copy in a ledger's `NOTE`, for read-only use; None if there is none."""
    copy = json.loads(note or "{}")
    if config.fasjson is None or copy.get("url") != config.fasjson.url:
        return None
    return _selected(copy, Selection(config.groups_track, config.groups_exclude))


def _selected(copy: Mapping[str, Any], selection: Selection) -> Membership:
    groups = copy["groups"].items()
    return Membership({group: users for group, users in groups if selection.has(group)})
