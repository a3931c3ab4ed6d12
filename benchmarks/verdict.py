"""What Prometheus says about a trial's traffic, compared with the truth."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from harness import Prometheus

from .tables import percent, table
from .traffic import Series, Traffic

#: Users with up to this many messages must be exact with increase(), too.
MODEST = 50
#: Users with up to this many messages are lost by a plain exporter.
FEW = 3

DIFFERENCE = "sum without (instance) ({x} - ({x} offset {w} or 0 * {x}))"
INCREASE = "sum by (category, user) (increase({x}[{w}]))"
INCREASE_BY_USER = "round(sum by (user) (increase({x}[{w}])))"


class Answer(NamedTuple):
    """How close one kind of query comes to the truth."""

    total: float
    series: int
    right: int


class Verdict(NamedTuple):
    """A metric on trial: both kinds of query, and what increase() says of each user."""

    difference: Answer
    increase: Answer
    #: By user: what increase() says, rounded, and the truth.
    users: Mapping[str, tuple[float, int]]

    @property
    def flawless(self) -> bool:
        """Whether every series is right, and every modest user within one."""
        all_right = self.difference.right == self.difference.series
        return all_right and not self.off_by_more_than_one()

    def modest(self) -> list[str]:
        """The users with up to `MODEST` messages."""
        return [user for user, (_, truth) in self.users.items() if truth <= MODEST]

    def off_by_more_than_one(self) -> list[str]:
        """The modest users for whom increase() differs from the truth."""
        return [user for user in self.modest() if abs(self._error(user)) > 1]

    def few(self) -> list[str]:
        """The users with up to `FEW` messages."""
        return [user for user, (_, truth) in self.users.items() if truth <= FEW]

    def forgotten(self) -> list[str]:
        """Those of them who are at zero, or missing."""
        return [user for user in self.few() if self.users[user][0] == 0]

    def _error(self, user: str) -> float:
        said, truth = self.users[user]
        return said - truth


def judge(
    prometheus: Prometheus, metric: str, traffic: Traffic, begin: float, now: float
) -> Verdict:
    """Ask Prometheus about the time from ``begin`` to ``now``, when nothing was in flight."""
    window = {"x": metric, "w": f"{math.ceil(now - begin)}s"}
    answers = prometheus.query(INCREASE_BY_USER.format(**window), now)
    said = {one.labels["user"]: one.value for one in answers}
    truth = traffic.by_user()
    return Verdict(
        _answer(prometheus, DIFFERENCE.format(**window), traffic, now),
        _answer(prometheus, INCREASE.format(**window), traffic, now),
        {user: (said.get(user, 0), truth.get(user, 0)) for user in said.keys() | truth.keys()},
    )


def _answer(prometheus: Prometheus, promql: str, traffic: Traffic, now: float) -> Answer:
    samples = prometheus.query(promql, now)
    values = {(one.labels["category"], one.labels["user"]): one.value for one in samples}
    if len(values) != len(samples):
        raise ValueError(f"{promql}: a user appears twice in a category")
    everyone = traffic.truth.keys() | values.keys()
    right = _right(everyone, values, traffic, whole="increase" in promql)
    return Answer(sum(values.values()), len(everyone), right)


def _right(
    series: Iterable[Series], values: Mapping[Series, float], traffic: Traffic, *, whole: bool
) -> int:
    """How many are right; increase() extrapolates, and is rounded first."""
    said = {one: round(value) if whole else value for one, value in values.items()}
    return sum(said.get(one, 0) == traffic.truth.get(one, 0) for one in series)


def verdicts_table(names: Sequence[str], verdicts: Sequence[Verdict], sent: int) -> str:
    """A table of several verdicts on the same traffic."""
    return table(
        ["after the trial", *names],
        [
            ["total, by difference", *(percent(v.difference.total, sent) for v in verdicts)],
            ["series right, by difference", *(_share(v.difference) for v in verdicts)],
            ["total, by increase()", *(percent(v.increase.total, sent) for v in verdicts)],
            ["series right, by increase() rounded", *(_share(v.increase) for v in verdicts)],
            [
                f"users with up to {MODEST} messages off by more than one, by increase()",
                *(f"{len(v.off_by_more_than_one())} of {len(v.modest())}" for v in verdicts),
            ],
            [
                f"users with up to {FEW} messages at zero, by increase()",
                *(percent(len(v.forgotten()), len(v.few())) for v in verdicts),
            ],
        ],
    )


def _share(answer: Answer) -> str:
    return f"{answer.right} of {answer.series}"
