"""A Prometheus with a past: counters and recorded series written in as blocks."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TextIO

from harness.programs import require
from harness.prometheus import Prometheus

from .series import STEP, WEEK

#: promtool reads its input once for each block, so one block holds it all.
_BLOCK = "39366h"
#: The exporter's job for the bus itself; each copy has its own job.
JOB = "fedmsg_exporter"


class Series(NamedTuple):
    """One series over some time: seconds since the epoch, and the value as text."""

    labels: dict[str, str]
    points: list[tuple[float, str]]


class Past:
    """The past of some buses, each a job with categories, in blocks of a folder."""

    def __init__(
        self,
        folder: Path,
        start: float,
        jobs: Mapping[str, Mapping[str, list[int]]],
        flags: Iterable[str] = (),
    ) -> None:
        self._flags = ["--query.timeout=60s", *flags]
        self._start = start
        self._jobs = jobs
        self._size = max(len(s) for categories in jobs.values() for s in categories.values())
        self._folder = folder
        self._data = folder / "data"
        self._data.mkdir(parents=True)

    def write_counters(self) -> None:
        """Write each category's counter, and that an exporter was there all the time."""
        with self._input() as text:
            text.write("# TYPE fedmsg_messages counter\n")
            for job, categories in self._jobs.items():
                for name, samples in categories.items():
                    labels = f'{_here(job)},domain="org.fedoraproject",category="{name}"'
                    self._line(text, f"fedmsg_messages_total{{{labels}}}", _running(samples))
            for gauge, value in (("up", 1), ("connected", 1), ("ledger_failing", 0)):
                metric = gauge if gauge == "up" else f"fedmsg_exporter_{gauge}"
                text.write(f"# TYPE {metric} gauge\n")
                for job in self._jobs:
                    self._line(text, f"{metric}{{{_here(job)}}}", [value] * self._size)
        self._load()

    def record(self, rules: Mapping[str, str]) -> None:
        """Evaluate expressions over all of the past, and store the results."""
        with self._server() as server, self._input() as text:
            for name, expr in rules.items():
                text.write(f"# TYPE {name} unknown\n")
                # No two lines of a series may have the same time; each week starts over.
                for labels, points in self._ask(server, expr):
                    series = _selector(name, labels)
                    text.writelines(f"{series} {value} {at}\n" for at, value in points)
        self._load()

    def evaluate(self, expressions: Iterable[str]) -> Iterator[Iterator[Series]]:
        """Evaluate expressions every five minutes of the past: each week, each series."""
        with self._server() as server:
            for expr in expressions:
                yield self._ask(server, expr)

    def _server(self) -> Prometheus:
        return Prometheus(self._folder, data=self._data, retention="100y", flags=self._flags)

    def _ask(self, server: Prometheus, expr: str) -> Iterator[Series]:
        begin = self._start
        for first in range(0, self._size, WEEK):
            last = min(first + WEEK, self._size) - 1
            start, end = begin + first * STEP, begin + last * STEP
            response = server.get(
                "/api/v1/query_range", query=expr, start=start, end=end, step=STEP
            )
            answer = json.loads(response.content)
            if answer["status"] != "success":
                raise ValueError(f"{expr}: {answer['error']}")
            for one in answer["data"]["result"]:
                yield Series(one["metric"], one["values"])

    def _line(self, text: TextIO, series: str, values: Iterable[int]) -> None:
        begin = int(self._start)
        text.writelines(f"{series} {v} {begin + n * STEP}\n" for n, v in enumerate(values))

    def _input(self) -> TextIO:
        return (self._folder / "input.txt").open("w")

    def _load(self) -> None:
        """Make a block of the input."""
        path = self._folder / "input.txt"
        with path.open("a") as text:
            text.write("# EOF\n")
        command = ["tsdb", "create-blocks-from", f"--max-block-duration={_BLOCK}", "openmetrics"]
        subprocess.run(
            [require("promtool"), *command, str(path), str(self._data)],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        path.unlink()


def _here(job: str) -> str:
    return f'job="{job}",instance="benchmark"'


def _running(samples: Iterable[int]) -> Iterator[int]:
    total = 0
    for sample in samples:
        total += sample
        yield total


def _selector(name: str, labels: dict[str, str]) -> str:
    inside = ",".join(f'{key}="{value}"' for key, value in labels.items() if key != "__name__")
    return f"{name}{{{inside}}}"
