"""When in a day messages were sent, as far as activity knows. Pure.

Activity has messages by hour and topic, and by day, user and topic. The messages of an
hour are spread evenly over it. Those of a day and topic are dealt to its users in turn,
at even distances for each: so in any hour the users together have sent as many messages
as the topic, and the sum of each user is exact for the day.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar
from zlib import crc32

HOUR = 3600

User = TypeVar("User", bound=Hashable)


def moments(hours: Iterable[tuple[int, int]], end: float) -> list[float]:
    """When the messages of some hours were sent: pairs of hour and messages, in order.

    ``end`` is where history ends, epoch seconds: the messages of its last hour
    were sent before it.
    """
    found: list[float] = []
    for hour, messages in hours:
        start = hour * HOUR
        step = length(hour, end) / messages if messages else 0.0
        found += [start + (number + 0.5) * step for number in range(messages)]
    return found


def length(hour: int, end: float) -> float:
    """How many seconds of an hour there were before the end of history."""
    return min(float(HOUR), end - hour * HOUR) if hour * HOUR < end else float(HOUR)


def deal(
    users: Sequence[tuple[User, int]], sent: Sequence[float], salt: str
) -> dict[User, list[float]]:
    """Deal the messages of a topic and day to its users: pairs of user and messages.

    ``sent`` has the moment of each message. Where a message has several users
    there are fewer moments than messages of users, and some share one. ``salt``
    makes the order differ from day to day.
    """
    if len(users) == 1 and users[0][1] == len(sent):
        return {users[0][0]: list(sent)}
    turns: list[tuple[float, int]] = []
    for number, (user, messages) in enumerate(users):
        phase = crc32(f"{user}{salt}".encode()) / 2**32
        turns += [((turn + phase) / messages, number) for turn in range(messages)]
    turns.sort()
    found: dict[User, list[float]] = {user: [] for user, _ in users}
    lists = [found[user] for user, _ in users]
    for rank, (_, number) in enumerate(turns):
        lists[number].append(sent[rank * len(sent) // len(turns)])
    return found


def place(
    day: int,
    users: Mapping[int, Sequence[tuple[User, int]]],
    hours: Mapping[int, Sequence[tuple[int, int]]],
    end: float,
) -> dict[tuple[User, int], list[float]]:
    """The moments of each user and topic on a day, in order.

    ``users`` has users and messages by topic, ``hours`` hours and messages by topic.
    """
    found: dict[tuple[User, int], list[float]] = {}
    for topic, several in users.items():
        # Without any hour, which only a damaged file has, noon is as good as any time.
        sent = moments(hours.get(topic, ()), end) or [24 * HOUR * (day + 0.5)]
        for user, times in deal(several, sent, f" {topic} {day}").items():
            found[user, topic] = times
    return found
