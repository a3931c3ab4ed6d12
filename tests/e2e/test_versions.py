"""The table of tested versions says what the tests ran on."""

import re
import subprocess
from pathlib import Path

import pytest

from harness import RabbitMQ, require
from harness.programs import INSTALLED, versions
from tools.preview.filled import RULES

pytestmark = [pytest.mark.servers, pytest.mark.editions]

_VERSION = Path("/etc/debian_version")
DEBIAN = _VERSION.read_text() if _VERSION.exists() else ""
#: The rows of the table, and the package and the program that they are about.
ROWS = {
    "Prometheus, promtool": ("prometheus", "prometheus"),
    "Alertmanager, amtool": ("prometheus-alertmanager", "alertmanager"),
    "RabbitMQ": ("rabbitmq-server", "rabbitmqctl"),
    "VictoriaMetrics, vmalert": ("victoria-metrics", "victoria-metrics"),
}


def table() -> dict[str, tuple[str, str]]:
    """The versions of each row: Debian's, and the newer one."""
    text = (RULES / "README.md").read_text("utf-8").partition("## Tested versions")[2]
    found = re.findall(r"^\| ([\w, ]+) \| ([\d.]*) ?\| ([\d.]*) ?\|$", text, re.MULTILINE)
    return {row: (installed, newer) for row, installed, newer in found}


def numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:2]]


def test_table_has_all_programs() -> None:
    """Each server that the tests start has a row."""
    assert list(table()) == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_table_says_what_runs(row: str, edition: str, request: pytest.FixtureRequest) -> None:
    """What runs has the major version of the table, and at least the minor one."""
    if edition == INSTALLED and not DEBIAN.startswith("12."):
        pytest.skip("this is not Debian 12")
    package, program = ROWS[row]
    written = table()[row][edition != INSTALLED]
    if not written:
        pytest.skip("not tested in this edition")
    require(program)
    if edition != INSTALLED:
        running = versions()[package]
    elif program == "rabbitmqctl":
        broker: RabbitMQ = request.getfixturevalue("rabbitmq")
        running = broker.rabbitmqctl("version")
    else:
        done = subprocess.run(
            [require(program), "--version"], capture_output=True, text=True, check=True
        )
        running = (done.stdout + done.stderr).partition("version ")[2]
    assert numbers(running)[0] == numbers(written)[0]
    assert numbers(running) >= numbers(written)
