"""How fast several exporters drain what RabbitMQ shares out to them, and at which price.

The same backlog for one, two and four exporters, with a queue each behind a
consistent-hash exchange, or all on one queue. Printed are messages a second of wall
time, from when each exporter has counted something, and the CPU time a message
costs the exporters and the broker: on a shared machine, that is the figure.

    python -m benchmarks.shares --messages 100000 --rounds 2
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from harness import Exporter, Outgoing, RabbitMQ, wait_until

from .drain import outgoing
from .tables import table

EXCHANGE = "shares"
MESSAGES = "fedmsg_messages_total"
_TICKS = os.sysconf("SC_CLK_TCK")


class Setup(NamedTuple):
    """A number of exporters, on one queue or on one each."""

    exporters: int
    queues: int


SETUPS = [Setup(1, 1), Setup(2, 2), Setup(2, 1), Setup(4, 4), Setup(4, 1)]


class Rate(NamedTuple):
    """Messages a second, and microseconds of CPU time a message."""

    wall: float
    exporters: float
    broker: float


def measure(broker: RabbitMQ, folder: Path, setup: Setup, backlog: Sequence[Outgoing]) -> Rate:
    """Fill the queues, let the exporters drain them, and delete them."""
    queues = [f"share-{number}" for number in range(setup.queues)]
    with broker.channel() as channel:
        arguments = {"hash-property": "message_id"}
        channel.exchange_declare(EXCHANGE, "x-consistent-hash", durable=True, arguments=arguments)
        channel.exchange_bind(EXCHANGE, "amq.topic", "#")
    for queue in queues:
        broker.declare_queue(queue, bindings=["1"], exchange=EXCHANGE)
    broker.publish(backlog)
    exporters = [
        Exporter(
            folder / f"exporter-{number}",
            broker.amqp_url,
            queues[number % setup.queues],
            config={"gaps": {"fill": "never"}},
            prefetch=1000,
            routing_keys=(),
        )
        for number in range(setup.exporters)
    ]
    with ExitStack() as ending:
        for one in exporters:
            ending.callback(one.kill)
            one.folder.mkdir(parents=True)
            one._write_config()
            one.process.start()
        rate = _rate(broker, exporters, len(backlog))
    with broker.channel() as channel:
        channel.exchange_delete(EXCHANGE)
    for queue in queues:
        broker.delete_queue(queue)
    return rate


def _rate(broker: RabbitMQ, exporters: Sequence[Exporter], messages: int) -> Rate:
    """Wait until all is counted, measuring from when each exporter has counted something."""
    wait_until(lambda: all(one._is_healthy() for one in exporters), 120, "all exporters")
    wait_until(lambda: min(map(_counted, exporters)) > 0, 120, "a message at each exporter")
    before = sum(map(_counted, exporters))
    begin, exporting, brokering = time.monotonic(), _cpu(exporters), _cpu([broker])
    wait_until(lambda: sum(map(_counted, exporters)) >= messages, 600, "the whole backlog")
    seconds, counted = time.monotonic() - begin, messages - before
    return Rate(
        counted / seconds,
        (_cpu(exporters) - exporting) / counted * 1e6,
        (_cpu([broker]) - brokering) / counted * 1e6,
    )


def _counted(exporter: Exporter) -> float:
    """How much an exporter has counted: a scrape of one family, as that is cheap."""
    text = exporter.get(f"/metrics?name[]={MESSAGES}").text
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def _cpu(servers: Sequence[Exporter | RabbitMQ]) -> float:
    """Seconds of CPU time that some processes have taken so far."""
    stats = [Path(f"/proc/{one.process.pid}/stat").read_text() for one in servers]
    fields = [text.rpartition(")")[2].split() for text in stats]
    return sum(int(one[11]) + int(one[12]) for one in fields) / _TICKS


def main() -> None:
    """Measure each setup in turn, several times, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    backlog = outgoing(options.messages)
    rates: dict[Setup, list[Rate]] = {setup: [] for setup in SETUPS}
    plugins = ("rabbitmq_consistent_hash_exchange",)
    with (
        tempfile.TemporaryDirectory(prefix="shares") as name,
        RabbitMQ(Path(name) / "rabbitmq", plugins) as broker,
    ):
        for number in range(options.rounds):
            for at, (setup, measured) in enumerate(rates.items()):
                folder = Path(name) / f"{number}-{at}"
                measured.append(measure(broker, folder, setup, backlog))
    header = ["exporters", "queues", "messages a second", "each round"]
    header += ["exporters' CPU, µs a message", "broker's CPU, µs a message"]
    print(table(header, [_row(setup, measured) for setup, measured in rates.items()]))


def _row(setup: Setup, rates: Sequence[Rate]) -> list[object]:
    median = Rate(*map(statistics.median, zip(*rates, strict=True)))
    each = ", ".join(f"{one.wall:,.0f}" for one in rates)
    costs = [f"{median.exporters:.0f}", f"{median.broker:.0f}"]
    return [*setup, f"{median.wall:,.0f}", each, *costs]


if __name__ == "__main__":
    main()
