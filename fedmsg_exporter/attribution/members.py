"""What attribution asks about groups; who keeps them right is no concern of its own."""

from collections.abc import Mapping
from typing import Protocol


class Members(Protocol):
    """Answers who is in which group, now."""

    def groups_of(self, user: str) -> tuple[str, ...]:
        """The groups of a user by FAS name, sorted; none for a stranger."""

    def sizes(self) -> Mapping[str, int]:
        """How many members each group has."""


class NoMembers:
    """There are no groups."""

    def groups_of(self, user: str) -> tuple[str, ...]:  # noqa: ARG002  the protocol's signature
        """None."""
        return ()

    def sizes(self) -> Mapping[str, int]:
        """None."""
        return {}
