"""How fast history is imported, by form and by number of processes.

The simulation's messages are written in every form; each form is imported into a new
file, by the command itself. Printed are messages per second of processor time (all
processes added up) and of the clock, and the peak of memory of any process. The peer
in the same run is the parser that each form needs at the least: `csv` or a split at
tabs and line ends, and orjson for every JSON text.

    python -m benchmarks.history_import --messages 200000 --jobs 2
"""

import argparse
import csv
import io
import json
import lzma
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import orjson

from fedmsg_exporter.message import Message
from fedmsg_exporter.sources.simulation import Simulation
from tests.exports import COLUMNS, HEAD, Row, dumped, table

from .tables import table as table_of

_START = 1_700_000_000
_FILES = 4
HEADER = (
    *("form", "processes", "messages a CPU second", "messages a second"),
    *("parser, a CPU second", "ratio", "peak MB"),
)
#: Runs a command and prints its peak of memory; a process that was started by one with
#: much memory seems to have had as much itself.
_WATCH = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


class Cost(NamedTuple):
    """Seconds of processor time and of the clock, and the peak of memory in MB."""

    processor: float
    clock: float
    memory: float


def messages(number: int) -> Iterator[Message]:
    """The first messages of the simulated bus."""
    for sent in islice(Simulation(seed=1).messages(start=_START), number):
        yield sent.message


def as_row(message: Message) -> Row:
    """A message as a row of datanommer's table."""
    at = datetime.fromtimestamp(message.sent_at or 0, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return {
        **dict.fromkeys(COLUMNS, ""),
        "msg_id": message.id,
        "topic": message.topic,
        "timestamp": at,
        "msg": json.dumps(message.body),
        "headers": json.dumps(dict(message.headers)),
    }


def as_line(message: Message) -> str:
    """A message as `fedora-messaging record` writes it."""
    record = {"topic": message.topic, "id": message.id, "headers": dict(message.headers)}
    return json.dumps(record | {"body": message.body})


def write(folder: Path, number: int) -> dict[str, list[Path]]:
    """Write all forms; returns the files of each."""
    found = list(messages(number))
    rows = [as_row(one) for one in found]
    lines = "".join(as_line(one) + "\n" for one in found).encode()
    contents = {
        "JSON lines": lines,
        "CSV": table(rows),
        "SQL dump": (HEAD + dumped(rows)).encode(),
        "CSV, xz": lzma.compress(table(rows), preset=1),
    }
    files = {form: [_written(folder / form, content)] for form, content in contents.items()}
    size = -(-len(rows) // _FILES)
    parts = [rows[at : at + size] for at in range(0, len(rows), size)]
    several = [_written(folder / f"part {n}", table(part)) for n, part in enumerate(parts)]
    return files | {f"CSV, {_FILES} files": several}


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def imported(files: list[Path], jobs: int) -> Cost:
    """Import some files into a new file of history."""
    with tempfile.TemporaryDirectory(dir=files[0].parent) as folder:
        (Path(folder) / "config.yml").write_text("state: ledger.sqlite\nschemas: false\n")
        config = ["--config", f"{folder}/config.yml", "--jobs", str(jobs)]
        command = ["fedmsg_exporter", "history", "import", *config, *map(str, files)]
        return _measured([sys.executable, "-m", *command])


def _measured(command: list[str]) -> Cost:
    started, before = time.perf_counter(), _processor()
    done = subprocess.run(
        [sys.executable, "-c", _WATCH, *command], stdout=subprocess.PIPE, check=True
    )
    memory = int(done.stdout) / 1024
    return Cost(_processor() - before, time.perf_counter() - started, memory)


def _processor() -> float:
    """Of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def only_parsed(form: str, path: Path) -> float:
    """The processor time of nothing but the parser, in seconds."""
    raw = path.read_bytes()
    content = lzma.decompress(raw) if form.endswith("xz") else raw
    before = time.process_time()
    if form.endswith("xz"):
        lzma.decompress(raw)
    PARSERS.get(form, _parse_csv)(content)
    return time.process_time() - before


def _parse_lines(content: bytes) -> None:
    for line in io.BytesIO(content):
        orjson.loads(line)


def _parse_csv(content: bytes) -> None:
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""))
    next(reader)
    for row in reader:
        orjson.loads(row[-2])
        orjson.loads(row[-1])


def _parse_dump(content: bytes) -> None:
    for line in io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""):
        fields = line.split("\t")
        if len(fields) == len(COLUMNS):
            orjson.loads(fields[-2].replace("\\\\", "\\"))
            orjson.loads(fields[-1].replace("\\\\", "\\"))


PARSERS: dict[str, Callable[[bytes], None]] = {
    "JSON lines": _parse_lines,
    "CSV": _parse_csv,
    "SQL dump": _parse_dump,
}


def main() -> None:
    """Import every form, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--jobs", type=int, default=2, help="for several files")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="history") as name:
        files = write(Path(name), options.messages)
        rows = [_row(form, paths, options) for form, paths in files.items()]
    print(table_of(HEADER, rows))


def _row(form: str, paths: list[Path], options: argparse.Namespace) -> list[object]:
    jobs = options.jobs if len(paths) > 1 else 1
    costs = [imported(paths, jobs) for _ in range(options.rounds)]
    # The least of the rounds is disturbed least by what else the machine does.
    processor, clock, memory = map(min, zip(*costs, strict=True))
    # The start takes the same time for a day as for ten years.
    start = min(imported([_one(paths[0].parent)], 1).processor for _ in range(options.rounds))
    rate = options.messages / (processor - start)
    parser = options.messages / sum(only_parsed(form, one) for one in paths)
    rates = [f"{one:,.0f}" for one in (rate, options.messages / clock, parser)]
    return [form, jobs, *rates, f"{rate / parser:.2f}", f"{memory:.0f}"]


def _one(folder: Path) -> Path:
    return _written(folder / "one", as_line(next(messages(1))).encode())


if __name__ == "__main__":
    main()
