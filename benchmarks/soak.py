"""The exporter for a long time: whether its memory is flat, and its counts exact.

The real process counts the simulation at 600 times the real speed, is scraped each
second and reloads each minute over HTTP: with a mapping that declares a metric, with
one that does not, and now and then with a broken one. The limits are reached within
minutes: with them the memory is bounded, without them (``--unlimited``) it grows with
everyone who is new. At the end every count is compared with those of the same
messages, counted once in this process without reloads.

    python -m benchmarks.soak --minutes 30
"""

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

import requests
import yaml

from fedmsg_exporter import config
from fedmsg_exporter.document import Document
from fedmsg_exporter.families import GROUPS, MESSAGES, MISDATED, REJECTED, TOPICS, USERS
from fedmsg_exporter.message import parse_time
from fedmsg_exporter.service.exporter import Exporter as InProcess
from fedmsg_exporter.sources.simulation import Simulation
from harness import Exporter

from .tables import table

SEED = 1
START = "2026-01-05T00:00:00+00:00"
BATCH = 1000
EXTRA = "fedmsg_soak_total"
MAPPING = yaml.safe_dump(
    {"metrics": {EXTRA: {"help": "All messages of bodhi.", "topics": "bodhi.#"}}}
)
BROKEN = "apps: 7\n"
#: The mappings of the reloads, in turn: whether each can be used.
TURNS = (("{}", True), (MAPPING, True), ("{}", True), (BROKEN, False), (MAPPING, True))
EXACT = (MESSAGES, TOPICS, USERS, GROUPS, REJECTED, MISDATED)
#: Reached in the first minutes.
LIMITS = {"users": 1500, "topics": 250, "groups": 400}
#: How much the memory may grow after the first minutes, as a share.
GROWTH = 0.05

Counts = dict[tuple[str, str], float]


class Look(NamedTuple):
    """A scrape: when, how long it took, what it showed, and what the process held."""

    at: float
    seconds: float
    messages: float
    series: int
    memory: int
    descriptors: int


class Soaked:
    """A running exporter, looked at once a second."""

    def __init__(self, one: Exporter) -> None:
        self._one = one
        self._session = requests.Session()
        self._session.trust_env = False
        self._before: Mapping[str, float] = {}
        self.looks: list[Look] = []
        #: Counters that fell, and reloads that did not end as they should.
        self.wrong: list[str] = []
        self.reloads = 0

    def look(self, began: float) -> None:
        """Scrape once; note counters that fell."""
        started = time.monotonic()
        text = self._session.get(f"{self._one.url}/metrics", timeout=60).text
        seconds = time.monotonic() - started
        counters = dict(_counters(text))
        self.wrong += [
            f"{name} fell from {value:g} to {counters[name]:g}"
            for name, value in self._before.items()
            if name in counters and counters[name] < value
        ]
        self._before = counters
        total = sum(n for name, n in counters.items() if name.startswith("fedmsg_messages_total"))
        process = Path(f"/proc/{self._one.process.pid}")
        self.looks.append(
            Look(
                started - began,
                seconds,
                total,
                sum(line[0] != "#" for line in text.splitlines()),
                _resident(process),
                len(list((process / "fd").iterdir())),
            )
        )

    def reload(self) -> None:
        """Reload with the next mapping, and note an outcome that it should not have."""
        text, fits = TURNS[self.reloads % len(TURNS)]
        (self._one.folder / "mapping.yml").write_text(text)
        status = self._session.post(f"{self._one.url}/-/reload", timeout=60).status_code
        page = self._session.get(f"{self._one.url}/metrics", timeout=60).text
        shown = f"# TYPE {EXTRA} " in page
        if status != (200 if fits else 500) or (fits and shown is not (text == MAPPING)):
            self.wrong.append(f"reload {self.reloads}: {status}, the metric is shown: {shown}")
        self.reloads += 1


def soak(folder: Path, minutes: float, speed: float, limits: Mapping[str, int]) -> Soaked:
    """Run the exporter for some minutes; its ledger is in the folder then."""
    arguments = ["--source", "simulation", "--speed", f"{speed:g}", "--seed", str(SEED)]
    arguments += ["--start", START, "--web.enable-lifecycle"]
    one = Exporter(folder, config={"mapping": "mapping.yml", "limits": limits}, arguments=arguments)
    folder.mkdir()
    (folder / "mapping.yml").write_text("{}")
    with one:
        soaked, began = Soaked(one), time.monotonic()
        for second in range(1, int(60 * minutes) + 1):
            time.sleep(max(0.0, began + second - time.monotonic()))
            soaked.look(began)
            if second % 60 == 0:
                soaked.reload()
        one.stop()
    return soaked


