"""The examples in a mapping: a message in, names and measures out."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...document import Document, Key, Problem
from ...message import Message

#: What an example may expect of its message.
EXPECTED = ("user", "everyone", "packages", "measures")


class Example(NamedTuple):
    """A message and what it must result in.

    ``rule`` is the name of the rule that must be found, ``metric`` the metric that
    the example is about; one of the two is "". ``unmet`` is a problem at the
    example's line, to be given a message.
    """

    message: Message
    expected: Mapping[str, Any]
    unmet: Problem
    rule: str = ""
    metric: str = ""


def of_rule(source: Document, key: Key, rule: Mapping[str, Any], name: str) -> Iterator[Example]:
    """Yield the examples of the rule at a key; ``key[1]`` is its app."""
    app = source.data["apps"][key[1]]
    domain = app.get("domains", ["org.fedoraproject"])[0]
    for index, example in enumerate(rule.get("examples", [])):
        topic = example.get("topic") or concrete(rule["topics"], str(key[1]))
        message = _message(example, f"{domain}.prod.{topic}")
        unmet = source.problem((*key, "examples", index), "")
        yield Example(message, _expected(example), unmet, rule=name)


def of_metric(source: Document, name: str, metric: Mapping[str, Any]) -> Iterator[Example]:
    """Yield the examples of a metric."""
    for index, example in enumerate(metric.get("examples", [])):
        topic = example.get("topic") or concrete(metric["topics"], "any")
        message = _message(example, f"org.fedoraproject.prod.{topic}")
        unmet = source.problem(("metrics", name, "examples", index), "")
        yield Example(message, _expected(example), unmet, metric=name)


def problems(source: Document) -> Iterator[Problem]:
    """Yield an error for each example that expects nothing, and so could not fail."""
    for key, examples, useful in _all(source):
        for index, example in enumerate(examples):
            if not any(name in example for name in useful):
                wanted = ", ".join(useful)
                message = f"an example must have at least one result: {wanted}"
                yield source.problem((*key, "examples", index), message)


def concrete(patterns: str | list[str], category: str) -> str:
    """Make a topic that the first pattern matches, without words for ``#`` and "any" for ``*``."""
    pattern = patterns if isinstance(patterns, str) else patterns[0]
    words = ["any" if word == "*" else word for word in pattern.split(".") if word != "#"]
    return ".".join(words) or category


def _all(source: Document) -> Iterator[tuple[Key, list[Any], tuple[str, ...]]]:
    for category, app in source.data.get("apps", {}).items():
        for number, rule in enumerate(app["rules"]):
            yield ("apps", category, "rules", number), rule.get("examples", []), EXPECTED
    for name, metric in source.data.get("metrics", {}).items():
        yield ("metrics", name), (metric or {}).get("examples", []), ("measures",)


def _message(example: Mapping[str, Any], topic: str) -> Message:
    return Message(topic, "example", example.get("headers", {}), example.get("body", {}))


def _expected(example: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: example[name] for name in EXPECTED if name in example}
