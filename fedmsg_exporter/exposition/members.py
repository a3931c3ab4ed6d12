"""Who is in which group, as Prometheus reads it: a gauge that is always 1."""

from collections.abc import Callable, Mapping

from ..families import Family
from . import text

_INFO = Family(
    "fedmsg_group_member_info",
    "gauge",
    ("group", "user"),
    "Always 1: who is a member of which counted group (off unless `groups.members` is set).",
)

Members = Mapping[str, frozenset[str]]


class MemberInfo:
    """Renders the members of groups from a cache: it is made again when a member changes."""

    def __init__(self, members: Callable[[], Members], name: Callable[[str], str | None]) -> None:
        """Take what gives the members, and under which name each may be seen, None for none."""
        self._members = members
        self._name = name
        self._rendered: Members | None = None
        self._lines = ""

    def render(self, *, openmetrics: bool = False, names: frozenset[str] | None = None) -> str:
        """The text of the family, if it is among some names; None for all."""
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
