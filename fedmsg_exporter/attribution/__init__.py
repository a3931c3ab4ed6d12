"""From message to event: which category, who did it, in which groups.

A pure function of message, mapping and membership: no I/O, no clock, and no
exception comes out of it, whatever a publisher sent.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..event import INVALID, Event, User
from ..message import Message
from .groups import Membership
from .mapping import BodyPath, MessageMapping, PathError, Rule
from .people import Kinds, fas_name
from .schemas import ClassAnswer, SchemaClasses
from .topic import DOMAINS, Place, place

#: The stages of attribution that may fail: the closed set of ``Event.errors``.
STAGES = {
    "schema": "the message class failed to load, or a property of it raised",
    "mapping": "a path of the mapping could not be followed in this body",
    "internal": "a fault in the exporter itself; please report it",
}

#: How many topics to remember the rule of.
_REMEMBERED = 10_000

CREDITS = ("agent", "everyone")


class Credit(NamedTuple):
    """Who is to be credited, before their names are anything but names."""

    names: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


class Attribution:
    """Makes events of messages.

    ``credit`` is ``agent`` (who did it) or ``everyone`` (whom it concerns, as
    statscache counted). ``membership`` may be replaced while it runs.
    """

    def __init__(
        self,
        mapping: MessageMapping,
        membership: Membership | None = None,
        *,
        environments: Iterable[str] = ("prod",),
        domains: Iterable[str] = (),
        credit: str = "agent",
        bots: Iterable[str] = (),
        schemas: SchemaClasses | None = None,
    ) -> None:
        self.membership = membership or Membership()
        self._mapping = mapping
        self._environments = frozenset(environments) | {""}
        self._domains: tuple[str, ...] = (*DOMAINS, *domains)
        self._everyone = credit == "everyone"
        self._kinds = Kinds([*mapping.bots, *bots])
        self._schemas = schemas
        self._rules: dict[str, Rule | None] = {}

    def attribute(self, message: Message) -> Event:
        """Make an event of a message."""
        where = place(message.topic, self._domains)
        if message.fault:
            return self._event(message, where, Credit(why=(f"unreadable: {message.fault}",)))
        try:
            credit = self._credit(message, where)
        except Exception as error:  # noqa: BLE001  promise 3: nothing on the bus can stop it
            credit = Credit(errors=("internal",), why=(f"fault: {error!r}",))
        return self._event(message, where, credit)

    def _event(self, message: Message, where: Place, credit: Credit) -> Event:
        users = tuple(self._users(credit.names))
        rejected, why = message.fault, credit.why
        if not rejected and where.environment not in self._environments:
            rejected, why = "environment", (*why, f"environment {where.environment} is not counted")
        return Event(
            id=message.id,
            topic=message.topic,
            domain=where.domain,
            environment=where.environment,
            category=where.category,
            short_topic=where.short_topic,
            users=users,
            groups=self._groups(users),
            packages=credit.packages,
            sent_at=message.sent_at,
            rejected=rejected,
            errors=credit.errors,
            why=why,
        )

    def _credit(self, message: Message, where: Place) -> Credit:
        rule = self._rule(where)
        if rule is not None and rule.noise:
            return Credit(why=(f"{rule.name}: credits no one",))
        answer = self._schemas.ask(message) if self._schemas else None
        search = _Search(message, self._everyone)
        search.ask_class(answer)
        search.follow(rule)
        return search.credit()

    def _rule(self, where: Place) -> Rule | None:
        topic = where.short_topic
        if topic not in self._rules:
            if len(self._rules) >= _REMEMBERED:
                self._rules.clear()
            self._rules[topic] = self._mapping.find(where.category, topic)
        return self._rules[topic]

    def _users(self, names: Iterable[str]) -> Iterator[User]:
        return map(self._kinds.of, names)

    def _groups(self, users: Iterable[User]) -> tuple[str, ...]:
        groups = [self.membership.groups_of(user.name) for user in users]
        return groups[0] if len(groups) == 1 else tuple(sorted(set().union(*groups)))


class _Search:
    """The search for who did it, in one message, and the story of it."""

    def __init__(self, message: Message, everyone: bool) -> None:
        self._body = message.body
        self._everyone = everyone
        self._names: dict[str, None] = {}
        self._packages: dict[str, None] = {}
        self._errors: dict[str, None] = {}
        self._why: list[str] = []

    def ask_class(self, answer: ClassAnswer | None) -> None:
        """Take the word of the message's own class, where it is installed."""
        if answer is None:
            return
        if answer.failed:
            self._errors["schema"] = None
        self._take("message class: agent", [answer.agent] if answer.agent else [])
        if self._everyone:
            self._take("message class: usernames", answer.usernames)
        self._packages.update(dict.fromkeys(answer.packages))

    def follow(self, rule: Rule | None) -> None:
        """Follow the mapping's paths for whatever is still open."""
        if rule is None:
            self._why.append("no rule for this topic")
            return
        for path in rule.user:
            if self._found():
                break
            self._take(f"{rule.name}: {path.text}", self._texts(path))
        if self._everyone:
            for path in rule.everyone:
                self._take(f"{rule.name}: {path.text}", self._texts(path))
        if not self._packages:
            for path in rule.packages:
                self._packages.update(dict.fromkeys(self._texts(path)))

    def credit(self) -> Credit:
        """What was found. A valid name beside it makes an invalid one moot."""
        names = tuple(name for name in self._names if name != INVALID)
        if not names and INVALID in self._names:
            names = (INVALID,)
        if not self._everyone:
            names = names[:1]
        return Credit(names, tuple(self._packages), tuple(self._errors), tuple(self._why))

    def _found(self) -> bool:
        return any(name != INVALID for name in self._names)

    def _take(self, source: str, spellings: Iterable[str]) -> None:
        for spelling in spellings:
            name = fas_name(spelling)
            self._why.append(f"{source} gave {_shown(spelling)}, {name or 'nobody'}")
            if name is not None:
                self._names[name] = None

    def _texts(self, path: BodyPath) -> list[str]:
        try:
            return path.texts(self._body)
        except PathError as error:
            self._errors["mapping"] = None
            self._why.append(f"{error}")
            return []


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")  # noqa: PLR2004  for readers
