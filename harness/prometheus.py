"""A private Prometheus, and promtool."""

import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .processes import WaitError, wait_until
from .programs import require
from .web import WebServer


class Sample(NamedTuple):
    """One series at one time; `query` gives a scalar as one without labels."""

    labels: dict[str, str]
    value: float


class Points(NamedTuple):
    """One series over a time: pairs of seconds since the epoch and value."""

    labels: dict[str, str]
    points: list[tuple[float, float]]


def promtool(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run promtool; the caller judges its returncode, stdout and stderr."""
    return subprocess.run(
        [require("promtool"), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


class Prometheus(WebServer):
    """A Prometheus that scrapes targets (``host:port``) as the job fedmsg_exporter.

    ``config_extra`` adds to the top level of its config, or replaces what is
    there. ``data`` is a folder with blocks to start from. ``targets`` may be
    changed later: `reload` has the server read it. With ``agent`` it stores
    nothing and answers no queries, but sends on what it scrapes.
    """

    def __init__(
        self,
        folder: Path,
        targets: Iterable[str] = (),
        *,
        scrape_interval: str = "1s",
        rules: Sequence[Path] = (),
        config_extra: Mapping[str, Any] | None = None,
        retention: str | None = None,
        data: Path | None = None,
        flags: Sequence[str] = (),
        port: int = 0,
        agent: bool = False,
    ) -> None:
        self.agent = agent
        self.targets = list(targets)
        self.scrape_interval = scrape_interval
        self.rules = list(rules)
        self.config_extra = dict(config_extra or {})
        self.data = data or folder / "data"
        self.flags = list(flags)
        if retention is not None:
            self.flags.append(f"--storage.tsdb.retention.time={retention}")
        super().__init__(folder, "prometheus", port)

    def query(self, promql: str, time: float | None = None) -> list[Sample]:
        """Evaluate at one time, now if none is given."""
        moment = {} if time is None else {"time": time}
        data = self._ask("query", query=promql, **moment)
        if data["resultType"] == "scalar":
            return [Sample({}, float(data["result"][1]))]
        return [Sample(r["metric"], float(r["value"][1])) for r in data["result"]]

    def query_range(self, promql: str, start: float, end: float, step: float) -> list[Points]:
        """Evaluate every ``step`` seconds from ``start`` to ``end``, both included."""
        data = self._ask("query_range", query=promql, start=start, end=end, step=step)
        return [
            Points(r["metric"], [(at, float(value)) for at, value in r["values"]])
            for r in data["result"]
        ]

    def wait_for(
        self,
        promql: str,
        predicate: Callable[[list[Sample]], object] = bool,
        timeout: float = 30,
    ) -> list[Sample]:
        """Wait until the query's result satisfies the predicate, and return it."""
        answer: list[Sample] = []

        def satisfied() -> object:
            nonlocal answer
            answer = self.query(promql)
            return predicate(answer)

        try:
            wait_until(satisfied, timeout, f"the right answer to {promql}", self.process)
        except WaitError as error:
            error.add_note(f"The last answer was {answer}")
            raise
        return answer

    def reload(self) -> None:
        """Write the config again and return when the running server has loaded it."""
        self._write_config()
        self.post("/-/reload").raise_for_status()

    def _ask(self, endpoint: str, **parameters: Any) -> Any:
        response = self.get(f"/api/v1/{endpoint}", **parameters)
        answer = response.json()
        if answer["status"] != "success":
            raise ValueError(f"{parameters}: {answer['error']}")
        return answer["data"]

    def _command(self) -> list[str]:
        return [
            require("prometheus"),
            f"--config.file={self.folder / 'prometheus.yml'}",
            f"--web.listen-address={self.address}",
            "--web.enable-lifecycle",
            *(self._as_agent() if self.agent else self._as_server()),
            *self.flags,
        ]

    def _as_agent(self) -> list[str]:
        # From Prometheus 3 on.
        return ["--agent", f"--storage.agent.path={self.data}"]

    def _as_server(self) -> list[str]:
        return [
            f"--storage.tsdb.path={self.data}",
            # A firing alert is sent once to the Alertmanagers known then, which
            # at the start are none yet, and again only after this time.
            "--rules.alert.resend-delay=1s",
        ]

    def _write_config(self) -> None:
        config = {
            "global": {
                "scrape_interval": self.scrape_interval,
                **({} if self.agent else {"evaluation_interval": self.scrape_interval}),
            },
            **({} if self.agent else {"rule_files": [str(path) for path in self.rules]}),
            "scrape_configs": [
                {
                    "job_name": "fedmsg_exporter",
                    "static_configs": [{"targets": self.targets}],
                }
            ],
            **self.config_extra,
        }
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump(config))
