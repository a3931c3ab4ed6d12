"""The groups of a running exporter: the roster, and the keeper that updates it.

A reload that changes where groups come from replaces the keeper. Otherwise the keeper
goes on, with the changes that it has seen on the bus since the file was read.
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

        ``of_source`` come from a source that knows its people; those in the config
        take precedence.
        """
        self._config = config
        self._of_source = of_source
        self._keeper: Keeper | None = None
        self._reactor: Any = None
        self.roster = Roster(self._read(config))

    def read(self, config: Config) -> Membership:
        """Read the membership a config names; safe in any thread. Raises DocumentError."""
        require(config)
        return self._read(config)

    def open(self, ledger: Ledger, clock: Callable[[], float]) -> None:
        """Restore the last good copy from FASJSON out of a ledger. Raises LedgerError."""
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
        """Learn from a recorded batch who joined and who left. Never raises."""
        if self._keeper:
            self._keeper.hear(messages, events)

    def age(self) -> float | None:
        """Seconds since they were last known to be correct, None if nothing keeps them."""
        return self._keeper.age() if self._keeper else None

    def adopt(self, config: Config, membership: Membership, then: Callable[[], object]) -> None:
        """Switch to the groups of another config, provided that ``then`` succeeds.

        ``membership`` is what `read` returned for that config. Raises what ``then``
        raises, and LedgerError, and changes nothing then.
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
        if not config.fasjson:  # Until FASJSON responds, the previous members stay.
            self.roster.replace(membership)
        return keeper(config, self.roster, self._ledger, self._clock)

    def _read(self, config: Config) -> Membership:
        """The members in the file, or else those of the source; none yet with FASJSON."""
        if found := load_configured(config):
            return found
        if config.fasjson:
            return Membership()
        return counted(self._of_source, config.groups_track, config.groups_exclude)
