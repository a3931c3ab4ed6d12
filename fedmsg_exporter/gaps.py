"""Gaps: the times when nothing was consumed, told and filled.

On a queue that does not outlive the connection, what is sent while nobody
consumes is lost to the bus. How long that was is counted, and datagrepper is
asked for what was sent meanwhile, with an overlap on both sides; the ledger
knows by the ids what is missing.

How far a gap is filled stands in the ledger, so that it is filled to its end
whatever happens: it is noted before consuming begins again, since the messages
that come then would hide that there is a gap.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .families import GAP_END, GAP_FILLED, GAP_SECONDS, GAP_START, LAST_MESSAGE, Change, Family
from .ledger import Ledger, LedgerError, Recorded
from .message import Message
from .service.exporter import Exporter
from .sources.datagrepper.filler import Datagrepper

log = logging.getLogger(__name__)

#: How long to wait before something is noted again that the ledger refused.
LEDGER_RETRY = 1.0


class Gap(NamedTuple):
    """The latest gap, in epoch seconds; 0 for never.

    ``start`` is when consuming ended last, ``end`` when it began last. The gap is
    filled until ``filled``; past the overlap after its end that says no more
    than that there is nothing left to do.
    """

    start: float = 0.0
    end: float = 0.0
    filled: float = 0.0

    def begun(self, at: float, counted: float, overlap: float) -> "Gap":
        """Consuming ended; the latest message that was counted was sent at ``counted``.

        What is not filled yet of the gap before belongs to this one.
        """
        if self.start >= self.end > 0 or self.unfilled(overlap):
            return self._replace(start=at)
        return self._replace(start=at, filled=max(counted, self.end) - overlap)

    def ended(self, at: float, overlap: float, *, fill: bool) -> "Gap":
        """Consuming began. Without ``fill``, or without anything before, all is filled."""
        if fill and self.start:
            return self._replace(end=at)
        return self._replace(end=at, filled=at + overlap)

    def unfilled(self, overlap: float) -> float:
        """How many seconds are still to be filled, once consuming has begun again."""
        return max(0.0, self.end + overlap - self.filled) if self.end else 0.0


class Gaps:
    """A source, and what is to be done about its gaps; a source itself.

    ``lossy`` says whether gaps lose anything, ``wanted`` which topics the source
    would have delivered. `fill_from` has gaps filled; without it they are told.
    """

    def __init__(
        self,
        source: Any,
        exporter: Exporter,
        reactor: Any,
        *,
        lossy: bool,
        wanted: Callable[[str], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._exporter = exporter
        self._reactor = reactor
        self._lossy = lossy
        self._wanted = wanted
        self._clock = clock
        self._overlap = exporter.config.gaps.overlap
        self._filler: Datagrepper | None = None
        self._consuming = False
        self._owed: list[Change] = []
        self._retry: Any = None
        self.gap = restored(exporter.ledger)

    def fill_from(self, filler: Datagrepper) -> None:
        """Have gaps filled."""
        self._filler = filler

    def start(self) -> None:
        """Note that there is a gap until consuming begins, and start the source."""
        since = max(self.gap.start, self.gap.end, self.heard())
        if since:
            self._begin(since)
        self._fill()
        self._source.start()

    def stop(self) -> Any:
        """Stop the source, and fill no further."""
        if self._filler:
            self._filler.stop()
        return self._source.stop()

    def follow(self, consuming: bool) -> None:
        """Hear whether the source delivers."""
        if consuming == self._consuming:
            return
        self._consuming = consuming
        if consuming:
            self._end(self._clock())
            self._fill()
        else:
            self._begin(self._clock())

    def take(self, messages: Sequence[Message]) -> Recorded:
        """Count what was missed. Raises LedgerError.

        datanommer gives every message an id: what has none is no message.
        """
        known = [one for one in messages if one.id]
        if len(known) < len(messages):
            log.warning("datagrepper: %s rows without an id", len(messages) - len(known))
        return self._exporter.pipeline.recover([one for one in known if self._wanted(one.topic)])

    def filled(self, until: float) -> None:
        """Hear how far the gap is filled."""
        self.gap = self.gap._replace(filled=max(self.gap.filled, until))
        self._note([])

    def heard(self) -> float:
        """When the latest message was sent that was counted; 0 for none."""
        last = self._exporter.ledger.counts.family(LAST_MESSAGE).values()
        return max((series.value for series in last), default=0.0)

    def _begin(self, at: float) -> None:
        self.gap = self.gap.begun(at, self.heard(), self._overlap)
        self._note([])

    def _end(self, at: float) -> None:
        lost = max(0.0, at - self.gap.start) if self._lossy and self.gap.start else 0.0
        if lost:
            log.warning("nothing was consumed for %.1f s, and the queue keeps nothing", lost)
        self.gap = self.gap.ended(at, self._overlap, fill=self._filler is not None)
        self._note([Change(GAP_SECONDS, (), lost)])

    def _fill(self) -> None:
        if self._filler and self.gap.unfilled(self._overlap):
            self._filler.fill(self.gap.filled, self.gap.end + self._overlap)

    def _note(self, changes: list[Change]) -> None:
        """Note in the ledger where things stand, now or as soon as it takes it."""
        self._exporter.telemetry.gap_unfilled.set(self.gap.unfilled(self._overlap))
        self._owed += changes
        owed = [*self._owed, *_noted(self.gap)]
        try:
            self._exporter.ledger.record([], self._clock(), lambda _: owed)
        except LedgerError as refusal:
            log.debug("the gap cannot be noted: %s", refusal)
            self._note_later()
        else:
            self._owed.clear()

    def _note_later(self) -> None:
        if self._retry is None or not self._retry.active():
            self._retry = self._reactor.callLater(LEDGER_RETRY, self._note, [])


def restored(ledger: Ledger) -> Gap:
    """The latest gap that a ledger knows of."""

    def value(family: Family) -> float:
        series = ledger.counts.family(family).get(())
        return series.value if series else 0.0

    return Gap(value(GAP_START), value(GAP_END), value(GAP_FILLED))


def _noted(gap: Gap) -> list[Change]:
    return [
        Change(family, (), value)
        for family, value in zip((GAP_START, GAP_END, GAP_FILLED), gap, strict=True)
    ]
