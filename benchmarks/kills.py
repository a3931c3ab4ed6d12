"""A thousand kills: the exporter against a queue of known content.

The exporter is started and killed with SIGKILL at a random moment, again and
again, while the queue never gets empty; one message of ten is in it twice.
Then it may drain the queue, and its ledger is compared with what was published:
nothing lost, nothing twice. The same with fedora-messaging's own ``consume``,
which has the exporter record message by message.

    python -m benchmarks.kills --kills 1000 --consume-kills 100
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, NamedTuple

from fedmsg_exporter.families import DUPLICATES, USERS
from fedmsg_exporter.ledger import Ledger
from harness import Exporter, Outgoing, RabbitMQ, wait_until

from .lives import Lives
from .tables import table
from .traffic import TOPICS, Series, message


class Program(NamedTuple):
    """How to run the exporter: module and function, the command line in a folder.

    ``longest_life`` is in seconds; a third of it is the start.
    """

    function: str
    arguments: str
    longest_life: float


PROGRAMS = {
    "run": Program("fedmsg_exporter.commands:main", "run --config {}/exporter.yml", 0.5),
    "consume": Program(
        "fedora_messaging.cli:cli",
        "--conf {}/bus.toml consume --callback fedmsg_exporter:Consumer",
        1.0,
    ),
}

#: With few messages unacked there are many small batches, with many few and large.
_PREFETCH = (1, 10, 100, 1000)
_USERS = 200
_AGAIN = 0.1


class Content:
    """What was put into the queue, and the expected counts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._sent: list[Outgoing] = []
        self.truth: Counter[Series] = Counter()
        self.duplicates = 0

    def more(self, number: int) -> list[Outgoing]:
        """Add a number of messages, some of them the same as earlier ones."""
        return [self._one() for _ in range(number)]

    def _one(self) -> Outgoing:
        if self._sent and self._random.random() < _AGAIN:
            self.duplicates += 1
            return self._random.choice(self._sent[-1000:])
        series = self._random.choice(list(TOPICS)), f"user{self._random.randrange(_USERS)}"
        self.truth[series] += 1
        self._sent.append(message(*series, f"id-{len(self._sent)}"))
        return self._sent[-1]


class Result(NamedTuple):
    """The fate of the messages. All fields except ``kills`` and ``seconds`` count messages."""

    kills: int
    sent: int
    lost: int
    twice: int
    recognised: int
    seconds: float


class Kills:
    """One program, one queue, one ledger, many deaths."""

    def __init__(self, broker: RabbitMQ, folder: Path, program: str, seed: int) -> None:
        self._random = random.Random(seed)
        self._broker = broker
        self._folder = folder
        self._queue = f"kills-{program}-{seed}"
        self._program = PROGRAMS[program]
        self._lives = Lives(folder / "log", {"FEDORA_MESSAGING_CONF": str(folder / "bus.toml")})
        self._content = Content(seed)

    def run(self, kills: int, backlog: int) -> Result:
        """Kill it a number of times, let it finish, and compare."""
        started = time.monotonic()
        self._broker.declare_queue(self._queue)
        for _ in range(kills):
            if self._broker.depth(self._queue) < backlog:
                self._broker.publish(self._content.more(backlog))
            self._live_and_die()
        self._finish()
        self._broker.delete_queue(self._queue)
        return self._result(kills, time.monotonic() - started)

    def _live_and_die(self) -> None:
        life = self._live(self._random.choice(_PREFETCH))
        time.sleep(self._random.uniform(0, self._program.longest_life))
        life.kill()
        life.join()
        if life.exitcode != -signal.SIGKILL:
            raise RuntimeError(f"ended with {life.exitcode} by itself:\n{self._lives.report()}")

    def _finish(self) -> None:
        """Let it run until the queue is empty, and end it cleanly."""
        life = self._live(max(_PREFETCH))
        wait_until(lambda: self._broker.total(self._queue) == 0, 300, "an empty queue")
        life.terminate()
        life.join()
        if life.exitcode != 0:
            raise RuntimeError(f"ended with {life.exitcode}:\n{self._lives.report()}")

    def _live(self, prefetch: int) -> ForkServerProcess:
        """Begin a life with its configs: that of `consume` is part of the bus's."""
        settings = {"listen": "127.0.0.1:0", "state": str(self._folder / "ledger.sqlite")}
        lines = (f'{key} = "{value}"\n' for key, value in settings.items())
        Exporter(
            self._folder,
            self._broker.amqp_url,
            self._queue,
            config=settings,
            prefetch=prefetch,
            bus_extra=f"[consumer_config]\n{''.join(lines)}",
        )._write_config()
        arguments = self._program.arguments.format(self._folder).split()
        return self._lives.start(self._program.function, arguments)

    def _result(self, kills: int, seconds: float) -> Result:
        ledger = Ledger(self._folder / "ledger.sqlite")
        series: Any = ledger.counts.family(USERS)
        counted = Counter({labels[:2]: int(one.value) for labels, one in series.items()})
        (duplicates,) = ledger.counts.family(DUPLICATES).values()
        ledger.close()
        return Result(
            kills,
            self._content.truth.total(),
            (self._content.truth - counted).total(),
            (counted - self._content.truth).total(),
            int(duplicates.value) - self._content.duplicates,
            seconds,
        )


def main() -> None:
    """Kill, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--consume-kills", type=int, default=100)
    parser.add_argument("--backlog", type=int, default=1000)
    options = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory(prefix="kills") as name, RabbitMQ(Path(name) / "b") as broker:
        for program, kills in (("run", options.kills), ("consume", options.consume_kills)):
            folder = Path(name) / program
            folder.mkdir()
            results[program] = Kills(broker, folder, program, options.seed).run(
                kills, options.backlog
            )
    header = ["", "kills", "messages", "lost", "twice", "redelivered and recognised", "seconds"]
    rows = [[name, *result[:-1], f"{result.seconds:.0f}"] for name, result in results.items()]
    print(table(header, rows))
    if any(result.lost or result.twice for result in results.values()):
        sys.exit("the exporter was wrong")


if __name__ == "__main__":
    main()
