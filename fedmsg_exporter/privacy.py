"""How much of a person may be shown: the config's ``users.expose``, and who is forgotten.

Names that must not be shown do not even reach the ledger. Totals stay exact: hidden
people count under `OTHER`, or under a pseudonym.
"""

import re
from collections.abc import Callable, Collection
from hashlib import blake2b

from .event import OTHER, Event, User
from .families import USER_FIRST, USER_LAST, USERS, Family, Labels

#: Who is shown by name.
MODES = {
    "all": "everyone",
    "members": "members of the counted groups, and bots; everybody else as __other__",
    "hashed": "bots; people under a pseudonym that only this ledger can compute",
    "none": "nobody: no series by user, not even for bots",
}
_HIDDEN = User(OTHER, "other")
_BYTES = 8
_STAND_IN = re.compile(rf"user-[0-9a-f]{{{2 * _BYTES}}}")


def knows_more(mode: str, before: str) -> bool:
    """Whether a mode distinguishes people that the one before did not, so that they seem new."""
    return before not in (mode, "all")


class Exposure:
    """Replaces names that must not be shown. Pure, except for asking who is a member.

    ``key`` is the secret of the pseudonyms; ``forgotten`` are the pseudonyms of
    those who asked to be forgotten.
    """

    def __init__(
        self,
        mode: str = "all",
        *,
        key: bytes = b"",
        is_member: Callable[[str], bool] = lambda _: False,
        forgotten: Collection[str] = (),
    ) -> None:
        self._mode = mode
        self.key = key
        self._is_member = is_member
        self._forgotten = frozenset(forgotten)

    def stand_in(self, name: str) -> str:
        """A pseudonym for a name: the same for the same key, and useless without it."""
        digest = blake2b(name.encode(), key=self.key, digest_size=_BYTES)
        return f"user-{digest.hexdigest()}"

    def apply(self, event: Event) -> Event:
        """An event without anyone who must not be shown."""
        if self._mode == "all" and not self._forgotten:
            return event
        users = [self._seen(user) for user in event.users]
        return event._replace(users=tuple(dict.fromkeys(user for user in users if user)))

    def relabel(self, family: Family, labels: Labels) -> Labels | None:
        """The new labels of a series counted under another mode, None if it must go."""
        if family is USERS:
            seen = self._seen_again(User(*labels[1:]))
            return (labels[0], *seen) if seen else None
        if family in (USER_FIRST, USER_LAST):
            seen = self._seen_again(User(*labels))
            return tuple(seen) if seen and seen != _HIDDEN else None
        return labels

    def name(self, user: User) -> str | None:
        """The name under which a user may be shown, None if there is none."""
        seen = self._seen(user)
        return None if seen in (None, _HIDDEN) else seen.name

    def rename(self, user: User) -> User | None:
        """The new name of a user in the activity who was counted under another mode."""
        return self._seen_again(user)

    def _seen_again(self, user: User) -> User | None:
        """As `_seen`, for a name that was counted before and may already be a pseudonym."""
        if not _STAND_IN.fullmatch(user.name):
            return self._seen(user)
        if user.name in self._forgotten:
            return _HIDDEN
        return self._seen(user) if self._mode in ("members", "none") else user

    def _seen(self, user: User) -> User | None:
        if user.kind in ("other", "invalid"):
            return None if self._mode == "none" else user
        if self._mode == "none":
            return None
        if self._forgotten and self.stand_in(user.name) in self._forgotten:
            return _HIDDEN
        return self._shown(user)

    def _shown(self, user: User) -> User:
        if self._mode == "all" or user.kind == "bot":
            return user
        if self._mode == "members":
            return user if self._is_member(user.name) else _HIDDEN
        return User(self.stand_in(user.name), user.kind)
