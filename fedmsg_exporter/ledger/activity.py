"""Activity: messages by day, user and topic, and by hour and topic. Pure.

The basis of statistics over weeks and years. A batch is first planned and
then applied, as the counts are: the store can refuse in between. Users
and topics have numbers, to keep rows small.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..event import OTHER, Event, User
from .moment import DAY, HOUR, sent

#: Stands for the user of a message that is credited to nobody.
NOBODY = User("", "none")

_FOLDED = User(OTHER, "other")


class Topic(NamedTuple):
    """Where a message was sent: domain, category, and the topic without its prefix."""

    domain: str
    category: str
    topic: str


class Seen(NamedTuple):
    """A user by number, of which kind, and the first and last day of activity (UTC)."""

    number: int
    kind: str
    first: int
    last: int


#: Hour, users, domain, category and topic of an event.
Place = tuple[int, tuple[User, ...], str, str, str]


@dataclass(slots=True)
class ActivityPlan:
    """What a batch adds: numbers of messages, and new users and topics."""

    #: By day, user and topic.
    days: dict[tuple[int, int, int], int] = field(default_factory=dict)
    #: By hour and topic.
    hours: dict[tuple[int, int], int] = field(default_factory=dict)
    #: Users that are new, or seen on an earlier or later day, or with another kind.
    users: dict[str, Seen] = field(default_factory=dict)
    topics: dict[Topic, int] = field(default_factory=dict)
    #: The number of new users.
    fresh: int = 0


class Activity:
    """The users and topics that have a number."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        """Take the caps by name (``users``, ``topics``); a name without one is unlimited."""
        self._limits = limits
        self.clear()

    def limit(self, limits: Mapping[str, int]) -> None:
        """Hold to other caps from now on; what has a number keeps it."""
        self._limits = limits

    def clear(self) -> None:
        """Clear everything, to be restored from scratch."""
        self._users: dict[str, Seen] = {}
        self._topics: dict[Topic, int] = {}
        self._last_number = 0

    def restore(self, users: Mapping[str, Seen], topics: Mapping[Topic, int]) -> None:
        """Restore what was stored."""
        self._users.update(users)
        self._topics.update(topics)
        for seen in users.values():
            self._last_number = max(self._last_number, seen.number)

    def plan(self, events: Iterable[Event], now: float) -> ActivityPlan:
        """Work out what events add, without changing anything."""
        plan = ActivityPlan()
        days, hours = plan.days, plan.hours
        for (hour, users, *place), number in _alike(events, now).items():
            day = hour // DAY
            topic = self._topic(plan, Topic(*place))
            by_hour = (hour, topic)
            hours[by_hour] = hours.get(by_hour, 0) + number
            for user in users or (NOBODY,):
                by_day = (day, self._user(plan, user, day), topic)
                days[by_day] = days.get(by_day, 0) + number
        return plan

    def topic(self, event: Event) -> int:
        """The number of an event's topic, which is known."""
        return self._topics[Topic(event.domain, event.category, event.short_topic)]

    def user(self, user: User) -> int:
        """The number of a user, who is known."""
        return self._users[user.name].number

    def apply(self, plan: ActivityPlan) -> None:
        """Add a plan's users and topics to the known ones."""
        self.restore(plan.users, plan.topics)

    def _topic(self, plan: ActivityPlan, topic: Topic) -> int:
        number = self._topics.get(topic) or plan.topics.get(topic)
        if number:
            return number
        known = len(self._topics) + len(plan.topics)
        folded = topic._replace(topic=OTHER)
        if topic != folded and self._is_full("topics", known):
            return self._topic(plan, folded)
        plan.topics[topic] = known + 1
        return known + 1

    def _user(self, plan: ActivityPlan, user: User, day: int) -> int:
        name, kind = user
        seen = plan.users.get(name) or self._users.get(name)
        if seen is None:
            return self._new_user(plan, user, day)
        number, known_kind, first, last = seen
        if kind != known_kind or not first <= day <= last:
            plan.users[name] = Seen(number, kind, min(first, day), max(last, day))
        return number

    def _new_user(self, plan: ActivityPlan, user: User, day: int) -> int:
        known = len(self._users) + plan.fresh
        if user.kind in ("person", "bot") and self._is_full("users", known):
            return self._user(plan, _FOLDED, day)
        plan.fresh += 1
        number = self._last_number + plan.fresh
        plan.users[user.name] = Seen(number, user.kind, day, day)
        return number

    def _is_full(self, name: str, known: int) -> bool:
        limit = self._limits.get(name)
        return limit is not None and known >= limit


def _alike(events: Iterable[Event], now: float) -> dict[Place, int]:
    """The number of events of each kind: in a batch many are alike."""
    found: dict[Place, int] = {}
    for event in events:
        hour = int(sent(event, now) // HOUR)
        place = (hour, event.users, event.domain, event.category, event.short_topic)
        found[place] = found.get(place, 0) + 1
    return found
