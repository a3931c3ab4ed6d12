"""A private Alertmanager."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .programs import require
from .web import WebServer

_KEEP_ALL: Mapping[str, Any] = {
    "route": {"receiver": "nobody", "group_wait": "0s"},
    "receivers": [{"name": "nobody"}],
}


class Alertmanager(WebServer):
    """An Alertmanager without peers; its default config notifies nobody."""

    def __init__(self, folder: Path, config: Mapping[str, Any] = _KEEP_ALL) -> None:
        self.config = config
        super().__init__(folder, "alertmanager")

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts it has, as its API v2 gives them."""
        response = self.get("/api/v2/alerts")
        response.raise_for_status()
        alerts: list[dict[str, Any]] = response.json()
        return alerts

    def _command(self) -> list[str]:
        return [
            require("alertmanager"),
            f"--config.file={self.folder / 'alertmanager.yml'}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
        ]

    def _write_config(self) -> None:
        path = self.folder / "alertmanager.yml"
        path.write_text(yaml.safe_dump(dict(self.config)))
