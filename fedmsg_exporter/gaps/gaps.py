"""Follows a source, counts its gaps, and has them filled."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..event import Event
from ..exposition.telemetry import Telemetry
from ..families import GAP_SECONDS, LAST_MESSAGE, Change
from ..ledger.counts import Counts
from ..message import Message
from ..pipeline import Pipeline
from ..sink import Recorded
from ..sources.datagrepper.filler import GapFiller
from ..sources.sent_clock import SentClock
from ..sources.status import Status
from .gap import Gap, restored
from .notes import Notes

log = logging.getLogger(__name__)

#: How long to wait for a message by which to judge the clock, in seconds.
SETTLE = 1.0

#: How far off the clock may be before messages correct it, in seconds.
TOLERANCE = 60.0


class Extent(NamedTuple):
    """What a gap means for a source.

    ``keeps`` is the number of seconds for which the source loses nothing,
    ``wanted`` says which topics it would have delivered, ``overlap`` is how far to
    fill beyond both ends, in seconds. With ``always``, gaps in which nothing should
    have been lost are filled, too.
    """

    keeps: float
    wanted: Callable[[str], bool]
    overlap: float
    always: bool = False


class Watched(NamedTuple):
    """A source, and its status."""

    source: Any
    status: Status


class Clocks(NamedTuple):
    """The time in epoch seconds, and a monotonic clock."""

    now: Callable[[], float] = time.time
    ticks: Callable[[], float] = time.monotonic


class Gaps:
    """Handles the gaps of a source, and is a source itself.

    Gaps are only counted, unless `fill_from` says what fills them.
    """

    def __init__(
        self,
        watched: Watched,
        extent: Extent,
        pipeline: Pipeline,
        counts: Counts,
        telemetry: Telemetry,
        reactor: Any,
        clocks: Clocks = Clocks(),  # noqa: B008  a constant
    ) -> None:
        self._source, self._status = watched
        self._extent = extent
        self._pipeline = pipeline
        self._counts = counts
        self._notes = Notes(pipeline, telemetry, reactor, extent.overlap)
        self._reactor = reactor
        self._clocks = clocks
        self._judge = SentClock(max(TOLERANCE, extent.overlap))
        self._filler: GapFiller | None = None
        self._consuming = False
        self._settled = False
        self._began = 0.0  # when consuming began, in ticks
        self._before = Gap()  # the gap as it was then
        self._filling = False
        self._counted = 0.0  # how many seconds of the gap are counted
        self.gap = restored(counts)

    def fill_from(self, filler: GapFiller) -> None:
        """Have gaps filled from now on."""
        self._filler = filler

    def start(self) -> None:
        """Record that there is a gap until consuming begins, and start the source."""
        heard = self.heard()
        self.gap = self.gap.plausible(self.now(), heard, self._extent.overlap)
        since = max(self.gap.start, self.gap.end, heard)
        if since:
            self._judge.expect_later_than(since)
            self._begin(since)
        self._status.follow(self.follow)
        self._pipeline.subscribe(self._hear)
        self._reactor.callLater(SETTLE, self._settle)
        self._source.start()

    def stop(self) -> Any:
        """Stop the source, and stop filling."""
        if self._filler:
            self._filler.stop()
        return self._source.stop()

    def now(self) -> float:
        """The time, by the machine's clock or by the messages: see `SentClock`."""
        return self._judge.time(self._clocks.now(), self._clocks.ticks())

    def follow(self, consuming: bool) -> None:
        """Take note of whether the source delivers."""
        changed = consuming != self._consuming
        if changed and not consuming:
            self._settle()
            self._begin(self.now())
        self._consuming = consuming
        if self._status.lost and self.gap.start and not self.gap.lossy:
            self.gap = self.gap._replace(lossy=1.0)
            self._notes.write(self.gap)
        if changed and consuming:
            self._began = self._clocks.ticks()
            self._before = self.gap
            self._filling = False
            self._counted = 0.0
            self._end()

    def take(self, messages: Sequence[Message]) -> Recorded:
        """Count what was missed. Raises NotRecorded.

        datanommer gives every message an id: a row without one is not a message.
        """
        known = [one for one in messages if one.id]
        if len(known) < len(messages):
            log.warning("datagrepper: ignored %s rows without an id", len(messages) - len(known))
        return self._pipeline.recover([one for one in known if self._extent.wanted(one.topic)])

    def filled(self, until: float) -> None:
        """Record how far the gap is filled."""
        self.gap = self.gap._replace(filled=max(self.gap.filled, until))
        self._notes.write(self.gap)

    def skipped(self, start: float, end: float) -> None:
        """Record that part of the gap stays unfilled: for statistics it is not known."""
        self._notes.miss(start, end)
        self.filled(end)

    def heard(self) -> float:
        """When the latest message that was counted was sent; 0 for none.

        A time in the future was noted by a clock that was ahead, unless all times
        are in the future: then the clock is behind now.
        """
        now = self.now()
        last = [series.value for series in self._counts.family(LAST_MESSAGE).values()]
        past = [one for one in last if one <= now]
        return max(past) if past else min(last, default=0.0)

    def _hear(self, messages: Sequence[Message], _events: Sequence[Event]) -> None:
        """Judge the clock, and with it the end of the gap, by the messages that have arrived."""
        sent = [one.sent_at for one in messages if one.sent_at is not None]
        self._judge.hear(sent, self._clocks.ticks())
        before = self._before
        if self._consuming and self._status.lost and before.start and not before.lossy:
            # Only what comes shows that the queue is a stream.
            self._before = before._replace(lossy=1.0)
            self._end()
        if not self._settled:
            self._settle()
        elif self._consuming and self._is_off():
            self._end()

    def _is_off(self) -> bool:
        """Whether the end of the gap is off by more than the overlap covers."""
        bearable = max(1.0, min(TOLERANCE, self._extent.overlap / 2))
        return abs(self._ended_at() - self.gap.end) > bearable

    def _settle(self) -> None:
        """Trust the clock from now on, whether messages confirmed it or none came."""
        if self._settled:
            return
        self._settled = True
        if self._consuming:
            self._end()
        else:
            self._fill()

    def _begin(self, at: float) -> None:
        self.gap = self.gap.begun(at, self.heard(), self._extent.overlap)
        self._notes.write(self.gap)

    def _ended_at(self) -> float:
        """When consuming began, by the present clock, which may have been set since."""
        return max(self.now() - (self._clocks.ticks() - self._began), self._before.start)

    def _end(self) -> None:
        """Note that consuming has begun, or judge again when it did."""
        at = self._ended_at()
        fill = self._filler is not None and (self._extent.always or self._is_lossy(at))
        gap = self.gap if self._filling else self._before
        self._filling = fill
        self.gap = gap.ended(at, self._extent.overlap, fill=fill)
        self._notes.write(self.gap, self._seconds(at))
        self._fill()

    def _is_lossy(self, at: float) -> bool:
        return bool(self._before.lossy) or at - self._before.start >= self._extent.keeps

    def _seconds(self, at: float) -> list[Change]:
        """The seconds without consuming that are not counted yet."""
        start = self._before.start
        if not (self._settled and start and self._is_lossy(at)):
            return []
        more = max(0.0, at - start - self._counted)
        if more:
            log.warning(
                "nothing was consumed for %.1f s, and the queue keeps no messages", at - start
            )
        self._counted += more
        if more and not self._filling:
            self._notes.miss(start, at)
        return [Change(GAP_SECONDS, (), more)]

    def _fill(self) -> None:
        if self._filler and self._settled and self.gap.unfilled(self._extent.overlap):
            self._filler.fill(self.gap.filled, self.gap.end + self._extent.overlap)
