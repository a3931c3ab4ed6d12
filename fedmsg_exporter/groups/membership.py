"""Who is a member of which FAS group, and the membership file."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from ..attribution.names import fas_name
from ..config import Config
from ..document import Document, DocumentError, Key, Problem, read
from ..event import INVALID
from .change import MembershipChange

#: Groups that (nearly) everyone is in, so they say nothing about a team: from Copr's
#: deny-list, and Fedora's own umbrella group.
UMBRELLAS = (
    "fedora-contributor",
    "fedora-contributors",
    "fedorabugs",
    "ipausers",
    "signed_fpca",
    "trust admins",
)


class Membership:
    """Users and their groups at one moment. Immutable."""

    def __init__(self, groups: Mapping[str, Iterable[str]] | None = None) -> None:
        self._members = {group: frozenset(users) for group, users in (groups or {}).items()}
        by_user: dict[str, list[str]] = {}
        for group in sorted(self._members):
            for user in self._members[group]:
                by_user.setdefault(user, []).append(group)
        self._groups = {user: tuple(groups) for user, groups in by_user.items()}

    def groups_of(self, user: str) -> tuple[str, ...]:
        """The groups of a user by FAS name, sorted; empty for an unknown user."""
        return self._groups.get(user, ())

    def sizes(self) -> dict[str, int]:
        """How many members each group has."""
        return {group: len(users) for group, users in self._members.items()}

    def members(self) -> Mapping[str, frozenset[str]]:
        """The members of each group."""
        return self._members

    def changed(self, changes: Iterable[MembershipChange]) -> "Membership":
        """The membership after some changes; the same object if they make no difference.

        Changes to a group that is not counted are ignored: a message never creates
        a group.
        """
        members = dict(self._members)
        for change in changes:
            before = members.get(change.group)
            if before is not None:
                after = before | change.users if change.joined else before - change.users
                members[change.group] = after
        return self if members == self._members else Membership(members)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Membership) and self._members == other._members

    __hash__ = None  # type: ignore[assignment]


class Selection:
    """The groups to count: those that match ``track``, and not ``exclude``."""

    def __init__(self, track: Iterable[str] = ("*",), exclude: Iterable[str] = UMBRELLAS) -> None:
        """Both arguments are names and shell patterns."""
        self._track = list(track)
        self._exclude = list(exclude)

    def has(self, group: str) -> bool:
        """Whether a group is to be counted."""
        return _any_match(group, self._track) and not _any_match(group, self._exclude)

    def names(self) -> list[str]:
        """The counted groups whose full names are in ``track``."""
        named = [group for group in self._track if not _is_pattern(group)]
        return [group for group in dict.fromkeys(named) if self.has(group)]

    def has_patterns(self) -> bool:
        """Whether ``track`` has patterns, which take a list of all groups to resolve."""
        return any(map(_is_pattern, self._track))


class Listing(NamedTuple):
    """A membership file as written: users by group in their spelling there, and their lines."""

    document: Document
    prefix: Key
    groups: Mapping[str, list[str]]

    def problem(self, key: Key, message: str) -> Problem:
        """A problem at a group, or at a user in it by its index."""
        return self.document.problem((*self.prefix, *key), message)


def listing(path: Path) -> Listing:
    """Read a membership file.

    The file is YAML or JSON: ``groups`` with a list of users by group, or that
    mapping alone. Raises DocumentError with every problem in it.
    """
    # Plain text throughout: YAML would read the user `no` as a boolean.
    found = _groups_in(read(path, plain=True))
    if problems := [*_outside(found), *_problems(found)]:
        raise DocumentError(problems)
    return found


def load(
    path: Path, track: Iterable[str] = ("*",), exclude: Iterable[str] = UMBRELLAS
) -> Membership:
    """Read a membership file, keeping the groups that match ``track`` and not ``exclude``.

    Raises DocumentError with every problem in it.
    """
    return counted(listing(path).groups, track, exclude)


def counted(
    groups: Mapping[str, Iterable[str]],
    track: Iterable[str] = ("*",),
    exclude: Iterable[str] = UMBRELLAS,
) -> Membership:
    """The membership of the groups to count, from users by group in any valid spelling."""
    selection = Selection(track, exclude)
    return Membership(
        {
            group: filter(None, map(fas_name, users))
            for group, users in groups.items()
            if selection.has(group)
        }
    )


def load_configured(config: Config) -> Membership | None:
    """The membership file that a config names, or None. Raises DocumentError."""
    if config.groups_file is None:
        return None
    return load(config.groups_file, config.groups_track, config.groups_exclude)


def _groups_in(document: Document) -> Listing:
    if not document.lines:  # it is most likely being written right now
        raise DocumentError([document.problem((), "the file is empty; write {} for no groups")])
    groups = document.data
    key: Key = ("groups",) if isinstance(groups, Mapping) and "groups" in groups else ()
    if key:
        groups = groups["groups"]
    if not isinstance(groups, Mapping):
        message = "must be a mapping of groups to lists of users"
        raise DocumentError([document.problem(key, message)])
    return Listing(document, key, groups)


def _outside(found: Listing) -> Iterable[Problem]:
    """Keys next to ``groups``, which would be ignored without notice."""
    if found.prefix:
        for name in found.document.data:
            if name != "groups":
                message = "unexpected key next to `groups`; move it inside, or delete it"
                yield found.document.problem((name,), message)


def _problems(found: Listing) -> Iterable[Problem]:
    for group, users in found.groups.items():
        if not isinstance(users, list):
            yield found.problem((group,), "must be a list of users")
            continue
        for index, user in enumerate(users):
            if not isinstance(user, str) or fas_name(user) == INVALID:
                yield found.problem((group, index), f"{user!r} is not a valid FAS name")


def _any_match(group: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(group, pattern) for pattern in patterns)


def _is_pattern(group: str) -> bool:
    return bool(set(group) & set("*?["))
