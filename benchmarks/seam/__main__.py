"""Whether history joins the live counters without a seam.

A known traffic of 300 users: ten weeks of it are files that the real commands import
and export, and then an exporter counts on. At twelve moments around the join every
question of docs/questions.md and every recorded series is compared with the truth, in
Prometheus of two editions and in VictoriaMetrics, and no alert may fire.

    python -m benchmarks.seam
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.programs import INSTALLED, NEWER

from ..tables import table
from .known import DAY, Size, traffic
from .trial import VICTORIA, Judged, Result, Trial, available

HOUR = 3600
#: Seconds relative to `L0`, multiples of 240: when history has a sample.
MOMENTS = (
    *(-3 * DAY, -36 * HOUR, -8640),
    *(240, 1680, 25_920, DAY - 240, 118_320, 190_080, 268_560, 475_200, 596_160, 8 * DAY),
)
_NAMES = {INSTALLED: "Prometheus 2.42", NEWER: "Prometheus 3.5", VICTORIA: VICTORIA}


def main() -> None:
    """Run the trial and print the tables."""
    options = _options()
    size = Size(options.people, options.weeks, seed=options.seed)
    with tempfile.TemporaryDirectory(prefix="seam") as folder:
        trial = Trial(Path(folder), traffic(size), MOMENTS, options.scrape)
        took = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in trial.took.items())
        print(f"{len(trial.known.sent):,} messages; {took}\n", flush=True)
        results = list(trial.results(options.stores or available()))
    print(of_moments(results))
    for result in results:
        print(f"\n{_NAMES[result.store]}: {len(result.fired)} alerts fired")
        for one in result.fired:
            print(f"  {one.alert} {one.labels} at {one.seconds / DAY:+.2f} d")
        for line in wrong(result):
            print(f"  {line}")
    sys.exit(any(result.fired or wrong(result) for result in results))


def of_moments(results: Sequence[Result]) -> str:
    """How many questions and recorded series were right at each moment."""
    names = [_NAMES[result.store] for result in results]
    header = ["days after L0", *(f"{name}: {what}" for name in names for what in _WHAT)]
    rows = []
    for moment in dict.fromkeys(one.moment for one in results[0].questions):
        cells = [
            _share(one for one in judged if one.moment == moment)
            for result in results
            for judged in (result.questions, result.recorded)
        ]
        rows.append([f"{moment / DAY:+.3f}", *cells])
    return table(header, rows)


_WHAT = ("questions right", "recorded series right")


def _share(judged: Iterable[Judged]) -> str:
    every = [bool(one.verdict) for one in judged]
    return f"{sum(every)} of {len(every)}"


def wrong(result: Result) -> list[str]:
    """What was not right, a line each."""
    return [
        f"{one.moment / DAY:+.3f} d, {one.what}: {len(one.verdict.wrong)} of "
        f"{one.verdict.compared}, such as {'; '.join(one.verdict.wrong[:2])}"
        for one in (*result.questions, *result.recorded)
        if not one.verdict
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--weeks", type=int, default=10, help="of history")
    parser.add_argument("--scrape", type=int, default=60, help="seconds, apart from dense times")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stores", nargs="*", choices=list(_NAMES), help="all if not given")
    return parser.parse_args()


if __name__ == "__main__":
    main()
