"""Turns names, as messages spell them, into FAS names.

The same person appears as ``ralph``, ``Ralph``, ``ralph@fedoraproject.org``,
``Ralph B <ralph@fedoraproject.org>``, ``ralph@FEDORAPROJECT.ORG``,
``http://ralph.id.fedoraproject.org/``, ``@ralph:fedora.im`` and
``https://src.fedoraproject.org/user/ralph``. The spellings, and what to do with them,
are those that Fedora Badges has encountered (fedbadges, ``rules.py``), and a few from
fedmsg's time (fedmsg_meta).

Logins on GitHub, GitLab or a Forgejo instance are not FAS names, even if they look
the same: `login_name` translates them by a map.
"""

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache

from ..event import INVALID, User

# Noggin accepts [a-z0-9][a-z0-9-]{3,30}[a-z0-9] today; older accounts may be shorter
# and contain dots and underscores.
_FAS_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}", re.ASCII)
# The pattern above would accept an IPv4 address, or the start of one.
_ADDRESS = re.compile(r"[0-9]+(\.[0-9]*)+", re.ASCII)

_HOST = r"[\w-]+(?:\.[\w-]+)+"
_SPELLINGS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # OpenID, as a URL or (in FMN) without its scheme.
        r"(?:https?://)?([^/.@:\s]+)\.id\.(?:stg\.)?fedoraproject\.org/?",
        # A user's page: src.fedoraproject.org/user/NAME, pagure.io/user/NAME.
        r"https?://(?:[\w-]+\.)*(?:fedoraproject\.org|pagure\.io)/(?:user|fas)/([^/@\s]+)/?",
        # An e-mail address or a Kerberos principal, which differ only in case.
        r"([^@/\s]+)@(?:stg\.)?fedoraproject\.org",
        # A service's principal: NAME/HOST, with or without the realm.
        rf"([^@/:\s]+)/{_HOST}(?:@(?:stg\.)?fedoraproject\.org)?",
        # Matrix: people sign in to fedora.im with their Fedora account.
        r"@([^@/:\s]+):fedora\.im",
    )
)
# People whom the bus does not identify: e-mail addresses and accounts on other
# platforms (Copr's ``github.com:NAME``).
_ELSEWHERE = re.compile(rf"[^@\s]+@{_HOST}|{_HOST}:[^:@/\s]+")
_MAILBOX = re.compile(r"[^<>]*<([^<>\s]+)>")
_LONGEST = 255

# What publishers write into a field that they cannot fill.
_BLANK = frozenset({"", "none", "null"})
# What they write for somebody who is not logged in, and what pkgdb wrote for a
# package without an owner.
_NOBODY = frozenset({"anonymous", "unknown", "orphan"})
# Groups instead of users: Copr's, pkgdb's, and organizations in github2fedmsg.
_GROUPS = ("@", "group::", "github_org_")
# How GitHub names the accounts of apps; other forges have followed.
_APP = "[bot]"


def blank(spelling: str) -> bool:
    """Report whether a field contains no name at all, not even an unusable one."""
    return len(spelling) <= _LONGEST and spelling.strip().lower() in _BLANK


def fas_name(spelling: str) -> str | None:
    """Return the FAS name for a spelling; None for nobody, `INVALID` if it is not a name.

    Nobody is what apps write when no one is logged in, groups instead of users
    (``@python-packagers``), GitHub's apps (``dependabot[bot]``), and people whom the
    bus does not identify: e-mail addresses and accounts on other platforms. IP
    addresses and free text are `INVALID`. None of these must ever become a label.
    """
    # Long texts are kept out of the cache: a few thousand would fill the memory.
    return _fas_name(spelling) if len(spelling) <= _LONGEST else INVALID


@lru_cache(maxsize=20_000)
def _fas_name(spelling: str) -> str | None:
    name = spelling.strip()
    if mailbox := _MAILBOX.fullmatch(name):
        name = mailbox[1]
    if not name.isascii():  # a few letters beyond ASCII have ASCII in lower case
        return INVALID
    name = _spelled(name).lower()
    if name in _BLANK or name in _NOBODY or name.startswith(_GROUPS) or name.endswith(_APP):
        return None
    if _FAS_NAME.fullmatch(name) and not _ADDRESS.fullmatch(name):
        return name
    return None if _ELSEWHERE.fullmatch(name) else INVALID


def _spelled(name: str) -> str:
    """Return the part of a spelling that is the name, or all of it in an unknown form."""
    for pattern in _SPELLINGS:
        if found := pattern.fullmatch(name):
            return found[1]
    return name


def login_name(maps: Iterable[object], login: str) -> str | None:
    """Return the FAS name of a login on another platform by the first map that has it, or None.

    Some maps come from bodies, so each may be anything.
    """
    for known in maps:
        name = known.get(login) if isinstance(known, dict) else None
        found = fas_name(name) if isinstance(name, str) else None
        if found is not None and found != INVALID:
            return found
    return None


class Kinds:
    """Distinguishes people from the tools that act on their behalf."""

    def __init__(self, bots: Iterable[str] = (), people: Iterable[str] = ()) -> None:
        """``bots`` are names and shell patterns (``*-bot``), ``people`` names that are not bots."""
        self._people = frozenset(people)
        bots = [bot for bot in bots if bot not in self._people]
        self._names = frozenset(bot for bot in bots if not set(bot) & set("*?["))
        patterns = [translate(bot) for bot in bots if bot not in self._names]
        self._patterns = re.compile("|".join(patterns) or r"(?!)")
        self.of = lru_cache(maxsize=20_000)(self._of)

    def _of(self, name: str) -> User:
        """Add the kind to a name from `fas_name`."""
        if name == INVALID:
            return User(INVALID, "invalid")
        bot = name in self._names or (self._patterns.fullmatch(name) and name not in self._people)
        return User(name, "bot" if bot else "person")
