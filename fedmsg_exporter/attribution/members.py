"""What attribution asks about groups; keeping them up to date happens elsewhere."""

from collections.abc import Mapping
from typing import Protocol


class Members(Protocol):
    """Answers who is in which group, now."""

    def groups_of(self, user: str) -> tuple[str, ...]:
        """The groups of a user by FAS name, sorted; none for an unknown user."""

    def sizes(self) -> Mapping[str, int]:
        """The number of members of each group."""


class NoMembers:
    """There are no groups."""

    def groups_of(self, user: str) -> tuple[str, ...]:  # noqa: ARG002  the protocol's signature
        """None."""
        return ()

    def sizes(self) -> Mapping[str, int]:
        """None."""
        return {}
