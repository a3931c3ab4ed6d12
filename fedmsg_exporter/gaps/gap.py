"""One gap, and how the ledger keeps it. Pure: time comes in as an argument."""

from typing import NamedTuple

from ..families import GAP_END, GAP_FILLED, GAP_LOSSY, GAP_START, Change, Family
from ..ledger.counts import Counts


class Gap(NamedTuple):
    """The latest gap, in epoch seconds; 0 for never.

    ``start`` is when consuming last ended, ``end`` when it last began. The gap is
    filled up to ``filled``; a time past the overlap after its end only says that
    nothing is left to do. ``lossy`` is 1 if something may have been lost although the
    queue is durable.
    """

    start: float = 0.0
    end: float = 0.0
    filled: float = 0.0
    lossy: float = 0.0

    def plausible(self, now: float, heard: float, overlap: float) -> "Gap":
        """The gap without times in the future, which a clock that was ahead left there.

        Consuming went on at least until ``heard``.
        """
        latest = max(now, heard)
        start, end = (one if one <= latest else heard for one in (self.start, self.end))
        filled = self.filled if self.filled <= latest + overlap else 0.0
        return Gap(start, end, filled, self.lossy)

    def begun(self, at: float, counted: float, overlap: float) -> "Gap":
        """Consuming ended; the latest message that was counted was sent at ``counted``.

        What is still to be filled of the previous gap becomes part of this one.
        """
        if self.filled and (self.start >= self.end > 0 or self.unfilled(overlap)):
            return self._replace(start=at)
        return Gap(at, self.end, max(0.0, (counted or self.end) - overlap))

    def ended(self, at: float, overlap: float, *, fill: bool) -> "Gap":
        """Consuming began. Without ``fill``, or without anything before, all is filled."""
        if fill and self.start:
            return self._replace(end=max(at, self.start))
        return self._replace(end=at, filled=at + overlap)

    def unfilled(self, overlap: float) -> float:
        """How many seconds are still to be filled, once consuming has begun again."""
        return max(0.0, self.end + overlap - self.filled) if self.end else 0.0


_KEPT = (GAP_START, GAP_END, GAP_FILLED, GAP_LOSSY)


def restored(counts: Counts) -> Gap:
    """The latest gap, as the ledger keeps it."""

    def value(family: Family) -> float:
        series = counts.family(family).get(())
        return series.value if series else 0.0

    return Gap(*map(value, _KEPT))


def noted(gap: Gap) -> list[Change]:
    """The changes by which the ledger keeps a gap."""
    return [Change(family, (), value) for family, value in zip(_KEPT, gap, strict=True)]
