"""The page that a request asks for: the normalised path of its target, and its query."""

import re
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_MOST_ARGUMENTS = 1000


class Target(NamedTuple):
    """A page's path, and the query's arguments."""

    path: str
    arguments: dict[str, list[str]]


def parse(target: bytes) -> Target:
    """Parse a request's target in origin form (``/metrics``) or absolute form (``http://…``).

    Consecutive slashes count as one: proxies that join paths request ``//metrics``.
    """
    text = target.decode("latin-1")
    if absolute := _ABSOLUTE.match(text):
        text = text[absolute.end() :]
    path, _, query = text.partition("?")
    return Target(re.sub("/+", "/", unquote(path)) or "/", _arguments(query))


def _arguments(query: str) -> dict[str, list[str]]:
    try:
        return parse_qs(query, keep_blank_values=True, max_num_fields=_MOST_ARGUMENTS)
    except ValueError:
        return {}
