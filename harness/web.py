"""What Prometheus and Alertmanager have in common: a server that speaks HTTP."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import requests

from .processes import Process, free_port, wait_until

_START_SECONDS = 60


class WebServer(ABC):
    """A server in a folder; folder and port stay the same from start to start."""

    def __init__(self, folder: Path, name: str, port: int = 0) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.name = name
        self.process = Process(self._command(), folder / f"{name}.log")

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _write_config(self) -> None: ...

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    #: How to connect to the server, if it has TLS and users.
    scheme = "http"
    auth: tuple[str, str] | None = None
    ca_file: Path | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.address}"

    def start(self) -> None:
        """Write the config, start the server and wait until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_config()
        try:
            self.process.start()
            wait_until(self._is_ready, _START_SECONDS, f"{self.url}/-/ready", self.process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop the server cleanly."""
        self.process.terminate()

    def kill(self) -> None:
        """Kill the server with SIGKILL."""
        self.process.kill()

    def restart(self) -> None:
        """Stop the server cleanly and start it again."""
        self.stop()
        self.start()

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, **parameters: Any
    ) -> requests.Response:
        """Send a GET request; ``parameters`` make the query string."""
        return self._request("GET", path, headers=headers, params=parameters)

    def head(self, path: str) -> requests.Response:
        """Request the headers only."""
        return self._request("HEAD", path)

    def post(self, path: str, **options: Any) -> requests.Response:
        """Send to the server; ``json``, ``data`` and the like are requests' own."""
        return self._request("POST", path, **options)

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Connect to the server directly, whatever proxy the environment names."""
        with requests.Session() as session:
            session.trust_env = False
            session.auth = self.auth
            session.verify = str(self.ca_file) if self.ca_file else True
            return session.request(method, f"{self.url}{path}", timeout=30, **options)

    def _is_ready(self) -> bool:
        try:
            return self.get("/-/ready").ok
        except requests.ConnectionError:
            return False
