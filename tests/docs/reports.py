"""The reports in docs/reports.md, made from the simulation: ``python -m tests.docs.reports``."""

import json
import os
import re
import subprocess
import sys
import tempfile
from itertools import takewhile
from pathlib import Path

import yaml

from fedmsg_exporter.commands.simulate import _record
from fedmsg_exporter.sources.simulation import Simulation
from fedmsg_exporter.statistics.calendar import day, start_of
from fedmsg_exporter.version import __version__

PAGE = Path(__file__).parents[2] / "docs" / "reports.md"
SESSION = re.compile(r"^```console\n\$ (fedmsg-exporter report .*)\n((?:.*\n)*?)```$", re.MULTILINE)

#: A small Fedora, whose people have been there for years: its past, and a Monday morning.
_SIMULATION = Simulation(seed=7, people=40, rate=0.0006)
_START, _END = day("2024-05-27"), day("2026-07-06")
_NOW = "2026-07-06T09:00:00+00:00"
_CONFIG = {"state": "ledger.sqlite", "groups": {"file": "groups.yml"}, "schemas": False}


def prepare(folder: Path) -> None:
    """Make history, a config and groups for the commands of the page."""
    messages = _SIMULATION.messages(start_of(_START))
    until = start_of(_END) + 8 * 3600
    with (folder / "past.jsonl").open("w", encoding="utf-8") as file:
        for one in takewhile(lambda one: (one.message.sent_at or 0) < until, messages):
            file.write(json.dumps(_record(one.message)) + "\n")
    groups = {name: list(users) for name, users in _SIMULATION.community.groups.items()}
    (folder / "groups.yml").write_text(yaml.safe_dump({"groups": groups}))
    made = start_of(day("2026-07-01"))
    os.utime(folder / "groups.yml", (made, made))
    (folder / "config.yml").write_text(yaml.safe_dump(_CONFIG))
    run("fedmsg-exporter history import past.jsonl", folder)


def printed(command: str, folder: Path) -> str:
    """What a command of the page prints; the version is left out, as it changes."""
    text = run(f"{command} --now {_NOW}", folder)
    # In a sentence it may be on a line of its own, or be code.
    sentences = re.sub(rf"(?<=fedmsg_exporter)\s+`?{re.escape(__version__)}`?", "", text)
    return sentences.replace(__version__, "1.0")


def run(command: str, folder: Path, config: str = "config.yml") -> str:
    """What a command prints, with the installed program, in a folder with a config."""
    programs = Path(sys.executable).parent
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={"PATH": f"{programs}:{os.environ['PATH']}", "FEDMSG_EXPORTER_CONFIG": config},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _write() -> None:
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        text = PAGE.read_text("utf-8")
        text = SESSION.sub(lambda one: _session(one[1], Path(name)), text)
        PAGE.write_text(text, "utf-8")


def _session(command: str, folder: Path) -> str:
    return f"```console\n$ {command}\n{printed(command, folder)}```"


if __name__ == "__main__":
    _write()
