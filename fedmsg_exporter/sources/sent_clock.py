"""The current time, judging by when messages were sent.

The machine's clock may be wrong: behind at boot until NTP sets it, or ahead at a first
start. Messages that arrive now were sent now, or a little earlier, by many other
machines. Pure: all times are arguments, in seconds; ``now`` is from the machine's
clock, ``ticks`` from a monotonic clock.
"""

from collections import deque
from collections.abc import Iterable

#: The number of latest messages to consider.
_VOTERS = 101
#: The share of them that may come from publishers whose clocks are fast.
_FAST = 0.1
#: Fewer voters than this do not prove the machine's clock to be behind.
_QUORUM = 10


class SentClock:
    """Corrects a clock that is further off than ``tolerance``, in seconds."""

    def __init__(self, tolerance: float) -> None:
        self._tolerance = tolerance
        self._starts: deque[float] = deque(maxlen=_VOTERS)
        self._past = 0.0

    def expect_later_than(self, past: float) -> None:
        """Note a time in the past: a machine's clock that shows an earlier one is behind."""
        self._past = past

    def hear(self, sent: Iterable[float], ticks: float) -> None:
        """Note when the messages that arrive now were sent."""
        self._starts.extend(one - ticks for one in sent)

    def time(self, now: float, ticks: float) -> float:
        """The time by the machine's clock, unless the messages contradict it."""
        if not self._starts:
            return now
        ranked = [one + ticks for one in sorted(self._starts)]
        last = len(ranked) - 1
        latest, median = ranked[int((1 - _FAST) * last)], ranked[last // 2]
        if now - latest > self._tolerance:
            return latest
        is_behind = median - now > self._tolerance
        is_proven = len(ranked) >= _QUORUM or now < self._past
        return median if is_behind and is_proven else now
