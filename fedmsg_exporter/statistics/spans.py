"""What compares two spans of days: before and after, then and now. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .people import Days
from .standing import LEAST, YEAR

#: The age of a newcomer is measured in steps of this many days.
STEP = 28
#: The bins of inactivity, by their first days.
BINS = (0, 7, 30, 90, 180, 365)


class Row(NamedTuple):
    """One category: messages, their share in per cent, and the change in per cent.

    ``change`` is None where there was nothing before.
    """

    messages: int
    share: float
    change: float | None


class Around(NamedTuple):
    """Messages before, during and after an event; the change, and whether new."""

    before: int
    during: int
    after: int
    change: float | None
    is_new: bool


def change(before: int, after: int) -> float | None:
    """The change in per cent to one decimal, None from nothing."""
    return round(100 * (after - before) / before, 1) if before else None


def table(now: Mapping[str, int], before: Mapping[str, int]) -> dict[str, Row]:
    """Messages by category, the most first, next to the equal span before."""
    total = sum(now.values())
    return {
        name: Row(now[name], round(100 * now[name] / total, 1), change(before.get(name, 0), number))
        for name, number in sorted(now.items(), key=lambda item: (-item[1], item[0]))
        if number
    }


def retention(days: Days, people: Iterable[str], step: int, end: int) -> tuple[int, int]:
    """How many came back a number of steps after their first day, and how many could have."""
    could = [one for one in people if days.first[one] + STEP * (step + 1) <= end]
    did = 0
    for person in could:
        start = days.first[person] + STEP * step
        did += any(person in days.messages.get(day, ()) for day in range(start, start + STEP))
    return did, len(could)


def came_back(days: Days, people: Iterable[str]) -> set[str]:
    """Who did something on a day other than their first."""
    last = days.last()
    return {person for person in people if last.get(person, 0) > days.first[person]}


def converted(days: Days, people: Iterable[str]) -> set[str]:
    """Who was active in four weeks within a year of the first."""
    weeks = days.by_week()
    found = set()
    for person in people:
        first = weeks.first_week(person)
        active = (person in weeks.messages.get(one, ()) for one in range(first, first + YEAR))
        if sum(active) >= LEAST:
            found.add(person)
    return found


def event(
    days: Days, people: Iterable[str], start: int, end: int, around: int = STEP
) -> dict[str, Around]:
    """Activity of people around an event, from its first to its last day."""
    before = days.totals(start - around, start)
    during = days.totals(start, end + 1)
    after = days.totals(end + 1, end + 1 + around)
    return {
        one: Around(
            (was := before.get(one, 0)),
            during.get(one, 0),
            (then := after.get(one, 0)),
            change(was, then),
            days.first.get(one, start - 1) >= start,
        )
        for one in sorted(people)
    }


def inactive(last: Mapping[str, int | None], end: int) -> dict[str, int | None]:
    """Whole days from each last active day to the last day before ``end``; None for never."""
    return {one: None if day is None else end - 1 - day for one, day in last.items()}


def bins(inactivity: Iterable[int | None]) -> list[int]:
    """How many people fall into each of `BINS`, and at the end how many were never active."""
    found = [0] * (len(BINS) + 1)
    for days in inactivity:
        at = -1 if days is None else sum(days >= low for low in BINS) - 1
        found[at] += 1
    return found


def stayed(now: set[str], before: set[str]) -> tuple[int, int]:
    """How many of those who were active before still are, and of how many."""
    return len(now & before), len(before)
