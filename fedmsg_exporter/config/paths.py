"""Paths as the config spells them: relative to its own folder, or with ~."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..document import Key

#: The keys whose values are files that the config's user writes, in the order of reading.
FILES: tuple[Key, ...] = (
    ("mapping",),
    ("groups", "file"),
    ("users", "logins"),
    ("web", "config_file"),
)


def named(data: Mapping[str, Any], key: Key) -> Any:
    """The value at a key of a config, None if it is not there."""
    found: Any = data
    for part in key:
        found = found.get(part) if isinstance(found, dict) else None
    return found


def problem(value: str) -> str | None:
    """What is wrong with a path before anything looks for the file, None if nothing is."""
    if "\0" in value:
        return f"{value!r} contains a NUL byte, which no file name can have"
    try:
        Path(value).expanduser()
    except RuntimeError:
        return f"{value!r} is in the home of an unknown user; write the full path"
    return None


def resolve(base: Path, value: str) -> Path:
    """A path that has no `problem`; a relative one starts from ``base``."""
    return base / Path(value).expanduser()
