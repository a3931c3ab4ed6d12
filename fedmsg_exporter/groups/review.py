"""Settings of groups that are valid but probably a mistake."""

from collections.abc import Iterator

from ..attribution.names import fas_name
from ..config import Config
from ..document import Document, Key, Problem, nearest
from .membership import Listing, Selection, counted

_NO_GROUPS = "no groups are configured; set groups.file or groups.fasjson.url"


def warnings(config: Config, source: Document, found: Listing | None) -> Iterator[Problem]:
    """All probable mistakes. ``source`` has the config's lines, ``found`` the members."""
    if found:
        yield from _unknown_names(found)
        yield from _idle_patterns(config, source, found)
    if config.expose == "members" and not config.fasjson and not _has_members(config, found):
        reason = "no group has members" if found else _NO_GROUPS
        yield source.problem(("users", "expose"), f"hides every person: {reason}")
    if not found and not config.fasjson:
        for name in ("track", "exclude"):
            if ("groups", name) in source.lines:
                yield source.problem(("groups", name), f"has no effect: {_NO_GROUPS}")


def _has_members(config: Config, found: Listing | None) -> bool:
    if found is None:
        return False
    members = counted(found.groups, config.groups_track, config.groups_exclude)
    return any(members.sizes().values())


def _unknown_names(found: Listing) -> Iterator[Problem]:
    """Members that cannot appear on the bus: groups listed as users, e-mail addresses."""
    for group, users in found.groups.items():
        for index, user in enumerate(users):
            if fas_name(user) is None:
                yield found.problem((group, index), f"{user!r} is not a FAS name and is ignored")


def _idle_patterns(config: Config, source: Document, found: Listing) -> Iterator[Problem]:
    """Entries of ``track`` that match no group in the file."""
    file = found.document.file
    for index, pattern in enumerate(config.groups_track):
        key: Key = ("groups", "track", index)
        matching = [group for group in found.groups if Selection([pattern], ()).has(group)]
        if not matching:
            if key in source.lines:
                hint = nearest(pattern, found.groups)
                yield source.problem(key, f"{pattern!r} matches no group in {file}{hint}")
        elif not any(Selection([pattern], config.groups_exclude).has(one) for one in matching):
            yield source.problem(key, f"groups.exclude excludes every group {pattern!r} matches")
