"""The trial by Prometheus: its exact numbers after everything that may happen.

A RabbitMQ, the exporter with a ledger on disk, and a Prometheus that scrapes
each second, all real. While a few hundred users send a few thousand messages,
some of them twice, the exporter is killed at random moments and in the middle
of commits, and the broker is restarted. Alongside it, on its own queue with
the same messages, a plain exporter of twenty lines (plain.py) is killed at the
same moments. Printed is what Prometheus makes of both.

    python -m benchmarks.trial --duration 120 --messages 4000
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

from harness import Exporter, Prometheus, RabbitMQ, wait_until
from harness.processes import Process
from harness.web import WebServer

from . import crash
from .traffic import Sending, Traffic, due, traffic
from .verdict import Verdict, judge, verdicts_table

USERS = "fedmsg_user_messages_total"
PLAIN_USERS = "plain_user_messages_total"
DUPLICATES = "fedmsg_exporter_messages_duplicate_total"
HELD = "fedmsg_exporter_series_held"

#: A mishap in the trial. It is given a function that publishes a burst of messages.
Mishap = Callable[[Callable[[], None]], None]

#: Messages are published in handfuls, each those of this many seconds.
_TICK = 0.25
#: A kill comes this soon after a handful, at random: while it is being counted.
_SOON = 0.05


class Mishaps(NamedTuple):
    """The number of mishaps of each kind in a trial."""

    kills: int = 3
    commit_kills: Sequence[str] = crash.POINTS
    broker_restarts: int = 1


class Plain(WebServer):
    """The plain exporter, on its own queue."""

    def __init__(self, folder: Path, bus: Exporter) -> None:
        super().__init__(folder, "plain")
        environment = {"FEDORA_MESSAGING_CONF": str(bus.folder / "bus.toml")}
        self.process = Process(self._command(), folder / "plain.log", environment)

    def _command(self) -> list[str]:
        return [sys.executable, "-W", "ignore", "-m", "benchmarks.plain", str(self.port)]

    def _write_config(self) -> None:
        """It has only the bus's config."""


