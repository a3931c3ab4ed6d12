"""What is wrong with a config: by its schema, and beyond what a schema can express. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from .. import document
from ..document import Document, Key, Problem
from . import addresses, paths


def problems(source: Document, schema: Mapping[str, Any]) -> list[Problem]:
    """Every problem in a config, by line; paths and groups only once the rest is valid."""
    found = document.check(source, schema)
    if isinstance(source.data, dict):
        found += _in_addresses(source)
    found = found or [*_in_paths(source), *_in_groups(source)]
    return sorted(found, key=lambda problem: problem.line or 0)


def _in_addresses(source: Document) -> Iterator[Problem]:
    given = source.data.get("listen", [])
    for index, text in enumerate(addresses.listed(given)):
        message = addresses.problem(text) if isinstance(text, str) else None
        if message:
            key: Key = ("listen", index) if isinstance(given, list) else ("listen",)
            yield source.problem(key, message)


def _in_paths(source: Document) -> Iterator[Problem]:
    for key in (("state",), ("history",), *paths.FILES):
        value = paths.named(source.data, key)
        if isinstance(value, str) and (message := paths.problem(value)):
            yield source.problem(key, message)


def _in_groups(source: Document) -> Iterator[Problem]:
    groups = source.data.get("groups") or {}
    if groups.get("file") and (groups.get("fasjson") or {}).get("url"):
        message = "group members come from a file or from FASJSON; remove this or `groups.file`"
        yield source.problem(("groups", "fasjson"), message)
