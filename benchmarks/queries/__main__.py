"""How long the shipped rules and boards take, with the data of a large bus.

20,000 users, 50 categories, 300 groups, 400 topics and four weeks are in a real
Prometheus, at its defaults. Each group of rules is evaluated as Prometheus does
it, rule by rule, and each board is loaded as a browser does it, six queries at a
time; then each query runs alone. Figures are medians of the rounds, and the first
of them: then Prometheus has just begun.

Four weeks of it all are thousands of millions of samples, too many to write. Samples
are as close as in reality, 15 seconds or the interval of their rule, but are there
only where a query reads them: throughout all graphs and ranges, and before each other
moment that is looked at 60, as Prometheus has to read half a chunk to get there. So
as many samples are read as in reality. What is cheaper: the index has fewer chunks to
skip (a user's series cost half of what they do with all samples), all data are in the
page cache, and nothing is scraped meanwhile.
What is more expensive: the latest samples are read from the disk, and not from memory.
--full writes all samples of the queried series, of a bus that is small enough to do so.

    python -m benchmarks.queries
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from benchmarks.tables import table
from harness import Prometheus
from tools.preview.fortnight import END

from . import asked, blocks, bus, recorded, timing
from .asked import Board, Group
from .bus import Size
from .looks import Span, Which, spans

#: Somebody who does something every day, and a group of medium size.
_USER, _GROUP = "user{}", "group{}"
_PREFIX = "Fedora bus: "
_FLAGS = [
    "--storage.tsdb.retention.time=100y",
    f"--storage.tsdb.max-block-duration={blocks.HOURS}h",
]


def prepared(
    folder: Path, size: Size, groups: Sequence[Group], boards: Sequence[Board], *, full: bool
) -> tuple[Prometheus, int, int]:
    """A Prometheus with the data that they query, and its number of series and samples."""
    series = [*bus.everything(size), *recorded.everything(groups, size)]
    steps = {one.metric: one.step for one in series}
    whole = Span(size.start, END)
    lists = [*(one.queries for one in groups), *(one.queries for one in boards)]
    when = spans(chain.from_iterable(lists), steps)
    if full:
        when = {Which(which.metric): [whole] for which in when}
    samples = blocks.write(folder, folder / "data", series, when, whole)
    return Prometheus(folder, data=folder / "data", flags=_FLAGS), len(series), samples


def measure(
    folder: Path, size: Size, rounds: int, *, full: bool = False
) -> tuple[list[timing.GroupCost], list[timing.BoardCost]]:
    """The costs of all rules and boards; each kind starts with a fresh Prometheus."""
    groups = asked.groups()
    boards = asked.boards(_USER.format(size.users // 200), _GROUP.format(size.groups // 10))
    server, series, samples = prepared(folder, size, groups, boards, full=full)
    print(f"{series:,} series, {samples:,} samples\n", flush=True)
    with server:
        of_groups = [timing.of_group(server, group, rounds) for group in groups]
    with server:
        return of_groups, [timing.of_board(server, board, rounds) for board in boards]


def of_rules(costs: Iterable[timing.GroupCost]) -> str:
    """The table of the rules."""
    rows: list[list[str]] = []
    load = 0.0
    for cost in costs:
        median = statistics.median(cost.seconds())
        load += median / cost.group.interval
        series = sum(answer.series for answer in cost.rounds[0])
        numbers = f"{len(cost.group.queries)}", f"{series:,}"
        times = f"{cost.seconds()[0]:.3f}", f"{median:.3f}", f"{cost.group.interval}"
        rows.append([cost.group.name, *numbers, *times])
    header = "rule group", "rules", "series out", "first, s", "an evaluation, s", "interval, s"
    return f"{table(header, rows)}\n\nAll rules take {load:.1%} of one core."


def of_boards(costs: Iterable[timing.BoardCost]) -> str:
    """The table of the boards."""
    rows = []
    for cost in costs:
        slowest, where = cost.slowest()
        numbers = f"{cost.board.panels}", f"{len(cost.board.queries)}"
        times = (cost.loads[0], statistics.median(cost.loads), slowest)
        name, panel = cost.board.title.removeprefix(_PREFIX), where.partition(" / ")[2]
        rows.append([name, *numbers, *(f"{one:.2f}" for one in times), panel])
    header = "board", "panels", "queries", "first, s", "load, s", "slowest query, s", "which"
    return table(header, rows)


def unanswered(costs: Iterable[timing.GroupCost | timing.BoardCost]) -> list[str]:
    """Queries without a result: their cost with data is unknown."""
    found = []
    for cost in costs:
        queries = cost.group.queries if isinstance(cost, timing.GroupCost) else cost.board.queries
        answers = cost.rounds[0] if isinstance(cost, timing.GroupCost) else cost.alone[0]
        pairs = zip(queries, answers, strict=True)
        found += [query.where for query, answer in pairs if not answer.series]
    return found


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    defaults = Size()
    for name in ("users", "categories", "groups", "weeks"):
        parser.add_argument(f"--{name}", type=int, default=getattr(defaults, name))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="all samples, wherever looked at")
    options = parser.parse_args()
    size = Size(options.users, options.categories, options.groups, weeks=options.weeks)
    with tempfile.TemporaryDirectory(prefix="queries") as folder:
        rules, boards = measure(Path(folder), size, options.rounds, full=options.full)
    print(f"{of_rules(rules)}\n\n{of_boards(boards)}")
    silent = dict.fromkeys(unanswered([*rules, *boards]))
    print(f"\nWithout an answer: {', '.join(silent) or 'none'}")


if __name__ == "__main__":
    main()
