"""The compose file without an engine: its commands, run on the real programs.

Each service gets a folder that represents its container: mounts are copied, and
volumes are empty. Ports differ, since several may run here.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness import RabbitMQ, require, wait_until
from harness.web import WebServer
from tests.deployed import DEPLOY, PROFILE, SERVICES, mounts
from tools.preview.filled import rules

pytestmark = pytest.mark.servers

COLLECTORS = {"prometheus": ["--web.listen-address={}"]}
COLLECTORS["alertmanager"] = [*COLLECTORS["prometheus"], "--cluster.listen-address="]
Json = dict[str, Any]


class Container(WebServer):
    """A service of the compose file. ``replaced`` changes texts of its files and command."""

    def __init__(self, folder: Path, name: str, replaced: Mapping[str, str]) -> None:
        self.service: Json = SERVICES[name]
        self.replaced = replaced
        super().__init__(folder, name)
        environment = self.service.get("environment", {})
        self.process.environment = {name: self.within(text) for name, text in environment.items()}

    def within(self, text: str) -> str:
        """A text of the compose file, with paths inside the folder."""
        paths = sorted((target for _, target in mounts(self.service)), key=len, reverse=True)
        mounted = "|".join(map(re.escape, paths))
        return re.sub(mounted, rf"{self.folder}\g<0>", self._filled(text))

    def _command(self) -> list[str]:
        words = [self.within(word) for word in self.service["command"]]
        if self.name in COLLECTORS:
            more = [flag.format(self.address) for flag in COLLECTORS[self.name]]
            return [require(self.name), *words, *more]
        listening = [word.replace("0.0.0.0:10450", self.address) for word in words]
        return [sys.executable, "-m", "fedmsg_exporter", *listening]

    def _write_config(self) -> None:
        for source, target in mounts(self.service):
            self._mount(DEPLOY / source, Path(f"{self.folder}{target}"))

    def _mount(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_file():
            target.write_text(self._filled(source.read_text("utf-8")))
        elif source.is_dir():
            target.mkdir()
            for path in source.iterdir():
                self._mount(path, target / path.name)
        else:
            target.mkdir()

    def _filled(self, text: str) -> str:
        for before, after in self.replaced.items():
            text = text.replace(before, after)
        return text


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Callable[..., Container]]:
    """Start a service: call it with its name and replacements."""
    with ExitStack() as servers:

        def start(name: str, replaced: Mapping[str, str]) -> Container:
            return servers.enter_context(Container(tmp_path / name, name, replaced))

        yield start


def healthy(exporter: Container) -> bool:
    """Whether the health check of the exporter passes, with this interpreter."""
    _, _, *command = exporter.service["healthcheck"]["test"]
    words = [word.replace("127.0.0.1:10450", exporter.address) for word in command]
    done = subprocess.run([sys.executable, *words], capture_output=True, check=False, timeout=60)
    return done.returncode == 0


def test_it_all_fits_together(container: Callable[..., Container]) -> None:
    """Prometheus scrapes the simulation, has the rules, and knows Alertmanager."""
    exporter = container("exporter", {PROFILE: "simulation"})
    alertmanager = container("alertmanager", {})
    addresses = {"exporter:10450": exporter.address, "alertmanager:9093": alertmanager.address}
    prometheus = container("prometheus", addresses)

    def asked(path: str, **parameters: Any) -> Any:
        return prometheus.get(f"/api/v1/{path}", **parameters).json()["data"]

    groups = asked("rules")["groups"]
    assert sum(len(group["rules"]) for group in groups) == len(rules())
    (up,) = wait_until(
        lambda: asked("query", query='up{job="fedmsg_exporter"} == 1')["result"],
        60,
        "the exporter to be scraped",
        prometheus.process,
    )
    assert up["metric"]["instance"] == exporter.address
    wait_until(
        lambda: (
            [one["url"] for one in asked("alertmanagers")["activeAlertmanagers"]]
            == [f"{alertmanager.url}/api/v2/alerts"]
        ),
        60,
        "Alertmanager to be known",
        prometheus.process,
    )


def test_health_check(container: Callable[..., Container]) -> None:
    """The exporter's health check passes while it answers, and fails when it is gone."""
    exporter = container("exporter", {PROFILE: "simulation"})
    assert healthy(exporter)
    exporter.kill()
    assert not healthy(exporter)


def test_profile_bus(container: Callable[..., Container], own_rabbitmq: RabbitMQ) -> None:
    """With the profile it declares its durable queue at the broker, and counts what arrives."""
    host = "amqp://fedmsg:fedmsg@rabbitmq/%2F"
    exporter = container("exporter", {PROFILE: "bus", host: own_rabbitmq.amqp_url})
    queue = "fedmsg-exporter"
    listed = own_rabbitmq.rabbitmqctl("list_queues", "--silent", "name", "durable", "consumers")
    assert listed.split() == [queue, "true", "1"]
    assert (exporter.folder / "var/lib/fedmsg-exporter/bus.sqlite").exists()
