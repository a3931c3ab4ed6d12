"""People as numbers, in the order of their names: what sums over years are fast with. Pure.

A number stands for a person, so equals rank by number as they do by name.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate
from operator import mul
from typing import NamedTuple

from .calendar import LEADS, week
from .shares import COHORTS

#: Messages by the number of a person.
Sums = Mapping[int, int]


class People(NamedTuple):
    """Everyone who ever did something."""

    #: In the order of code points.
    names: Sequence[str]
    #: The number of each name.
    numbers: Mapping[str, int]
    #: The day of each person's first message, and its week.
    first: Sequence[int]
    first_week: Sequence[int]


class Stretch(NamedTuple):
    """What everyone did from ``start`` until before ``end``, at most 62 days, by number."""

    start: int
    end: int
    #: Messages.
    sums: dict[int, int]
    #: The days with messages as bits, the lowest for the first day.
    days: dict[int, int]

    def add(self, other: "Stretch") -> None:
        """Add what else everyone did in the same days."""
        add(self.sums, other.sums)
        for person, days in other.days.items():
            self.days[person] = self.days.get(person, 0) | days


class Spread(NamedTuple):
    """How messages are spread over people; see `shares` for each."""

    messages: int
    people: int
    core: int
    absence_factor: int
    gini: float
    long_tail: float
    #: The share of the ten most active, None where nobody did anything.
    top_ten: float | None


def numbered(first: Mapping[str, int], lead: int = LEADS["monday"]) -> People:
    """People from the days of their first messages, with weeks that begin as `LEADS` has it."""
    names = sorted(first)
    days = [first[name] for name in names]
    numbers = {name: number for number, name in enumerate(names)}
    return People(names, numbers, days, [week(day, lead) for day in days])


def add(into: dict[int, int], sums: Sums) -> None:
    """Add sums to others."""
    if not into:
        into.update(sums)
        return
    get = into.get
    for person, number in sums.items():
        into[person] = get(person, 0) + number


def subtract(from_: dict[int, int], sums: Sums) -> None:
    """Take sums out of those that they were added to."""
    for person, number in sums.items():
        left = from_[person] - number
        if left:
            from_[person] = left
        else:
            del from_[person]


def ranked(sums: Sums) -> list[int]:
    """People, the most active first; equals by name."""
    # Sorting one whole number for each is three times as fast as sorting by a key.
    size = max(sums, default=0) + 1
    keys = sorted((number * size - person for person, number in sums.items()), reverse=True)
    return [-key % size for key in keys]


def smallest(falling: Sequence[int], part: int, whole: int) -> int:
    """How many of falling values make up at least ``part`` of ``whole`` parts of their sum."""
    running = list(accumulate(falling))
    if not running:
        return 0
    return bisect_left(running, -(-part * running[-1] // whole)) + 1


def spread(sums: Sums) -> Spread:
    """How messages are spread, from one sort."""
    falling = sorted(sums.values(), reverse=True)
    number, total = len(falling), sum(falling)
    if not falling:
        return Spread(0, 0, 0, 0, 0.0, 0.0, None)
    weighted = sum(map(mul, falling, range(number, 0, -1)))
    line = number * falling[0] + (falling[-1] - falling[0]) * (number - 1) / 2
    return Spread(
        messages=total,
        people=number,
        core=smallest(falling, 2, 3),
        absence_factor=smallest(falling, 1, 2),
        gini=(2 * weighted - (number + 1) * total) / (number * total),
        long_tail=(line - total) / number,
        top_ten=sum(falling[:10]) / total,
    )


def by_cohort(ranking: Sums, sums: Sums) -> tuple[list[int], list[int]]:
    """People and messages of each cohort: who ranks by some sums, what they did in others."""
    order = ranked(ranking)
    cuts = [-(-len(order) * cut // 100) for cut in COHORTS]
    people, messages = [], []
    for start, end in zip((0, *cuts), cuts, strict=False):
        active = [sums[person] for person in order[start:end] if person in sums]
        people.append(len(active))
        messages.append(sum(active))
    return people, messages
