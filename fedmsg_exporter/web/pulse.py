"""Messages per minute, from a total sampled every few seconds. Pure: times are arguments."""

from collections import deque

#: Seconds between two samples, and the number of samples to keep.
EVERY, BACK = 5.0, 60.0


class Pulse:
    """Keeps the totals sampled in the last minute."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque()

    def look(self, now: float, total: int) -> None:
        """Note the total."""
        self._looks.append((now, total))
        while len(self._looks) > 2 and now - self._looks[1][0] >= BACK:  # noqa: PLR2004
            self._looks.popleft()

    def a_minute(self) -> float | None:
        """Messages per minute, None before there are two samples."""
        if not self._looks:
            return None
        (start, before), (end, after) = self._looks[0], self._looks[-1]
        return None if end <= start else (after - before) * 60 / (end - start)
