"""The search for who did it, in one message, and the story of that search.

Who is asked, in this order: the message's own class, where its schema package
is installed; the mapping's rule for the topic; and, for everyone that a
message concerns, the headers in which fedora-messaging's publishers list them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from ..event import INVALID
from ..message import Message
from .mapping import Rule
from .mapping.paths import BodyPath, PathError
from .message_classes import ClassAnswer
from .names import blank, fas_name, login_name

#: Logins elsewhere and whose they are, by category (``github``, ``forgejo``).
Logins = Mapping[str, Mapping[str, str]]

# A publisher writes one header for each user and package that its message class
# lists: https://fedora-messaging.readthedocs.io/en/stable/api/wire-format.html
_SCHEMA = "fedora_messaging_schema"
_USER = "fedora_messaging_user_"
_PACKAGE = "fedora_messaging_rpm_"
_NO_CLASS = (None, "base.message")
# https://docs.fedoraproject.org/en-US/packaging-guidelines/Naming/
_PACKAGE_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,127}", re.ASCII)
_SHOWN = 40


class Credit(NamedTuple):
    """Who is to be credited, by FAS name or `INVALID`, and how that came about."""

    names: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


def credit_agent(
    message: Message,
    rule: Rule | None,
    answer: ClassAnswer | None,
    logins: Mapping[str, str],
    *,
    detailed: bool = False,
) -> Credit:
    """Credit who did it: one name at most, and nobody for noise and doubles.

    ``detailed`` tells of what was tried in vain, too.
    """
    search = _Search(message, detailed)
    search.hear(answer)
    if not search.quiet(rule, answer):
        search.find_agent(rule, answer, logins)
    search.find_packages(rule, answer)
    return search.credit(limit=1)


def credit_everyone(
    message: Message,
    rule: Rule | None,
    answer: ClassAnswer | None,
    logins: Mapping[str, str],
    *,
    detailed: bool = False,
) -> Credit:
    """Credit all whom a message concerns, of whatever kind it is, as statscache did."""
    search = _Search(message, detailed)
    search.hear(answer)
    if answer is not None and not answer.failed:
        search.take("message class: agent", [answer.agent or ""])
        search.take("message class: usernames", answer.usernames)
    else:
        search.find_agent(rule, answer, logins)
        search.find_others(rule)
    search.find_packages(rule, answer)
    return search.credit()


class _Search:
    """What was found so far, in the order in which it was found."""

    def __init__(self, message: Message, detailed: bool) -> None:
        self._message = message
        self._detailed = detailed
        self._names: dict[str, None] = {}
        self._packages: dict[str, None] = {}
        self._errors: dict[str, None] = {}
        self._why: list[str] = []

    def hear(self, answer: ClassAnswer | None) -> None:
        """Note whether the message's own class could be asked."""
        if answer is not None and answer.failed:
            self._errors["schema"] = None
            self._why.append("message class: failed")

    def quiet(self, rule: Rule | None, answer: ClassAnswer | None) -> bool:
        """Whether a message of this kind credits no one."""
        if rule is not None and rule.noise:
            self._why.append(f"{rule.name}: noise, credits no one")
        elif rule is not None and rule.double_of:
            self._why.append(f"{rule.name}: double of {rule.double_of}, credits no one")
        elif answer is not None and answer.deprecated:
            self._why.append("message class: deprecated, credits no one")
        else:
            return False
        return True

    def find_agent(
        self, rule: Rule | None, answer: ClassAnswer | None, logins: Mapping[str, str]
    ) -> None:
        """Look for who did it: the first place that names anybody decides.

        Whoever has no FAS name still did it: to look on would credit another.
        """
        if answer is not None and self.take("message class: agent", [answer.agent or ""]):
            return
        if rule is None:
            self._why.append("no rule for this topic")
        elif not (
            any(self._take_path(rule, path) for path in rule.user) or self._take_login(rule, logins)
        ):
            self._why.append(f"{rule.name}: names nobody")

    def find_others(self, rule: Rule | None) -> None:
        """Look for all others: publishers' headers where a class wrote them, else the rule."""
        headers = self._message.headers
        if headers.get(_SCHEMA) not in _NO_CLASS:
            self.take("headers", _headers(self._message, _USER))
        elif rule is not None:
            for path in rule.everyone:
                self._take_path(rule, path)

    def find_packages(self, rule: Rule | None, answer: ClassAnswer | None) -> None:
        """Look for packages: what the class says, the headers, or the rule."""
        found = list(answer.packages) if answer else []
        found = found or _headers(self._message, _PACKAGE)
        if not found and rule is not None:
            found = [text for path in rule.packages for text in self._texts(path)]
        self._packages.update(dict.fromkeys(map(_package, filter(None, found))))

    def take(
        self,
        source: str,
        spellings: Iterable[str],
        name_of: Callable[[str], str | None] = fas_name,
    ) -> bool:
        """Take names as they are spelled; say whether there was any but blanks."""
        any_found = False
        for spelling in spellings:
            if blank(spelling):
                continue
            name = name_of(spelling)
            self._why.append(f"{source} gave {_shown(spelling)}, {name or 'nobody'}")
            any_found = True
            if name is not None:
                self._names[name] = None
        if self._detailed and not any_found:
            self._why.append(f"{source} gave nothing")
        return any_found

    def credit(self, limit: int | None = None) -> Credit:
        """What was found. A valid name beside it makes an invalid one moot."""
        names = _valid(self._names)[:limit]
        return Credit(names, _valid(self._packages), tuple(self._errors), tuple(self._why))

    def _take_login(self, rule: Rule, logins: Mapping[str, str]) -> bool:
        for path in rule.login:
            if found := self._texts(path):
                maps = [*map(self._map, rule.logins), logins]
                source = f"{rule.name}: login {path.text}"
                return self.take(source, found[:1], partial(login_name, maps))
            if self._detailed:
                self._why.append(f"{rule.name}: login {path.text} gave nothing")
        return False

    def _take_path(self, rule: Rule, path: BodyPath) -> bool:
        return self.take(f"{rule.name}: {path.text}", self._texts(path))

    def _texts(self, path: BodyPath) -> list[str]:
        try:
            return path.texts(self._message.body)
        except PathError as error:
            self._fail(error)
            return []

    def _map(self, path: BodyPath) -> object:
        try:
            return path.find(self._message.body)
        except PathError as error:
            self._fail(error)
            return None

    def _fail(self, error: PathError) -> None:
        self._errors["mapping"] = None
        self._why.append(str(error))


def _headers(message: Message, prefix: str) -> list[str]:
    return [name[len(prefix) :] for name in message.headers if name.startswith(prefix)]


def _package(name: str) -> str:
    return name if _PACKAGE_NAME.fullmatch(name) else INVALID


def _valid(names: Mapping[str, None]) -> tuple[str, ...]:
    if len(names) > 1 and INVALID in names:
        return tuple(name for name in names if name != INVALID)
    return tuple(names)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
