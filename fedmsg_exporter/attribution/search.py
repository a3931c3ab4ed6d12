"""The search for who did it in one message, and the explanation of that search.

The places are searched in this order: the message's class, if its schema package is
installed; the mapping's rule for the topic; and the headers in which
fedora-messaging's publishers list everyone whom a message concerns.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from ..event import INVALID
from ..message import Message
from .answer import ClassAnswer
from .logins import Logins, host_of
from .mapping import Rule
from .mapping.paths import BodyPath, PathError
from .names import blank, fas_name, login_name

# Publishers add one header for each user and package that the message class lists:
# https://fedora-messaging.readthedocs.io/en/stable/api/wire-format.html
_SCHEMA = "fedora_messaging_schema"
_USER = "fedora_messaging_user_"
_PACKAGE = "fedora_messaging_rpm_"
_NO_CLASS = (None, "base.message")
# https://docs.fedoraproject.org/en-US/packaging-guidelines/Naming/
_PACKAGE_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,127}", re.ASCII)
_SHOWN = 40
_NO_ANSWER = ClassAnswer()


class Credit(NamedTuple):
    """Whom to credit, by FAS name or `INVALID`, and how that came about."""

    names: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


class Search:
    """What has been found so far, in order."""

    def __init__(
        self,
        message: Message,
        rule: Rule | None,
        answer: ClassAnswer | None,
        logins: Logins,
        detailed: bool,
    ) -> None:
        self._message = message
        self._rule = rule
        self._answer = answer or _NO_ANSWER
        self._logins = logins
        self._detailed = detailed
        self._names: dict[str, None] = {}
        self._packages: dict[str, None] = {}
        self._errors: dict[str, None] = {}
        self._why: list[str] = []
        if self._answer.failed:
            self._errors["schema"] = None
            self._why.append("message class: failed")

    def quiet(self) -> bool:
        """Report whether a message of this kind credits no one."""
        rule = self._rule
        if rule is not None and rule.noise is not False and self._noisy(rule):
            self._why.append(f"{rule.name}: noise, credits no one")
        elif rule is not None and rule.double_of:
            self._why.append(f"{rule.name}: double of {rule.double_of}, credits no one")
        elif self._answer.deprecated:
            self._why.append("message class: deprecated, credits no one")
        else:
            return False
        return True

    def find_agent(self) -> None:
        """Look for who did it: the first place that names anybody decides.

        Somebody without a FAS name did it all the same: to look any further would
        credit someone else.
        """
        rule = self._rule
        if self._take_class_agent():
            return
        if self._answer.silent and not (rule and rule.overrides_class):
            self._why.append("message class: names no one on purpose")
        elif rule is None:
            self._why.append("no rule for this topic")
        elif not (
            any(self._take_path(rule, path) for path in rule.user)
            or self._take_login(rule)
            or self._take_only_header()
        ):
            self._why.append(f"{rule.name}: names nobody")

    def find_everyone(self) -> None:
        """Look in all places: class, headers, rule and logins."""
        rule = self._rule
        self._take_class_agent()
        if rule is None:
            self._why.append("no rule for this topic")
        else:
            self._take_everyone(rule)
        if self._answer is not _NO_ANSWER:
            self.take("message class: usernames", self._answer.usernames)
        self.take("headers", self._listed_users())

    def find_packages(self) -> None:
        """Look for packages: in the class, otherwise the headers, otherwise by the rule."""
        found = list(self._answer.packages) or _listed(self._message, _PACKAGE)
        rule = self._rule
        if not found and rule is not None and rule.packages:
            found = [text for path in rule.packages for text in self._texts(path)]
            found = found if found and self._at_home(rule) else []
        if found:
            self._packages.update(dict.fromkeys(map(_package, filter(None, found))))

    def take(
        self,
        source: str,
        spellings: Iterable[str],
        name_of: Callable[[str], str | None] = fas_name,
    ) -> bool:
        """Add names in any spelling; report whether any of them is not blank."""
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
        """Return what was found. Invalid names are ignored if there is a valid one."""
        names = _valid(self._names)[:limit]
        return Credit(names, _valid(self._packages), tuple(self._errors), tuple(self._why))

    def _take_class_agent(self) -> bool:
        agent = self._answer.agent
        if agent is None and (self._answer is _NO_ANSWER or not self._detailed):
            return False
        return self.take("message class: agent", [agent or ""])

    def _take_everyone(self, rule: Rule) -> None:
        found = any(self._take_path(rule, path) for path in rule.user)
        if not found and not self._noisy(rule):
            self._take_login(rule)
        for path in rule.everyone:
            self._take_path(rule, path)

    def _noisy(self, rule: Rule) -> bool:
        if rule.noise is False or rule.noise is True:
            return rule.noise
        try:
            return rule.noise.holds(self._message.body)
        except PathError as error:
            self._fail(error)
            return False

    def _take_login(self, rule: Rule) -> bool:
        for path in rule.login:
            found = self._find(path)
            if isinstance(found, str) and not blank(found):
                host = self._host(rule) if self._logins.hosts else ""
                maps = [*map(self._find, rule.logins), *self._logins.maps(host)]
                source = f"{rule.name}: login {path.text}"
                return self.take(source, [found], partial(login_name, maps))
            if self._detailed:
                self._why.append(f"{rule.name}: login {path.text} gave nothing")
        return False

    def _take_only_header(self) -> bool:
        """Take the user listed by the publisher's class, if it listed exactly one.

        In an old recording, a newer class, or none, may not find who did it.
        """
        listed = self._listed_users()
        return len(listed) == 1 and self.take("headers", listed)

    def _listed_users(self) -> list[str]:
        """The users in the headers, which only publishers with a class write."""
        if self._message.headers.get(_SCHEMA) in _NO_CLASS:
            return []
        return _listed(self._message, _USER)

    def _at_home(self, rule: Rule) -> bool:
        """Report whether a rule for many instances applies to one of Fedora's."""
        return not rule.host or self._logins.is_fedoras(self._host(rule))

    def _host(self, rule: Rule) -> str:
        """The host of the instance that sent the message; the first address found decides."""
        for path in rule.host:
            found = self._find(path)
            if isinstance(found, str) and found:
                return host_of(found)
        return ""

    def _take_path(self, rule: Rule, path: BodyPath) -> bool:
        texts = self._texts(path)
        if not (texts or self._detailed):
            return False
        return self.take(f"{rule.name}: {path.text}", texts)

    def _texts(self, path: BodyPath) -> list[str]:
        try:
            return path.texts(self._message.body)
        except PathError as error:
            self._fail(error)
            return []

    def _find(self, path: BodyPath) -> object:
        try:
            return path.find(self._message.body)
        except PathError as error:
            self._fail(error)
            return None

    def _fail(self, error: PathError) -> None:
        self._errors["mapping"] = None
        self._why.append(str(error))


def _listed(message: Message, prefix: str) -> list[str]:
    # A quick check first: most messages list none, and have a dozen headers.
    if prefix not in "\n".join(message.headers):
        return []
    return [name[len(prefix) :] for name in message.headers if name.startswith(prefix)]


def _package(name: str) -> str:
    return name if _PACKAGE_NAME.fullmatch(name) else INVALID


def _valid(names: Mapping[str, None]) -> tuple[str, ...]:
    if len(names) > 1 and INVALID in names:
        return tuple(name for name in names if name != INVALID)
    return tuple(names)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
