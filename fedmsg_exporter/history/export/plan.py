"""What is exported: from when until when, how densely, and in which pieces. Pure.

Times are whole epoch seconds. Up to eight weeks before the end there is a sample an
hour, which is enough to show years; from there on there is one every four minutes, so
that a query which looks back a week from any moment finds one within Prometheus'
lookback of five minutes.
"""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

DAY = 86400
HOUR = 3600
WEEK = 7 * DAY
#: How often there is a sample in the last weeks, and before them, in seconds.
DENSE, SPARSE = 240, HOUR
#: How far back samples are dense.
TAIL = 8 * WEEK
#: The number of samples of a piece, so that promtool needs less than a gigabyte for it.
MOST = 4_000_000
#: The ranges to which each system compacts blocks by default, in seconds. Blocks that cross
#: a range are never merged.
#: https://github.com/prometheus/prometheus/blob/main/tsdb/compact.go (ExponentialBlockRanges),
#: https://grafana.com/docs/mimir/latest/configure/configuration-parameters/ (block_ranges),
#: https://github.com/thanos-io/thanos/blob/main/cmd/thanos/compact.go (compactions)
RANGES_OF: Mapping[str, tuple[int, ...]] = {
    "Prometheus": tuple(one * HOUR for one in (2, 6, 18, 54, 162, 486)),
    "Mimir": tuple(one * HOUR for one in (2, 12, 24)),
    "Thanos": tuple(one * HOUR for one in (2, 8, 48, 336)),
}
RANGES = sorted({one for several in RANGES_OF.values() for one in several})


class Plan(NamedTuple):
    """The time that is exported."""

    start: int
    #: Where samples become dense: a UTC midnight.
    tail: int
    #: Where the live counters begin; no sample is at or after it.
    until: float


class Piece(NamedTuple):
    """A part of the time with the same step between samples; half-open."""

    start: int
    end: float
    step: int

    def times(self) -> range:
        """When there are samples."""
        first = -(-self.start // self.step) * self.step
        return range(first, math.ceil(self.end), self.step)


class Size(NamedTuple):
    """How many series there are, sparse and dense."""

    sparse: int
    dense: int

    def of(self, step: int) -> int:
        """The series with this step between samples."""
        return self.dense if step == DENSE else self.sparse


def plan(start: float, until: float, dense: float = TAIL) -> Plan:
    """The plan for a history that begins at ``start``, in epoch seconds.

    ``until`` is where it ends, ``dense`` how many seconds before that are dense.
    """
    begin = int(start // HOUR) * HOUR
    tail = int((until - dense) // DAY) * DAY
    return Plan(begin, max(begin, tail), until)


def pieces(wanted: Plan, block: int, size: Size, most: int = MOST) -> Iterator[Piece]:
    """The pieces of a plan, in order; ``block`` is the longest, one of `RANGES`."""
    spans = ((wanted.start, wanted.tail, SPARSE), (wanted.tail, wanted.until, DENSE))
    for start, end, step in spans:
        length = _length(block, most // max(1, size.of(step)) * step)
        first = start // length * length
        for begin in range(first, math.ceil(end), length):
            piece = Piece(max(begin, start), min(begin + length, end), step)
            if piece.times():
                yield piece


def _length(block: int, most: float) -> int:
    """The longest range that divides a block and is not longer than ``most``, else the shortest."""
    parts = [one for one in RANGES if block % one == 0]
    return max((one for one in parts if one <= most), default=parts[0])


def samples(wanted: Plan, size: Size) -> int:
    """How many samples a plan has."""
    sparse = (wanted.tail - wanted.start) // SPARSE * size.sparse
    return sparse + int((wanted.until - wanted.tail) // DENSE) * size.dense
