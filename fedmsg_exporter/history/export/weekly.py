"""The weekly gauges of all years, as the exporter would have shown them."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from ...ledger.weeks import Kept, week_statistics
from ...statistics import weekly
from ...statistics.calendar import last_complete_week
from ...statistics.standing import TENURES
from .counters import runs
from .lines import Series
from .plan import HOUR

#: How many weeks to compute at a time: each time a year before them is read, too.
_TOGETHER = 52

#: The gauge and its labels by the name of the statistic.
_GAUGES: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    weekly.ACTIVE: ("fedmsg_weekly_active_people", ()),
    weekly.CORE: ("fedmsg_weekly_core_people", ()),
    weekly.NEWCOMERS: ("fedmsg_weekly_newcomers", ()),
    weekly.ABSENCE_FACTOR: ("fedmsg_weekly_absence_factor", ()),
    **{
        f"{weekly.REGULAR}_{tenure}": ("fedmsg_weekly_regular_people", (("tenure", tenure),))
        for tenure in TENURES
    },
}


class Weekly:
    """The weekly gauges; a week shows from the second hour after it, as live."""

    def __init__(self, kept: Sequence[Kept], is_person: Callable[[str], bool]) -> None:
        """Take what has activity of the time, and what distinguishes people from bots."""
        self._kept = kept
        self._is_person = is_person
        self._weeks: dict[int, dict[str, float]] = {}

    def series(self, times: range) -> Iterator[Series]:
        """The gauges at some times, where they are known."""
        shown = [self._of(last_complete_week(time - HOUR)) for time in times]
        for statistic, (metric, labels) in _GAUGES.items():
            values = [one.get(statistic) for one in shown]
            if any(value is not None for value in values):
                yield Series(metric, labels, runs(values))

    def _of(self, week: int) -> dict[str, float]:
        if week not in self._weeks:
            start = week // _TOGETHER * _TOGETHER
            computed = week_statistics(self._kept, range(start, start + _TOGETHER), self._is_person)
            self._weeks = {**self._weeks, **computed}
        return self._weeks[week]
