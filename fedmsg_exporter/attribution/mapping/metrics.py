"""The metrics that a mapping declares, compiled: each is a family in the ledger, and rules.

``schema.yml`` defines the language; this module adds what a schema cannot express.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...document import Document, Key, Problem
from ...families import FAMILIES, Family, Keeps
from ...wildcard import matches
from ..measuring import MetricRule, Source, Word
from . import paths
from .naming import rule_name
from .paths import BodyPath

#: What a metric may keep, and how its family keeps it.
KEEPS: Mapping[str, Keeps] = {"count": "sum", "last_time": "largest", "value": "last"}

#: The maximum number of series of a metric that sets no limit.
LIMIT = 1000

#: Reserved names, in addition to those of the families.
_TAKEN = frozenset({"fedmsg_group_members"})
_OURS = "fedmsg_exporter_"
# Prometheus or its clients append these to other names.
_RESERVED_ENDINGS = ("_count", "_sum", "_bucket", "_created", "_info")
_RESERVED_LABELS = frozenset({"le", "quantile", "instance", "job"})


class Metric(NamedTuple):
    """One metric: its family, its series limit, and its rules in order."""

    family: Family
    limit: int
    rules: tuple[MetricRule, ...]


def compile_metrics(source: Document) -> dict[str, Metric | None]:
    """Compile the metrics of a valid file, by name; None for one that is turned off."""
    declared: Mapping[str, Any] = source.data.get("metrics", {})
    return {
        name: Metric(_family(name, metric), metric.get("limit", LIMIT), _rules(source, name))
        if metric
        else None
        for name, metric in declared.items()
    }


def rules_for(metrics: Mapping[str, Metric], topic: str) -> tuple[tuple[MetricRule, ...], ...]:
    """Find the rules that apply to a topic (without its prefix), grouped by metric."""
    found = (tuple(r for r in m.rules if _matches(r, topic)) for m in metrics.values())
    return tuple(rules for rules in found if rules)


def problems(source: Document) -> Iterator[Problem]:
    """Yield every error in the metrics of a file that is valid by its schema."""
    for name, metric in source.data.get("metrics", {}).items():
        key: Key = ("metrics", name)
        if metric:
            for message in _name_problems(name, _keep(metric)):
                yield source.problem(key, message)
            for place, rule in _places(name, metric):
                yield from _rule_problems(source, place, rule, metric)


def _name_problems(name: str, keep: str) -> Iterator[str]:
    base = name.removesuffix("_total")
    known = {family.name.removesuffix("_total") for family in FAMILIES} | _TAKEN
    if base in known or name.startswith(_OURS):
        yield "the exporter already has a metric of this name; choose another"
    if base.endswith(_RESERVED_ENDINGS):
        yield f"a name must not end in {', '.join(_RESERVED_ENDINGS)}"
    if keep == "count" and base == name:
        yield f"a count's name must end in _total: {name}_total"
    if keep != "count" and base != name:
        yield "only the name of a count may end in _total"


def _rule_problems(
    source: Document, key: Key, rule: Mapping[str, Any], metric: Mapping[str, Any]
) -> Iterator[Problem]:
    labels, wanted = rule.get("labels", {}), metric.get("labels", {})
    if set(labels) != set(wanted):
        names = ", ".join(wanted) or "none"
        yield source.problem((*key, "labels"), f"the labels must be those of the metric: {names}")
    for name in sorted(_RESERVED_LABELS & set(labels)):
        yield source.problem((*key, "labels", name), "Prometheus uses this label itself")
    if ("value" in rule) != (_keep(metric) == "value"):
        yield source.problem(key, "`value` goes with `keep: value`, and with no other")
    for place, path in _paths(rule):
        yield from paths.problems(source, (*key, *place), path)


def _paths(rule: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    for name in ("when", "value"):
        if name in rule:
            yield (name,), rule[name]
    for label, sources in rule.get("labels", {}).items():
        for path in _listed(sources):
            if isinstance(path, str):
                yield ("labels", label), path


def _places(name: str, metric: Mapping[str, Any]) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    """Yield the rules of a metric: the metric itself is the first, `also` has the others."""
    yield ("metrics", name), metric
    for index, rule in enumerate(metric.get("also", [])):
        yield ("metrics", name, "also", index), rule


def _keep(metric: Mapping[str, Any]) -> str:
    return str(metric.get("keep", "count"))


def _family(name: str, metric: Mapping[str, Any]) -> Family:
    labels = tuple(metric.get("labels", ()))
    kind = "counter" if _keep(metric) == "count" else "gauge"
    # The limit goes by the metric's own name: see `Counts`.
    keeps = KEEPS[_keep(metric)]
    return Family(name, kind, labels, metric["help"].strip(), name, labels, keeps)


def _rules(source: Document, name: str) -> tuple[MetricRule, ...]:
    metric = source.data["metrics"][name]
    counts = _keep(metric) == "count"
    return tuple(
        MetricRule(
            name=rule_name(source, key),
            metric=name,
            topics=tuple(_listed(rule["topics"])),
            # In the family's order, whatever the rule's.
            labels=tuple(
                (label, _sources(rule["labels"][label])) for label in metric.get("labels", ())
            ),
            when=BodyPath(rule["when"]) if "when" in rule else None,
            value=BodyPath(rule["value"]) if "value" in rule else None,
            counts=counts,
        )
        for key, rule in _places(name, metric)
    )


def _sources(value: Any) -> tuple[Source, ...]:
    return tuple(
        BodyPath(one) if isinstance(one, str) else Word(one["topic"]) for one in _listed(value)
    )


def _matches(rule: MetricRule, topic: str) -> bool:
    return any(matches(pattern, topic) for pattern in rule.topics)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
