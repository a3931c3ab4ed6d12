"""Topic patterns in a mapping that cannot match anything. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...attribution.mapping import ANY_APP
from ...attribution.topic import DOMAINS, ENVIRONMENTS, place
from ...document import Document, Key, Problem
from ...wildcard import matches

#: The most bytes that a topic may have in AMQP.
_LONGEST = 255
_WILD = ("*", "#")
# Words that domains begin with and that are not app names.
_TOP_LEVEL = ("org", "io", "com", "net")
# A word that only a wildcard matches.
_ANY = "\0"


def idle_patterns(source: Document, domains: tuple[str, ...] = ()) -> Iterator[Problem]:
    """A problem for each pattern that no message can match. ``domains`` adds known domains."""
    known = (*DOMAINS, *domains)
    for category, app in source.data.get("apps", {}).items():
        yield from _idle_in_app(source, category, app, known)
    for name, metric in source.data.get("metrics", {}).items():
        for where, rule in _rules(("metrics", name), metric or {}):
            for key, pattern in _patterns(where, rule):
                if message := _why_idle(pattern, known):
                    yield source.problem(key, message)


def _idle_in_app(
    source: Document, category: str, app: Mapping[str, Any], known: tuple[str, ...]
) -> Iterator[Problem]:
    earlier: list[tuple[str, int | None]] = []
    for index, rule in enumerate(app["rules"]):
        patterns = list(_patterns(("apps", category, "rules", index), rule))
        for key, pattern in patterns:
            message = _why_idle(pattern, known, category) or _why_late(pattern, earlier)
            if message:
                yield source.problem(key, message)
        earlier.extend((pattern, source.line(key)) for key, pattern in patterns)


def _rules(key: Key, metric: Mapping[str, Any]) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    """The rules of a metric: the metric itself is the first, the others are in `also`."""
    yield key, metric
    for index, rule in enumerate(metric.get("also", [])):
        yield (*key, "also", index), rule


def _patterns(key: Key, rule: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    topics = rule.get("topics", [])
    if isinstance(topics, str):
        yield (*key, "topics"), topics
    else:
        for index, pattern in enumerate(topics):
            yield (*key, "topics", index), pattern


def _why_idle(pattern: str, domains: tuple[str, ...], category: str = ANY_APP) -> str:
    """Why no topic matches a pattern among the rules of an app; "" if one may."""
    words = pattern.split(".")
    bare = _without_prefix(words, domains)
    if bare is not None:
        return f"{pattern!r} matches nothing: write it without its prefix, as {bare!r}"
    if any(set(word) & set("*#") and word not in _WILD for word in words):
        return f"{pattern!r} matches nothing: * and # match whole words, not parts of them"
    if not _is_possible(words):
        return f"{pattern!r} matches nothing: no topic can have such words"
    first = words[0]
    if category == ANY_APP or first in (*_WILD, category) or "VirtualTopic" in first:
        return ""
    return f"{pattern!r} is a topic of {first!r}, not of {category!r}; move it to apps.{first}"


def _why_late(pattern: str, earlier: list[tuple[str, int | None]]) -> str:
    """Which earlier pattern matches everything that this one does; "" if none does."""
    for one, line in earlier:
        if all(matches(one, topic) for topic in _samples(pattern)):
            return f"{pattern!r} is never reached: {one!r} on line {line} matches all that it does"
    return ""


def _samples(pattern: str) -> Iterator[str]:
    """Topics that match a pattern: with no, one and several words for each #."""
    for words in ("", f"{_ANY}.", f"{_ANY}.{_ANY}.{_ANY}."):
        text = "".join(
            words if word == "#" else f"{_ANY if word == '*' else word}."
            for word in pattern.split(".")
        )
        yield text.removesuffix(".")


def _without_prefix(words: list[str], domains: tuple[str, ...]) -> str | None:
    """A pattern without its domain and environment; None if it begins with neither."""
    is_known = ".".join(words[:2]) in domains
    has_third = len(words) > 2 and (is_known or words[0] in _TOP_LEVEL)  # noqa: PLR2004
    if has_third and (words[2] in ENVIRONMENTS or (is_known and words[2] == "*")):
        return ".".join(words[3:]) or "#"
    return (".".join(words[2:]) or "#") if is_known else None


def _is_possible(words: list[str]) -> bool:
    """Whether attribution lets a topic with these words through."""
    sample = ".".join("any" if word in _WILD else word for word in words)
    return len(sample) <= _LONGEST and all(words) and place(f"any.any.prod.{sample}")[3] == sample
