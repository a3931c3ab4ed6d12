"""What the recording rules would have stored: plausible values, at their intervals.

Numbers with fractions change from sample to sample in every bit, as increase() has
it: such chunks are the longest to read.
"""

import math
import re
from collections.abc import Iterable, Iterator

from tools.preview.fortnight import DAY, END

from .asked import Group, seconds
from .bus import Series, Size, User, Value, counter, fixed, users

_JOB = 'job="fedmsg_exporter"'
_WEEK = 7 * DAY
_WINDOW = re.compile(r"\d+[mhdw]")


def everything(groups: Iterable[Group], size: Size) -> Iterator[Series]:
    """All that the rules record."""
    for group in groups:
        for name in group.records:
            level = name.partition(":")[0]
            if level.startswith("user"):
                yield from _of_users(name, size, group.interval)
                continue
            for number, labels in enumerate(_labels(level, size)):
                inside = ",".join((_JOB, *labels))
                yield Series(name, inside, _value(name, number), group.interval)


def _of_users(name: str, size: Size, interval: int) -> Iterator[Series]:
    """The activity of those who did anything in a week."""
    for number, user in enumerate(users(size)):
        for labels, value in _parts(name, size, number, user):
            if value(END) != value(END - _WEEK):
                yield Series(name, f"{_JOB},{labels}", _grown(value), interval, user.since)


def _parts(name: str, size: Size, number: int, user: User) -> Iterator[tuple[str, Value]]:
    """The counters of a user: all in one, or one for each category."""
    if "category" not in name:
        yield user.labels, counter(user.rate, number)
        return
    for category in user.categories:
        value = counter(user.rate / len(user.categories), number + category)
        yield f'category="{size.names[category]}",{user.labels}', value


def _grown(value: Value) -> Value:
    return lambda at: str(int(value(at)) - int(value(at - _WEEK)))


def _labels(level: str, size: Size) -> Iterator[list[str]]:
    """The labels of each series of a level: `category_topic` has two."""
    if level == "category_topic":
        for name in size.names:
            for topic in range(size.topics):
                yield [f'category="{name}"', f'topic="{name}.thing.topic{topic}"']
        return
    values = {
        "category": size.names,
        "group": [f"group{number}" for number in range(size.groups)],
        "kind": ["person", "bot"],
        "week": ["1", "2", "3", "4"],
        "family": ["fedmsg_user_messages_total", "fedmsg_topic_messages_total"],
    }
    found: list[list[str]] = [[]]
    for label in level.split("_"):
        if label in values:
            found = [[*labels, f'{label}="{v}"'] for labels in found for v in values[label]]
    yield from found


def _value(name: str, number: int) -> Value:
    operation = name.rpartition(":")[2]
    window = _WINDOW.search(operation)
    rate = 0.3 / (number + 1)
    if name.startswith(("job", "family")):  # as it is while nothing is wrong
        return fixed("counting" in name or ":level" in name)
    if operation == "sum":
        return counter(rate, number)
    if operation.startswith("delta") or "fedmsg_users" in name or not window:
        return _whole(rate * DAY, number)
    return _wave(rate * seconds(window[0]), number)


def _wave(mean: float, phase: int) -> Value:
    """A number that varies from day to day."""
    return lambda at: repr(mean * (1 + 0.3 * math.sin((END - at) / 13_751 + phase)))


def _whole(mean: float, phase: int) -> Value:
    return lambda at: str(int(mean * (1 + 0.3 * math.sin((END - at) / 13_751 + phase))))
