"""Computes the weekly gauges, once a UTC day and in a thread of their own."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThread

from ..exposition.weekly import WeeklyCollector
from ..ledger import Ledger, LedgerError
from ..ledger.errors import explained
from ..ledger.reader import Reader
from ..ledger.weeks import closed_weeks
from ..statistics.calendar import day_at, last_complete_week, monday

log = logging.getLogger(__name__)

#: How often to look whether there is something to compute, in seconds.
_LOOK_EVERY = 60
_FAILED = "the weekly gauges stay as they are, because they could not be computed: %s"

Weeks = dict[int, dict[str, float]]


class WeeklyKeeper:
    """Keeps the weekly gauges, and the statistics of closed weeks in the ledger.

    A week is computed once a message of the second hour after it was recorded:
    before that, some of the week may still wait in the queue. ``clock`` gives
    epoch seconds. Lives in the reactor's thread.
    """

    def __init__(
        self,
        ledger: Ledger,
        collector: WeeklyCollector,
        is_person: Callable[[str], bool],
        clock: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._collector = collector
        self._is_person = is_person
        self._clock = clock
        self._computed: int | None = None
        self._failing = False
        self._loop = LoopingCall(self._look)

    def start(self, reactor: Any) -> None:
        """Keep them until `stop`."""
        self._loop.clock = reactor
        running = self._loop.start(_LOOK_EVERY)
        running.addErrback(lambda failure: log.error("%s", failure.getTraceback()))

    def stop(self) -> None:
        """Compute no more."""
        if self._loop.running:
            self._loop.stop()

    def due(self) -> int | None:
        """The week to compute now, None for none. Raises LedgerError."""
        now = self._clock()
        week = last_complete_week(now)
        hour = self._ledger.latest_hour()
        is_over = hour is not None and hour > 24 * monday(week + 1)
        return week if is_over and self._computed != day_at(now) else None

    def take(self, weeks: Weeks, week: int) -> None:
        """Show what was computed, and keep it. Raises LedgerError."""
        self._collector.show(weeks[week])
        self._ledger.keep_weeks(weeks)
        self._computed = day_at(self._clock())
        self._failing = False

    def _look(self) -> Deferred[None] | None:
        try:
            week = self.due()
            if week is None:
                return None
            if self._ledger.path is None:
                with explained(None):
                    self.take(closed_weeks(self._ledger, week, self._is_person), week)
                return None
        except LedgerError as error:
            self._fail(error)
            return None
        weeks = deferToThread(compute, self._ledger.path, week, self._is_person)
        return weeks.addCallback(self._take, week).addErrback(self._failed)

    def _take(self, weeks: Weeks, week: int) -> None:
        if self._loop.running:
            self.take(weeks, week)

    def _failed(self, failure: Any) -> None:
        failure.trap(LedgerError)
        self._fail(failure.value)

    def _fail(self, error: LedgerError) -> None:
        # Logged once, not at each look.
        log.log(logging.DEBUG if self._failing else logging.WARNING, _FAILED, error)
        self._failing = True


def compute(path: Path, week: int, is_person: Callable[[str], bool]) -> Weeks:
    """The statistics of a week and of some before it, out of a file. Raises LedgerError."""
    with explained(path), Reader(path) as reader:
        return closed_weeks(reader, week, is_person)
