"""Whose logins elsewhere are: what a user's own file or config says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import document
from ..document import DocumentError
from .credit import Logins

#: Says of an app that people sign in to it with their Fedora account.
SAME = "fas"

# As the config's schema has it.
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": f"logins by category: {SAME}, or a mapping of logins to FAS names",
    "additionalProperties": {
        "type": ["object", "string"],
        "pattern": f"^{SAME}$",
        "additionalProperties": {"type": "string", "description": "a FAS name"},
        "description": f"FAS names by login, or {SAME} where logins are FAS names",
    },
}


class _SameNames(dict[str, str]):
    """Answers each login with itself."""

    def get(self, login: str, default: Any = None) -> Any:  # noqa: ARG002  dict's signature
        return login


def load(path: Path) -> Logins:
    """Read the map from a file of its own. Raises DocumentError."""
    source = document.read(path)
    if problems := document.check(source, _SCHEMA):
        raise DocumentError(problems)
    return compile_logins(source.data)


def compile_logins(data: Mapping[str, Any]) -> Logins:
    """Make the map of data that fit the schema."""
    return {name: _SameNames() if known == SAME else known for name, known in data.items()}
