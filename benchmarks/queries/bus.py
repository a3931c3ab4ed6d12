"""The series of a large bus, as the exporter would show them.

A few users do much and most do little, and likewise for groups, topics and
categories. What the exporter reports about itself, and the families of the
mapping, are a real exporter's, after two weeks of the simulation.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tools.preview.fortnight import DAY, END, Fortnight

from .asked import SCRAPE

#: The text of a sample at a time.
Value = Callable[[int], str]

TARGET = 'job="fedmsg_exporter",instance="benchmark:10450"'
_SIMULATED = 'job="fedmsg_exporter",instance="simulation:10450"'
#: The families that are made up here, and so not taken from the simulation.
_LARGE = ("fedmsg_messages", "fedmsg_last", "fedmsg_topic", "fedmsg_user", "fedmsg_group")
#: Messages a second in total.
_RATE = 1.5
_BOTS = 50
_GROWING = ("_total", "_bucket", "_count", "_sum")


#: Categories that a board picks by name.
_NAMED = ("bodhi", "compose", "coreos", "pungi")


class Size(NamedTuple):
    """The size of the bus."""

    users: int = 20_000
    categories: int = 50
    groups: int = 300
    topics: int = 8  # of each category
    weeks: int = 4

    @property
    def start(self) -> int:
        """Where the data begin."""
        return END - self.weeks * 7 * DAY

    @property
    def names(self) -> list[str]:
        """The categories."""
        others = (f"category{number}" for number in range(self.categories))
        return [*_NAMED, *others][: self.categories]


class Series(NamedTuple):
    """One series: labels as they are within the braces, and its samples."""

    metric: str
    labels: str
    value: Value
    step: int = SCRAPE
    since: int = 0


def everything(size: Size) -> Iterator[Series]:
    """All that is scraped."""
    yield from _categories(size)
    yield from _users(size)
    yield from _groups(size)
    yield from _members(size)
    yield from _weekly(size)
    yield from of_the_exporter()
    # What only an exporter has that reads a broker, with TLS.
    yield Series("fedmsg_exporter_earlier_deliveries", TARGET, fixed(0))
    name = "fedmsg_exporter_client_certificate_expiry_timestamp_seconds"
    yield Series(name, TARGET, fixed(END + 90 * DAY))


def _categories(size: Size) -> Iterator[Series]:
    rates = shares(size.categories, _RATE)
    for number, (name, rate) in enumerate(zip(size.names, rates, strict=True)):
        labels = f'{TARGET},domain="org.fedoraproject",category="{name}"'
        yield Series("fedmsg_messages_total", labels, counter(rate, number))
        yield Series("fedmsg_last_message_timestamp_seconds", labels, latest(rate, number))
        for topic, of_topic in enumerate(shares(size.topics, rate)):
            labels = f'{TARGET},category="{name}",topic="{name}.thing.topic{topic}"'
            yield Series("fedmsg_topic_messages_total", labels, counter(of_topic, topic))


class User(NamedTuple):
    """A user: labels, messages a second, since when, and the numbers of their categories."""

    labels: str
    rate: float
    since: int
    categories: list[int]


def users(size: Size) -> Iterator[User]:
    """All users, the busiest first."""
    for number, rate in enumerate(shares(size.users, _RATE / 3, steepness=1.3)):
        kind = "bot" if number < min(_BOTS, size.users // 20) else "person"
        since = END - (number + 1) * 7919 * 3600 % (400 * DAY) - DAY
        labels = f'user="user{number}",kind="{kind}"'
        yield User(labels, rate, since, _categories_of(number, size))


def _users(size: Size) -> Iterator[Series]:
    for number, user in enumerate(users(size)):
        labels, since = f"{TARGET},{user.labels}", user.since // SCRAPE * SCRAPE
        name = "fedmsg_user_first_message_timestamp_seconds"
        yield Series(name, labels, fixed(user.since), since=since)
        name = "fedmsg_user_last_message_timestamp_seconds"
        yield Series(name, labels, latest(user.rate, number), since=since)
        for category in user.categories:
            labels = f'{TARGET},category="{size.names[category]}",{user.labels}'
            value = counter(user.rate / len(user.categories), number + category)
            yield Series("fedmsg_user_messages_total", labels, value, since=since)


def _categories_of(number: int, size: Size) -> list[int]:
    """The busiest twentieth is active in six categories, every second user in one."""
    place = number / size.users
    several = next(n for limit, n in ((0.05, 6), (0.2, 3), (0.5, 2), (1, 1)) if place < limit)
    return sorted({(number + n * n) % size.categories for n in range(several)})


def _groups(size: Size) -> Iterator[Series]:
    for number, rate in enumerate(shares(size.groups, _RATE)):
        group = f'group="group{number}"'
        members = fixed(5 + 2000 // (number + 1))
        yield Series("fedmsg_group_members", f"{TARGET},{group}", members)
        for nth, of_category in enumerate(shares(min(10, size.categories), rate)):
            category = f'category="{size.names[(number + nth) % size.categories]}"'
            value = counter(of_category, number + nth)
            yield Series("fedmsg_group_messages_total", f"{TARGET},{category},{group}", value)


def _members(size: Size) -> Iterator[Series]:
    """Everybody is in one group, as groups.members shows it; a tenth never did anything."""
    for number in range(size.users + size.users // 10):
        labels = f'{TARGET},group="group{number % size.groups}",user="user{number}"'
        yield Series("fedmsg_group_member_info", labels, fixed(1))


def _weekly(size: Size) -> Iterator[Series]:
    """The figures of the last complete week."""
    figures = {"active_people": 20, "core_people": 200, "newcomers": 500, "absence_factor": 400}
    for name, part in figures.items():
        yield Series(f"fedmsg_weekly_{name}", TARGET, fixed(size.users // part))
    for tenure in ("new", "mid", "old"):
        labels = f'{TARGET},tenure="{tenure}"'
        yield Series("fedmsg_weekly_regular_people", labels, fixed(size.users // 60))


def of_the_exporter() -> Iterator[Series]:
    """The exporter's own metrics, and those that the mapping declares."""
    with TemporaryDirectory(prefix="queries") as folder:
        path = Path(folder) / "scrapes.om"
        Fortnight(rate=0.02).write(path)
        last = [line for line in path.read_text().splitlines() if line.endswith(f" {END}")]
    for line in last:
        series, value, _ = line.rsplit(" ", 2)
        name, _, labels = series.removesuffix("}").partition("{")
        if not name.startswith(_LARGE):
            grows = name.endswith(_GROWING)
            rate = float(value) / (14 * DAY)
            text = counter(rate, 0) if grows and rate else fixed(float(value))
            yield Series(name, labels.replace(_SIMULATED, TARGET), text)


def shares(number: int, whole: float, *, steepness: float = 1.0) -> list[float]:
    """Split something by Zipf's law, the largest part first."""
    weights = [(rank + 1) ** -steepness for rank in range(number)]
    scale = whole / math.fsum(weights)
    return [weight * scale for weight in weights]


def counter(rate: float, phase: int) -> Value:
    """A counter that grows at a rate per second."""
    begin = END - 400 * DAY
    shift = phase * 0.618 % 1
    return lambda moment: str(int(rate * (moment - begin) + shift))


def fixed(value: float) -> Value:
    """A number that does not change."""
    return lambda _: repr(float(value))


def latest(rate: float, phase: int) -> Value:
    """When the counter of this rate last grew."""
    begin = END - 400 * DAY
    shift = phase * 0.618 % 1
    return lambda at: str(int(begin + max(0, int(rate * (at - begin) + shift) - shift) / rate))
