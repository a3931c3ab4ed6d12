"""How well the shipped alerts find outages in real weeks, compared with three common rules.

Series of hourly counts become buses: categories that share a calendar, but not their
noise. In a real Prometheus each bus is the job of an exporter. Copies of it, each
a separate job, have outages: total stops, 60 % and 40 % fewer messages, for 1, 3,
12 and 48 hours, at many moments of the week, in one category at a time. Then the
unchanged rules of deploy/rules run over all of that time.

    python -m benchmarks.alerts --series FOLDER
"""

import argparse
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from random import Random

from harness.programs import EDITIONS, INSTALLED, NEWER, using, versions

from . import report
from .judge import Copy, Score, firing, score
from .outages import COPIES, cut
from .past import JOB, Past, Series
from .rules import RIVALS, SHIPPED, Alert, Rules
from .series import STEP, Bus, Window, from_folder, simulated

VARIABLE = "FEDMSG_EXPORTER_SERIES"
OURS = "shipped rules"
JUDGED = ("FedmsgActivityDrop", "FedmsgCategorySilent")
#: Blocks that overlap stay as they are: merging them takes longer than the queries.
FLAGS = {INSTALLED: [], NEWER: ["--no-storage.tsdb.allow-overlapping-compaction"]}
#: Simulated categories that get outages, from busy to rare.
CUT = ("buildsys", "copr", "bodhi", "git", "discourse", "mailman", "ipa")


def main() -> None:
    """Run it all and print the tables."""
    options = _options()
    scores: dict[str, Score] = defaultdict(Score)
    with ProcessPoolExecutor(options.workers) as workers:
        for judged in workers.map(_judge, _buses(options), repeat(options)):
            for method, one in judged.items():
                scores[method].add(one)
    print(report.tables(scores))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get(VARIABLE)
    parser.add_argument(
        "--series",
        type=Path,
        default=Path(default) if default else None,
        help=f"folder with CSV files of hourly counts [default: ${VARIABLE}]",
    )
    parser.add_argument("--weeks", type=int, default=13, help="of each bus, the last ones")
    parser.add_argument(
        "--scales", type=float, nargs="*", default=[600, 80, 20], help="messages an hour"
    )
    parser.add_argument("--rivals", action="store_true", help="judge the common rules, too")
    parser.add_argument("--categories", type=int, default=8, help="of each bus")
    parser.add_argument("--simulation", action="store_true", help="and the simulated bus")
    parser.add_argument("--workers", type=int, default=2, help="buses at a time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--edition",
        choices=EDITIONS,
        default=NEWER if versions() else INSTALLED,
        help="of Prometheus: newer ones take a third of the time",
    )
    return parser.parse_args()


def _buses(options: argparse.Namespace) -> Iterator[Bus]:
    if options.series:
        yield from from_folder(
            options.series, options.scales, options.categories, options.weeks, options.seed
        )
    if options.simulation:
        yield simulated(options.weeks, CUT, options.seed)


def _judge(bus: Bus, options: argparse.Namespace) -> dict[str, Score]:
    """The score of each method on a bus."""
    files = [*sorted(SHIPPED.glob("*.yml")), *([RIVALS] if options.rivals else [])]
    with using(options.edition):
        return _scores(bus, Rules(files), options)


def _scores(bus: Bus, rules: Rules, options: argparse.Namespace) -> dict[str, Score]:
    chosen = [alert for alert in rules.alerts if _method(alert)]
    fired: dict[str, dict[Copy, list[Window]]] = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory(prefix="alerts") as folder:
        jobs = _jobs(bus, Random(options.seed))
        past = Past(Path(folder), bus.start, jobs, FLAGS[options.edition])
        past.write_counters()
        for layer in rules.layers(chosen):
            past.record(layer)
        recorded = rules.to_record(chosen)
        expressions = [rules.inlined(alert.expr, recorded) for alert in chosen]
        for alert, series in zip(chosen, past.evaluate(expressions), strict=True):
            for copy, times in _times(series, bus.start).items():
                fired[_method(alert)][copy] += firing(times, alert)
    return {method: score(bus, found) for method, found in fired.items()}


def _method(alert: Alert) -> str:
    """The method that an alert belongs to; empty for alerts that are not judged."""
    if alert.name.startswith("Fedmsg"):
        return OURS if alert.name in JUDGED else ""
    return alert.name


def _jobs(bus: Bus, rng: Random) -> dict[str, dict[str, list[int]]]:
    """The bus, and the copies of it that have outages: the categories of each job."""
    jobs = {JOB: dict(bus.categories)}
    for number, kinds in enumerate(COPIES):
        jobs[f"{number}"] = dict(bus.categories)
        for name in bus.cut:
            jobs[f"{number}"][name] = cut(bus.categories[name], kinds, rng, bus.turn(name))
    return jobs


def _times(series: Iterable[Series], begin: float) -> Mapping[Copy, list[float]]:
    """The samples at which an expression held, by category of the bus or a copy of it."""
    times: dict[Copy, list[float]] = defaultdict(list)
    for labels, points in series:
        job = labels["job"]
        copy = labels["category"], None if job == JOB else int(job)
        times[copy] += [(at - begin) / STEP for at, _ in points]
    return times


if __name__ == "__main__":
    main()
