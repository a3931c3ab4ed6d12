"""A year of weekly figures for the preview, and who is in which group.

The exporter computes them from a year of activity. No preview has time to simulate
that: here the same invented people come and go by the week, and each does what is
expected of them. The definitions of a regular, the core and the absence factor
are in the statistics of the exporter's reports.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import exp
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from fedmsg_exporter.sources.simulation import Community, Person
from fedmsg_exporter.sources.simulation.community import CYCLE, EPOCH

from .fortnight import DAY, END, Fortnight

WEEK, _YEAR = 7 * DAY, 52
_LABELS = 'job="fedmsg_exporter",instance="simulation:10450"'
#: Monday, 1970-01-05: weeks are counted from here.
_MONDAY = 4 * DAY
#: What people, other than bots, send of all messages.
_BY_PEOPLE = 0.2


class Week(NamedTuple):
    """A complete week: how much everybody who was active is expected to have done."""

    begins: int
    did: Mapping[Person, float]


class Filled:
    """The scrapes of some weeks, with what the exporter is going to show besides."""

    def __init__(self, weeks: Fortnight, rate: float) -> None:
        self.start, self.dense = weeks.start, weeks.dense
        self._weeks = weeks
        self._rate = rate

    def write(self, path: Path) -> None:
        """Write OpenMetrics with times."""
        self._weeks.write(path)
        text = path.read_text("utf-8").removesuffix("# EOF\n")
        lines = [*_members(self._weeks.groups), *_figures(self._weeks.community, self._rate)]
        path.write_text(f"{text}{''.join(lines)}# EOF\n", "utf-8")


def _members(groups: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for group, members in groups.items():
        for name in members:
            labels = f'{_LABELS},group="{group}",user="{name}"'
            yield f"fedmsg_group_member_info{{{labels}}} 1 {END}\n"


def _figures(community: Community, rate: float) -> Iterator[str]:
    """Show each week's figures at every hour of the week after it."""
    last = (END - _MONDAY) // WEEK * WEEK + _MONDAY - WEEK
    weeks = [_week(community, last - ago * WEEK, rate) for ago in range(2 * _YEAR, -1, -1)]
    for place in range(_YEAR, len(weeks)):
        shown = list(_of_week(weeks[place - _YEAR + 1 : place + 1]))
        begins = weeks[place].begins + WEEK
        for moment in range(begins, min(begins + WEEK, END + 1), 3600):
            for name, labels, value in shown:
                yield f"{name}{{{_LABELS}{labels}}} {value} {moment}\n"


def _week(community: Community, begins: int, rate: float) -> Week:
    active = community.active(begins + 3 * DAY)
    whole = sum(person.weight for person in active)
    expected = {person: _BY_PEOPLE * rate * WEEK * person.weight / whole for person in active}
    return Week(begins, {p: much for p, much in expected.items() if _acts(p, begins, much)})


def _acts(person: Person, begins: int, expected: float) -> bool:
    """Whether somebody does anything at all: random, but reproducible."""
    lot = crc32(f"{person.name} acts {begins}".encode()) / 2**32
    return lot < 1 - exp(-expected)


def _of_week(year: Sequence[Week]) -> Iterator[tuple[str, str, int]]:
    """The figures of the last week of a year: names, labels and values."""
    this = year[-1]
    yield "fedmsg_weekly_active_people", "", len(this.did)
    yield "fedmsg_weekly_core_people", "", _few(this, 2 / 3)
    yield "fedmsg_weekly_absence_factor", "", _few(this, 1 / 2)
    yield "fedmsg_weekly_newcomers", "", sum(_age(person, this) < 1 for person in this.did)
    weeks = Counter(person for week in year for person in week.did)
    ages = [_age(person, this) for person, active in weeks.items() if active >= 4]
    for tenure, low, high in (("new", 0, 52), ("mid", 53, 104), ("old", 105, 10**6)):
        count = sum(low <= age <= high for age in ages)
        yield "fedmsg_weekly_regular_people", f',tenure="{tenure}"', count


def _age(person: Person, week: Week) -> int:
    """For how many weeks somebody has been there; those who were always there are old."""
    if person.stays >= CYCLE:
        return CYCLE // WEEK
    return int((week.begins + 3 * DAY - EPOCH - person.joins) % CYCLE // WEEK)


def _few(week: Week, share: float) -> int:
    """How many people did a share of everything."""
    done = sorted(week.did.values(), reverse=True)
    return 1 + sum(so_far < share * sum(done) for so_far in accumulate(done))
