"""The simulated community of the demo: its groups, and its history as a file to import."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

WEEK = 7 * 86_400
#: How long Prometheus keeps the blocks.
RETENTION = "10y"
_COMMAND = [sys.executable, "-m", "fedmsg_exporter"]


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


class Community(NamedTuple):
    """How many people, how many messages a second, and for how many weeks already."""

    people: int
    rate: float
    weeks: int

    def options(self) -> list[str]:
        """The options of the simulation, the same for its past and its present."""
        return ["--people", str(self.people), "--rate", str(self.rate)]

    def write_groups(self, path: Path) -> None:
        """Write who is in which group, for `groups.file`."""
        command = [*_COMMAND, "simulate", *self.options(), "--groups"]
        with path.open("wb") as file:
            subprocess.run(command, stdout=file, check=True)

    def import_history(self, config: Path, now: float) -> None:
        """Simulate all the weeks until now, and import them meanwhile. Raises DemoError."""
        duration = self.weeks * WEEK
        span = ["--start", _iso(now - duration), "--duration", str(duration)]
        bus = [*_COMMAND, "simulate", *self.options(), *span]
        with subprocess.Popen(bus, stdout=subprocess.PIPE) as past:
            call("history", "import", "--config", str(config), "-", stdin=past)

    def export_history(self, config: Path, folder: Path, promtool: str, instance: str) -> None:
        """Make blocks of it for a Prometheus that scrapes ``instance``. Raises DemoError."""
        how = ["--promtool", promtool, "--instance", instance, "--retention", RETENTION]
        # Less than by default, for the sake of time: a baseline takes two weeks and more.
        how += ["--dense", "3w"]
        call("history", "export", "--config", str(config), *how, str(folder))


def call(*arguments: str, stdin: "subprocess.Popen[bytes] | None" = None) -> None:
    """Call a command of the exporter. Raises DemoError if it fails."""
    done = subprocess.run(
        [*_COMMAND, *arguments],
        stdin=stdin.stdout if stdin else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DemoError(f"fedmsg-exporter {' '.join(arguments)}: {done.stderr or done.stdout}")


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
