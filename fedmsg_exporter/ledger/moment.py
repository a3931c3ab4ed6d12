"""When a message was sent, as far as that is credible. Pure."""

from ..event import Event
from ..message import EARLIEST

#: Seconds in an hour, hours in a day.
HOUR = 3600
DAY = 24


def sent(event: Event, now: float) -> float:
    """When a message was sent, in epoch seconds; ``now`` if what it says is not credible.

    A time before the bus or in the future comes from a wrong clock. While our own
    clock is before the bus, the messages know better.
    """
    at = event.sent_at
    if at is None:
        return now
    if now < EARLIEST:
        return at if at <= now or at >= EARLIEST else now
    return at if EARLIEST <= at <= now else now
