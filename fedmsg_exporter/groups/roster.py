"""The roster: who is in which group at present. Keepers write it, attribution reads it."""

from collections.abc import Iterable, Mapping

from .change import MembershipChange
from .membership import Membership


class Roster:
    """The only place that holds the present membership. Lives in the reactor's thread."""

    def __init__(self, membership: Membership | None = None) -> None:
        self.membership = membership or Membership()

    def groups_of(self, user: str) -> tuple[str, ...]:
        """The groups of a user by FAS name, sorted; empty for an unknown user."""
        return self.membership.groups_of(user)

    def sizes(self) -> Mapping[str, int]:
        """The number of members of each group."""
        return self.membership.sizes()

    def members(self) -> Mapping[str, frozenset[str]]:
        """The members of each group; the same object until one changes."""
        return self.membership.members()

    def has(self, user: str) -> bool:
        """Whether a user is a member of any group."""
        return bool(self.membership.groups_of(user))

    def replace(self, membership: Membership) -> None:
        """Replace the whole membership."""
        self.membership = membership

    def change(self, changes: Iterable[MembershipChange]) -> bool:
        """Apply changes; returns whether they made a difference."""
        before = self.membership
        self.membership = before.changed(changes)
        return self.membership is not before
