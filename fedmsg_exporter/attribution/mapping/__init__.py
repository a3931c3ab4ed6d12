"""The mapping: which body path of which topic holds the users and the packages.

`mapping.yml` beside this file is the one that ships; its head explains the
language. A rule's topics are patterns with AMQP's wildcards, its paths are
those of `paths`. A file of one's own extends it and overrides it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from ... import document
from ...document import Document, DocumentError, Key, Problem
from ...wildcard import matches
from ..measuring import MetricRule
from . import examples, metrics, paths
from .examples import Example
from .metrics import Metric
from .naming import PACKAGED, rule_name
from .paths import BodyPath

#: The app whose rules hold for topics that no other rule knows.
ANY_APP = "*"

#: The keys of a rule that hold paths, each a list or a single one.
_PATHS = ("user", "login", "logins", "everyone", "packages")


class Rule(NamedTuple):
    """What to do with the messages of some topics of one category.

    ``user`` are the paths to who did it by FAS name, ``login`` those by their
    login elsewhere, which the map at ``logins`` in the body translates;
    ``everyone`` those to all others concerned. ``noise`` and ``double_of`` (a
    topic, or "") credit no one in particular. ``name`` tells a reader where
    the rule stands.
    """

    name: str
    topics: tuple[str, ...]
    user: tuple[BodyPath, ...] = ()
    login: tuple[BodyPath, ...] = ()
    logins: tuple[BodyPath, ...] = ()
    everyone: tuple[BodyPath, ...] = ()
    packages: tuple[BodyPath, ...] = ()
    noise: bool = False
    double_of: str = ""


class MessageMapping(NamedTuple):
    """All rules by category, in order, and what else the file lists.

    ``people`` are names that are no bots'. ``places`` are the (domain,
    category) pairs that are known to speak, ``renamed`` the present names of
    apps that had another. ``examples`` are those of the file itself, not those
    of a mapping that it extends.
    """

    rules: Mapping[str, tuple[Rule, ...]] = {}
    bots: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    renamed: Mapping[str, str] = {}
    metrics: Mapping[str, Metric] = {}
    examples: tuple[Example, ...] = ()

    def find(self, category: str, topic: str) -> Rule | None:
        """The first rule whose pattern a topic (less prefix) matches: its app's, or any's."""
        for app in (category, ANY_APP):
            for rule in self.rules.get(app, ()):
                if any(matches(pattern, topic) for pattern in rule.topics):
                    return rule
        return None

    def metric_rules(self, topic: str) -> tuple[tuple[MetricRule, ...], ...]:
        """The rules by which a topic (less prefix) is measured, by metric."""
        return metrics.rules_for(self.metrics, topic)


_NOTHING = MessageMapping()


def packaged() -> MessageMapping:
    """The mapping that ships with the exporter."""
    return compile_mapping(document.packaged(PACKAGED))


def load(path: FilePath) -> MessageMapping:
    """The packaged mapping, extended by a file. Raises DocumentError with every problem in it."""
    return compile_mapping(document.read(path), packaged())


def compile_mapping(source: Document, base: MessageMapping = _NOTHING) -> MessageMapping:
    """Hold a mapping against its schema, compile it, and lay it over another.

    Its rules of an app go before the base's, or replace them; its metrics
    replace the base's of the same name. Raises DocumentError.
    """
    problems = document.check(source, document.packaged("attribution/mapping/schema.yml").data)
    problems = problems or [
        *_path_problems(source),
        *metrics.problems(source),
        *examples.problems(source),
    ]
    if problems:
        raise DocumentError(problems)
    own: Mapping[str, Any] = source.data
    apps = own.get("apps", {})
    declared = {**base.metrics, **metrics.compile_metrics(source)}
    return MessageMapping(
        rules={**base.rules, **{name: _extended(source, name, base) for name in apps}},
        bots=(*base.bots, *own.get("bots", ())),
        people=(*base.people, *own.get("people", ())),
        places=_places(apps, base),
        renamed={**base.renamed, **own.get("renamed", {})},
        metrics={name: metric for name, metric in declared.items() if metric},
        examples=tuple(_examples(source)),
    )


def _extended(source: Document, category: str, base: MessageMapping) -> tuple[Rule, ...]:
    app = source.data["apps"][category]
    inherited = () if app.get("replace") else base.rules.get(category, ())
    return (*_rules(source, category, app), *inherited)


def _places(apps: Mapping[str, Any], base: MessageMapping) -> tuple[tuple[str, str], ...]:
    """Where apps speak: what the base says holds for those of which nothing else is said."""
    stated = {
        name: app
        for name, app in apps.items()
        if name not in base.rules or "domains" in app or "retired" in app
    }
    kept = (place for place in base.places if place[1] not in stated)
    own = (
        (domain, name)
        for name, app in stated.items()
        if name != ANY_APP and not app.get("retired", False)
        for domain in app.get("domains", ["org.fedoraproject"])
    )
    return (*kept, *own)


def _examples(source: Document) -> Iterator[Example]:
    """All examples; those of rules that several apps share belong to the first."""
    seen: set[int] = set()
    for category, app in source.data.get("apps", {}).items():
        for index, rule in enumerate(app["rules"]):
            key: Key = ("apps", category, "rules", index)
            if id(rule) in seen:
                continue
            seen.add(id(rule))
            yield from examples.of_rule(source, key, rule, rule_name(source, key))
    for name, metric in source.data.get("metrics", {}).items():
        yield from examples.of_metric(source, name, metric or {})


def _rules(source: Document, category: str, app: Mapping[str, Any]) -> Iterator[Rule]:
    for index, rule in enumerate(app["rules"]):
        compiled = {key: tuple(map(BodyPath, _listed(rule.get(key)))) for key in _PATHS}
        yield Rule(
            name=rule_name(source, ("apps", category, "rules", index)),
            topics=tuple(_listed(rule["topics"])),
            noise=rule.get("noise", False),
            double_of=rule.get("double_of", ""),
            **compiled,
        )


def _path_problems(source: Document) -> Iterator[Problem]:
    for category, app in source.data.get("apps", {}).items():
        for index, rule in enumerate(app["rules"]):
            for name in _PATHS:
                for path in _listed(rule.get(name)):
                    key = ("apps", category, "rules", index, name)
                    yield from paths.problems(source, key, path)


def _listed(value: str | list[str] | None) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else value
