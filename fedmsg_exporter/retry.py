"""The exporter's back-off: each consecutive failure doubles the wait."""

#: Doubling further would overflow a float long after every bound is reached.
_MOST_DOUBLINGS = 30


class Backoff:
    """Waits between attempts, in seconds: ``first``, doubled at each failure, up to ``longest``."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self.failures = 0

    def fail(self) -> float:
        """Note a failure; returns how long to wait before the next attempt."""
        doublings = min(self.failures, _MOST_DOUBLINGS)
        self.failures += 1
        return min(self._longest, self._first * 2.0**doublings)

    def succeed(self) -> None:
        """Note a success: the next failure waits as the first one did."""
        self.failures = 0
