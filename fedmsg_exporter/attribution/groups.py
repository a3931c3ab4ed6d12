"""Which FAS groups a user is a member of."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..document import Document, DocumentError, Fault, read
from ..event import INVALID
from .people import fas_name

#: Groups that (nearly) everyone is in: they say nothing about a team. From the
#: deny-list of Copr, and Fedora's own umbrella group.
UMBRELLAS = (
    "fedora-contributor",
    "fedora-contributors",
    "fedorabugs",
    "ipausers",
    "signed_fpca",
    "trust admins",
)


class Membership:
    """Users and their groups, at one moment. Does not change."""

    def __init__(self, groups: Mapping[str, Iterable[str]] | None = None) -> None:
        self._members = {group: frozenset(users) for group, users in (groups or {}).items()}
        by_user: dict[str, list[str]] = {}
        for group in sorted(self._members):
            for user in self._members[group]:
                by_user.setdefault(user, []).append(group)
        self._groups = {user: tuple(groups) for user, groups in by_user.items()}

    def groups_of(self, user: str) -> tuple[str, ...]:
        """The groups of a user by FAS name, sorted; none for a stranger."""
        return self._groups.get(user, ())

    def sizes(self) -> dict[str, int]:
        """How many members each group has."""
        return {group: len(users) for group, users in self._members.items()}


def load(
    path: Path, track: Iterable[str] = ("*",), exclude: Iterable[str] = UMBRELLAS
) -> Membership:
    """Read a membership file, keeping the groups that match ``track``, not ``exclude``.

    The file is YAML or JSON: ``groups`` with a list of users by group, or that
    mapping alone. Raises DocumentError with every fault in it.
    """
    # Plain text throughout: YAML would make a boolean of the user `no`.
    document = read(path, plain=True)
    groups = _groups_in(document)
    faults = list(_faults(document, groups))
    if faults:
        raise DocumentError(faults)
    track, exclude = list(track), list(exclude)
    return Membership(
        {
            group: filter(None, map(_member, users))
            for group, users in groups.items()
            if _any_match(group, track) and not _any_match(group, exclude)
        }
    )


def _groups_in(document: Document) -> Mapping[str, Any]:
    data = document.data
    groups = data.get("groups", data) if isinstance(data, Mapping) else data
    if not isinstance(groups, Mapping):
        message = "must be a mapping of groups to lists of users"
        raise DocumentError([document.fault((), message)])
    return groups


def _faults(document: Document, groups: Mapping[str, Any]) -> Iterable[Fault]:
    prefix = ("groups",) if "groups" in document.data else ()
    for group, users in groups.items():
        if not isinstance(users, list):
            yield document.fault((*prefix, group), "must be a list of users")
            continue
        for index, user in enumerate(users):
            if not isinstance(user, str) or fas_name(user) == INVALID:
                yield document.fault((*prefix, group, index), f"{user!r} is no FAS name")


def _member(user: str) -> str | None:
    return fas_name(user)


def _any_match(group: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(group, pattern) for pattern in patterns)
