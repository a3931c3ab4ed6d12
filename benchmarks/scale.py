"""Several exporters as one, and what Prometheus adds up.

Each has a queue, by a hash of the message's id. Four exporters, set up by the files
of deploy/scale, count traffic of which some is published twice. Exporters are killed
with SIGKILL, the broker is restarted, and one exporter is away for some time. Then
Prometheus is asked for the sums
``without (instance)`` of every series, and each is compared with what was sent.

    python -m benchmarks.scale --messages 200000 --duration 480 --away 300
    python -m benchmarks.scale --messages 200000 --kind quorum --edition newer

With --together all exporters read one queue, and the table says how far off that is.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from harness import Prometheus
from harness.programs import EDITIONS, using
from harness.scaled import Scaled

from .tables import table
from .traffic import TOPICS, Sending, Traffic, due, traffic

DOMAIN = "org.fedoraproject"
DUPLICATES = "fedmsg_exporter_messages_duplicate_total"
#: Each family that counts messages, and the labels of its series.
FAMILIES = {
    "fedmsg_messages_total": ("domain", "category"),
    "fedmsg_topic_messages_total": ("category", "topic"),
    "fedmsg_user_messages_total": ("category", "user", "kind"),
}
SUM = "sum without (instance) ({})"

#: Messages are published in handfuls, each those of this many seconds.
_TICK = 0.25
_SOON = 0.05

Labels = tuple[str, ...]
Mishap = Callable[[], object]


class Mishaps(NamedTuple):
    """What happens while messages are published: numbers, and seconds away for one exporter."""

    kills: int = 3
    broker_restarts: int = 1
    away: float = 300.0


class Verdict(NamedTuple):
    """The sums of all families compared with the truth: numbers of series, then of messages."""

    series: int
    right: int
    lost: int
    twice: int

    @property
    def flawless(self) -> bool:
        """Whether every series is right."""
        return self.right == self.series


class ScaleTrial:
    """Traffic and mishaps for several exporters."""

    def __init__(self, servers: Scaled, seed: int) -> None:
        self._servers = servers
        self._random = random.Random(seed)

    def run(self, sent: Traffic, mishaps: Mishaps) -> None:
        """Publish the traffic in real time with mishaps at random times, and wait for the end."""
        started = time.monotonic()
        waiting = deque(sent.sendings)
        for moment, mishap in self._timeline(mishaps, sent.sendings[-1].at):
            time.sleep(max(0, started + moment - time.monotonic()))
            self._publish(waiting, moment)
            mishap()
        for one in self._servers.exporters:
            one.wait_ready()
        self._servers.settle(600)

    def _timeline(self, mishaps: Mishaps, duration: float) -> list[tuple[float, Mishap]]:
        """What to do when, in seconds."""
        gone = self._servers.exporters[-1]
        left = self._random.uniform(0.1, 0.2) * duration
        steps: list[tuple[float, Mishap]] = [(left, gone.stop)]
        steps += [(min(left + mishaps.away, duration), gone.start_unready)]
        whats: list[Mishap] = [self._kill] * mishaps.kills
        whats += [self._servers.broker.restart] * mishaps.broker_restarts
        steps += [(self._random.uniform(0.05, 0.95) * duration, what) for what in whats]
        steps += [(tick * _TICK, list) for tick in range(1, int(duration / _TICK) + 2)]
        return sorted(steps, key=lambda step: step[0])

    def _publish(self, waiting: deque[Sending], until: float) -> None:
        """Publish what is due."""
        if messages := due(waiting, until):
            self._servers.broker.publish(messages)

    def _kill(self) -> None:
        """Kill an exporter that has just been given something to count, and start it again."""
        running = [one for one in self._servers.exporters if one.process.running]
        time.sleep(self._random.uniform(0, _SOON))
        victim = self._random.choice(running)
        victim.process.kill()
        victim.start_unready()


def judge(prometheus: Prometheus, sent: Traffic) -> Verdict:
    """Compare what Prometheus adds up with what was sent."""
    pairs: list[tuple[int, int]] = []
    for family, truth in truths(sent).items():
        said = sums(prometheus, family)
        of_family = [(said.get(one, 0), truth[one]) for one in said.keys() | truth.keys()]
        pairs += of_family
    # Each message is in one series of the last family, that of users.
    return Verdict(
        len(pairs),
        sum(said == true for said, true in pairs),
        sum(max(0, true - said) for said, true in of_family),
        sum(max(0, said - true) for said, true in of_family),
    )


def sums(prometheus: Prometheus, family: str) -> dict[Labels, int]:
    """The sums over all exporters of the series that are not 0."""
    samples = prometheus.query(SUM.format(family))
    return {
        tuple(one.labels[label] for label in FAMILIES[family]): int(one.value)
        for one in samples
        if one.value
    }


def truths(sent: Traffic) -> dict[str, Counter[Labels]]:
    """What each family has to be, by the labels of its series."""
    found: dict[str, Counter[Labels]] = {family: Counter() for family in FAMILIES}
    for (category, user), number in sent.truth.items():
        topic = TOPICS[category].removeprefix(f"{DOMAIN}.prod.")
        labels = [(DOMAIN, category), (category, topic), (category, user, "person")]
        for counter, one in zip(found.values(), labels, strict=True):
            counter[one] += number
    return found


def main() -> None:
    """Run the trial and print a row of the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--duration", type=float, default=480, help="seconds of traffic")
    parser.add_argument("--away", type=float, default=300, help="seconds without an exporter")
    parser.add_argument("--duplicates", type=float, default=0.05, help="share published twice")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--kind", default="classic", choices=["classic", "quorum"])
    parser.add_argument("--together", action="store_true", help="one queue for all exporters")
    parser.add_argument("--edition", default=EDITIONS[0], choices=EDITIONS)
    options = parser.parse_args()
    sent = traffic(options.seed, options.messages, options.duration, options.duplicates)
    with (
        using(options.edition),
        tempfile.TemporaryDirectory(prefix="scale") as folder,
        Scaled(Path(folder), options.kind, together=options.together, new_series_hold=3) as servers,
    ):
        servers.start()
        started = time.monotonic()
        mishaps = Mishaps(options.kills, away=options.away)
        ScaleTrial(servers, options.seed).run(sent, mishaps)
        seconds = time.monotonic() - started
        verdict = judge(servers.prometheus, sent)
        shares = [f"{one.value('fedmsg_messages_total'):,.0f}" for one in servers.exporters]
        again = sum(one.value(DUPLICATES) for one in servers.exporters)
    header = ["queues", "messages", "published twice", "recognised", "series right", "lost"]
    header += ["counted twice", "by exporter", "seconds"]
    queues = f"{options.kind}, {options.edition}{', one for all' if options.together else ''}"
    row = [queues, sent.truth.total(), sent.duplicates]
    row += [f"{again:.0f}", f"{verdict.right} of {verdict.series}", verdict.lost, verdict.twice]
    print(table(header, [[*row, " + ".join(shares), f"{seconds:.0f}"]]))
    if not verdict.flawless and not options.together:
        sys.exit("the exporters were wrong")


if __name__ == "__main__":
    main()
