"""YAML and JSON files as their users wrote them: data, and the line of each key.

Config, mapping and membership files all come through here, so that each of
them can answer a fault with file, line, key and the way out.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import yaml
from jsonschema.exceptions import ValidationError

Key = tuple[str | int, ...]

# libyaml's parsers, ten times as fast, where PyYAML was built with them.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Fault(NamedTuple):
    """One thing that is wrong in a file, told so that it can be mended."""

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

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class Document(NamedTuple):
    """A file's data, and the line (from 1) on which each key stands."""

    file: str
    data: Any
    lines: Mapping[Key, int]

    def fault(self, key: Key, message: str) -> Fault:
        """Make a fault at a key, or at the nearest key above it that has a line."""
        return Fault(self.file, self.line(key), dotted(key), message)

    def line(self, key: Key) -> int | None:
        """The line of a key, or that of the nearest key above it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key)


def read(path: Path, *, plain: bool = False) -> Document:
    """Read a YAML or JSON file. ``plain`` keeps every scalar as the text it is.

    Raises DocumentError when the file cannot be read or is no YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise DocumentError([Fault(str(path), None, "", f"cannot be read: {reason}")]) from error
    return parse(text, str(path), plain=plain)


def parse(text: str, file: str, *, plain: bool = False) -> Document:
    """Parse YAML text; ``file`` is the name to use in faults. Raises DocumentError."""
    loader = (_PLAIN_LOADER if plain else _LOADER)(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(file, {}, {})
        lines = dict(_lines(node, (), file))
        return Document(file, loader.construct_document(node), lines)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DocumentError([_syntax_fault(file, error)]) from error
    finally:
        loader.dispose()


def packaged(name: str) -> Document:
    """Read a YAML file that ships inside this package, by its name there."""
    text = files("fedmsg_exporter").joinpath(name).read_text(encoding="utf-8")
    return parse(text, f"fedmsg_exporter/{name}")


def check(document: Document, schema: Mapping[str, Any]) -> list[Fault]:
    """Hold a document against a JSON schema; one fault for each thing wrong."""
    validator = jsonschema.Draft202012Validator(schema)
    errors = sorted(validator.iter_errors(document.data), key=lambda e: list(map(str, e.path)))
    return [fault for error in errors for fault in _faults(document, error)]


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


def _faults(document: Document, error: ValidationError) -> Iterator[Fault]:
    key: Key = tuple(error.absolute_path)
    wanted: Any = error.validator_value
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(document, key, error)
        case "enum":
            allowed = ", ".join(map(str, wanted))
            hint = nearest(str(error.instance), map(str, wanted))
            yield document.fault(
                key, f"{error.instance!r} is not allowed; allowed: {allowed}{hint}"
            )
        case "type":
            yield document.fault(key, f"{error.instance!r} must be {_kind(wanted)}")
        case _:
            expected = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
            yield document.fault(key, f"{error.message}{f' ({expected})' if expected else ''}")


def _unknown_keys(document: Document, key: Key, error: ValidationError) -> Iterator[Fault]:
    assert isinstance(error.schema, Mapping)  # noqa: S101  additionalProperties sits in one
    known = list(error.schema.get("properties", ()))
    assert isinstance(error.instance, Mapping)  # noqa: S101
    for name in error.instance:
        if name not in known:
            allowed = ", ".join(known)
            hint = nearest(str(name), known)
            yield document.fault((*key, str(name)), f"unknown key{hint or f'; known: {allowed}'}")


def _kind(types: str | list[str]) -> str:
    names = {
        "object": "a mapping of keys to values",
        "array": "a list",
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "null": "nothing",
    }
    types = [types] if isinstance(types, str) else types
    return " or ".join(names[name] for name in types)


def _lines(node: yaml.Node, key: Key, file: str) -> Iterator[tuple[Key, int]]:
    """Walk the node tree; a key that stands twice is a fault, not a last word."""
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*key, index), item.start_mark.line + 1
            yield from _lines(item, (*key, index), file)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            here: Key = (*key, str(name.value))
            line = name.start_mark.line + 1
            if name.value in seen:
                raise DocumentError([Fault(file, line, dotted(here), "this key stands twice")])
            seen.add(name.value)
            yield here, line
            yield from _lines(value, here, file)


def _syntax_fault(file: str, error: Exception) -> Fault:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else None
    problem = getattr(error, "problem", None) or str(error) or type(error).__name__
    return Fault(file, line, "", f"is not valid YAML: {problem}")
