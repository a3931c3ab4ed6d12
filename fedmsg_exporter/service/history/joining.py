"""Joins history to the live counters when the exporter starts.

History is exported as counters that rise to 0 where the ledger began. A series
that was active then must be there from 0 on, or nothing can be subtracted from
it; and whoever is known from history is not new.
"""

import logging
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import NamedTuple

from ...attribution.names import Kinds
from ...config import Config
from ...event import User
from ...families import (
    GROUPS,
    LAST_MESSAGE,
    MESSAGES,
    TOPICS,
    USER_FIRST,
    USER_LAST,
    USERS,
    Change,
)
from ...groups import Roster
from ...history.store import HistoryReader
from ...ledger import Ledger, LedgerError
from ...ledger.activity import Seen, Topic
from ...ledger.series import Key
from ...privacy import Exposure
from ...statistics.calendar import day_at, start_of
from ...statistics.coverage import Coverage, Span, covering

log = logging.getLogger(__name__)

#: How long before the ledger's beginning activity opens a series, in seconds: as far
#: back as the exported history is dense.
RECENT = 56 * 86400
#: Gaps shorter than this are none: activity is known by the hour.
HOUR = 3600
_LEFT_OUT = (
    "%d series of history are not opened at 0, because their families are full; raise `limits` "
    "if Prometheus has that history"
)


class Before(NamedTuple):
    """What history says about the time before the ledger."""

    #: Since when everything is known without a gap, in epoch seconds.
    since: float
    #: Series that were active shortly before, the busiest first.
    recent: list[Key]
    #: First messages of everyone, by the series of the gauge.
    first: dict[Key, float]
    #: First and latest messages of what was active shortly before.
    seen: list[Change]


class Join(NamedTuple):
    """How history is joined: names as they are shown, of the kinds that they have now."""

    config: Config
    kinds: Kinds
    exposure: Exposure
    roster: Roster

    def into(self, ledger: Ledger, now: float) -> float:
        """Open series and learn who is not new; returns since when nothing is missing.

        That is the ledger's beginning without history, and if history cannot be
        read, which is logged. Raises LedgerError.
        """
        began = ledger.begun(now)
        path = self.config.history
        if not began or path is None or not path.exists():
            return began
        try:
            with closing(HistoryReader(path, self.config.expose)) as history:
                before = self._before(history, began, now)
        except LedgerError as error:
            log.warning("history is not used: %s", error)
            return began
        self._take(before, ledger, now)
        return before.since

    def _take(self, before: Before, ledger: Ledger, now: float) -> None:
        left_out = ledger.counts.open_known(before.recent)
        if left_out:
            log.warning(_LEFT_OUT, left_out)
        present = ledger.counts.family(USER_FIRST)
        older = (Change(*key, at) for key, at in before.first.items() if key[1] in present)
        try:
            ledger.learn(before.first, [*older, *before.seen], now)
        except LedgerError as error:
            log.warning("first messages are not taken from history: %s", error)

    def _before(self, history: HistoryReader, began: float, now: float) -> Before:
        since = _since(history.activity.known(), began)
        users = self._users(history) if history.people_coverage().spans else {}
        ends = _ends(users, history.moments.ends("user"))
        first = {(USER_FIRST, tuple(user)): first for user, (first, _) in ends.items()}
        if now >= began + RECENT:
            return Before(since, [], first, [])
        topics = _recent_topics(history, began)
        recent = [*topics.opened(), *self._recent_people(history, users, began)]
        seen = [*topics.seen(), *_seen(ends, start_of(day_at(began - RECENT)))]
        return Before(since, recent, first, seen)

    def _users(self, history: HistoryReader) -> dict[int, tuple[User, Seen]]:
        found = {}
        for name, seen in history.activity.users().items():
            user = shown(User(name, seen.kind), self.kinds, self.exposure)
            if user is not None:
                found[seen.number] = user, seen
        return found

    def _recent_people(
        self, history: HistoryReader, users: Mapping[int, tuple[User, Seen]], began: float
    ) -> Iterator[Key]:
        """The series of users and groups, the busiest first."""
        topics = {number: topic for topic, number in history.activity.topics().items()}
        sums: Counter[Key] = Counter()
        rows = history.rows.by_user(day_at(began - RECENT), day_at(began) + 1)
        for number, topic, messages in rows:
            if number in users:
                user, category = users[number][0], topics[topic].category
                sums[USERS, (category, *user)] += messages
        names = shown_groups(self.roster.members(), self.kinds, self.exposure)
        for (_, (category, name, _kind)), messages in [*sums.items()]:
            for group in names.get(name, ()):
                sums[GROUPS, (category, group)] += messages
        return (key for key, _ in sums.most_common())


