"""The exporter itself, as a process, and what its exposition says."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests
import yaml
from prometheus_client.parser import text_string_to_metric_families

from .processes import Process, wait_until
from .web import WebServer

_BUS_CONFIG = """
amqp_url = "{url}"
[queues."{queue}"]
durable = {durable}
auto_delete = {fleeting}
exclusive = {fleeting}
arguments = {{}}
[[bindings]]
queue = "{queue}"
exchange = "amq.topic"
routing_keys = {routing_keys}
[qos]
prefetch_size = 0
prefetch_count = {prefetch}
"""


class Exporter(WebServer):
    """`fedmsg-exporter run` in a folder; port and ledger stay from start to start.

    ``amqp_url`` and ``queue`` go into fedora-messaging's config, ``config``
    into the exporter's own, ``arguments`` onto the command line. A ``fleeting``
    queue vanishes with the connection, including its messages. ``bus`` replaces
    all of fedora-messaging's config.
    """

    def __init__(
        self,
        folder: Path,
        amqp_url: str = "",
        queue: str = "",
        *,
        config: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
        prefetch: int = 100,
        bus_extra: str = "",
        fleeting: bool = False,
        routing_keys: Sequence[str] = ("#",),
        bus: str | None = None,
    ) -> None:
        self.config = {"state": "ledger.sqlite", "new_series_hold": 0, **(config or {})}
        self._bus = _BUS_CONFIG.format(
            url=amqp_url,
            queue=queue,
            prefetch=prefetch,
            durable=str(not fleeting).lower(),
            fleeting=str(fleeting).lower(),
            routing_keys=json.dumps(list(routing_keys)),
        )
        self._bus = (bus or self._bus) + bus_extra
        self._arguments = list(arguments)
        super().__init__(folder, "exporter")
        self.process = Process(
            self._command(), folder / "exporter.log", {"FEDORA_MESSAGING_CONF": self._bus_path}
        )

    @property
    def _bus_path(self) -> str:
        return str(self.folder / "bus.toml")

    def change_bus(self, old: str, new: str) -> None:
        """Change fedora-messaging's config, from the next start on."""
        if old not in self._bus:
            raise ValueError(f"{old!r} is not in the config")
        self._bus = self._bus.replace(old, new)

    def start_unready(self) -> None:
        """Start, and wait only until the HTTP server answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_config()
        self.process.start()
        wait_until(self._is_healthy, 30, f"{self.url}/-/healthy", self.process)

    def wait_ready(self, ready: bool = True, timeout: float = 60) -> str:
        """Wait until /-/ready says so, or no longer does; returns what it says."""
        wait_until(lambda: self._is_ready() is ready, timeout, f"ready={ready}", self.process)
        return self.get("/-/ready").text

    def value(self, name: str, **labels: str) -> float:
        """The sum of the series of one name with these labels; 0 if there is none."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.get("/metrics").text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def wait_value(self, wanted: float, name: str, timeout: float = 60, **labels: str) -> None:
        """Wait until the sum of some series is as wanted."""
        wait_until(
            lambda: self.value(name, **labels) == wanted,
            timeout,
            f"{name}{labels} == {wanted}, which is {self.value(name, **labels)}",
            self.process,
        )

    def _command(self) -> list[str]:
        return [
            sys.executable,
            *("-W", "error"),
            # fedora-messaging 3.9 still returns from coroutines the old way.
            *("-W", "ignore:twisted.internet.defer.returnValue was deprecated"),
            # Twisted passes certificates in the way of pyOpenSSL before 24.3.
            *("-W", "ignore:Passing pyOpenSSL"),
            *("-m", "fedmsg_exporter", "run"),
            *("--config", str(self.folder / "exporter.yml")),
            *("--listen", self.address),
            *self._arguments,
        ]

    def _write_config(self) -> None:
        (self.folder / "exporter.yml").write_text(yaml.safe_dump(self.config))
        (self.folder / "bus.toml").write_text(self._bus)

    def _is_healthy(self) -> bool:
        try:
            return self.get("/-/healthy").ok
        except requests.ConnectionError:
            return False
