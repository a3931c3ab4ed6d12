"""The mapping: which body path of which topic holds the users and the packages.

`mapping.yml` beside this file is the one that ships; its head explains the
language. A rule's topics are patterns with AMQP's wildcards, its paths are
JMESPath (https://jmespath.org/specification.html).
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import jmespath
from jmespath.exceptions import JMESPathError

from .. import document
from ..document import Document, DocumentError, Fault
from .wildcard import matches


class PathError(Exception):
    """A path that could not be followed in this body, say a function on a null."""


class BodyPath:
    """A JMESPath into a message body, compiled once."""

    def __init__(self, text: str) -> None:
        """Compile a path. Raises JMESPathError where it is none."""
        self.text = text
        self._compiled = jmespath.compile(text)

    def texts(self, body: Mapping[str, Any]) -> list[str]:
        """Everything textual that the path finds, in order. Raises PathError."""
        try:
            found = self._compiled.search(body)
        except (JMESPathError, TypeError, ValueError, AttributeError) as error:
            raise PathError(f"{self.text}: {error}") from error
        return list(_texts_in(found))


class Rule(NamedTuple):
    """What to do with the messages of some topics of one category.

    ``user`` are the paths to who did it, the first that yields a name wins;
    ``everyone`` those to all others concerned; ``noise`` credits no one.
    ``name`` tells a reader where the rule stands.
    """

    name: str
    topics: tuple[str, ...]
    user: tuple[BodyPath, ...] = ()
    everyone: tuple[BodyPath, ...] = ()
    packages: tuple[BodyPath, ...] = ()
    noise: bool = False


class MessageMapping(NamedTuple):
    """All rules by category, in order, and what else the file lists.

    ``places`` are the (domain, category) pairs that are known to speak.
    """

    rules: Mapping[str, tuple[Rule, ...]]
    bots: tuple[str, ...]
    places: tuple[tuple[str, str], ...]

    def find(self, category: str, topic: str) -> Rule | None:
        """The first rule of a category whose pattern a topic (less prefix) matches."""
        for rule in self.rules.get(category, ()):
            if any(matches(pattern, topic) for pattern in rule.topics):
                return rule
        return None


def packaged() -> MessageMapping:
    """The mapping that ships with the exporter."""
    return compile_mapping(document.packaged("attribution/mapping.yml"))


def load(path: FilePath) -> MessageMapping:
    """Read a mapping file. Raises DocumentError with every fault in it."""
    return compile_mapping(document.read(path))


def compile_mapping(source: Document) -> MessageMapping:
    """Hold a mapping against its schema and compile its paths. Raises DocumentError."""
    faults = document.check(source, document.packaged("schema/mapping.yml").data)
    faults = faults or list(_path_faults(source))
    if faults:
        raise DocumentError(faults)
    apps: dict[str, Any] = source.data.get("apps", {})
    return MessageMapping(
        rules={category: tuple(_rules(source, category, app)) for category, app in apps.items()},
        bots=tuple(source.data.get("bots", ())),
        places=tuple(
            (domain, category)
            for category, app in apps.items()
            for domain in app.get("domains", ["org.fedoraproject"])
        ),
    )


def _rules(source: Document, category: str, app: Mapping[str, Any]) -> Iterator[Rule]:
    for index, rule in enumerate(app["rules"]):
        line = source.line(("apps", category, "rules", index))
        yield Rule(
            name=f"{FilePath(source.file).name}:{line}",
            topics=tuple(_listed(rule["topics"])),
            user=tuple(map(BodyPath, _listed(rule.get("user")))),
            everyone=tuple(map(BodyPath, _listed(rule.get("everyone")))),
            packages=tuple(map(BodyPath, _listed(rule.get("packages")))),
            noise=rule.get("noise", False),
        )


def _path_faults(source: Document) -> Iterator[Fault]:
    for category, app in source.data.get("apps", {}).items():
        for index, rule in enumerate(app["rules"]):
            for name in ("user", "everyone", "packages"):
                for path in _listed(rule.get(name)):
                    try:
                        BodyPath(path)
                    except JMESPathError as error:
                        first = str(error).splitlines()[0]
                        key = ("apps", category, "rules", index, name)
                        yield source.fault(key, f"{path!r} is no JMESPath: {first}")


def _listed(value: str | list[str] | None) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else value


def _texts_in(found: object) -> Iterable[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, list):
        for item in found:
            yield from _texts_in(item)
