"""When a message was sent, as far as it can be believed. Pure."""

from ..event import Event

#: Nothing on Fedora's bus is older: 2012-01-01, the year in which it began.
BUS_BEGAN = 1_325_376_000

#: Seconds in an hour, hours in a day.
HOUR = 3600
DAY = 24


def sent(event: Event, now: float) -> float:
    """When a message was sent, in epoch seconds; ``now`` where that cannot be.

    A time before the bus, or one yet to come, is a wrong clock's. While our own
    clock is before the bus, the messages know better.
    """
    at = event.sent_at
    if at is None:
        return now
    if now < BUS_BEGAN:
        return at if at <= now or at >= BUS_BEGAN else now
    return at if BUS_BEGAN <= at <= now else now
