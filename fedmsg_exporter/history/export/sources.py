"""The activity from which series are made."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from ...event import User
from ...ledger.activity import Topic
from ...ledger.rows import ActivityRows
from ...statistics.coverage import Coverage
from ..moments import MomentTable
from .counters import runs
from .lines import Series
from .recorded import Rule
from .sampled import Grid


class Known(NamedTuple):
    """Activity to read, and what is known of it."""

    rows: ActivityRows
    moments: MomentTable
    #: By number.
    topics: Mapping[int, Topic]
    #: By number, without nobody, to whom messages without a user are credited.
    users: Mapping[int, User]
    #: Where history ends, in epoch seconds.
    end: float
    #: Without gaps that are shorter than an hour.
    coverage: Coverage
    #: The same for people: empty where they are hidden.
    people: Coverage
    #: The groups of a user, by the name that is shown.
    groups_of: Callable[[str], Iterable[str]]


def of_rules(rules: Mapping[str, Rule], grid: Grid, times: range, label: str) -> Iterator[Series]:
    """The series of some rules, one for each value of a label."""
    for metric, rule in rules.items():
        for name, values in rule(grid, times).items():
            yield Series(metric, ((label, name),), runs(values))
