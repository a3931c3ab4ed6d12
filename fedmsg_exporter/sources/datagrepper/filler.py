"""Fills gaps from datagrepper, which has everything that was ever sent on the bus.

`GapFiller.fill` takes a gap and delivers what was sent in it page by page. ``plan``
decides what to query; the queries are sent here, on the reactor. datagrepper may be
slow, down or wrong for any length of time: what has arrived is kept, and it is
queried again after growing waits.
"""

import logging
import time
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from twisted.internet import defer, task
from twisted.python.failure import Failure

from ...message import Message
from ...sink import NotRecorded, Recorded
from .plan import Filling, Pace, Page, Query, Skip, Trouble, Wait

log = logging.getLogger(__name__)

#: The longest single sleep, in seconds: clocks may be set and machines suspended meanwhile.
_NAP = 60.0


class Receiver(Protocol):
    """Receives the messages."""

    def take(self, messages: Sequence[Message]) -> Recorded:
        """Make messages safe. Raises NotRecorded if that fails."""

    def filled(self, until: float) -> None:
        """Note that everything sent up to then has been delivered."""

    def skipped(self, start: float, end: float) -> None:
        """Note that what was sent between two times will not be filled."""

    def heard(self) -> float:
        """When the latest counted message was sent, in epoch seconds."""


class Searcher(Protocol):
    """Sends queries to datagrepper."""

    def search(self, query: Query) -> "defer.Deferred[Page | Trouble]":
        """Send a query. The outcome is never a failure, unless it is cancelled."""

    def close(self) -> object:
        """Close all connections."""


class GapFiller:
    """Fills gaps, one query at a time. ``clock`` gives seconds since the epoch."""

    def __init__(
        self,
        searcher: Searcher,
        pace: Pace,
        receiver: Receiver,
        reactor: Any,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._searcher = searcher
        self._pace = pace
        self._receiver = receiver
        self._reactor = reactor
        self._clock = clock
        self._filling: Filling | None = None
        self._running: defer.Deferred[None] = defer.succeed(None)
        self._stopped = False
        self._recovered = 0
        self._reported = ""

    def fill(self, start: float, end: float) -> None:
        """Query everything sent between two times, both in epoch seconds.

        If a gap is already being filled, its end moves to the new one, earlier or later.
        """
        if self._filling is not None:
            self._filling.until(end)
            return
        log.info("filling a gap from datagrepper: %s to %s", _utc(start), _utc(end))
        self._filling = Filling(start, end, self._pace)
        self._recovered = 0
        self._running = self._fill(self._filling)
        self._running.addErrback(self._crashed)

    def stop(self) -> None:
        """Send no more queries. What has arrived is safe, and the receiver knows its extent."""
        self._stopped = True
        self._running.cancel()
        self._searcher.close()

    @defer.inlineCallbacks
    def _fill(self, filling: Filling) -> Generator[defer.Deferred[Any], Any, None]:
        while step := filling.next(self._clock(), self._receiver.heard()):
            if isinstance(step, Query):
                outcome = yield self._searcher.search(step)
                if self._stopped:
                    return
                self._take(filling, step, outcome)
            elif isinstance(step, Wait):
                yield task.deferLater(self._reactor, min(step.seconds, _NAP))
            else:
                self._skip(step)
        self._filling = None
        log.info("gap filled: %s messages recovered", self._recovered)

    def _crashed(self, failure: Failure) -> None:
        self._filling = None
        if not self._stopped:
            what = "a bug in the exporter, please report it; a gap stays unfilled"
            log.error("%s: %s", what, failure.getTraceback())

    def _take(self, filling: Filling, query: Query, outcome: Page | Trouble) -> None:
        """Hand messages on, and only then continue with the next ones."""
        before = filling.position
        trouble: Trouble | None
        if isinstance(outcome, Trouble):
            trouble = filling.failed(outcome, self._clock())
        elif refusal := self._hand_on(query, outcome):
            trouble = filling.failed(refusal, self._clock())
        else:
            trouble = filling.answered(query, outcome, self._clock())
        self._report(trouble)
        if filling.position > before:
            self._receiver.filled(filling.position)

    def _hand_on(self, query: Query, page: Page) -> Trouble | None:
        if query.newest:
            return None
        try:
            self._recovered += self._receiver.take(page.messages).counted
        except NotRecorded as refusal:
            return Trouble(str(refusal))
        return None

    def _report(self, trouble: Trouble | None) -> None:
        """Log trouble when it starts and when it is over, not each time it occurs."""
        reason = trouble.reason if trouble else ""
        if reason and reason != self._reported:
            log.warning("datagrepper: %s; will retry", reason)
        elif self._reported and not reason:
            log.info("datagrepper: back to normal")
        self._reported = reason

    def _skip(self, skip: Skip) -> None:
        span = _utc(skip.start), _utc(skip.end)
        log.warning("gap is older than gaps.max_age, not filling: %s to %s", *span)
        self._receiver.skipped(skip.start, skip.end)


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
