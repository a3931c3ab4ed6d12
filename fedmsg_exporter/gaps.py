"""Gaps: the times when nothing was consumed, counted and filled.

On a queue that does not outlive the connection, what is sent while nobody
consumes is lost to the bus. How long that was is counted, and datagrepper is
queried for what was sent meanwhile, with an overlap on both sides; the ledger
knows by the ids what is missing.

How far a gap is filled is in the ledger, so that it is filled to its end
whatever happens: it is noted before consuming begins again, since the messages
that come then would hide that there is a gap.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .exposition.telemetry import Telemetry
from .families import GAP_END, GAP_FILLED, GAP_SECONDS, GAP_START, LAST_MESSAGE, Change, Family
from .ledger.counts import Counts
from .message import Message
from .pipeline import Pipeline
from .sink import RETRY, NotRecorded, Recorded
from .sources.datagrepper.filler import GapFiller

log = logging.getLogger(__name__)


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


class Extent(NamedTuple):
    """What a gap means for a source.

    ``lossy`` is whether it loses anything, ``wanted`` which topics the source
    would have delivered, ``overlap`` how far to fill beyond both ends, in seconds.
    """

    lossy: bool
    wanted: Callable[[str], bool]
    overlap: float


class Gaps:
    """A source, and what is to be done about its gaps; a source itself.

    `fill_from` has gaps filled; without it they are counted only. ``clock``
    gives seconds since the epoch.
    """

    def __init__(
        self,
        source: Any,
        extent: Extent,
        pipeline: Pipeline,
        counts: Counts,
        telemetry: Telemetry,
        reactor: Any,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._extent = extent
        self._pipeline = pipeline
        self._counts = counts
        self._telemetry = telemetry
        self._reactor = reactor
        self._clock = clock
        self._filler: GapFiller | None = None
        self._consuming = False
        self._owed: list[Change] = []
        self._retry: Any = None
        self.gap = restored(counts)

    def fill_from(self, filler: GapFiller) -> None:
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
        """Note whether the source delivers."""
        if consuming == self._consuming:
            return
        self._consuming = consuming
        if consuming:
            self._end(self._clock())
            self._fill()
        else:
            self._begin(self._clock())

    def take(self, messages: Sequence[Message]) -> Recorded:
        """Count what was missed. Raises NotRecorded.

        datanommer gives every message an id: a row without one is not a message.
        """
        known = [one for one in messages if one.id]
        if len(known) < len(messages):
            log.warning("datagrepper: ignored %s rows without an id", len(messages) - len(known))
        return self._pipeline.recover([one for one in known if self._extent.wanted(one.topic)])

    def filled(self, until: float) -> None:
        """Note how far the gap is filled."""
        self.gap = self.gap._replace(filled=max(self.gap.filled, until))
        self._note([])

    def heard(self) -> float:
        """When the latest message was sent that was counted; 0 for none."""
        last = self._counts.family(LAST_MESSAGE).values()
        return max((series.value for series in last), default=0.0)

    def _begin(self, at: float) -> None:
        self.gap = self.gap.begun(at, self.heard(), self._extent.overlap)
        self._note([])

    def _end(self, at: float) -> None:
        is_lost = self._extent.lossy and self.gap.start
        lost = max(0.0, at - self.gap.start) if is_lost else 0.0
        if lost:
            log.warning("nothing was consumed for %.1f s, and the queue keeps nothing", lost)
        self.gap = self.gap.ended(at, self._extent.overlap, fill=self._filler is not None)
        self._note([Change(GAP_SECONDS, (), lost)])

    def _fill(self) -> None:
        if self._filler and self.gap.unfilled(self._extent.overlap):
            self._filler.fill(self.gap.filled, self.gap.end + self._extent.overlap)

    def _note(self, changes: list[Change]) -> None:
        """Note in the ledger where things are, now or as soon as it can be written."""
        self._telemetry.gap_unfilled.set(self.gap.unfilled(self._extent.overlap))
        self._owed += changes
        try:
            self._pipeline.note([*self._owed, *_noted(self.gap)])
        except NotRecorded as refusal:
            log.debug("cannot note the gap yet: %s", refusal)
            self._note_later()
        else:
            self._owed.clear()

    def _note_later(self) -> None:
        if self._retry is None or not self._retry.active():
            self._retry = self._reactor.callLater(RETRY, self._note, [])


def restored(counts: Counts) -> Gap:
    """The latest gap that the ledger has."""

    def value(family: Family) -> float:
        series = counts.family(family).get(())
        return series.value if series else 0.0

    return Gap(value(GAP_START), value(GAP_END), value(GAP_FILLED))


def _noted(gap: Gap) -> list[Change]:
    return [
        Change(family, (), value)
        for family, value in zip((GAP_START, GAP_END, GAP_FILLED), gap, strict=True)
    ]
