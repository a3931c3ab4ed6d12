"""The groups of a running exporter: the roster, and what keeps it up to date.

What keeps it is replaced where a reload changes how groups are kept. Otherwise it
goes on, with what the bus has reported since the file was read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..config import Config
from ..event import Event
from ..groups import Membership, Roster, load_configured
from ..groups.fasjson import require
from ..groups.keeper import Keeper
from ..groups.keepers import are_alike, keeper
from ..groups.membership import counted
from ..ledger import Ledger
from ..message import Message


class Groups:
    """Lives in the reactor's thread, except for `read`."""

    def __init__(self, config: Config, of_source: Mapping[str, Iterable[str]]) -> None:
        """Read the groups. Raises DocumentError.

        ``of_source`` are those of a source that knows its people; the config's
        take precedence.
        """
        self._config = config
        self._of_source = of_source
        self._keeper: Keeper | None = None
        self._reactor: Any = None
        self.roster = Roster(self._read(config))

    def read(self, config: Config) -> Membership:
        """The membership by a config, changing nothing: any thread may. Raises DocumentError."""
        require(config)
        return self._read(config)

    def open(self, ledger: Ledger, clock: Callable[[], float]) -> None:
        """Restore the last good copy of FASJSON from a ledger. Raises LedgerError."""
        self._ledger, self._clock = ledger, clock
        self._keeper = keeper(self._config, self.roster, ledger, clock)

    def start(self, reactor: Any) -> None:
        """Keep them up to date until `stop`. Raises DocumentError."""
        require(self._config)
        self._reactor = reactor
        if self._keeper:
            self._keeper.start(reactor)

    def stop(self) -> None:
        """Stop keeping them up to date, without waiting for anything."""
        if self._keeper:
            self._keeper.stop()

    def hear(self, messages: Sequence[Message], events: Sequence[Event]) -> None:
        """Read from a recorded batch who joined and who left. Never raises."""
        if self._keeper:
            self._keeper.hear(messages, events)

    def age(self) -> float | None:
        """Seconds since they were last known to be correct, None if nothing keeps them."""
        return self._keeper.age() if self._keeper else None

    def adopt(self, config: Config, membership: Membership, then: Callable[[], object]) -> None:
        """Keep them as another config says, if what comes ``then`` succeeds.

        ``membership`` is what was read by that config. Raises what ``then`` raises,
        and LedgerError; nothing has changed then.
        """
        alike, before = are_alike(self._config, config), self.roster.membership
        try:
            new = self._keeper if alike else self._successor(config, membership)
            then()
        except BaseException:
            self.roster.replace(before)
            raise
        self._config = config
        if not alike:
            self.stop()
            self._keeper = new
            if new and self._reactor:
                new.start(self._reactor)
        elif new:
            new.reread(membership)

    def _successor(self, config: Config, membership: Membership) -> Keeper | None:
        if not config.fasjson:  # Until FASJSON answers, the previous members stay.
            self.roster.replace(membership)
        return keeper(config, self.roster, self._ledger, self._clock)

    def _read(self, config: Config) -> Membership:
        """The members of the file, or those of the source; none yet with FASJSON."""
        if found := load_configured(config):
            return found
        if config.fasjson:
            return Membership()
        return counted(self._of_source, config.groups_track, config.groups_exclude)
