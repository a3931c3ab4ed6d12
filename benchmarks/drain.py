"""How fast a durable queue is drained: the exporter alongside its peers, in one run.

Each peer finds the same queue full of the same messages (the simulation's), in
turn, for several rounds. Printed are messages a second from the first to the
last, and the exporter's ratio to each peer, round by round. The peers are in
peers.py; the exporter attributes, keeps an exact ledger on disk, and is scraped
each second meanwhile, except as the peer ``unscraped``. With --series its ledger
begins with that many series, so that there is something to scrape.

    python -m benchmarks.drain --messages 50000 --rounds 3
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from fedmsg_exporter.exposition import Exposition
from fedmsg_exporter.families import USERS
from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.sources.simulation import Simulation
from harness.publishing import Outgoing
from harness.rabbitmq import RabbitMQ

from .peers import PEERS
from .scrape import recorder

QUEUE = "drain"
BEGINNING = "beginning.sqlite"
EXPORTER_CONFIG = """
listen: 127.0.0.1:0
state: ledger.sqlite
limits: {users: 1000000}
"""
BUS_CONFIG = """
amqp_url = "{url}"
[queues.{queue}]
durable = true
auto_delete = false
exclusive = false
arguments = {{}}
[[bindings]]
queue = "{queue}"
exchange = "amq.topic"
routing_keys = ["#"]
[qos]
prefetch_count = {prefetch}
prefetch_size = 0
[log_config]
version = 1
disable_existing_loggers = true
"""


def outgoing(number: int) -> list[Outgoing]:
    """The first messages of the simulated bus, ready to publish."""
    sent = islice(Simulation(seed=1).messages(start=1_767_600_000), number)
    return [
        Outgoing(one.topic, dict(one.body), one.headers, one.id)
        for one in (item.message for item in sent)
    ]


def fill(folder: Path, series: int) -> None:
    """Make the ledger with which each exporter begins."""
    ledger = Ledger(folder / BEGINNING, families=[USERS])
    recorder(ledger)(range(series))
    Exposition(ledger, hold=0).render(0)
    ledger.close()


def drain(peer: str, messages: int, folder: Path, scrapes: float) -> float:
    """Let one peer drain the queue; returns messages a second."""
    for old in folder.glob("ledger*"):
        old.unlink()
    shutil.copy(folder / BEGINNING, folder / "ledger.sqlite")
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.peers", peer, str(messages)]
    environment = {
        **os.environ,
        "FEDORA_MESSAGING_CONF": str(folder / "bus.toml"),
        "FEDMSG_EXPORTER_CONFIG": str(folder / "exporter.yml"),
    }
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said = json.loads(line) if line.startswith("{") else {}
            if "port" in said and scrapes and peer != "unscraped":
                _scrape(said["port"], scrapes, process)
            if "seconds" in said:
                process.wait()
                return float(messages / said["seconds"])
    raise RuntimeError(f"{peer} ended before the queue was empty")


def _scrape(port: int, interval: float, process: "subprocess.Popen[str]") -> None:
    """Scrape as Prometheus does, until the process ends."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics", headers={"Accept-Encoding": "gzip"}
    )

    def loop() -> None:
        while process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(request) as answer:
                answer.read()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(interval)

    threading.Thread(target=loop, daemon=True).start()


@contextlib.contextmanager
def broker(prefetch: int) -> Iterator[tuple[RabbitMQ, Path]]:
    """A broker with the queue, and a folder with the configs that name it."""
    with tempfile.TemporaryDirectory(prefix="drain") as name, RabbitMQ(Path(name)) as rabbitmq:
        rabbitmq.declare_queue(QUEUE)
        bus = BUS_CONFIG.format(url=rabbitmq.amqp_url, queue=QUEUE, prefetch=prefetch)
        (Path(name) / "bus.toml").write_text(bus)
        (Path(name) / "exporter.yml").write_text(EXPORTER_CONFIG)
        yield rabbitmq, Path(name)


def main() -> None:
    """Run all rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prefetch", type=int, default=1000)
    parser.add_argument("--scrapes", type=float, default=1.0, help="seconds between; 0 for none")
    parser.add_argument("--series", type=int, default=0, help="in the ledger at the start")
    parser.add_argument("--peers", nargs="*", default=list(PEERS))
    options = parser.parse_args()
    messages = outgoing(options.messages)
    rates: dict[str, list[float]] = {peer: [] for peer in options.peers}
    with broker(options.prefetch) as (rabbitmq, folder):
        fill(folder, options.series)
        for _ in range(options.rounds):
            for peer, measured in rates.items():
                rabbitmq.publish(messages)
                measured.append(drain(peer, options.messages, folder, options.scrapes))
    for peer, measured in rates.items():
        ratios = [ours / theirs for ours, theirs in zip(rates["exporter"], measured, strict=True)]
        each = ", ".join(f"{rate:,.0f}" for rate in measured)
        print(
            f"{peer:18} {statistics.median(measured):8,.0f} messages/s ({each}); "
            f"exporter / {peer}: {statistics.median(ratios):.2f}"
        )


if __name__ == "__main__":
    main()
