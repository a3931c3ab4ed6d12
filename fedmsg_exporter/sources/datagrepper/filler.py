"""datagrepper: everything that was ever sent on the bus, asked for over HTTP.

Fills gaps: a gap is given to `Datagrepper.fill`, and what was sent in it comes
page by page. `filling` plans what to ask for; here it is asked, on the reactor,
beside whatever else goes on there. datagrepper may be slow, down or wrong for
as long as it likes: what came is kept, and it is asked again, ever more rarely.
The API: https://github.com/fedora-infra/datagrepper (docs/reference.rst)
"""

import logging
import time
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from twisted.internet import defer, task
from twisted.python.failure import Failure

from ...ledger import LedgerError, Recorded
from ...message import Message
from .plan import Ask, Filling, Page, Rules, Skip, Trouble, Wait

log = logging.getLogger(__name__)

#: The longest sleep at a time, in seconds: clocks are set, machines are suspended.
_NAP = 60.0


class Receiver(Protocol):
    """Whom the messages are for."""

    def take(self, messages: Sequence[Message]) -> Recorded:
        """Make messages safe. Raises LedgerError when they are not."""

    def filled(self, until: float) -> None:
        """Hear that there is no more to come of what was sent until then."""

    def heard(self) -> float:
        """Tell when the latest message was sent that was counted."""


class Client(Protocol):
    """Who asks datagrepper."""

    def search(self, ask: Ask) -> "defer.Deferred[Page | Trouble]":
        """Ask a question. The answer never is a failure, unless it is cancelled."""

    def close(self) -> object:
        """Drop all connections."""


class Datagrepper:
    """Fills gaps, one question at a time. ``clock`` gives seconds since the epoch."""

    def __init__(
        self,
        client: Client,
        rules: Rules,
        receiver: Receiver,
        reactor: Any,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._rules = rules
        self._receiver = receiver
        self._reactor = reactor
        self._clock = clock
        self._filling: Filling | None = None
        self._running: defer.Deferred[None] = defer.succeed(None)
        self._stopped = False
        self._recovered = 0
        self._told = ""

    def fill(self, start: float, end: float) -> None:
        """Ask for all that was sent from one time to another, both in epoch seconds.

        While a gap is being filled, that one goes on to the new end.
        """
        if self._filling is not None:
            self._filling.extend(end)
            return
        log.info("a gap: asking for what was sent from %s to %s", _shown(start), _shown(end))
        self._filling = Filling(start, end, self._rules)
        self._recovered = 0
        self._running = self._fill(self._filling)
        self._running.addErrback(self._broke_off)

    def stop(self) -> None:
        """Ask no more. What was got is safe, and `Receiver.filled` was told how far it goes."""
        self._stopped = True
        self._running.cancel()
        self._client.close()

    @defer.inlineCallbacks
    def _fill(self, filling: Filling) -> Generator[defer.Deferred[Any], Any, None]:
        while step := filling.next(self._clock(), self._receiver.heard()):
            if isinstance(step, Ask):
                answer = yield self._client.search(step)
                if self._stopped:
                    return
                self._take(filling, step, answer)
            elif isinstance(step, Wait):
                yield task.deferLater(self._reactor, min(step.seconds, _NAP))
            else:
                self._skip(step)
        self._filling = None
        log.info("the gap is filled: %s messages recovered", self._recovered)

    def _broke_off(self, failure: Failure) -> None:
        self._filling = None
        if not self._stopped:
            what = "a bug in the exporter, please report it; a gap stays unfilled"
            log.error("%s: %s", what, failure.getTraceback())

    def _take(self, filling: Filling, ask: Ask, answer: Page | Trouble) -> None:
        """Hand messages on, and only then go on to the next ones."""
        before = filling.position
        trouble: Trouble | None
        if isinstance(answer, Trouble):
            trouble = filling.failed(answer, self._clock())
        elif refusal := self._hand_on(ask, answer):
            trouble = filling.failed(refusal, self._clock())
        else:
            trouble = filling.answered(ask, answer, self._clock())
        self._tell(trouble)
        if filling.position > before:
            self._receiver.filled(filling.position)

    def _hand_on(self, ask: Ask, page: Page) -> Trouble | None:
        if ask.newest:
            return None
        try:
            self._recovered += self._receiver.take(page.messages).counted
        except LedgerError as refusal:
            return Trouble(str(refusal))
        return None

    def _tell(self, trouble: Trouble | None) -> None:
        """Tell a trouble when it comes and when it is over, and not each time."""
        reason = trouble.reason if trouble else ""
        if reason and reason != self._told:
            log.warning("datagrepper: %s; it is asked again", reason)
        elif self._told and not reason:
            log.info("datagrepper answers again")
        self._told = reason

    def _skip(self, skip: Skip) -> None:
        span = _shown(skip.start), _shown(skip.end)
        log.warning("longer ago than is asked for, and not filled: %s to %s", *span)
        self._receiver.filled(skip.end)


def _shown(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
