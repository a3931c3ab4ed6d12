"""Counts how often a delivery breaks the connection: it is retried, then skipped."""

from typing import NamedTuple

#: How often the connection may be cut before the delivery that causes it is discarded.
LIMIT = 3

#: The longest time between two cuts that count as consecutive, in seconds.
ROW = 600.0


class Surprises(NamedTuple):
    """Consecutive cuts caused by errors while reading. Pure: time comes in as an argument."""

    cuts: int = 0
    latest: float = 0.0

    def cut(self, now: float) -> "Surprises":
        """The state after one more cut."""
        return Surprises(1 if now - self.latest > ROW else self.cuts + 1, now)

    @property
    def careful(self) -> bool:
        """Whether to read one message at a time, to find the one that causes the cuts."""
        return self.cuts >= LIMIT
