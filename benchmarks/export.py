"""How long an export of history takes, and how much memory and disk: a year of 20,000 series.

The peer is promtool: what it takes for the same text is the least that an export
through it can take.
"""

import argparse
import random
import resource
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple, Self

from fedmsg_exporter.event import User
from fedmsg_exporter.history.export.blocks import find
from fedmsg_exporter.history.export.exporting import How, estimate, export
from fedmsg_exporter.history.export.lines import Target
from fedmsg_exporter.history.export.past import Past
from fedmsg_exporter.history.export.plan import HOUR, Plan, plan
from fedmsg_exporter.history.export.sources import Known
from fedmsg_exporter.history.export.weekly import Weekly
from fedmsg_exporter.history.store import History, HistoryReader, Imported
from fedmsg_exporter.ledger.activity import ActivityPlan, Seen, Topic
from fedmsg_exporter.statistics.calendar import day, start_of
from fedmsg_exporter.statistics.coverage import Span, covering
from harness import require

from .memory import apart
from .tables import table

_START = day("2025-01-06")
_CATEGORIES = 50
_TOPICS = 1500
#: Of Fedora's bus on an ordinary day: rows by hour and topic, and by user and topic.
_HOURS, _USERS = 2691, 3817
#: Categories in which a user is active.
_EACH = 3


class Bus(NamedTuple):
    """How large the bus is."""

    series: int
    weeks: int
    messages: int

    def users(self) -> int:
        """Users, each with several series, besides those of topics and categories."""
        return max(1, (self.series - _TOPICS - _CATEGORIES) // _EACH)


def fill(path: Path, bus: Bus) -> None:
    """Write a history as large as the bus's."""
    history = History(path)
    history.hide("all", lambda user: user)
    first, last = _START, _START + 7 * bus.weeks
    topics = {Topic("org.fedoraproject", *_topic(n)): n + 1 for n in range(_TOPICS)}
    users = {f"user{n}": Seen(n + 1, "person", first, last - 1) for n in range(bus.users())}
    with history.adding():
        history.activity.add(ActivityPlan(users=users, topics=topics))
        for plan_ in _days(bus):
            history.activity.add(plan_)
        span = Span(start_of(first), start_of(last))
        numbers = bus.messages * 7 * bus.weeks, 0, 0, 0
        history.note(Imported("benchmark", 0, "complete", *numbers, *span), covering([span]))
    history.close()


def _topic(number: int) -> tuple[str, str]:
    return f"app{number % _CATEGORIES}", f"app{number % _CATEGORIES}.topic{number}"


def _days(bus: Bus) -> Iterator[ActivityPlan]:
    """The rows of each day: a few do most, and everybody something now and then."""
    chance = random.Random(1)
    turn = 0
    for day_ in range(_START, _START + 7 * bus.weeks):
        days: dict[tuple[int, int, int], int] = {}
        while len(days) < _USERS:
            user = turn // _EACH % bus.users()
            category = (user + turn % _EACH * 7) % _CATEGORIES
            topic = category + _CATEGORIES * int(chance.paretovariate(0.8) % (_TOPICS // 50))
            days[day_, user + 1, topic % _TOPICS + 1] = (
                max(1, int(chance.paretovariate(0.9))) % 3000
            )
            turn += 1
        scale = bus.messages / sum(days.values())
        days = {key: max(1, round(number * scale)) for key, number in days.items()}
        yield ActivityPlan(days=days, hours=_hours(days, day_, chance))


def _hours(
    days: Mapping[tuple[int, int, int], int], day_: int, chance: random.Random
) -> dict[tuple[int, int], int]:
    by_topic: dict[int, int] = {}
    for (_, _, topic), number in days.items():
        by_topic[topic] = by_topic.get(topic, 0) + number
    several = max(1, _HOURS // len(by_topic))
    hours: dict[tuple[int, int], int] = {}
    for topic, number in by_topic.items():
        chosen = sorted(chance.sample(range(24), min(several, number, 24)))
        for index, hour in enumerate(chosen):
            part = number // len(chosen) + (index < number % len(chosen))
            hours[24 * day_ + hour, topic] = part
    return hours


class Cost(NamedTuple):
    """What an export cost: seconds, seconds of CPU, megabytes."""

    seconds: float
    own: float
    promtool: float
    memory: float
    samples: int
    disk: float
    estimated: float


def measure(path: Path, folder: Path) -> Cost:
    """Export a history, in a process of its own."""
    with Memory() as memory, closing(HistoryReader(path, "all")) as history:
        begin = time.monotonic()
        past, wanted = _past(history)
        how = How(find(Path(require("promtool"))), 486 * HOUR, Target("fedmsg_exporter", "here"))
        estimated = estimate(wanted, past.size(), how)
        done = export(past, wanted, folder, how, lambda _: None)
        seconds = time.monotonic() - begin
    own, children = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = [one.ru_utime + one.ru_stime for one in (own, children)]
    disk, needed = done.bytes / 1e6, estimated / 1e6
    return Cost(seconds, cpu[0], cpu[1], memory.peak, done.samples, disk, needed)


def _past(history: HistoryReader) -> tuple[Past, Plan]:
    activity = history.activity
    coverage = activity.known()
    topics = {number: topic for topic, number in activity.topics().items()}
    users = {one.number: User(name, one.kind) for name, one in activity.users().items()}
    start, end = coverage.spans[0]
    rows, moments = history.rows, history.moments
    known = Known(rows, moments, topics, users, end, coverage, coverage, _groups_of)
    wanted = plan(start, end)
    return Past(known, Weekly([history], lambda _: True), wanted), wanted


def _groups_of(name: str) -> Iterable[str]:
    """One in three is in one of 30 groups."""
    number = int(name.removeprefix("user"))
    return (f"group{number % 30}",) if number % 3 == 0 else ()


class Memory:
    """The most memory that this process and its children had together, in megabytes."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.2):
            children = (path.read_text().split() for path in _TASKS.glob("*/children"))
            pids = ["self", *(pid for several in children for pid in several)]
            self.peak = max(self.peak, sum(map(_resident, pids)))


_TASKS = Path("/proc/self/task")


def _resident(pid: str) -> float:
    """The resident set of a process, 0 if it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=20_000)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--messages", type=int, default=86_400, help="a day")
    parser.add_argument("--folder", type=Path, help="where there is room; a temporary one else")
    options = parser.parse_args()
    bus = Bus(options.series, options.weeks, options.messages)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        path, target = Path(name) / "history.sqlite", Path(name) / "blocks"
        apart(fill, path, bus)
        target.mkdir()
        cost = apart(measure, path, target)
    rows = [
        ("seconds", f"{cost.seconds:.0f}"),
        ("CPU seconds of the exporter", f"{cost.own:.0f}"),
        ("CPU seconds of promtool", f"{cost.promtool:.0f}"),
        ("of promtool's alone", f"{(cost.own + cost.promtool) / cost.promtool:.2f}"),
        ("MB of memory, both together", f"{cost.memory:.0f}"),
        ("samples", f"{cost.samples:,}"),
        ("MB of blocks", f"{cost.disk:.0f}"),
        ("bytes a sample", f"{cost.disk * 1e6 / cost.samples:.2f}"),
        ("MB that were estimated", f"{cost.estimated:.0f}"),
    ]
    print(table((f"{bus.series:,} series, {bus.weeks} weeks", "export"), rows))


if __name__ == "__main__":
    main()
