"""A flood of distinct user names: the exporter stays small, and its totals exact.

Messages of as many users as there are messages go through the whole exporter
except the broker: read, attributed, recorded in a ledger on disk and rendered at
regular intervals, with the default config's limits. Printed are the totals
against the truth, the largest resident set and the time; then what it takes to
start on the ledger that the flood left.

    python -m benchmarks.flood --names 1000000
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fedmsg_exporter import config
from fedmsg_exporter.document import Document
from fedmsg_exporter.families import DROPPED, MESSAGES, USERS, Family
from fedmsg_exporter.message import Message, from_wire

from .memory import apart, peak
from .tables import table
from .traffic import HEADERS, TOPICS

_BATCH = 1000
_BATCHES_PER_SCRAPE = 5
_HOLD = 30
_GOAL_MB = 300


class Outcome(NamedTuple):
    """The content of the exporter, and the cost of getting there."""

    messages: int
    users: int
    series: int
    dropped: int
    seconds: float
    peak: float
    file: float


def flood(folder: Path, names: int) -> Outcome:
    """Count a message of each of a number of users; none if they were counted already."""
    # What a running exporter has imported, as that takes memory, too.
    from fedmsg_exporter.service import run as running  # noqa: F401, PLC0415
    from fedmsg_exporter.service.exporter import Exporter  # noqa: PLC0415

    settings = {"state": str(folder / "ledger.sqlite"), "new_series_hold": _HOLD}
    started = time.perf_counter()
    clock = iter(range(10**9)).__next__
    exporter = Exporter(config.build(Document("flood", settings, {})))
    exporter.exposition.render(clock()).encode()
    for number, batch in enumerate(_batches(names)):
        exporter.pipeline.take(batch)
        if number % _BATCHES_PER_SCRAPE == 0:
            exporter.exposition.render(clock()).encode()
    for moment in (clock(), clock() + _HOLD):
        exporter.exposition.render(moment).encode()
    seconds = time.perf_counter() - started

    def total(family: Family, *labels: str) -> int:
        series = exporter.ledger.counts.family(family).items()
        return int(sum(one.value for found, one in series if set(labels) <= set(found)))

    outcome = Outcome(
        total(MESSAGES),
        total(USERS),
        len(exporter.ledger.counts.family(USERS)),
        total(DROPPED, USERS.name),
        seconds,
        peak(),
        sum(path.stat().st_size for path in folder.iterdir()) / 2**20,
    )
    exporter.close()
    return outcome


def _batches(names: int) -> Iterator[list[Message]]:
    topics = list(TOPICS.values())
    for start in range(0, names, _BATCH):
        yield [
            from_wire(
                topics[number % len(topics)],
                f"id-{number}",
                HEADERS,
                "utf-8",
                json.dumps({"agent": f"user{number}", "user": f"user{number}"}).encode(),
            )
            for number in range(start, min(start + _BATCH, names))
        ]


def main() -> None:
    """Flood, start again, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flood") as name:
        outcomes = [apart(flood, Path(name), names) for names in (options.names, 0)]
    header = ["", "messages", "of users", "user series", "folded", "seconds", "peak MB", "file MB"]
    rows = [
        [
            what,
            *(f"{number:,}" for number in outcome[:4]),
            *(f"{number:,.1f}" for number in outcome[4:]),
        ]
        for what, outcome in zip(("the flood", "the next start"), outcomes, strict=True)
    ]
    print(table(header, rows))
    if any(not outcome.messages == outcome.users == options.names for outcome in outcomes):
        sys.exit("the totals are wrong")
    if max(outcome.peak for outcome in outcomes) >= _GOAL_MB:
        sys.exit(f"more than {_GOAL_MB} MB")


if __name__ == "__main__":
    main()
