"""Paths into message bodies: JMESPath, and five functions that Fedora's bodies need.

https://jmespath.org/specification.html is the language. The functions are

- ``nvr(x)``: the package names of builds, from texts such as
  ``"bash-5.2-1.fc40"``, several of them with commas or spaces between, or a
  list of such texts;
- ``split(text, separator)``: the parts of a text;
- ``mentions(text)``: the ``NAME`` of every ``@NAME`` in a text;
- ``lower(text)``: a text in small letters;
- ``from_json(text)``: what a JSON text holds.

Each takes null for "nothing there" and gives null or an empty list back.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature

from ...document import Document, Key, Problem, nearest

_PLAIN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_MENTION = re.compile(r"@(\w+)")
_BETWEEN_BUILDS = re.compile(r"[ ,]+")
_QUOTED = 120

Body = Mapping[str, Any]
Search = Callable[[Body], object]


class PathError(Exception):
    """A path that could not be followed in this body, say a function on a wrong type."""


class BodyPath:
    """A path into a message body, compiled once."""

    def __init__(self, text: str) -> None:
        """Compile a path. Raises JMESPathError where it is none."""
        self.text = text
        compiled = jmespath.compile(text)
        for name in _functions_in(compiled.parsed):
            if name not in _KNOWN:
                raise JMESPathError(f"unknown function {name}(){nearest(name, _KNOWN)}")
        # JMESPath's interpreter takes some 5 us a path, a plain getter a tenth of it.
        self._search: Search = (
            _plain(text.split("."))
            if _PLAIN.fullmatch(text)
            else lambda body: compiled.search(body, _OPTIONS)
        )

    def find(self, body: Body) -> object:
        """Whatever the path finds. Raises PathError."""
        try:
            return self._search(body)
        except Exception as error:
            # Such an error may quote the whole body.
            raise PathError(f"{self.text}: {str(error)[:_QUOTED]}") from error

    def texts(self, body: Body) -> list[str]:
        """Everything textual that the path finds, in order. Raises PathError."""
        found = self.find(body)
        if isinstance(found, str):
            return [found]
        if not isinstance(found, list):
            return []
        try:
            return list(_texts_in(found))
        except RecursionError as error:
            raise PathError(f"{self.text}: nested too deeply") from error


def problems(source: Document, key: Key, path: str) -> Iterator[Problem]:
    """What is wrong with the path that a document has at a key, if anything."""
    try:
        BodyPath(path)
    except JMESPathError as error:
        first = str(error).splitlines()[0]
        yield source.problem(key, f"{path!r} is not a valid JMESPath: {first}")


class _OurFunctions(Functions):
    """JMESPath's own functions and ours."""

    @signature({"types": ["string", "array", "null"]})
    def _func_nvr(self, builds: str | list[object] | None) -> list[str]:
        texts = [builds] if isinstance(builds, str) else builds or []
        parts = (part for text in _texts_in(texts) for part in _BETWEEN_BUILDS.split(text))
        return [part.rsplit("-", 2)[0] for part in parts if part]

    @signature({"types": ["string", "null"]}, {"types": ["string"]})
    def _func_split(self, text: str | None, separator: str) -> list[str]:
        return text.split(separator) if text and separator else []

    @signature({"types": ["string", "null"]})
    def _func_mentions(self, text: str | None) -> list[str]:
        return _MENTION.findall(text or "")

    @signature({"types": ["string", "null"]})
    def _func_lower(self, text: str | None) -> str | None:
        return text.lower() if text else text

    @signature({"types": ["string", "null"]})
    def _func_from_json(self, text: str | None) -> object:
        return json.loads(text) if text else None


_OPTIONS = jmespath.Options(custom_functions=_OurFunctions())
_KNOWN = frozenset(_OurFunctions.FUNCTION_TABLE)


def _plain(keys: list[str]) -> Search:
    """A getter for ``a.b.c``, which means to JMESPath what it means to everybody."""
    first, *rest = keys

    def search(body: Body) -> object:
        found = body.get(first)
        for key in rest:
            if not isinstance(found, dict):
                return None
            found = found.get(key)
        return found

    return search


def _functions_in(node: object) -> Iterator[str]:
    """The names of the functions that a parsed JMESPath calls."""
    if isinstance(node, dict):
        if node.get("type") == "function_expression":
            yield node["value"]
        for child in node.get("children", ()):
            yield from _functions_in(child)


def _texts_in(found: Iterable[object]) -> Iterator[str]:
    for item in found:
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            yield from _texts_in(item)
