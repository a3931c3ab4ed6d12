"""Names as messages spell them, made into FAS names.

The same person appears as ``ralph``, ``Ralph``, ``ralph@fedoraproject.org``,
``ralph@FEDORAPROJECT.ORG``, ``http://ralph.id.fedoraproject.org/`` and
``https://src.fedoraproject.org/user/ralph``. The spellings, and what to do
with them, are those that Fedora Badges has met (fedbadges, ``rules.py``).
"""

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache

from ..event import INVALID, User

# Noggin accepts [a-z0-9][a-z0-9-]{3,30}[a-z0-9] today; accounts from before it
# may be shorter and have dots and underscores.
_FAS_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}", re.ASCII)
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}", re.ASCII)
_SPELLINGS = (
    re.compile(r"https?://([^/.@]+)\.id\.(?:stg\.)?fedoraproject\.org/?", re.I),
    re.compile(r"https?://[^/@]+/(?:user|fas)/([^/@]+)/?", re.I),
    re.compile(r"([^@/\s]+)@(?:stg\.)?fedoraproject\.org", re.I),
    re.compile(r"([^@/\s]+)/[^@/\s]+(?:@(?:stg\.)?fedoraproject\.org)?", re.I),
)
_LONGEST = 255
_NOBODY = frozenset({"", "none", "null", "anonymous", "unknown"})


def fas_name(spelling: str) -> str | None:
    """The FAS name that a spelling means; None for nobody, `INVALID` for no name.

    Nobody is what apps write when no one was logged in, and groups that pose
    as users (``@python-packagers``). Mail addresses elsewhere, IP addresses and
    free text are `INVALID`: they must never become a label.
    """
    # Hostile texts are kept out of the cache: a few thousand would fill the memory.
    return _fas_name(spelling) if len(spelling) <= _LONGEST else INVALID


@lru_cache(maxsize=20_000)
def _fas_name(spelling: str) -> str | None:
    name = spelling.strip()
    if name.lower() in _NOBODY or name.startswith("@"):
        return None
    for pattern in _SPELLINGS:
        if found := pattern.fullmatch(name):
            name = found[1]
            break
    name = name.lower()
    if not _FAS_NAME.fullmatch(name) or _ADDRESS.fullmatch(name):
        return INVALID
    return name


class Kinds:
    """Tells people from the tools that act in their stead."""

    def __init__(self, bots: Iterable[str] = ()) -> None:
        """Take bot names and shell patterns (``*-bot``)."""
        bots = list(bots)
        self._names = frozenset(bot for bot in bots if not set(bot) & set("*?["))
        patterns = [translate(bot) for bot in bots if bot not in self._names]
        self._patterns = re.compile("|".join(patterns) or r"(?!)")

    def of(self, name: str) -> User:
        """Add the kind to a name that `fas_name` gave."""
        if name == INVALID:
            return User(INVALID, "invalid")
        bot = name in self._names or self._patterns.fullmatch(name)
        return User(name, "bot" if bot else "person")
