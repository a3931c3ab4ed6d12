"""Finds the server programs, or says which package brings the missing one."""

import os
import shutil
from typing import NamedTuple

import pytest


class _Program(NamedTuple):
    candidates: tuple[str, ...]
    package: str


# Debian's rabbitmq-server in /usr/sbin runs as the user rabbitmq only, in that
# user's home; the script of RabbitMQ itself runs as anyone, anywhere.
_RABBITMQ = "/usr/lib/rabbitmq/bin/"

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
}


def require(name: str) -> str:
    """Return the path of a program of `PROGRAMS`, or skip the test without it.

    With FEDMSG_EXPORTER_REQUIRE_SERVERS=1 the test fails instead, so that no
    run that was meant to cover the servers passes without them.
    """
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
