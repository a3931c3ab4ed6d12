"""The owners of logins on other platforms: by map, or where people sign in with FAS."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from .. import document
from ..document import DocumentError
from .names import fas_name

#: People sign in with their Fedora account, so the login is the FAS name.
SAME = "fas"

_NAMES: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": "string", "description": "a FAS name"},
}
# Must match the config's schema.
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": f"logins by category: {SAME}, a list of hosts, or a mapping",
    "additionalProperties": {
        "type": ["object", "array", "string"],
        "pattern": f"^{SAME}$",
        "items": {"type": "string", "description": "a host"},
        "additionalProperties": {
            "type": ["string", "object"],
            "additionalProperties": {"type": "string", "description": "a FAS name"},
            "description": f"a FAS name, or for a host {SAME} or FAS names by login",
        },
        "description": f"FAS names by login, the word {SAME}, or hosts where logins are FAS names",
    },
}

_FLAGS = re.ASCII | re.IGNORECASE
# No user info, and nothing that other parsers might read differently.
_URL = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?)(?:/[^\\]*)?", _FLAGS)
_DEFAULT_PORT = re.compile(r":(?:443|80)$", re.ASCII)
_LONGEST = 500


class _SameNames(dict[str, str]):
    """Returns each login unchanged, if it is a valid FAS name."""

    def get(self, login: str, default: Any = None) -> Any:
        return login if fas_name(login) == login.lower() else default


class Logins(NamedTuple):
    """What is known about the logins of one category.

    ``names`` has FAS names by login, on any host; ``hosts`` has the same by host.
    Where logins are FAS names, the mapping returns each unchanged.
    """

    names: Mapping[str, str] = {}
    hosts: Mapping[str, Mapping[str, str]] = {}

    def maps(self, host: str) -> tuple[Mapping[str, str], ...]:
        """Return the maps that apply to a host, in order; "" means an unknown host."""
        here = self.hosts.get(host)
        return (self.names,) if here is None else (here, self.names)

    def is_fedoras(self, host: str) -> bool:
        """Report whether people sign in to a host with their Fedora account."""
        return any(isinstance(known, _SameNames) for known in self.maps(host))


def host_of(url: str) -> str:
    """Return the host in a URL, in lower case, with any unusual port; "" if in doubt."""
    # Long texts are kept out of the cache: a few thousand would fill the memory.
    return _host_of(url) if len(url) <= _LONGEST else ""


@lru_cache(maxsize=10_000)
def _host_of(url: str) -> str:
    found = _URL.fullmatch(url)
    return _DEFAULT_PORT.sub("", found[1].lower()) if found else ""


def load(path: Path) -> Mapping[str, Any]:
    """Read the settings from a separate file. Raises DocumentError."""
    source = document.read(path)
    if problems := document.check(source, _SCHEMA):
        raise DocumentError(problems)
    return source.data  # type: ignore[no-any-return]


def compile_logins(
    instances: Mapping[str, tuple[str, ...]], settings: Mapping[str, Any]
) -> dict[str, Logins]:
    """Compile the mapping's instances, and valid settings on top of them.

    A list of hosts replaces the mapping's instances; anything else adds to them.
    """
    compiled = {name: _hosts(hosts) for name, hosts in instances.items()}
    for name, setting in settings.items():
        compiled[name] = _compiled(setting, compiled.get(name, Logins()))
    return compiled


def _compiled(setting: Any, base: Logins) -> Logins:
    if isinstance(setting, list):
        return _hosts(setting)
    if setting == SAME:
        return base._replace(names=_SameNames())
    by_host = {host: value for host, value in setting.items() if _is_for_host(value)}
    names = {login: name for login, name in setting.items() if login not in by_host}
    hosts = {h.lower(): _SameNames() if v == SAME else v for h, v in by_host.items()}
    return Logins(names, {**base.hosts, **hosts})


def _is_for_host(value: object) -> bool:
    return value == SAME or isinstance(value, Mapping)


def _hosts(hosts: Any) -> Logins:
    return Logins(hosts={host.lower(): _SameNames() for host in hosts})
