"""A VictoriaMetrics, and vmalert, which evaluates rules on it."""

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import requests

from .programs import require
from .prometheus import Points, Sample
from .web import WebServer


class VictoriaMetrics(WebServer):
    """A single-node VictoriaMetrics that keeps everything it is given; ``flags`` are passed on."""

    def __init__(self, folder: Path, flags: Sequence[str] = ()) -> None:
        self.flags = list(flags)
        super().__init__(folder, "victoria-metrics")

    def load(self, lines: Iterable[str]) -> None:
        """Store samples, each a line of text format with its time in milliseconds."""
        text = "\n".join(lines) + "\n"
        self.post("/api/v1/import/prometheus", data=text.encode()).raise_for_status()
        self.get("/internal/force_flush").raise_for_status()

    def query(self, promql: str, time: float) -> list[Sample]:
        """Evaluate at one time; what was just written can be read."""
        self.get("/internal/force_flush").raise_for_status()
        answer: dict[str, Any] = self.get("/api/v1/query", query=promql, time=time).json()
        if answer["status"] != "success":
            raise ValueError(f"{promql}: {answer['error']}")
        result = answer["data"]["result"]
        return [Sample(one["metric"], float(one["value"][1])) for one in result]

    def query_range(self, promql: str, start: float, end: float, step: float) -> list[Points]:
        """Evaluate every ``step`` seconds from ``start`` to ``end``, both included."""
        where = "/api/v1/query_range"
        response = self.get(where, query=promql, start=start, end=end, step=step, nocache=1)
        answer: dict[str, Any] = response.json()
        if answer["status"] != "success":
            raise ValueError(f"{promql}: {answer['error']}")
        return [
            Points(one["metric"], [(at, float(value)) for at, value in one["values"]])
            for one in answer["data"]["result"]
        ]

    def replay(self, rules: Sequence[Path], start: str, end: str) -> None:
        """Let vmalert evaluate rules over the past; they must not read each other."""
        done = subprocess.run(
            [
                require("vmalert"),
                *(f"-rule={path}" for path in rules),
                *(f"-{place}.url={self.url}" for place in ("datasource", "remoteWrite")),
                *(f"-replay.timeFrom={start}", f"-replay.timeTo={end}"),
                *("-replay.rulesDelay=0s", "-replay.ruleRetryAttempts=1"),
                "-remoteWrite.flushInterval=100ms",
                "-httpListenAddr=127.0.0.1:0",
            ],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.get("/internal/force_flush").raise_for_status()
        if done.returncode:
            raise ValueError(done.stderr)

    def _is_ready(self) -> bool:
        try:
            return self.get("/health").ok
        except requests.ConnectionError:
            return False

    def _command(self) -> list[str]:
        return [
            require("victoria-metrics"),
            f"-storageDataPath={self.folder / 'data'}",
            f"-httpListenAddr={self.address}",
            "-retentionPeriod=100y",
            "-search.latencyOffset=0s",
            "-memory.allowedBytes=256MB",
            *self.flags,
        ]

    def _write_config(self) -> None:
        """VictoriaMetrics has no config file."""