class _Topics(NamedTuple):
    """Topics that were active shortly before the ledger, the busiest first."""

    sums: list[tuple[Topic, int]]
    #: The start of the last hour with a message, by topic.
    latest: Mapping[Topic, float]

    def opened(self) -> Iterator[Key]:
        """The series of categories and topics."""
        for topic, _ in self.sums:
            yield MESSAGES, (topic.domain, topic.category)
            yield TOPICS, (topic.category, topic.topic)

    def seen(self) -> Iterator[Change]:
        """When each category last sent something."""
        for topic, at in self.latest.items():
            yield Change(LAST_MESSAGE, (topic.domain, topic.category), at)


def shown(user: User, kinds: Kinds, exposure: Exposure) -> User | None:
    """A user of history as shown now, None for nobody."""
    if not user.name:
        return None
    return exposure.rename(kinds.of(user.name) if user.kind in ("person", "bot") else user)


def shown_groups(
    members: Mapping[str, Iterable[str]], kinds: Kinds, exposure: Exposure
) -> dict[str, tuple[str, ...]]:
    """The groups of each member, by the name under which history knows them."""
    found: dict[str, list[str]] = {}
    for group, users in sorted(members.items()):
        for user in users:
            name = exposure.name(kinds.of(user))
            if name is not None:
                found.setdefault(name, []).append(group)
    return {name: tuple(groups) for name, groups in found.items()}


def _since(known: Coverage, began: float) -> float:
    """Where the time without a gap begins that ends where the ledger began."""
    spans = covering([*known.spans, Span(began, math.inf)]).bridged(HOUR).spans
    return spans[-1].start


def _recent_topics(history: HistoryReader, began: float) -> _Topics:
    topics = {number: topic for topic, number in history.activity.topics().items()}
    sums: Counter[Topic] = Counter()
    latest: dict[Topic, float] = {}
    start, end = (int(at // HOUR) for at in (began - RECENT, began))
    for hour, number, messages in history.rows.hours(start, end + 1):
        sums[topics[number]] += messages
        latest[topics[number]] = float(hour * HOUR)
    for number, (_, last) in history.moments.ends("topic").items():
        latest[topics[number]] = max(last, latest.get(topics[number], last))
    return _Topics(sums.most_common(), latest)


def _ends(
    users: Mapping[int, tuple[User, Seen]], moments: Mapping[int, tuple[float, float]]
) -> dict[User, tuple[float, float]]:
    """The first and the last message of people and bots: to the day, or by their moments."""
    found = {}
    for number, (user, seen) in users.items():
        if user.kind in ("person", "bot"):
            days = start_of(seen.first), start_of(seen.last)
            exact = moments.get(number, days)
            first, last = (
                moment if day_at(moment) == day_at(day) else day
                for moment, day in zip(exact, days, strict=True)
            )
            found[user] = first, last
    return found


def _seen(ends: Mapping[User, tuple[float, float]], since: float) -> Iterator[Change]:
    """The first and the last message of those who were active since some time."""
    for user, (first, last) in ends.items():
        if last >= since:
            yield Change(USER_FIRST, tuple(user), first)
            yield Change(USER_LAST, tuple(user), last)
