"""Who is a member of which group: a gauge that is always 1."""

from collections.abc import Callable, Mapping

from ..families import Family
from . import text

_INFO = Family(
    "fedmsg_group_member_info",
    "gauge",
    ("group", "user"),
    "Always 1, for each member of each counted group (off unless `groups.members` is set).",
)

Members = Mapping[str, frozenset[str]]


class MemberInfo:
    """Renders the members of groups, again only when they have changed."""

    def __init__(self, members: Callable[[], Members], name: Callable[[str], str | None]) -> None:
        """``members`` returns the members; ``name`` how to show one, None if not at all."""
        self._members = members
        self._name = name
        self._rendered: Members | None = None
        self._lines = ""

    def render(self, *, openmetrics: bool = False, names: frozenset[str] | None = None) -> str:
        """The text of the family, or "" if ``names`` leaves it out."""
        if names is not None and _INFO.name not in names:
            return ""
        members = self._members()
        if members is not self._rendered:
            self._lines = "".join(self._make(members))
            self._rendered = members
        return text.header(_INFO, openmetrics=openmetrics) + self._lines

    def _make(self, members: Members) -> list[str]:
        seen = {
            (group, name)
            for group, users in members.items()
            for user in users
            if (name := self._name(user)) is not None
        }
        return [
            text.series(_INFO.name, zip(_INFO.labels, one, strict=True)) + " 1.0\n"
            for one in sorted(seen)
        ]
