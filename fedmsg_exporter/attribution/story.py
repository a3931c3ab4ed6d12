"""The parts of an event's explanation that are only made on request."""

from collections.abc import Iterable, Iterator

from ..event import INVALID, User
from .mapping import Rule
from .members import Members
from .topic import Place


def beginning(where: Place, rule: Rule | None) -> Iterator[str]:
    """Explain what is decided before looking at the body: the topic's parts, and the rule."""
    environment = f"environment {where.environment}" if where.environment else "no environment"
    yield f"domain {where.domain}, {environment}, category {where.category}"
    if rule is not None:
        yield f"{rule.name}: the rule for {where.short_topic}, by {_listed(rule.topics)}"


def ending(users: Iterable[User], members: Members) -> Iterator[str]:
    """Explain what is looked up for each name: its kind, its groups."""
    number = len(members.sizes())
    for name, kind in users:
        if name == INVALID:
            yield f"{INVALID} replaces a text that is not a FAS name"
            continue
        groups = members.groups_of(name)
        found = f"in {_listed(groups)}" if groups else f"in none of the {number} groups"
        yield f"{name} is a {kind}, {found if number else 'and no groups are known'}"


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(texts)
