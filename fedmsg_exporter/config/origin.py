"""Where the config is, and which of its lines names a file."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .. import config, document
from ..config import Config
from ..document import Document, DocumentError, Key, Problem
from . import paths

_NO_CONFIG = Document("", {}, {})


class Origin:
    """The config as a document, for the lines of its keys. Empty if there is none."""

    def __init__(self, path: Path | None) -> None:
        """Look where `config.load` looks."""
        self.path = path or _usual_place()
        self.document = document.read(self.path) if self.path else _NO_CONFIG

    def files(self) -> Iterator[tuple[Key, Path]]:
        """The files that the config names, with the key that names each."""
        for key in paths.FILES:
            value = paths.named(self.document.data, key)
            if isinstance(value, str) and self.path:
                yield key, paths.resolve(self.path.parent, value)

    def traced(self, error: DocumentError) -> DocumentError:
        """An error, each missing file in it reported at the key that names it."""
        return DocumentError(self._traced(error.problems))

    def problem(self, key: Key, message: str) -> Problem:
        """A problem at a key of the config."""
        return self.document.problem(key, message)

    def _traced(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        named: dict[str, list[Key]] = {}
        for key, path in self.files():
            named.setdefault(str(path), []).append(key)
        for one in problems:
            keys = named.get(one.file)
            if keys and one.line is None and not one.key:
                # One file may be named twice: in the order in which they are read.
                key = keys.pop(0) if len(keys) > 1 else keys[0]
                yield self.problem(key, f"{one.file}: {one.message}")
            else:
                yield one


class Reading(NamedTuple):
    """Reads the config as it is now: from a path, or its usual place, with overrides.

    See `config.load`.
    """

    path: Path | None
    overrides: Mapping[str, Any]

    def load(self) -> Config:
        """The config. Raises DocumentError."""
        return config.load(self.path, self.overrides)

    def traced(self, error: DocumentError) -> DocumentError:
        """An error in the config or in a file that it names: see `Origin.traced`."""
        try:
            return Origin(self.path).traced(error)
        except DocumentError:
            return error  # It is about the config itself.


def _usual_place() -> Path | None:
    if os.environ.get(config.VARIABLE):
        return Path(os.environ[config.VARIABLE])
    return config.DEFAULT_PATH if config.DEFAULT_PATH.exists() else None
