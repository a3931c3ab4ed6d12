"""A Prometheus with a past: counters and recorded series written in as blocks."""

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from harness.programs import require
from harness.prometheus import Points, Prometheus

from .series import STEP, WEEK, Bus

#: promtool reads its input once for each block: let there be few.
_BLOCK = "39366h"
_JOB = 'job="fedmsg_exporter"'
_HERE = f'{_JOB},instance="benchmark"'


class Past:
    """The past of a bus, in blocks of a folder, and questions about it."""

    def __init__(self, folder: Path, bus: Bus) -> None:
        self._bus = bus
        self._size = max(len(samples) for samples in bus.categories.values())
        self._folder = folder
        self._data = folder / "data"
        self._data.mkdir(parents=True)

    def write_counters(self) -> None:
        """Write each category's counter, and that an exporter was there all the time."""
        with self._input() as text:
            text.write("# TYPE fedmsg_messages counter\n")
            for name, samples in self._bus.categories.items():
                labels = f'{_HERE},domain="org.fedoraproject",category="{name}"'
                self._line(text, f"fedmsg_messages_total{{{labels}}}", _running(samples))
            for gauge, value in (("up", 1), ("connected", 1), ("ledger_failing", 0)):
                metric = gauge if gauge == "up" else f"fedmsg_exporter_{gauge}"
                text.write(f"# TYPE {metric} gauge\n")
                self._line(text, f"{metric}{{{_HERE}}}", [value] * self._size)
        self._load()

    def record(self, name: str, expr: str) -> None:
        """Evaluate an expression over all of the past, and keep what it gives."""
        with self._input() as text:
            # No two lines of a series may be of one time; a new week is a new start.
            text.write(f"# TYPE {name} unknown\n")
            for labels, points in self.evaluate(expr):
                series = _selector(name, labels)
                text.writelines(f"{series} {value!r} {at:.0f}\n" for at, value in points)
        self._load()

    def evaluate(self, expr: str) -> Iterator[Points]:
        """Evaluate an expression every five minutes of the past: each week, each series."""
        begin = self._bus.start
        flags = ["--query.timeout=30s"]
        server = Prometheus(self._folder, data=self._data, retention="100y", flags=flags)
        with server:
            for first in range(0, self._size, WEEK):
                last = min(first + WEEK, self._size) - 1
                yield from server.query_range(expr, begin + first * STEP, begin + last * STEP, STEP)

    def _line(self, text: TextIO, series: str, values: Iterable[int]) -> None:
        begin = int(self._bus.start)
        text.writelines(f"{series} {v} {begin + n * STEP}\n" for n, v in enumerate(values))

    def _input(self) -> TextIO:
        return (self._folder / "input.txt").open("w")

    def _load(self) -> None:
        """Make blocks of the input."""
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


def _running(samples: Iterable[int]) -> Iterator[int]:
    total = 0
    for sample in samples:
        total += sample
        yield total


def _selector(name: str, labels: dict[str, str]) -> str:
    inside = ",".join(f'{key}="{value}"' for key, value in labels.items() if key != "__name__")
    return f"{name}{{{inside}}}"
