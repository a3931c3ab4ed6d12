"""A scene: the moment and the place at which something happens on the bus.

The makers of bodies ask the scene who does it, on which package, under which number.
All randomness comes from here, so that the seed decides everything.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple, TypeVar

from .community import EPOCH, Community, Person, Roster
from .names import PACKAGES
from .tempo import DAY, WEEK

T = TypeVar("T")

# Fedora Linux 42 came out on 2025-04-15, and a release comes twice a year.
_F42 = 1_744_675_200
_HALF_YEAR = 182.6 * DAY
#: The share of actions on a package that its own maintainers do.
_ON_OWN_PACKAGE = 0.8


class Build(NamedTuple):
    """A build of a package, e.g. ``vim-9.1.3-1.fc44`` on the branch ``f44``."""

    package: str
    version: str
    release: str
    branch: str
    nvr: str


class Scene:
    """The present of the simulation: `now` in whole seconds, `stamp` in ISO 8601."""

    def __init__(self, community: Community, rng: Random) -> None:
        self.community = community
        self.random = rng.random
        self.bits = rng.getrandbits
        self.now = -1  # before the first message
        self.stamp = ""
        self.domain = ""
        self.category = ""
        self.fedora = 0
        self._day: int | None = None
        self._active: Sequence[Person] = community.people
        self._rosters: dict[str, Roster] = {}

    def enter(self, now: int, domain: str, category: str) -> None:
        """Move on to a moment, and to the app that publishes next."""
        self.domain = domain
        self.category = category
        if now == self.now:
            return
        self.now = now
        self.stamp = datetime.fromtimestamp(now, UTC).isoformat()
        if now // DAY != self._day:
            self._day = now // DAY
            self._active = self.community.active(now)  # people come and go
            self._rosters.clear()
            self.fedora = 42 + int((now - _F42) // _HALF_YEAR)

    # Who

    def person(self) -> Person:
        """Draw somebody who is active in this category, the busy ones more often."""
        roster = self._rosters.get(self.category)
        if roster is None:
            fit = [person for person in self._active if self.category in person.interests]
            roster = self._rosters[self.category] = Roster(fit or self._active)
        return roster.draw(self.random())

    def newcomer(self) -> Person:
        """Draw somebody who joined recently."""
        new = [person for person in self._active if person.is_new(self.now)]
        return self.pick(new or self._active)

    def someone(self, *bots: str, share: float) -> str:
        """Draw the user name of a bot in a share of all cases, else of a person."""
        return self.pick(bots) if self.random() < share else self.person().name

    # What

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of several, all equally likely."""
        return choices[int(self.random() * len(choices))]

    def chance(self, share: float) -> bool:
        """Decide whether something happens that has the given probability."""
        return self.random() < share

    def number(self, low: int, high: int) -> int:
        """Draw a number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def serial(self, base: int, seconds: int) -> int:
        """Return an id as a database assigns them: one more at a fixed interval of seconds."""
        return base + (self.now - EPOCH) // seconds + self.number(0, 3)

    def sha(self) -> str:
        """Draw a git commit id."""
        return f"{self.bits(160):040x}"

    def uuid(self) -> str:
        """Draw a UUID, version 4, much faster than the `uuid` module would."""
        text = f"{self.bits(128):032x}"
        variant = "89ab"[int(text[16], 16) & 3]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    def package(self, of: Person | None = None) -> str:
        """Draw a package, most often one that the person maintains."""
        if of is not None and of.packages and self.random() < _ON_OWN_PACKAGE:
            return self.pick(of.packages)
        # The square favours the front of the list: some packages change a lot.
        return PACKAGES[int(self.random() ** 2 * len(PACKAGES))]

    def build(self, package: str) -> Build:
        """Draw a build of a package on one of the active branches."""
        fedora = self.fedora
        branch, dist = self.pick(
            (
                ("rawhide", f"fc{fedora + 1}"),
                ("rawhide", f"fc{fedora + 1}"),
                (f"f{fedora}", f"fc{fedora}"),
                (f"f{fedora - 1}", f"fc{fedora - 1}"),
                ("epel10", "el10_1"),
            )
        )
        version = f"{1 + len(package) % 9}.{self.now // WEEK % 40}.{self.number(0, 4)}"
        release = f"{self.number(1, 3)}.{dist}"
        return Build(package, version, release, branch, f"{package}-{version}-{release}")

    # When

    def ago(self, seconds: int) -> str:
        """Return an earlier moment in ISO 8601, UTC."""
        return datetime.fromtimestamp(self.now - seconds, UTC).isoformat()

    def date(self, days: int = 0) -> str:
        """Return the date a number of days from now."""
        return datetime.fromtimestamp(self.now + days * DAY, UTC).date().isoformat()
