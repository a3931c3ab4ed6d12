"""Traffic for the trials: messages of many people, most of whom send one to three.

The same seed gives the same traffic. The true counts are made here, from what is
sent, without any part of the exporter.
"""

import random
from collections import Counter, deque
from typing import NamedTuple

from harness.publishing import Outgoing

#: Category and topic. The apps differ in where they name the user; ours names it twice.
TOPICS = {
    "bodhi": "org.fedoraproject.prod.bodhi.update.comment",
    "copr": "org.fedoraproject.prod.copr.build.start",
    "wiki": "org.fedoraproject.prod.wiki.article.edit",
}
HEADERS = {
    "fedora_messaging_schema": "base.message",
    "fedora_messaging_severity": 20,
    "sent-at": "2026-03-01T12:00:00+00:00",
}

#: The smaller, the longer the tail: two out of three people send up to three messages.
_SHAPE = 0.8
_BUSIEST = 500
#: How long after a message it is published again, at most, in seconds.
_AGAIN = 20.0

#: Category and user.
Series = tuple[str, str]


class Sending(NamedTuple):
    """A message, and when to publish it: seconds after the beginning."""

    at: float
    message: Outgoing


def due(waiting: deque[Sending], until: float) -> list[Outgoing]:
    """Take the messages to be published up to a moment from those that wait."""
    found = []
    while waiting and waiting[0].at <= until:
        found.append(waiting.popleft().message)
    return found


class Traffic(NamedTuple):
    """What to publish, in order, and the totals: messages by category and user."""

    sendings: list[Sending]
    truth: Counter[Series]

    @property
    def duplicates(self) -> int:
        """The number of messages published a second time."""
        return len(self.sendings) - self.truth.total()

    def by_user(self) -> Counter[str]:
        """Messages by user, over all categories."""
        sums: Counter[str] = Counter()
        for (_, user), number in self.truth.items():
            sums[user] += number
        return sums


def traffic(seed: int, messages: int, duration: float, again: float) -> Traffic:
    """About the given number of messages over some seconds; a share of them is published twice."""
    rng = random.Random(seed)
    series = _series(rng, messages)
    sendings = [
        Sending(rng.uniform(0, duration), message(*one, f"{seed}-{number}"))
        for number, one in enumerate(series)
    ]
    twice = rng.sample(sendings, round(len(sendings) * again))
    sendings += [
        Sending(min(duration, one.at + rng.uniform(0, _AGAIN)), one.message) for one in twice
    ]
    return Traffic(sorted(sendings, key=lambda one: one.at), Counter(series))


def message(category: str, user: str, message_id: str) -> Outgoing:
    """A message of a user, with an id."""
    return Outgoing(TOPICS[category], {"agent": user, "user": user}, HEADERS, message_id)


def _series(rng: random.Random, messages: int) -> list[Series]:
    """Each message's category and user: users are added until there are enough messages."""
    series: list[Series] = []
    users = 0
    while len(series) < messages:
        users += 1
        number = min(int(rng.paretovariate(_SHAPE)), _BUSIEST)
        categories = rng.choices(list(TOPICS), weights=(6, 3, 1), k=number)
        series += [(category, f"user{users}") for category in categories]
    return series