class Trial:
    """The servers of a trial, and what is done to them."""

    def __init__(self, folder: Path, seed: int, *, hold: int = 3, plain: bool = True) -> None:
        self._random = random.Random(seed)
        self.broker = RabbitMQ(folder / "rabbitmq")
        url = self.broker.amqp_url
        self.queues = ["trial", "plain"] if plain else ["trial"]
        self.exporter = Exporter(
            folder / "exporter", url, "trial", config={"new_series_hold": hold}
        )
        self.watched: list[WebServer] = [self.exporter]
        if plain:
            # Only for the bus's config, which a plain exporter needs as well.
            bus = Exporter(folder / "plain", url, "plain")
            bus.folder.mkdir()
            bus._write_config()
            self.watched.append(Plain(folder / "plain", bus))
        self.scraped = len(self.watched)
        self.prometheus = Prometheus(folder / "prometheus", [one.address for one in self.watched])
        self.begin = 0.0
        self._servers = ExitStack()

    def __enter__(self) -> Self:
        self._servers.enter_context(self.broker)
        for queue in self.queues:
            self.broker.declare_queue(queue)
        for server in (*self.watched, self.prometheus):
            self._servers.enter_context(server)
        self.prometheus.wait_for(f"count(up == 1) == {self.scraped}")
        self.begin = self._now()
        return self

    def __exit__(self, *_: object) -> None:
        self._servers.close()

    def run(self, sent: Traffic, mishaps: Mishaps) -> None:
        """Publish the traffic in real time, with mishaps at random times, and wait for the end."""
        started = time.monotonic()
        waiting = deque(sent.sendings)
        for moment, mishap in self._timeline(mishaps, sent.sendings[-1].at):
            time.sleep(max(0, started + moment - time.monotonic()))
            self._publish(waiting, moment)
            if mishap:
                mishap(partial(self._publish, waiting, moment + 1))
        self._settle()

    def verdict(self, metric: str, sent: Traffic) -> Verdict:
        """What Prometheus says now about a metric."""
        return judge(self.prometheus, metric, sent, self.begin, self._now())

    def _timeline(self, mishaps: Mishaps, duration: float) -> list[tuple[float, Mishap | None]]:
        """What to do when; None only publishes a tick's messages."""
        whats: list[Mishap] = [self._kill] * mishaps.kills
        whats += [partial(self._kill_in_commit, point) for point in mishaps.commit_kills]
        whats += [self._restart_broker] * mishaps.broker_restarts
        steps: list[tuple[float, Mishap | None]] = [
            (self._random.uniform(0.05, 0.95) * duration, what) for what in whats
        ]
        steps += [(tick * _TICK, None) for tick in range(1, int(duration / _TICK) + 2)]
        return sorted(steps, key=lambda step: step[0])

    def _publish(self, waiting: deque[Sending], until: float) -> None:
        """Publish what is due."""
        if messages := due(waiting, until):
            self.broker.publish(messages)

    def _kill(self, burst: Callable[[], None]) -> None:
        """Kill both exporters while they are working, and start them again."""
        burst()
        time.sleep(self._random.uniform(0, _SOON))
        for one in self.watched:
            one.process.kill()
        for one in self.watched:
            one.start()

    def _kill_in_commit(self, point: str, burst: Callable[[], None]) -> None:
        """Let the exporter start again as one that dies at its first commit."""
        for one in self.watched:
            one.process.kill()
        command = self.exporter.process.command
        at = command.index("fedmsg_exporter")
        self.exporter.process.command = [
            *command[:at], "benchmarks.crash", point, "1", *command[at + 1 :]
        ]  # fmt: skip
        self.exporter.process.start()
        burst()
        wait_until(lambda: not self.exporter.process.running, 30, f"death {point} a commit")
        if self.exporter.process.exit_code != -signal.SIGKILL:
            raise RuntimeError(self.exporter.process.report())
        self.exporter.process.command = command
        for one in self.watched:
            one.start()

    def _restart_broker(self, _burst: Callable[[], None]) -> None:
        self.broker.restart()

    def _settle(self) -> None:
        """Wait until all is consumed, shown at its value, and scraped."""
        wait_until(lambda: not any(map(self.broker.total, self.queues)), 60, "empty queues")
        now = self._now()
        self.prometheus.wait_for(f"min(timestamp(up)) > {now + 2}")
        # In one scrape: what was counted before `now` was held then, or shown.
        self.prometheus.wait_for(f"{HELD} == 0 and timestamp({HELD}) > {now + 2}")

    def _now(self) -> float:
        return self.prometheus.query("time()")[0].value


def main() -> None:
    """Run the trial and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--duration", type=float, default=120, help="seconds of traffic")
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--duplicates", type=float, default=0.05, help="share published twice")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--commit-kills", nargs="*", default=crash.POINTS, choices=crash.POINTS)
    parser.add_argument("--broker-restarts", type=int, default=1)
    parser.add_argument("--hold", type=int, default=3, help="new_series_hold in seconds")
    options = parser.parse_args()
    sent = traffic(options.seed, options.messages, options.duration, options.duplicates)
    mishaps = Mishaps(options.kills, options.commit_kills, options.broker_restarts)
    with (
        tempfile.TemporaryDirectory(prefix="trial") as name,
        Trial(Path(name), options.seed, hold=options.hold) as trial,
    ):
        trial.run(sent, mishaps)
        verdicts = [trial.verdict(metric, sent) for metric in (USERS, PLAIN_USERS)]
        again = trial.prometheus.query(DUPLICATES)[0].value
    print(
        f"{sent.truth.total()} messages of {len(sent.by_user())} users, {sent.duplicates} of them "
        f"published twice; {options.kills} kills, {len(options.commit_kills)} in a commit, "
        f"{options.broker_restarts} restarts of the broker; the exporter recognised {again:.0f} "
        "that came again\n"
    )
    print(verdicts_table(["exporter", "plain exporter"], verdicts, sent.truth.total()))
    if not verdicts[0].flawless:
        sys.exit("the exporter was wrong")


if __name__ == "__main__":
    main()
