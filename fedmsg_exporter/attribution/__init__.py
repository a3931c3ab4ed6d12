"""From message to event: its category, who did it, and their groups.

A pure function of message, mapping and members: no I/O, no clock, and no exceptions,
whatever a publisher sends. ``topic`` finds the category; ``credit`` and ``search``
find the users, with ``message_classes``, ``logins`` and ``names``; ``measuring`` does
the mapping's own metrics.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..event import Event
from ..message import Message
from . import story
from .credit import credit_agent, credit_everyone
from .logins import Logins, compile_logins
from .mapping import MessageMapping, Rule
from .measuring import NOTHING, Measured, MetricRule, measure
from .members import Members, NoMembers
from .names import Kinds
from .search import Credit
from .topic import DOMAINS, Place, place

if TYPE_CHECKING:
    # This imports fedora-messaging, which a report does not need.
    from .message_classes import SchemaClasses

#: The stages of attribution that may fail: the closed set of ``Event.errors``.
STAGES = {
    "schema": "the message class failed to load, or one of its properties raised",
    "mapping": "a path in the mapping could not be evaluated on this body",
    "internal": "a bug in the exporter; please report it",
}

#: Whom to credit: the user who did it, or everyone a message concerns.
CREDITS = {"agent": credit_agent, "everyone": credit_everyone}

#: The number of topics whose rule is cached.
_REMEMBERED = 10_000
_NO_LOGINS = Logins()
_NO_MEMBERS = NoMembers()


class _Rules(NamedTuple):
    """The rules for a topic: whom to credit, and what to measure."""

    rule: Rule | None
    metrics: tuple[tuple[MetricRule, ...], ...]


class Attribution:
    """Turns messages into events.

    ``members`` knows the groups of each user. ``credit`` is ``agent`` (who did it) or
    ``everyone`` (whom it concerns, as statscache counted). ``logins`` are the FAS
    names of logins on other platforms, as in the config's `users.logins`:
    ``{"github": {"octocat": "alice"}}``. ``renamed`` counts renamed apps under their
    current name. ``packages`` looks for packages, and ``detailed`` makes the
    explanation of each event (``why``) complete; both take time.
    """

    def __init__(  # noqa: PLR0913  keyword arguments, one per setting of the config
        self,
        mapping: MessageMapping,
        members: Members = _NO_MEMBERS,
        *,
        environments: Iterable[str] = ("prod",),
        domains: Iterable[str] = (),
        credit: str = "agent",
        bots: Iterable[str] = (),
        schemas: "SchemaClasses | None" = None,
        logins: Mapping[str, Any] | None = None,
        renamed: bool = False,
        packages: bool = True,
        detailed: bool = False,
    ) -> None:
        self._members = members
        self.mapping = mapping
        self._environments = frozenset(environments) | {""}
        self._domains: tuple[str, ...] = (*DOMAINS, *domains)
        self._credit_whom = CREDITS[credit]
        self._kinds = Kinds([*mapping.bots, *bots], mapping.people)
        self._schemas = schemas
        self._logins = compile_logins(mapping.instances, logins or {})
        self._renamed = mapping.renamed if renamed else {}
        self._packages = packages
        self._detailed = detailed
        self._rules: dict[tuple[str, str], _Rules] = {}

    def attribute(self, message: Message) -> Event:
        """Turn a message into an event."""
        where = place(message.topic, self._domains)
        measured = NOTHING
        if message.unreadable:
            credit = Credit(why=(f"unreadable: {message.unreadable}",))
            return self._event(message, where, credit, measured)
        try:
            rule, metrics = self._rules_of(where)
            credit = self._credit(message, where, rule)
            if metrics:
                measured = measure(message.body, where.short_topic, metrics)
        except Exception as error:  # noqa: BLE001  promise 3: nothing on the bus can stop it
            credit = Credit(errors=("internal",), why=(f"bug: {error!r}",))
        return self._event(message, where, credit, measured)

    def _event(self, message: Message, where: Place, credit: Credit, measured: Measured) -> Event:
        users = tuple(map(self._kinds.of, credit.names))
        rejected, errors, why = message.unreadable, credit.errors, credit.why
        if measured is not NOTHING:
            errors = tuple(dict.fromkeys((*errors, *measured.errors)))
            why = (*why, *measured.why)
        if not rejected and where.environment not in self._environments:
            rejected, why = "environment", (*why, f"environment {where.environment} is not counted")
        elif self._detailed and not rejected:
            why = (*why, *story.ending(users, self._members))
        # By position: keywords take twice as long, and this runs for each message.
        return Event(
            message.id,
            message.topic,
            where.domain,
            where.environment,
            self._renamed.get(where.category, where.category),
            where.short_topic,
            users,
            self._groups(credit.names),
            credit.packages,
            measured.measures,
            message.sent_at,
            rejected,
            errors,
            why,
            message.misdated,
        )

    def _credit(self, message: Message, where: Place, rule: Rule | None) -> Credit:
        answer = self._schemas.ask(message) if self._schemas else None
        logins = self._logins.get(where.category, _NO_LOGINS)
        if not self._detailed:
            return self._credit_whom(message, rule, answer, logins, packages=self._packages)
        credit = self._credit_whom(
            message, rule, answer, logins, packages=self._packages, detailed=True
        )
        return credit._replace(why=(*story.beginning(where, rule), *credit.why))

    def _rules_of(self, where: Place) -> _Rules:
        key = where.category, where.short_topic
        found = self._rules.get(key)
        if found is None:
            if len(self._rules) >= _REMEMBERED:
                self._rules.clear()
            rule, metrics = self.mapping.find(*key), self.mapping.metric_rules(key[1])
            found = self._rules[key] = _Rules(rule, metrics)
        return found

    def _groups(self, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            return ()
        groups = [self._members.groups_of(name) for name in names]
        return groups[0] if len(groups) == 1 else tuple(sorted(set().union(*groups)))
