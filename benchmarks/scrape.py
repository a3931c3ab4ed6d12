"""What a scrape costs: the exposition alongside prometheus_client's, with the same counters.

Each measurement is a separate process: it makes a number of series, then renders
them repeatedly, with some changed in between. Three contestants: the exporter's
exposition over a ledger on disk, prometheus_client's Counter, and a collector for
prometheus_client over the same ledger, which is how an exporter that keeps its
own counts would do it. ``_created`` is off in all of them. Printed are medians
over the rounds, and the largest resident set.

    python -m benchmarks.scrape
"""

import argparse
import gc
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from fedmsg_exporter.event import Event, User
from fedmsg_exporter.exposition import Exposition
from fedmsg_exporter.families import USERS
from fedmsg_exporter.ledger import Ledger

from .memory import apart, peak
from .tables import table

_CATEGORIES = ("bodhi", "buildsys", "copr", "git", "pagure")
_BATCH = 1000
_ROUNDS = 11

#: Counts one more message in each of these series.
Count = Callable[[Iterable[int]], object]
Render = Callable[[], bytes]


class Cost(NamedTuple):
    """Milliseconds for the first scrape and for a later one, and megabytes."""

    first: float
    later: float
    peak: float


def exporter(folder: Path) -> tuple[Count, Render]:
    """The exporter's exposition."""
    ledger = _ledger(folder)
    exposition = Exposition(ledger, hold=0)
    return recorder(ledger), lambda: exposition.render(time.time()).encode()


def counter(_folder: Path) -> tuple[Count, Render]:
    """A Counter of prometheus_client."""
    registry = CollectorRegistry()
    family = Counter(USERS.name, USERS.help, USERS.labels, registry=registry)

    def count(series: Iterable[int]) -> None:
        for one in series:
            family.labels(*_labels(one)).inc()

    return count, lambda: generate_latest(registry)


def collector(folder: Path) -> tuple[Count, Render]:
    """A collector for prometheus_client over the exporter's ledger."""
    ledger = _ledger(folder)
    registry = CollectorRegistry()

    class Everything(Collector):
        def collect(self) -> Iterable[Metric]:
            metric = CounterMetricFamily(USERS.name, USERS.help, labels=USERS.labels)
            for labels, one in ledger.counts.family(USERS).items():
                metric.add_metric(labels, one.value)
            yield metric

    registry.register(Everything())
    return recorder(ledger), lambda: generate_latest(registry)


CONTESTANTS = {one.__name__: one for one in (exporter, counter, collector)}


def _ledger(folder: Path) -> Ledger:
    return Ledger(folder / "ledger.sqlite", families=[USERS], synchronous="off")


def _labels(number: int) -> tuple[str, str, str]:
    return _CATEGORIES[number % len(_CATEGORIES)], f"user{number}", "person"


def recorder(ledger: Ledger) -> Count:
    """Returns a function that counts messages of series given by number."""

    def count(series: Iterable[int]) -> None:
        numbers = list(series)
        for start in range(0, len(numbers), _BATCH):
            ledger.record([_event(one) for one in numbers[start : start + _BATCH]], time.time())

    return count


def _event(number: int) -> Event:
    category, user, kind = _labels(number)
    return Event(
        id=f"{number}-{time.time_ns()}",
        topic=f"org.fedoraproject.prod.{category}.test",
        domain="org.fedoraproject",
        environment="prod",
        category=category,
        short_topic=f"{category}.test",
        users=(User(user, kind),),
        sent_at=1_767_600_000,
    )


def measure(contestant: str, series: int, changed: int) -> Cost:
    """The cost of one contestant in this process."""
    disable_created_metrics()
    rng = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="scrape") as name:
        count, render = CONTESTANTS[contestant](Path(name))
        count(range(series))
        first = _milliseconds(render)
        later = []
        for _ in range(_ROUNDS):
            count(rng.sample(range(series), min(changed, series)))
            later.append(_milliseconds(render))
    return Cost(first, statistics.median(later), peak())


def _milliseconds(render: Render) -> float:
    gc.collect()
    started = time.perf_counter()
    render()
    return (time.perf_counter() - started) * 1000


def row(series: int, changed: int, runs: int) -> list[str]:
    """A row of the table: medians over several runs, in turn."""
    costs: dict[str, list[Cost]] = {name: [] for name in CONTESTANTS}
    for _ in range(runs):
        for name, measured in costs.items():
            measured.append(apart(measure, name, series, changed))
    ours, *others = (
        Cost(*map(statistics.median, zip(*measured, strict=True))) for measured in costs.values()
    )
    return [
        f"{series:,}",
        f"{changed:,}",
        *(f"{cost.later:,.2f}" for cost in (ours, *others)),
        *(f"1/{cost.later / ours.later:,.0f}" for cost in others),
        f"{ours.first:,.0f}",
        *(f"{cost.peak:,.0f}" for cost in (ours, *others)),
    ]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--changed", type=int, nargs="*", default=[0, 1_000, 10_000])
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    pairs = [
        (series, changed)
        for series in options.series
        for changed in options.changed
        if changed <= series
    ]
    print(table(_HEADER, [row(series, changed, options.runs) for series, changed in pairs]))


_HEADER = (
    *("series", "changed", "exporter, ms", "Counter, ms", "collector, ms"),
    *("to Counter", "to collector", "first scrape, ms"),
    *("exporter, MB", "Counter, MB", "collector, MB"),
)

if __name__ == "__main__":
    main()
