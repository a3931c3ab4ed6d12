"""The activity of people, as statistics need it. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .calendar import week

#: Messages by person.
Totals = Mapping[str, int]


class Weeks(NamedTuple):
    """Messages by week and person, and the day of each person's first message of all."""

    messages: Mapping[int, Totals]
    first: Mapping[str, int]

    def active(self, week_: int) -> set[str]:
        """Who did something in a week."""
        return set(self.messages.get(week_, ()))

    def totals(self, start: int, end: int) -> dict[str, int]:
        """Messages by person in some weeks."""
        return added(self.messages[one] for one in range(start, end) if one in self.messages)

    def weeks_active(self, start: int, end: int) -> dict[str, int]:
        """The number of weeks, of those given, in which each person did something."""
        ones = (dict.fromkeys(self.messages.get(one, ()), 1) for one in range(start, end))
        return added(ones)

    def first_week(self, person: str) -> int:
        """The week of a person's first message of all."""
        return week(self.first[person])


class Days(NamedTuple):
    """Messages by day and person, and the day of each person's first message of all."""

    messages: Mapping[int, Totals]
    first: Mapping[str, int]

    def active(self, start: int, end: int) -> set[str]:
        """Who did something in some days."""
        return set().union(*(self.messages.get(one, ()) for one in range(start, end)))

    def totals(self, start: int, end: int) -> dict[str, int]:
        """Messages by person in some days."""
        return added(self.messages[one] for one in range(start, end) if one in self.messages)

    def last(self) -> dict[str, int]:
        """The day of each person's latest message."""
        return {person: one for one in sorted(self.messages) for person in self.messages[one]}

    def by_week(self) -> Weeks:
        """The same by week."""
        found: dict[int, list[Totals]] = {}
        for one, totals in self.messages.items():
            found.setdefault(week(one), []).append(totals)
        return Weeks({one: added(several) for one, several in found.items()}, self.first)


def days(rows: Iterable[tuple[str, int, int]], first: Mapping[str, int] | None = None) -> Days:
    """Activity from rows of person, day and messages.

    ``first`` are the days of first messages, where more is known than the rows.
    """
    messages: dict[int, dict[str, int]] = {}
    for person, day, number in rows:
        if number:
            of_day = messages.setdefault(day, {})
            of_day[person] = of_day.get(person, 0) + number
    found = {person: day for day in sorted(messages, reverse=True) for person in messages[day]}
    for person, day in (first or {}).items():
        found[person] = min(day, found.get(person, day))
    return Days(messages, found)


def added(several: Iterable[Totals]) -> dict[str, int]:
    """The sum of several totals, person by person."""
    found: dict[str, int] = {}
    for totals in several:
        for person, number in totals.items():
            found[person] = found.get(person, 0) + number
    return found
