"""Paths into message bodies: JMESPath, and five functions that Fedora's bodies require.

The language is https://jmespath.org/specification.html. The functions are

- ``nvr(x)``: the package names of builds, from text such as ``"bash-5.2-1.fc40"``,
  several of them separated by commas or spaces, or a list of such texts;
- ``split(text, separator)``: the parts of a text;
- ``mentions(text)``: the ``NAME`` of every ``@NAME`` in a text;
- ``lower(text)``: the text in lower case;
- ``from_json(text)``: the value of a JSON text.

Each accepts null for "nothing there" and returns null or an empty list for it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature

from ...document import Document, Key, Problem, nearest
from ..closures import NotCoveredError, compile_node, is_false

_MENTION = re.compile(r"@(\w+)")
_BETWEEN_BUILDS = re.compile(r"[ ,]+")
_QUOTED = 120

Body = Mapping[str, Any]
Search = Callable[[Body], object]


class PathError(Exception):
    """A path that fails on a body, for example because a function got the wrong type."""


class BodyPath:
    """A path into a message body, compiled once."""

    def __init__(self, text: str) -> None:
        """Compile a path. Raises JMESPathError if it is not valid."""
        self.text = text
        compiled = jmespath.compile(text)
        for name in _functions_in(compiled.parsed):
            if name not in _KNOWN:
                raise JMESPathError(f"unknown function {name}(){nearest(name, _KNOWN)}")
        try:
            self._search: Search = compile_node(compiled.parsed, _function)
        except NotCoveredError:
            self._search = lambda body: compiled.search(body, OPTIONS)

    def find(self, body: Body) -> object:
        """Return whatever the path finds. Raises PathError."""
        try:
            return self._search(body)
        except Exception as error:
            # Such an error may quote the whole body.
            raise PathError(f"{self.text}: {str(error)[:_QUOTED]}") from error

    def holds(self, body: Body) -> bool:
        """Report whether the path finds what JMESPath calls true, as 0 is. Raises PathError."""
        return not is_false(self.find(body))

    def texts(self, body: Body) -> list[str]:
        """Return every text that the path finds, in order. Raises PathError."""
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
    """What is wrong with the path at a key of a document, if anything."""
    try:
        BodyPath(path)
    except JMESPathError as error:
        first = str(error).splitlines()[0]
        yield source.problem(key, f"{path!r} is not valid JMESPath: {first}")


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


_FUNCTIONS = _OurFunctions()
#: Adds our functions to JMESPath's own interpreter.
OPTIONS = jmespath.Options(custom_functions=_FUNCTIONS)
_KNOWN = frozenset(_OurFunctions.FUNCTION_TABLE)
# Python's types for JMESPath's names of types.
_TYPES: Mapping[str, type] = {
    "string": str,
    "array": list,
    "object": dict,
    "null": type(None),
    "boolean": bool,
}


def _function(name: str) -> Callable[[list[Any]], object]:
    """Return a JMESPath function, with a fast type check if its types are simple."""
    spec = _OurFunctions.FUNCTION_TABLE[name]
    wanted = [argument["types"] for argument in spec["signature"]]

    def slowly(arguments: list[Any]) -> object:
        return _FUNCTIONS.call_function(name, arguments)

    variadic = any(argument.get("variadic") for argument in spec["signature"])
    if variadic or any(kind not in _TYPES for kinds in wanted for kind in kinds):
        return slowly
    # An argument without types accepts any.
    fit = frozenset(product(*([_TYPES[kind] for kind in kinds or _TYPES] for kinds in wanted)))
    function = partial(spec["function"], _FUNCTIONS)

    def quickly(arguments: list[Any]) -> object:
        return function(*arguments) if tuple(map(type, arguments)) in fit else slowly(arguments)

    return quickly


def _functions_in(node: object) -> Iterator[str]:
    """Yield the names of the functions that a parsed JMESPath calls."""
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
