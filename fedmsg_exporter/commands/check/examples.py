"""Runs the examples in a mapping, and reports those that do not give what they expect."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...attribution import Attribution
from ...attribution.mapping import MessageMapping
from ...attribution.mapping.examples import Example
from ...attribution.mapping.metrics import Metric
from ...document import Problem
from ...event import Event, User
from ..measured import measured


def failures(mapping: MessageMapping) -> Iterator[Problem]:
    """Try every example in a mapping: a problem for each expectation that is not met.

    Uses the mapping alone, without message classes and without a map of logins.
    """
    agent = Attribution(mapping)
    everyone = Attribution(mapping, credit="everyone")
    for example in mapping.examples:
        by_agent = agent.attribute(example.message)
        by_everyone = everyone.attribute(example.message)
        for message in _unmet(example, by_agent, by_everyone, mapping):
            yield example.unmet._replace(message=message)


def _unmet(
    example: Example, agent: Event, everyone: Event, mapping: MessageMapping
) -> Iterator[str]:
    rule = mapping.find(agent.category, agent.short_topic)
    if example.rule and (rule is None or rule.name != example.rule):
        found = rule.name if rule else "none"
        yield f"the rule for {agent.short_topic} is not this one: {found} comes first"
    got = {
        "user": next(iter(_names(agent.users)), None),
        "everyone": sorted(_names(everyone.users)),
        "packages": sorted(agent.packages),
        "measures": sorted(_measures(example, agent, mapping.metrics)),
    }
    for what, expected in example.expected.items():
        wanted = sorted(expected) if isinstance(expected, list) else expected
        if wanted != got[what]:
            yield f"{what}: expected {_text(wanted)}, got {_text(got[what])}{_story(agent)}"


def _names(users: Sequence[User]) -> list[str]:
    return [user.name for user in users]


def _measures(example: Example, event: Event, metrics: Mapping[str, Metric]) -> list[str]:
    """What is measured: for an example of one metric only by that one, otherwise by all."""
    return [
        measured(measure, metrics)
        for measure in event.measures
        if example.metric in ("", measure.metric)
    ]


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "nobody" if value is None else str(value)


def _story(event: Event) -> str:
    return f" ({'; '.join(event.why)})" if event.why else ""
