"""Finds the server programs, in one of two editions, or says how to get the missing one."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

#: The distribution's own packages, and those that newer.sh has unpacked into a cache.
EDITIONS = INSTALLED, NEWER = "installed", "newer"


class _Program(NamedTuple):
    candidates: tuple[str, ...]
    package: str


# Debian's rabbitmq-server in /usr/sbin runs as the user rabbitmq only, in that
# user's home; the script of RabbitMQ itself runs as anyone, anywhere.
_RABBITMQ = "/usr/lib/rabbitmq/bin/"
_ERLANG = "usr/lib/erlang/bin"

PROGRAMS = {
    "epmd": _Program(("epmd",), "erlang-base (Fedora: erlang-erts)"),
    "rabbitmq-server": _Program(
        (f"{_RABBITMQ}rabbitmq-server", "rabbitmq-server"), "rabbitmq-server"
    ),
    "rabbitmqctl": _Program((f"{_RABBITMQ}rabbitmqctl", "rabbitmqctl"), "rabbitmq-server"),
    "prometheus": _Program(("prometheus",), "prometheus"),
    "promtool": _Program(("promtool",), "prometheus"),
    "alertmanager": _Program(
        ("prometheus-alertmanager", "alertmanager"),
        "prometheus-alertmanager (Fedora: alertmanager)",
    ),
    "chromium": _Program(("chromium", "chromium-browser", "chromium-headless-shell"), "chromium"),
    "victoria-metrics": _Program(("victoria-metrics",), "victoria-metrics"),
    "vmalert": _Program(("vmalert",), "victoria-metrics"),
    "vmalert-tool": _Program(("vmalert-tool",), "victoria-metrics"),
}

_edition = INSTALLED


@contextmanager
def using(edition: str) -> Iterator[None]:
    """Within this context, `require` and `search_path` give programs of an edition."""
    global _edition  # noqa: PLW0603
    before, _edition = _edition, edition
    try:
        yield
    finally:
        _edition = before


def unpacked() -> Path:
    """Where newer.sh puts the newer edition."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    own = os.environ.get("FEDMSG_EXPORTER_SERVERS")
    return Path(own or Path(cache) / "fedmsg_exporter" / "servers") / "root"


def search_path() -> str:
    """Return PATH, with the edition's own programs first."""
    path = os.environ["PATH"]
    if _edition == INSTALLED:
        return path
    folders = [unpacked() / folder for folder in (_ERLANG, "usr/bin")]
    return os.pathsep.join([*map(str, folders), path])


def versions() -> dict[str, str]:
    """Return the upstream version of each package of the newer edition; {} without it."""
    path = unpacked() / "versions"
    lines = path.read_text().splitlines() if path.exists() else []
    packages = dict(line.split() for line in lines)
    return {name: _upstream(version) for name, version in packages.items()}


def require(name: str) -> str:
    """Return the path of a program of `PROGRAMS`, or skip the test without it.

    With FEDMSG_EXPORTER_REQUIRE_SERVERS=1 the test fails instead if the program
    should be installed, so that no run that was meant to cover the servers passes
    without them. The newer edition is optional.
    """
    return _newer(name) if _edition == NEWER else _installed(name)


def _newer(name: str) -> str:
    for candidate in PROGRAMS[name].candidates:
        if path := shutil.which(_within(candidate)):
            return path
    pytest.skip(f"no newer {name} in {unpacked()}: harness/newer.sh fetches it")


def _within(candidate: str) -> str:
    """The path of a program in the folder of the newer edition."""
    folder = _ERLANG if candidate == "epmd" else "usr/bin"
    inside = candidate.lstrip("/") if candidate.startswith("/") else f"{folder}/{candidate}"
    return str(unpacked() / inside)


def _installed(name: str) -> str:
    program = PROGRAMS[name]
    for candidate in program.candidates:
        if path := shutil.which(candidate):
            return path
    reason = (
        f"{name} is not installed: it comes with the package {program.package};"
        " harness/install.sh installs it"
    )
    if os.environ.get("FEDMSG_EXPORTER_REQUIRE_SERVERS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _upstream(version: str) -> str:
    """Debian's version without its epoch, its own suffixes and its revision."""
    return re.sub(r"^\d+:|[+~-].*$", "", version)
