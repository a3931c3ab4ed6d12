"""Where the HTTP server listens: ``listen`` of the config, in its several spellings."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from . import paths

_PORTS = 65536
_TCP = re.compile(r"([^:\s\[\]/]*|\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]+(?:%\w+)?\]):([0-9]{1,9})")
_UNIX = "unix:"
# The kernel's limit on the path of a socket, without the terminating NUL.
_LONGEST_PATH = 107

#: The sockets that systemd passes on.
SYSTEMD = "systemd"


class TCP(NamedTuple):
    """A host name or IP address, "" for all of them, and a port, 0 for any."""

    host: str
    port: int

    def __str__(self) -> str:
        """Render as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Unix(NamedTuple):
    """The path of a unix socket."""

    path: Path

    def __str__(self) -> str:
        """Render as in the config."""
        return f"{_UNIX}{self.path}"


class Systemd(NamedTuple):
    """The sockets that systemd passes on."""

    def __str__(self) -> str:
        """Render as in the config."""
        return SYSTEMD


Address = TCP | Unix | Systemd


def problem(text: str) -> str | None:
    """What is wrong with an address, None if nothing is."""
    if text == SYSTEMD:
        return None
    if text.startswith(_UNIX):
        path = text.removeprefix(_UNIX)
        if not path or "\0" in path or len(path.encode()) > _LONGEST_PATH:
            return f"{text!r} has no usable path; expected 1 to {_LONGEST_PATH} bytes after unix:"
        return paths.problem(path)
    parts = _TCP.fullmatch(text)
    if parts is None:
        return (
            f"{text!r} is not a valid address; expected one like "
            "127.0.0.1:10450, [::1]:10450, :10450, unix:/run/fedmsg-exporter/web.sock or systemd"
        )
    port = parts[2]
    return None if int(port) < _PORTS else f"{port} is not a valid port (0-65535)"


def listed(value: Any) -> list[Any]:
    """The value of ``listen`` as a list, which it may be or not."""
    return value if isinstance(value, list) else [value]


def parse(value: str | list[str], base: Path) -> Iterator[Address]:
    """Parse addresses that have no `problem`; paths are relative to ``base``."""
    for text in listed(value):
        if text == SYSTEMD:
            yield Systemd()
        elif text.startswith(_UNIX):
            yield Unix(paths.resolve(base, text.removeprefix(_UNIX)))
        else:
            host, _, port = text.rpartition(":")
            yield TCP(host.strip("[]"), int(port))
