"""The groups as FASJSON has them, asked for in the background.

The last good copy is kept in the ledger, with what the bus has told since, and
served at the start and while FASJSON is down.
"""

import json
from collections.abc import Callable, Iterable
from threading import Event, Thread
from typing import Any, Protocol

from ..attribution import Attribution
from ..config import Config
from ..ledger import Ledger, LedgerError
from .change import MembershipChange
from .fasjson import Reading
from .keeper import Keeper, log
from .membership import Membership, Selection

#: The wait after the first failure, in seconds; each further one doubles it, up
#: to the config's ``refresh``.
RETRY = 60.0

_NOTE = "groups"


class Client(Protocol):
    """What reads the groups. Blocks; nothing is raised."""

    def read(self, selection: Selection, stop: Event) -> Reading:
        """Read all groups of a selection, until ``stop`` is set."""


Spawn = Callable[[Any, Callable[[], Reading], Callable[[Reading], None]], None]


def in_thread(reactor: Any, work: Callable[[], Reading], done: Callable[[Reading], None]) -> None:
    """Work in a thread, and hand what comes of it to the reactor's.

    A thread of its own, and a daemon: the end of the process would wait for one
    of the reactor's pool, and so for a FASJSON that hangs.
    """
    thread = Thread(target=lambda: reactor.callFromThread(done, work()), daemon=True)
    thread.start()


class FasjsonKeeper(Keeper):
    """Asks FASJSON again and again. ``spawn`` does what blocks."""

    def __init__(
        self,
        config: Config,
        attribution: Attribution,
        ledger: Ledger,
        clock: Callable[[], float],
        client: Client,
        spawn: Spawn,
    ) -> None:
        """Serve the last good copy from the ledger. Raises LedgerError."""
        super().__init__(config, attribution, ledger, clock)
        if config.fasjson is None:
            raise ValueError("there is no groups.fasjson")
        self._config = config.fasjson
        self._selection = Selection(config.groups_track, config.groups_exclude)
        self._client = client
        self._spawn = spawn
        self._stopped = Event()
        self._failures = 0
        self._asked_at = 0.0
        self._is_asking = False
        # What the bus told since FASJSON was asked: the answer may not have it.
        self._meanwhile: list[MembershipChange] = []
        self._reactor: Any = None
        self._next: Any = None
        self._restore()

    def start(self, reactor: Any) -> None:
        """Ask at once, and again as often as the config says."""
        self._reactor = reactor
        self._ask()

    def stop(self) -> None:
        """Ask no more; an answer that is still to come is not heard."""
        self._stopped.set()
        if self._next and self._next.active():
            self._next.cancel()

    def _ask(self) -> None:
        self._asked_at = self._clock()
        self._is_asking = True
        self._meanwhile = []
        work = lambda: self._client.read(self._selection, self._stopped)  # noqa: E731
        self._spawn(self._reactor, work, self._answered)

    def _answered(self, reading: Reading) -> None:
        if self._stopped.is_set():
            return
        self._is_asking = False
        self._attribution.membership = self._merged(reading).changed(self._meanwhile)
        if reading.failures:
            self._failures += 1
            self._tell(reading)
        else:
            self._failures = 0
            self._succeed(self._asked_at, "FASJSON was read in full")
        self._note()
        self._next = self._reactor.callLater(self._delay(), self._ask)

    def _merged(self, reading: Reading) -> Membership:
        """What was read; of groups that could not be read, the members they had."""
        before = self._attribution.membership
        if reading.wanted is None:
            return before
        known = {**before.members(), **reading.members}
        return Membership({group: known[group] for group in reading.wanted if group in known})

    def _tell(self, reading: Reading) -> None:
        group, reason = next(iter(reading.failures.items()))
        number, wanted = len(reading.failures), len(reading.wanted or ())
        detail = f" ({number} of {wanted} groups could not be read, first {group})" if group else ""
        self._fail(f"FASJSON at {self._config.url}: {reason}", detail)

    def _delay(self) -> float:
        if not self._failures:
            return self._config.refresh
        return min(self._config.refresh, RETRY * 2.0 ** min(self._failures - 1, 20))

    def _patch(self, changes: Iterable[MembershipChange]) -> None:
        changes = list(changes)
        if self._is_asking:
            self._meanwhile.extend(changes)
        before = self._attribution.membership
        super()._patch(changes)
        if self._attribution.membership is not before:
            self._note()

    def _note(self) -> None:
        """Keep a copy. It comes again with the next news, should the ledger refuse it."""
        members = self._attribution.membership.members()
        copy = {
            "url": self._config.url,
            "at": self._good_at,
            "groups": {group: sorted(users) for group, users in members.items()},
        }
        try:
            self._ledger.note(_NOTE, json.dumps(copy))
        except LedgerError as error:
            log.warning("groups: the last good copy is not kept: %s", error)

    def _restore(self) -> None:
        """Serve the copy, if it is of this FASJSON, less what is not counted any more."""
        copy = json.loads(self._ledger.noted(_NOTE) or "{}")
        if copy.get("url") == self._config.url:
            groups = copy["groups"].items()
            kept = {group: users for group, users in groups if self._selection.has(group)}
            self._attribution.membership = Membership(kept)
            self._good_at = copy["at"]
