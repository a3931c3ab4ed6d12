"""Reads days of activity, and gives each message of a user a moment."""

from bisect import bisect_left
from collections.abc import Mapping
from heapq import merge

from ...event import User
from ..moments import EVERYBODY, SLOT
from .placement import place
from .plan import DAY
from .sources import Known

#: Category and user.
Who = tuple[str, User]
#: Moments in order, by category and user.
Moments = Mapping[Who, list[float]]
#: Right after a slot begins: the sample at its end is the first to count it.
_AFTER = 0.001


class Dealing:
    """The moments of users; the day that was asked for last is kept in memory."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._day = -1
        self._moments: dict[Who, list[float]] = {}

    def between(self, start: float, end: float) -> Moments:
        """The moments from ``start`` until before ``end``, by category and user."""
        found: dict[Who, list[float]] = {}
        for day in range(int(start // DAY), int(-(-end // DAY))):
            for who, moments in self._of(day).items():
                part = moments[bisect_left(moments, start) : bisect_left(moments, end)]
                if part:
                    found.setdefault(who, []).extend(part)
        return found

    def totals(self, start: int, end: float) -> dict[Who, int]:
        """Messages from a midnight until before a moment, by category and user."""
        known, last = self._known, int(end // DAY)
        found = {who: len(one) for who, one in self.between(last * DAY, end).items()}
        for user, topic, messages in known.rows.by_user(start // DAY, last):
            if user in known.users:
                who = known.topics[topic].category, known.users[user]
                found[who] = found.get(who, 0) + messages
        return found

    def _of(self, day: int) -> dict[Who, list[float]]:
        if day != self._day:
            self._moments, self._day = self._dealt(day), day
        return self._moments

    def _dealt(self, day: int) -> dict[Who, list[float]]:
        known = self._known
        users: dict[int, list[tuple[int, int]]] = {}
        for _, user, topic, messages in known.rows.days(day, day + 1):
            users.setdefault(topic, []).append((user, messages))
        hours: dict[int, list[tuple[int, int]]] = {}
        for hour, topic, messages in known.rows.hours(24 * day, 24 * day + 24):
            hours.setdefault(topic, []).append((hour, messages))
        sums = {topic: sum(number for _, number in one) for topic, one in hours.items()}
        placed = self._exact(day, sums) or place(day, users, hours, known.end)
        several: dict[Who, list[list[float]]] = {}
        for (user, topic), moments in placed.items():
            if user in known.users:
                who = known.topics[topic].category, known.users[user]
                several.setdefault(who, []).append(moments)
        return {who: list(merge(*lists)) for who, lists in several.items()}

    def _exact(self, day: int, sums: Mapping[int, int]) -> dict[tuple[int, int], list[float]]:
        """The moments of users and topics on a day; none unless all its messages have one."""
        found: dict[tuple[int, int], list[float]] = {}
        every: dict[int, int] = {}
        for slot, topic, user, messages in self._known.moments.between(day * DAY, (day + 1) * DAY):
            if user == EVERYBODY:
                every[topic] = every.get(topic, 0) + messages
            else:
                found.setdefault((user, topic), []).extend([slot * SLOT + _AFTER] * messages)
        return found if every == sums else {}