def counted(ledger: Path) -> Counts:
    """The counts in a ledger's file, by family and labels."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT family, labels, value FROM series")
        names = {family.name for family in EXACT}
        return {(name, labels): value for name, labels, value in rows if name in names and value}


def truth(number: int, limits: Mapping[str, int]) -> Counts:
    """The counts of the first messages of the simulation, counted without a pause."""
    simulation = Simulation(SEED)
    exporter = InProcess(
        config.build(Document("soak", {"limits": limits}, {})), groups=simulation.community.groups
    )
    messages = (sent.message for sent in simulation.messages(parse_time(START) or 0.0))
    chosen = islice(messages, number)
    while batch := [one._replace(sent_at=time.time()) for one in islice(chosen, BATCH)]:
        exporter.pipeline.take(batch)
    found = {
        (family.name, json.dumps(labels)): series.value
        for family in EXACT
        for labels, series in exporter.ledger.counts.family(family).items()
        if series.value
    }
    exporter.close()
    return found


def report(soaked: Soaked, minutes: float) -> Iterator[list[str]]:
    """A row for each sixth of the time."""
    step = 10 * minutes
    for part in range(6):
        looks = [one for one in soaked.looks if part * step < one.at <= (part + 1) * step]
        yield [
            f"{part * step / 60:.3g} to {(part + 1) * step / 60:.3g}",
            f"{looks[-1].messages:,.0f}",
            f"{looks[-1].series:,}",
            f"{median(one.memory for one in looks) / 2**20:.1f} MB",
            f"{max(one.descriptors for one in looks)}",
            f"{1000 * median(one.seconds for one in looks):.0f} ms",
        ]


def growth(looks: list[Look], warm: float) -> float:
    """How much the memory grew after the first seconds, as a share: last minute to first."""
    after = [one for one in looks if one.at > warm]
    first = median(one.memory for one in after if one.at <= warm + 60)
    last = median(one.memory for one in after if one.at > after[-1].at - 60)
    return last / first - 1


def verdicts(
    soaked: Soaked, warm: float, ours: Counts, exact: Counts
) -> Iterator[tuple[str, bool]]:
    """What was found, and whether it is as it should be."""
    grown = growth(soaked.looks, warm)
    yield f"memory after the first {warm / 60:g} minutes: {grown:+.1%}", abs(grown) <= GROWTH
    before = max(one.descriptors for one in soaked.looks if one.at <= warm)
    after = max(one.descriptors for one in soaked.looks if one.at > warm)
    yield f"open files at most: {before} at first, {after} afterwards", after <= before
    wrong = sum(ours.get(key) != exact.get(key) for key in {*ours, *exact})
    by_family = Counter(name for name, _ in exact)
    yield f"series that are not exact: {wrong} of {by_family.total()}", not wrong
    yield f"reloads: {soaked.reloads}; wrong: {soaked.wrong or 'nothing'}", not soaked.wrong


def main() -> None:
    """Soak, and say what came of it; the exit status is 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--speed", type=float, default=600)
    parser.add_argument("--unlimited", action="store_true", help="with the default limits")
    options = parser.parse_args()
    limits: Mapping[str, int] = {} if options.unlimited else LIMITS
    warm = 60 * min(5.0, options.minutes / 4)
    with tempfile.TemporaryDirectory() as name:
        soaked = soak(Path(name) / "exporter", options.minutes, options.speed, limits)
        ours = counted(Path(name) / "exporter" / "ledger.sqlite")
    number = sum(ours[key] for key in ours if key[0] in (MESSAGES.name, REJECTED.name))
    head = ["minutes", "messages", "series", "memory", "open files", "a scrape"]
    print(table(head, list(report(soaked, options.minutes))))
    found = list(verdicts(soaked, warm, ours, truth(int(number), limits)))
    for text, good in found:
        print(f"{'ok ' if good else 'BAD'} {text}")
    sys.exit(not all(good for _, good in found))


def _counters(text: str) -> Iterator[tuple[str, float]]:
    for line in text.splitlines():
        name, _, value = line.rpartition(" ")
        if not line.startswith("#") and "_total" in name:
            yield name, float(value)


def _resident(process: Path) -> int:
    """The memory that a process holds, in bytes (Linux)."""
    for line in (process / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"no VmRSS of {process}")


if __name__ == "__main__":
    main()
