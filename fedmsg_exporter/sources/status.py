"""Whether a source delivers, in a sentence: for ``connected`` and ``/-/ready``."""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


class Status:
    """``reason`` is None while messages can arrive, else why they cannot.

    ``lost`` says why messages may be lost until they can arrive again, None
    where none are. ``delivery_count`` is how often the broker had already
    delivered a message of the latest batch, if its queue counts that.
    """

    def __init__(self, reason: str, on_change: Callable[[bool], object] = lambda _: None) -> None:
        """Start as not delivering. ``on_change`` is called at each change with whether it does."""
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
        """Have another listener called at each later change of whether messages can arrive."""
        self._listeners.append(listener)

    def up(self) -> None:
        """Messages can arrive from now on."""
        self._turn(None)
        self.lost = None

    def down(self, reason: str) -> None:
        """No messages can arrive, for a reason."""
        self._turn(reason)

    def lose(self, why: str) -> None:
        """What is sent until messages can arrive again is lost, for a reason."""
        self.lost = why

    def fail(self, failure: str) -> None:
        """Messages cannot be counted, for a reason."""
        if self.failure is None:
            log.error("nothing can be counted, messages wait: %s", failure)
        self.failure = failure

    def recover(self) -> None:
        """Messages are counted (again)."""
        if self.failure is not None:
            log.info("messages are counted again")
        self.failure = None

    def _turn(self, reason: str | None) -> None:
        self.reason = reason
        for listener in self._listeners:
            listener(reason is None)
