"""The servers that are asked: Prometheus in two editions, and VictoriaMetrics."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from harness import Prometheus, promtool
from harness.programs import using
from harness.prometheus import Points, Sample
from harness.victoria import VictoriaMetrics

_FLAGS = ["--storage.tsdb.retention.time=100y", "--query.max-samples=200000000"]
#: Blocks of this length, as history has them.
_HOURS = 486
#: The number of samples that are written before promtool makes blocks of them.
_AT_ONCE = 2_000_000
_IMPORTED_AT_ONCE = 200_000


class Server(Protocol):
    """Whatever answers PromQL."""

    def query(self, promql: str, time: float) -> list[Sample]:
        """Evaluate at one time."""

    def query_range(self, promql: str, start: float, end: float, step: float) -> list[Points]:
        """Evaluate every ``step`` seconds."""


class Store(Protocol):
    """A server with its data. Data are added while nobody asks."""

    def add(self, lines: Iterable[str]) -> None:
        """Add samples: lines of OpenMetrics with times in whole seconds, by time."""

    def serving(self) -> AbstractContextManager[Server]:
        """The server, for as long as the context lasts."""


class InBlocks:
    """Prometheus of an edition; blocks of history may be in its folder already."""

    def __init__(self, folder: Path, edition: str) -> None:
        self._folder = folder
        self._edition = edition
        self.data = folder / "data"
        self.data.mkdir(parents=True)

    def add(self, lines: Iterable[str]) -> None:
        """Make blocks of the samples."""
        every = iter(lines)
        while first := next(every, ""):
            path = self._folder / "samples.om"
            with path.open("w", encoding="utf-8") as file:
                file.writelines(chain([first], islice(every, _AT_ONCE - 1)))
                file.write("# EOF\n")
            self._make_blocks(path)

    def copy_blocks(self, folder: Path) -> None:
        """Take blocks that were made elsewhere."""
        for block in folder.iterdir():
            if (block / "meta.json").is_file():
                shutil.copytree(block, self.data / block.name)

    @contextmanager
    def serving(self) -> Iterator[Prometheus]:
        """The running server."""
        with using(self._edition):
            server = Prometheus(self._folder, data=self.data, flags=_FLAGS)
            with server:
                yield server

    def _make_blocks(self, path: Path) -> None:
        with using(self._edition):
            done = promtool(
                *("tsdb", "create-blocks-from", "openmetrics", "--quiet"),
                *(f"--max-block-duration={_HOURS}h", str(path), str(self.data)),
            )
        path.unlink()
        if done.returncode:
            raise ValueError(done.stderr)


class InVictoria:
    """A running VictoriaMetrics, which takes samples at any time."""

    def __init__(self, server: VictoriaMetrics) -> None:
        self._server = server

    def add(self, lines: Iterable[str]) -> None:
        """Load the samples."""
        every = (line for line in lines if not line.startswith("#"))
        while batch := list(islice(every, _IMPORTED_AT_ONCE)):
            self._server.load(f"{line.rstrip()}000" for line in batch)

    def serving(self) -> AbstractContextManager[VictoriaMetrics]:
        """The server itself."""
        return nullcontext(self._server)
