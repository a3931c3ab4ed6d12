"""The community: a thousand invented people, bots, and their groups.

A few people do most of the work, most people do little, and they come and go.
Nothing here is a real person.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from random import Random
from types import MappingProxyType
from typing import Final, NamedTuple
from zlib import crc32

from .names import PACKAGES, full_name, user_name
from .roles import GROUPS, PACKAGERS, ROLES, UMBRELLAS, Role
from .tempo import DAY, WEEK

#: The origin of the times of joining: Monday, 2024-01-01, UTC.
EPOCH: Final = 1_704_067_200
#: The time after which the same people join again, in seconds. This way the community
#: has the same size and turnover whenever a simulation starts.
CYCLE: Final = 156 * WEEK
#: For how long somebody counts as new, in seconds.
NEW: Final = 14 * DAY

#: Accounts without a person behind them, by their names on the bus.
BOTS: Final = (
    *("admin", "anitya", "autopen", "bodhi", "forgejo-actions", "koschei", "noggin"),
    *("packit", "pagure", "releng", "upstream-release-monitoring", "zodbot", "zuul"),
)


class Person(NamedTuple):
    """Somebody: their names, how active they are, in what, and when.

    ``weight`` is the activity relative to others, ``interests`` the categories
    they appear in, ``regularity`` the share of weeks in which they do anything,
    ``joins`` and ``stays`` seconds: from `EPOCH` on, modulo `CYCLE`, and for
    how long.
    """

    name: str
    full_name: str
    weight: float
    interests: frozenset[str]
    packages: tuple[str, ...]
    regularity: float
    joins: int
    stays: int

    def tenure(self, moment: float) -> float:
        """Return for how many seconds they have been there, or negative if they aren't."""
        age = (moment - EPOCH - self.joins) % CYCLE
        return age if age < self.stays else -1.0

    def is_new(self, moment: float) -> bool:
        """Report whether they joined recently; never true of those who were always there."""
        return self.stays < CYCLE and 0 <= self.tenure(moment) < NEW

    def is_active(self, moment: float) -> bool:
        """Report whether they do anything this week: random, but reproducible."""
        week = int((moment - EPOCH) // WEEK)
        lot = crc32(f"{self.name} {week}".encode()) / 2**32
        return self.tenure(moment) >= 0 and (lot < self.regularity or self.is_new(moment))


class Roster:
    """Some people, one of whom is drawn in proportion to their weights."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people
        self._sums = list(accumulate(person.weight for person in people))

    def draw(self, chance: float) -> Person:
        """Return the person on whom a number from 0 up to 1 falls."""
        # The limit guards against a product that rounds up to the sum.
        last = len(self._sums) - 1
        return self._people[bisect_right(self._sums, chance * self._sums[-1], 0, last)]


class Community:
    """Everybody who acts on the bus, and which groups they are members of."""

    def __init__(self, seed: int = 1, people: int = 1000) -> None:
        if people < 1:
            raise ValueError("a community needs at least one person")
        rng = Random(f"community {seed} {people}")  # noqa: S311  (not for secrets)
        roles = [rng.choices(ROLES, [role.share for role in ROLES])[0] for _ in range(people)]
        names = _invent_names(rng, people)
        self.people: tuple[Person, ...] = tuple(
            _person(rng, rank, name, role)
            for rank, (name, role) in enumerate(zip(names, roles, strict=True))
        )
        self.bots: frozenset[str] = frozenset(BOTS)
        self.groups: Mapping[str, tuple[str, ...]] = MappingProxyType(
            _gather_groups(rng, zip(names, roles, strict=True))
        )
        self._names = frozenset(names)

    def __contains__(self, user: object) -> bool:
        return user in self._names or user in self.bots

    def kind(self, user: str) -> str:
        """Return ``bot`` or ``person``."""
        return "bot" if user in self.bots else "person"

    def active(self, moment: float) -> Sequence[Person]:
        """List the people who are there and do something in the week of a moment."""
        active = [person for person in self.people if person.is_active(moment)]
        return active or self.people  # a small community may all be away


def _invent_names(rng: Random, count: int) -> list[str]:
    names: dict[str, None] = {}
    while len(names) < count:
        names[user_name(rng)] = None
    return list(names)


def _person(rng: Random, rank: int, name: str, role: Role) -> Person:
    """Make up the person of a rank, 0 being the most active one."""
    second = rng.choice(ROLES)
    interests = role.interests | (second.interests if rng.random() < 0.25 else set())  # noqa: PLR2004
    joins, stays = _presence(rng, rank)
    return Person(
        name=name,
        full_name=full_name(rng, name),
        weight=_weight(rank),
        interests=frozenset(interests),
        packages=_packages(rng, role),
        regularity=min(1.0, (80 / (rank + 1)) ** 0.4),
        joins=joins,
        stays=stays,
    )


def _weight(rank: int) -> float:
    """Return the activity of a rank by the law of Zipf and Mandelbrot.

    With these numbers the first of a thousand does about a twentieth of all
    that people do, the first hundred do three quarters.
    """
    return float((rank + 12) ** -1.5)


def _presence(rng: Random, rank: int) -> tuple[int, int]:
    """Draw when somebody joins and how long they stay, in seconds.

    The busiest hundred are mostly old hands; of the others every second one
    stays from some weeks to about two years.
    """
    joins = rng.randrange(CYCLE)
    if rng.random() < (0.9 if rank < 100 else 0.5):  # noqa: PLR2004
        return joins, CYCLE
    weeks = rng.lognormvariate(3.3, 1.0)  # median 27 weeks
    return joins, int(min(max(weeks, 1.0) * WEEK, CYCLE))


def _packages(rng: Random, role: Role) -> tuple[str, ...]:
    count = min(int(rng.paretovariate(1.1)), 25) if role.maintains else 0
    return tuple(sorted({rng.choice(PACKAGES) for _ in range(count)}))


def _gather_groups(rng: Random, people: Iterable[tuple[str, Role]]) -> dict[str, tuple[str, ...]]:
    members: dict[str, set[str]] = {group: set() for group in (*GROUPS, *UMBRELLAS)}
    for name, role in people:
        chosen = _choose_groups(rng, role)
        for group in (*chosen, *(UMBRELLAS if chosen else UMBRELLAS[-1:])):
            members[group].add(name)
    return {group: tuple(sorted(names)) for group, names in members.items()}


def _choose_groups(rng: Random, role: Role) -> set[str]:
    """Draw 0 to 8 groups, the large ones and those of the role more often."""
    weights = [
        (4.0 if group in role.groups else 0.3) / rank for rank, group in enumerate(GROUPS, 2)
    ]
    count = min(int(rng.expovariate(0.4)), 7)
    chosen = set(rng.choices(GROUPS, weights, k=count))
    if role.maintains and rng.random() < 0.7:  # noqa: PLR2004
        chosen.add(PACKAGERS)
    return chosen
