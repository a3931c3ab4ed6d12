"""The mapping: which body path of which topic holds the users and the packages.

`mapping.yml` beside this file is the one that ships; its head explains the
language. A rule's topics are patterns with AMQP's wildcards, its paths are
those of `paths`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from jmespath.exceptions import JMESPathError

from .. import document
from ..document import Document, DocumentError, Fault
from .paths import BodyPath
from .wildcard import matches

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

    ``places`` are the (domain, category) pairs that are known to speak,
    ``renamed`` the present names of apps that had another.
    """

    rules: Mapping[str, tuple[Rule, ...]]
    bots: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    renamed: Mapping[str, str]

    def find(self, category: str, topic: str) -> Rule | None:
        """The first rule whose pattern a topic (less prefix) matches: its app's, or any's."""
        for app in (category, ANY_APP):
            for rule in self.rules.get(app, ()):
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
            if category != ANY_APP and not app.get("retired", False)
            for domain in app.get("domains", ["org.fedoraproject"])
        ),
        renamed=dict(source.data.get("renamed", {})),
    )


def _rules(source: Document, category: str, app: Mapping[str, Any]) -> Iterator[Rule]:
    for index, rule in enumerate(app["rules"]):
        line = source.line(("apps", category, "rules", index))
        paths = {key: tuple(map(BodyPath, _listed(rule.get(key)))) for key in _PATHS}
        yield Rule(
            name=f"{FilePath(source.file).name}:{line}",
            topics=tuple(_listed(rule["topics"])),
            noise=rule.get("noise", False),
            double_of=rule.get("double_of", ""),
            **paths,
        )


def _path_faults(source: Document) -> Iterator[Fault]:
    for category, app in source.data.get("apps", {}).items():
        for index, rule in enumerate(app["rules"]):
            for name in _PATHS:
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
