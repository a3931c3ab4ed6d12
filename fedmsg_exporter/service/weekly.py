"""Computes the weekly gauges once per UTC day, in a separate thread."""

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThread

from ..config import Config
from ..exposition.weekly import WeeklyCollector
from ..history.store import HistoryReader
from ..ledger import Ledger, LedgerError
from ..ledger.errors import explained
from ..ledger.reader import Reader
from ..ledger.weeks import Kept, closed_weeks
from ..statistics.calendar import day_at, last_complete_week, monday

log = logging.getLogger(__name__)

#: How often to check whether there is something to compute, in seconds.
_LOOK_EVERY = 60
_FAILED = "cannot compute the weekly gauges, keeping their previous values: %s"

Weeks = dict[int, dict[str, float]]


class WeeklyKeeper:
    """Keeps the weekly gauges, and the statistics of closed weeks in the ledger.

    A week is computed once a message from the second hour after its end is recorded:
    before that, some of the week's messages may still be waiting in the queue.
    ``clock`` returns epoch seconds. Lives in the reactor's thread.
    """

    def __init__(
        self,
        ledger: Ledger,
        collector: WeeklyCollector,
        compute: Callable[[int], Weeks],
        clock: Callable[[], float],
    ) -> None:
        """``compute`` computes a closed week and some weeks before it; it may block."""
        self._ledger = ledger
        self._collector = collector
        self._compute = compute
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
        """Stop computing."""
        if self._loop.running:
            self._loop.stop()

    def due(self) -> int | None:
        """The week to compute now, None if there is none. Raises LedgerError."""
        now = self._clock()
        week = last_complete_week(now)
        hour = self._ledger.latest_hour()
        is_over = hour is not None and hour > 24 * monday(week + 1)
        return week if is_over and self._computed != day_at(now) else None

    def take(self, weeks: Weeks, week: int) -> None:
        """Show the computed weeks, and store them. Raises LedgerError."""
        self._collector.show(weeks[week])
        self._ledger.keep_weeks(weeks)
        self._computed = day_at(self._clock())
        self._failing = False

    def _look(self) -> Deferred[None] | None:
        try:
            week = self.due()
            if week is None:
                return None
            if not self._ledger.durable:
                # A ledger in memory can only be read in this thread.
                self.take(self._compute(week), week)
                return None
        except LedgerError as error:
            self._fail(error)
            return None
        weeks = deferToThread(self._compute, week)
        return weeks.addCallback(self._take, week).addErrback(self._failed)

    def _take(self, weeks: Weeks, week: int) -> None:
        if self._loop.running:
            self.take(weeks, week)

    def _failed(self, failure: Any) -> None:
        failure.trap(LedgerError)
        self._fail(failure.value)

    def _fail(self, error: LedgerError) -> None:
        # Logged as a warning once, not at each attempt.
        log.log(logging.DEBUG if self._failing else logging.WARNING, _FAILED, error)
        self._failing = True


def computing(
    ledger: Ledger, config: Config, is_person: Callable[[str], bool]
) -> Callable[[int], Weeks]:
    """A function that computes closed weeks from a ledger, and from history if there is any."""
    path, history = ledger.path, config.history

    def compute(week: int) -> Weeks:
        with explained(path), ExitStack() as stack:
            kept: list[Kept] = [stack.enter_context(Reader(path)) if path else ledger]
            if history and history.exists():
                kept.append(stack.enter_context(closing(HistoryReader(history, config.expose))))
            return closed_weeks(kept, week, is_person)

    return compute
