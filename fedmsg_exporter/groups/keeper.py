"""What the keepers, which keep groups up to date, have in common."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..config import Config
from ..event import OTHER, Event
from ..families import GROUPS_FAILURES, Change
from ..ledger import Ledger
from ..message import Message
from ..sink import NotRecorded
from .change import MembershipChange, membership_change
from .membership import Membership
from .roster import Roster

log = logging.getLogger(__name__)


class Keeper(ABC):
    """Keeps the roster up to date, and is the only one to change it.

    ``clock`` returns seconds since the epoch. Lives in the reactor's thread.
    """

    def __init__(
        self,
        config: Config,
        roster: Roster,
        ledger: Ledger,
        clock: Callable[[], float],
    ) -> None:
        self._roster = roster
        self._ledger = ledger
        self._clock = clock
        # FAS has a separate staging instance, whose groups are not those to count.
        self._environment = next(iter(config.environments), "")
        self._good_at = clock()
        self._logged: set[str] = set()

    @abstractmethod
    def start(self, reactor: Any) -> None:
        """Start looking for changes."""

    @abstractmethod
    def stop(self) -> None:
        """Stop looking, without waiting for anything."""

    def reread(self, membership: Membership) -> None:  # noqa: B027  FASJSON is asked regularly
        """Adopt a membership that a reload has just read from the file."""

    def age(self) -> float:
        """Seconds since the groups were last known to be complete and correct."""
        return max(0.0, self._clock() - self._good_at)

    def hear(self, messages: Sequence[Message], events: Sequence[Event]) -> None:
        """Learn from a recorded batch who joined and who left. Never raises."""
        changes = list(self._changes(messages, events))
        if changes:
            self._patch(changes)

    def _changes(
        self, messages: Sequence[Message], events: Sequence[Event]
    ) -> Iterator[MembershipChange]:
        for message, event in zip(messages, events, strict=True):
            if not event.rejected and self._is_ours(event):
                change = membership_change(event.short_topic, message.body)
                if change:
                    yield change

    def _is_ours(self, event: Event) -> bool:
        return event.environment == self._environment and event.domain != OTHER

    def _patch(self, changes: Iterable[MembershipChange]) -> None:
        self._roster.change(changes)

    def _succeed(self, at: float, what: str) -> None:
        """Note that the groups were correct at a time; log ``what`` if it follows a failure."""
        self._good_at = at
        if self._logged:
            log.info("groups: %s again", what)
            self._logged.clear()

    def _fail(self, reason: str, detail: str = "") -> None:
        """Count a failure, and log each reason once until the next success."""
        if reason not in self._logged:
            log.error("groups: %s%s; keeping the previous members", reason, detail)
            self._logged.add(reason)
        try:
            self._ledger.record([], self._clock(), more=[Change(GROUPS_FAILURES, (), 1)])
        except NotRecorded as error:
            log.debug("groups: cannot count a failure: %s", error)
