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
#: The quantile to use. Messages arrive late, and only few publishers have fast clocks.
_QUANTILE = 0.9


class SentClock:
    """Corrects a clock that is further off than ``tolerance``, in seconds."""

    def __init__(self, tolerance: float) -> None:
        self._tolerance = tolerance
        self._starts: deque[float] = deque(maxlen=_VOTERS)

    def hear(self, sent: Iterable[float], ticks: float) -> None:
        """Note when messages were sent that arrive now."""
        self._starts.extend(one - ticks for one in sent)

    def time(self, now: float, ticks: float) -> float:
        """The time: the machine's, unless the messages contradict it."""
        if not self._starts:
            return now
        ranked = sorted(self._starts)
        judged = ranked[int(_QUANTILE * (len(ranked) - 1))] + ticks
        return judged if abs(judged - now) > self._tolerance else now
