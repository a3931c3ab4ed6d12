"""How well the shipped alerts find outages in real weeks, beside three common rules.

Series of hourly counts become an exporter's counters in a real Prometheus. Into
copies of them outages are cut: a total stop, 60 % and 40 % fewer, for 1, 3, 12
and 48 hours, at many moments of the week. Then the rules of deploy/rules run over
all of that time, as they stand there.

    python -m benchmarks.alerts --series FOLDER
"""

import argparse
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random

from harness.prometheus import Points

from . import report
from .judge import Copy, Score, firing, score
from .outages import KINDS, cut
from .past import Past
from .rules import RIVALS, SHIPPED, Alert, Rules
from .series import STEP, Bus, Window, from_folder, simulated

VARIABLE = "FEDMSG_EXPORTER_SERIES"
OURS = "shipped rules"
JUDGED = ("FedmsgActivityDrop", "FedmsgCategorySilent")
#: Simulated categories that get outages, from busy to rare.
CUT = ("buildsys", "copr", "bodhi", "git", "discourse", "mailman", "ipa")


def main() -> None:
    """Run it all and print the tables."""
    options = _options()
    scores: dict[str, Score] = defaultdict(Score)
    for bus in _buses(options):
        print(f"{bus.name}: {len(bus.categories)} categories", flush=True)
        with tempfile.TemporaryDirectory(prefix="alerts") as folder:
            for method, judged in _judge(bus, Path(folder), options.seed).items():
                scores[method].add(judged)
    print(report.tables(scores, OURS))


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
    parser.add_argument("--weeks", type=int, default=14, help="of the simulation; 0 for none")
    parser.add_argument(
        "--scales", type=float, nargs="*", default=[0, 200, 20], help="messages an hour; 0 for all"
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _buses(options: argparse.Namespace) -> Iterator[Bus]:
    if options.series:
        yield from from_folder(options.series, options.scales, options.seed)
    if options.weeks:
        yield simulated(options.weeks, CUT, options.seed)


def _judge(bus: Bus, folder: Path, seed: int) -> dict[str, Score]:
    """The score of each method on a bus."""
    copies, everything = _with_copies(bus, Random(seed))
    past = Past(folder, everything)
    past.write_counters()
    rules = Rules([*sorted(SHIPPED.glob("*.yml")), RIVALS])
    chosen = [alert for alert in rules.alerts if _method(alert)]
    recorded: list[str] = []
    for name in rules.to_record(chosen):
        past.record(name, rules.inlined(rules.records[name], recorded))
        recorded.append(name)
    fired: dict[str, dict[Copy, list[Window]]] = defaultdict(lambda: defaultdict(list))
    for alert in chosen:
        points = past.evaluate(rules.inlined(alert.expr, recorded))
        for category, times in _times(points, bus.start).items():
            fired[_method(alert)][copies[category]] += firing(times, alert)
    return {method: score(bus, found) for method, found in fired.items()}


def _method(alert: Alert) -> str:
    """Which method an alert belongs to; empty for alerts that are not judged."""
    if alert.name.startswith("Fedmsg"):
        return OURS if alert.name in JUDGED else ""
    return alert.name


def _with_copies(bus: Bus, rng: Random) -> tuple[dict[str, Copy], Bus]:
    """A bus that also has the copies with outages, and what each category of it is."""
    copies: dict[str, Copy] = {name: (name, None) for name in bus.categories}
    everything = Bus(bus.name, bus.start, dict(bus.categories))
    for name in bus.cut:
        for kind in KINDS:
            label = f"{name} ({kind})"
            copies[label] = (name, kind)
            everything.categories[label] = cut(bus.categories[name], kind, rng)
    return copies, everything


def _times(series: Iterable[Points], begin: float) -> Mapping[str, list[float]]:
    """The samples at which an expression held, by category."""
    times: dict[str, list[float]] = defaultdict(list)
    for labels, points in series:
        times[labels["category"]] += [(at - begin) / STEP for at, _ in points]
    return times


if __name__ == "__main__":
    main()
