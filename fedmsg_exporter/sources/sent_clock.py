"""The current time, judged by the times of sending in messages.

The machine's clock may be wrong: behind at boot until NTP sets it, ahead at a first
start. Messages that arrive now were sent now, or a little earlier, by many other
machines. Pure: every time comes in as an argument, in seconds; ``now`` is the
machine's clock, ``ticks`` a monotonic clock.
"""

from collections import deque
from collections.abc import Iterable

#: The number of latest messages to consider.
_VOTERS = 101
#: How many of them may be from publishers with fast clocks: messages arrive late.
_FAST = 0.1
#: Fewer voters than this do not make it later than the machine's clock says.
_QUORUM = 10


class SentClock:
    """Corrects a clock that is further off than ``tolerance``, in seconds."""

    def __init__(self, tolerance: float) -> None:
        self._tolerance = tolerance
        self._starts: deque[float] = deque(maxlen=_VOTERS)
        self._past = 0.0

    def expect_later_than(self, past: float) -> None:
        """Note a time that has passed: a machine's clock before it is behind."""
        self._past = past

    def hear(self, sent: Iterable[float], ticks: float) -> None:
        """Note when messages were sent that arrive now."""
        self._starts.extend(one - ticks for one in sent)

    def time(self, now: float, ticks: float) -> float:
        """The time: the machine's, unless the messages contradict it."""
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
