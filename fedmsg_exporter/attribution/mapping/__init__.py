"""The mapping: where users and packages are in the body of a message, by topic.

`mapping.yml`, next to this file, is the packaged one; its head explains the language.
A rule's topics are patterns with AMQP's wildcards, its paths are those of `paths`. A
custom file extends and overrides it.
"""

from collections.abc import Iterator, Mapping
from functools import cache
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

#: The app whose rules apply to topics that no other rule matches.
ANY_APP = "*"

#: The keys of a rule that hold paths, each a list or a single one.
_PATHS = ("user", "login", "logins", "host", "everyone", "packages")


class Rule(NamedTuple):
    """What to do with the messages on some topics of one category.

    ``user`` are the paths to the FAS name of who did it; ``login`` those to their
    login on another platform, which the map at ``logins`` in the body translates, or
    which is a FAS name on the instance at the address ``host``; ``everyone`` those to
    all others concerned. With ``noise`` (always, or if its path holds) or
    ``double_of`` (a topic, or ""), no one is credited. With ``overrides_class``,
    ``user`` counts even if the message's class names no one on purpose. ``name`` is
    the file and line of the rule.
    """

    name: str
    topics: tuple[str, ...]
    user: tuple[BodyPath, ...] = ()
    login: tuple[BodyPath, ...] = ()
    logins: tuple[BodyPath, ...] = ()
    host: tuple[BodyPath, ...] = ()
    everyone: tuple[BodyPath, ...] = ()
    packages: tuple[BodyPath, ...] = ()
    noise: bool | BodyPath = False
    double_of: str = ""
    overrides_class: bool = False


class MessageMapping(NamedTuple):
    """All rules by category, in order, and everything else in the file.

    ``people`` are names that are never bots. ``places`` are the (domain, category)
    pairs known to publish, ``renamed`` the current names of renamed apps,
    ``instances`` the hosts, by category, where logins are FAS names. ``examples`` are
    those in the file itself, not in the mapping that it extends.
    """

    rules: Mapping[str, tuple[Rule, ...]] = {}
    bots: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    renamed: Mapping[str, str] = {}
    instances: Mapping[str, tuple[str, ...]] = {}
    metrics: Mapping[str, Metric] = {}
    examples: tuple[Example, ...] = ()

    def find(self, category: str, topic: str) -> Rule | None:
        """Find the first rule that matches a topic (without prefix): its app's, or any app's."""
        for app in (category, ANY_APP):
            for rule in self.rules.get(app, ()):
                if any(matches(pattern, topic) for pattern in rule.topics):
                    return rule
        return None

    def metric_rules(self, topic: str) -> tuple[tuple[MetricRule, ...], ...]:
        """Find the rules that measure a topic (without prefix), by metric."""
        return metrics.rules_for(self.metrics, topic)


_NOTHING = MessageMapping()


@cache
def packaged() -> MessageMapping:
    """The mapping that ships with the exporter, checked and compiled once."""
    return compile_mapping(document.packaged(PACKAGED))


def load(path: FilePath) -> MessageMapping:
    """The packaged mapping, extended by a file. Raises DocumentError with all its errors."""
    return compile_mapping(document.read(path), packaged())


def compile_mapping(source: Document, base: MessageMapping = _NOTHING) -> MessageMapping:
    """Check a mapping, compile it, and extend ``base`` with it.

    Its rules for an app precede the base's, or replace them; its metrics replace
    the base's of the same name. Raises DocumentError.
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
        instances={**base.instances, **_instances(apps)},
        metrics={name: metric for name, metric in declared.items() if metric},
        examples=tuple(_examples(source)),
    )


def _extended(source: Document, category: str, base: MessageMapping) -> tuple[Rule, ...]:
    app = source.data["apps"][category]
    inherited = () if app.get("replace") else base.rules.get(category, ())
    return (*_rules(source, category, app), *inherited)


def _instances(apps: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(app["instances"]) for name, app in apps.items() if "instances" in app}


def _places(apps: Mapping[str, Any], base: MessageMapping) -> tuple[tuple[str, str], ...]:
    """Where apps publish: as in the base, unless the file overrides that."""
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
    """Yield all examples; those of rules shared by several apps belong to the first."""
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
            noise=_flag(rule.get("noise", False)),
            double_of=rule.get("double_of", ""),
            overrides_class=rule.get("overrides_class", False),
            **compiled,
        )


def _flag(value: bool | str) -> bool | BodyPath:
    return value if isinstance(value, bool) else BodyPath(value)


def _path_problems(source: Document) -> Iterator[Problem]:
    for category, app in source.data.get("apps", {}).items():
        for index, rule in enumerate(app["rules"]):
            for name in (*_PATHS, "noise"):
                for path in _listed(rule.get(name)):
                    key = ("apps", category, "rules", index, name)
                    yield from paths.problems(source, key, path)


def _listed(value: str | list[str] | bool | None) -> list[str]:
    if isinstance(value, bool | None):
        return []
    return [value] if isinstance(value, str) else value
