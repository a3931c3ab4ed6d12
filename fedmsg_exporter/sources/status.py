"""Whether a source delivers, and if not, why: for ``connected`` and ``/-/ready``."""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


class Status:
    """``reason`` is None while messages can arrive, otherwise why they cannot.

    ``lost`` is why messages may be lost until they can arrive again, None if they
    are not. ``delivery_count`` is how often the broker had already delivered a
    message in the latest batch, if its queue counts that.
    """

    def __init__(self, reason: str, on_change: Callable[[bool], object] = lambda _: None) -> None:
        """Start as not delivering; ``on_change`` is called with whether it does, at each change."""
        self._listeners = [on_change]
        self.reason: str | None = reason
        self.failure: str | None = None
        self.lost: str | None = None
        self.delivery_count = 0
        on_change(False)

    @property
    def ready(self) -> bool:
        """Whether messages arrive and are counted."""
        return self.reason is None and self.failure is None

    @property
    def why_not(self) -> str:
        """What prevents counting, in words; "" if nothing does."""
        return "; ".join(filter(None, (self.reason, self.failure)))

    def follow(self, listener: Callable[[bool], object]) -> None:
        """Call another listener at each later change of whether messages can arrive."""
        self._listeners.append(listener)

    def up(self) -> None:
        """Messages can arrive from now on."""
        self._turn(None)
        self.lost = None

    def down(self, reason: str) -> None:
        """No messages can arrive, for the reason given."""
        self._turn(reason)

    def lose(self, why: str) -> None:
        """Messages sent until they can arrive again are lost, for the reason given."""
        self.lost = why

    def fail(self, failure: str) -> None:
        """Messages cannot be counted, for the reason given."""
        if self.failure is None:
            log.error("cannot count messages, which will wait: %s", failure)
        self.failure = failure

    def recover(self) -> None:
        """Messages are counted (again)."""
        if self.failure is not None:
            log.info("counting messages again")
        self.failure = None

    def _turn(self, reason: str | None) -> None:
        self.reason = reason
        for listener in self._listeners:
            listener(reason is None)
