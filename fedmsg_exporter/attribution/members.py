"""What attribution needs to know about groups; `groups` keeps it up to date."""

from collections.abc import Mapping
from typing import Protocol


class Members(Protocol):
    """Knows who is in which group at present."""

    def groups_of(self, user: str) -> tuple[str, ...]:
        """The groups of a user by FAS name, sorted; empty for an unknown user."""

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
