"""The servers of the demo: an exporter that reads the simulation, and a Prometheus."""

import shutil
import sys
from pathlib import Path

import yaml

from harness import Prometheus, free_port
from harness.programs import INSTALLED, NEWER, unpacked
from harness.web import WebServer
from tools.preview.filled import RULES

from .community import RETENTION, Community, DemoError

_MISSING = "Prometheus is not installed, and could not be fetched: install it, then try again"


def edition() -> str:
    """Which Prometheus there is: the system's, or the unpacked one. Raises DemoError."""
    if shutil.which("prometheus") and shutil.which("promtool"):
        return INSTALLED
    if (unpacked() / "usr/bin/prometheus").exists():
        return NEWER
    raise DemoError(_MISSING)


class Exporter(WebServer):
    """`fedmsg-exporter run` on the simulation, with a ledger and groups."""

    def __init__(self, folder: Path, community: Community) -> None:
        self._community = community
        self.config = folder / "exporter.yml"
        super().__init__(folder, "exporter")

    def _command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "fedmsg_exporter", "run", "--source", "simulation"),
            *self._community.options(),
            *("--config", str(self.config), "--listen", self.address),
        ]

    def _write_config(self) -> None:
        groups = self.folder / "groups.yml"
        if not groups.exists():
            self._community.write_groups(groups)
        settings = {"state": "ledger.sqlite", "groups": {"file": "groups.yml", "members": True}}
        self.config.write_text(yaml.safe_dump(settings))


def prometheus(folder: Path, blocks: Path, exporter: Exporter, port: int) -> Prometheus:
    """A Prometheus with history and the shipped rules, on loopback."""
    return Prometheus(
        folder,
        [exporter.address],
        scrape_interval="15s",
        rules=sorted(RULES.glob("*.yml")),
        retention=RETENTION,
        data=blocks,
        port=port or free_port(),
    )
