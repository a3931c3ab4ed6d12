"""What to do about a delivery that cuts the connection: try again, then get past it."""

from typing import NamedTuple

#: How often the connection may be cut before the delivery is discarded that does it.
LIMIT = 3

#: How far apart two cuts may be that count as one row, in seconds.
ROW = 600.0


class Surprises(NamedTuple):
    """Cuts in a row by errors while reading. Pure: time comes in as an argument."""

    cuts: int = 0
    latest: float = 0.0

    def cut(self, now: float) -> "Surprises":
        """The connection was cut once more."""
        return Surprises(1 if now - self.latest > ROW else self.cuts + 1, now)

    @property
    def careful(self) -> bool:
        """Whether to read one message at a time, to find the one that does it."""
        return self.cuts >= LIMIT
