"""Which numbers of a period can be known, and what to say of those that cannot. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from ...statistics.calendar import day_at, iso, start_of, week
from ...statistics.coverage import Coverage
from ...statistics.standing import YEAR
from ..model import Column, Mark, Row, Value
from ..periods import Period, is_known, marks, span_days

T = TypeVar("T")


class Knowledge(NamedTuple):
    """What is known of days, and of first messages, at a moment in epoch seconds."""

    coverage: Coverage
    first: Coverage
    now: float
    #: What was kept of weeks whose days were deleted, by the names of `statistics.weekly`.
    closed: Mapping[int, Mapping[str, float]] = MappingProxyType({})

    @property
    def until(self) -> float:
        """How far anything is known, in epoch seconds."""
        return min(self.now, max((one.end for one in self.coverage.spans), default=0.0))

    def is_known(self, period: Period) -> bool:
        """Whether anything is known of a period."""
        return is_known(period, self.coverage)

    def marks(self, period: Period) -> tuple[Mark, ...]:
        """Why a period's numbers must be read with care."""
        if self.is_kept(period):
            return ()
        return marks(period, self.coverage, self.now)

    def is_kept(self, period: Period) -> bool:
        """Whether a week's numbers are those kept when it closed, as its days were deleted."""
        return not self.is_known(period) and week(period.start) in self.closed

    def kept(self, period: Period, names: Iterable[str]) -> int | None:
        """The sum of numbers that were kept of a week, None if any was not."""
        values = [self.closed[week(period.start)].get(name) for name in names]
        known = [int(one) for one in values if one is not None]
        return sum(known) if known and len(known) == len(values) else None

    def is_complete(self, period: Period) -> bool:
        """Whether all of a period is known and over, so that it can be compared."""
        return not self.marks(period)

    def begins_before(self, day: int) -> bool:
        """Whether a day is known from its beginning."""
        return any(one.start <= start_of(day) < one.end for one in self.coverage.spans)

    def has(self, period: Period, needs: "Needs") -> bool:
        """Whether something is known of a period, and of the weeks before it what is needed."""
        return self.is_known(period) and all(
            not weeks or coverage.has_weeks_before(period.start, weeks)
            for coverage, weeks in self._needed(needs)
        )

    def why(self, period: Period, needs: "Needs") -> str:
        """Why a number of a period is not known."""
        if not self.coverage.spans:
            return "n/a (nothing is known about people)"
        # What needs the most says when there will be a number.
        for coverage, weeks in sorted(self._needed(needs), key=itemgetter(1), reverse=True):
            begins = coverage.spans[0].start
            if begins > start_of(period.start - 7 * weeks):
                needed = f", and {weeks} weeks before are needed" if weeks else ""
                return f"n/a (history begins {iso(day_at(begins))}{needed})"
        # The days of the period count, too: what it needs may be known, and it not.
        for coverage, weeks in self._needed(needs):
            start = start_of(period.start - 7 * weeks)
            if lacking := coverage.gaps(start, min(start_of(period.end), self.until)):
                longest = max(lacking, key=lambda one: one.end - one.start)
                return f"n/a (nothing is known about {span_days(longest)})"
        return "n/a (nothing is known about a week that is needed)"

    def _needed(self, needs: "Needs") -> tuple[tuple[Coverage, int], tuple[Coverage, int]]:
        return (self.coverage, needs.days), (self.first, needs.first)


class Needs(NamedTuple):
    """The weeks before a period that a number needs to be known."""

    #: Weeks of which the days must be known.
    days: int = 0
    #: Weeks in which first messages must have been noticed.
    first: int = 0


#: What newcomers, and all that is new, depend on.
NEW = Needs(first=YEAR)


class Measure(NamedTuple, Generic[T]):
    """A column, how to get it from a period's numbers, and what that needs."""

    column: Column
    value: Callable[[T], Value]
    needs: Needs = Needs()
    #: What `statistics.weekly` calls it, or its parts.
    kept: tuple[str, ...] = ()

    def of(self, knowledge: Knowledge, period: Period, numbers: T) -> Value:
        """The value of a period, None if it cannot be known."""
        if knowledge.is_kept(period):
            return knowledge.kept(period, self.kept)
        return self.value(numbers) if knowledge.has(period, self.needs) else None


def rows(
    knowledge: Knowledge,
    measures: Sequence[Measure[T]],
    numbers: Iterable[tuple[Period, T]],
) -> tuple[Row, ...]:
    """A row for each period, with None for what cannot be known."""
    return tuple(
        Row(
            tuple(one.of(knowledge, period, found) for one in measures),
            period.label,
            marks=knowledge.marks(period),
        )
        for period, found in numbers
    )


def unknown(
    knowledge: Knowledge, measures: Sequence[Measure[T]], periods: Sequence[Period]
) -> tuple[str, ...]:
    """A remark for all columns that lack the same history."""
    titles: dict[tuple[str, str], list[str]] = {}
    for one in measures:
        lacking = [
            period
            for period in periods
            if not knowledge.has(period, one.needs) and not knowledge.is_kept(period)
        ]
        if lacking:
            why = knowledge.why(lacking[-1], one.needs)
            where = "" if len(lacking) == len(periods) else f", {_from_to(lacking)}"
            titles.setdefault((where, why), []).append(one.column.title)
    notes = [f"{', '.join(several)}{where}: {why}." for (where, why), several in titles.items()]
    kept = [period for period in periods if knowledge.is_kept(period)]
    if kept:
        notes.append(_KEPT.format(kept[-1].label))
    return tuple(notes)


def _from_to(several: Sequence[Period]) -> str:
    """The first and the last of some periods."""
    first, last = several[0].label, several[-1].label
    return first if first == last else f"{first} to {last}"


_KEPT = "Up to {}: what was kept when each week closed, as its days were deleted (`activity.keep`)."
