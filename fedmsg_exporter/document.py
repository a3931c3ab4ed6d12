"""YAML and JSON files as written by their users: the data, and the line of each key.

Config, mapping and membership files all come through here, so that each error
names file, line, key and a way to fix it.
"""

import difflib
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml
from jsonschema.exceptions import ValidationError
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError

from . import json_types, yaml_hints

Key = tuple[str | int, ...]

# libyaml's parsers, ten times as fast, where PyYAML was built with them.
_SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

# YAML's tags of keys that mean what they say: text, and "<<" to merge.
_KEY_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")

#: Shows a value in a problem, however large it is.
_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = 80


class Problem(NamedTuple):
    """One error in a file, with what is needed to fix it."""

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        """Render as ``file:line: key: message``, the form that editors follow."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class DocumentError(Exception):
    """A file that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class Document(NamedTuple):
    """A file's data, and the line (from 1) of each key."""

    file: str
    data: Any
    lines: Mapping[Key, int]

    def problem(self, key: Key, message: str) -> Problem:
        """Make a problem at a key, or at the nearest key above it that has a line."""
        return Problem(self.file, self.line(key), dotted(key), message)

    def line(self, key: Key) -> int | None:
        """The line of a key, or that of the nearest key above it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key)


def read(path: Path, *, plain: bool = False) -> Document:
    """Read a YAML or JSON file. With ``plain``, every scalar is read as text.

    Raises DocumentError when the file cannot be read or is not valid YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise DocumentError([Problem(str(path), None, "", f"cannot be read: {reason}")]) from error
    return parse(text, str(path), plain=plain)


def parse(text: str, file: str, *, plain: bool = False) -> Document:
    """Parse YAML text; ``file`` is the name to use in problems. Raises DocumentError."""
    try:
        return _parsed((_PLAIN_LOADER if plain else _Loader)(text), file)
    except (yaml.YAMLError, RecursionError) as error:
        raise DocumentError([_syntax_problem(file, text, error)]) from error


def packaged(name: str) -> Document:
    """Read a YAML file that ships inside this package, by its name there."""
    text = files("fedmsg_exporter").joinpath(name).read_text(encoding="utf-8")
    return parse(text, f"fedmsg_exporter/{name}")


def check(document: Document, schema: Mapping[str, Any]) -> list[Problem]:
    """Check a document against a JSON schema; one problem for each error, by line."""
    validator = json_types.Validator(schema)
    errors = sorted(validator.iter_errors(document.data), key=lambda e: list(map(str, e.path)))
    problems = [problem for error in errors for problem in _problems(document, error)]
    return sorted(problems, key=lambda problem: problem.line or 0)


def dotted(key: Key) -> str:
    """Write a key as people do: ``groups.track[2]``."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the known word that was probably meant, as a clause, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _problems(document: Document, error: ValidationError) -> Iterator[Problem]:
    key: Key = tuple(error.absolute_path)
    wanted: Any = error.validator_value
    shown = _shown.repr(error.instance)
    expected = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    about = f" ({expected})" if expected else ""
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(document, key, error)
        case "enum":
            allowed = ", ".join(map(str, wanted))
            hint = nearest(str(error.instance), map(str, wanted))
            # YAML reads on, off, yes and no as booleans.
            hint = "; write it in quotes" if isinstance(error.instance, bool) else hint
            yield document.problem(key, f"{shown} is not allowed; allowed: {allowed}{hint}")
        case "type":
            hint = json_types.hint(error.instance, wanted)
            yield document.problem(key, f"{shown} must be {json_types.kind(wanted)}{about}{hint}")
        case "pattern" if expected:
            yield document.problem(key, f"{shown} is not valid; expected {expected}")
        case _:
            yield document.problem(key, f"{error.message}{about}")


def _unknown_keys(document: Document, key: Key, error: ValidationError) -> Iterator[Problem]:
    assert isinstance(error.schema, Mapping)  # noqa: S101  additionalProperties sits in one
    known = list(error.schema.get("properties", ()))
    assert isinstance(error.instance, Mapping)  # noqa: S101
    for name in error.instance:
        if name not in known:
            allowed = ", ".join(known)
            hint = nearest(str(name), known)
            yield document.problem((*key, str(name)), f"unknown key{hint or f'; known: {allowed}'}")


class _Loader(_SAFE_LOADER):  # type: ignore[misc]
    """Reports the line of a value that cannot exist, such as 30 February."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            raise ConstructorError(None, None, str(error), node.start_mark) from error


def _parsed(loader: Any, file: str) -> Document:
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(file, {}, {})
        walk = _Walk(file)
        walk.visit(node, (), node)
        return Document(file, loader.construct_document(node), walk.lines)
    finally:
        loader.dispose()


class _Walk:
    """A walk through a tree of nodes that notes the line of each key.

    An anchor's content is visited only once: its keys have no separate lines
    under an alias, and aliases of aliases cost nothing.
    """

    def __init__(self, file: str) -> None:
        self.lines: dict[Key, int] = {}
        self._file = file
        self._visited: set[yaml.Node] = set()
        self._entered: set[yaml.Node] = set()

    def visit(self, node: yaml.Node, key: Key, at: yaml.Node) -> None:
        """Visit the node of a key; ``at`` is the node that has the key's line."""
        self.lines[key] = at.start_mark.line + 1
        if node in self._entered:
            self._refuse(key, "an alias (*) inside its own anchor (&); write it out")
        if node in self._visited:
            return
        self._visited.add(node)
        self._entered.add(node)
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.visit(item, (*key, index), item)
        elif isinstance(node, yaml.MappingNode):
            self._visit_mapping(node, key)
        elif message := yaml_hints.misread_number(node):
            self._refuse(key, message)
        self._entered.remove(node)

    def _visit_mapping(self, node: yaml.MappingNode, key: Key) -> None:
        """Visit keys and values, and refuse duplicate keys, of which YAML would take the last."""
        for name, value in node.value:
            here: Key = (*key, name.value if isinstance(name, yaml.ScalarNode) else "?")
            known = here in self.lines
            self.lines[here] = name.start_mark.line + 1
            if not isinstance(name, yaml.ScalarNode) or name.tag not in _KEY_TAGS:
                self._refuse(here, "this key is not text; write it in quotes")
            if known:
                self._refuse(here, "duplicate key; keep one of them")
            self.visit(value, here, name)

    def _refuse(self, key: Key, message: str) -> NoReturn:
        raise DocumentError([Problem(self._file, self.lines[key], dotted(key), message)])


def _syntax_problem(file: str, text: str, error: Exception) -> Problem:
    if isinstance(error, RecursionError):
        return Problem(file, None, "", "is nested too deeply")
    if isinstance(error, ReaderError):
        line = text.encode()[: error.position].count(b"\n") + 1
        return Problem(file, line, "", f"is not valid YAML: {error.reason}")
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    # libyaml reports an unexpected end of the file one line past the last.
    at = min(mark.line, text.count("\n")) + 1 if mark else None
    # The words of PyYAML 6.0.4, whose libyaml gives up before Python's stack does.
    if "maximum nesting depth" in problem:
        return Problem(file, at, "", "is nested too deeply")
    advice = yaml_hints.advice(text, error)
    return Problem(file, at, "", f"is not valid YAML: {problem}{advice}")
