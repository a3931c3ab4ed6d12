"""Messages that nobody should send, among good ones, from a publisher that is not pika.

Messages go to a durable queue as AMQP frames written by hand on a socket: one
in ten with an error in its headers, one in its body, one in its topic, in turn of each
kind that RabbitMQ lets through (harness/hostile.py). Meanwhile the exporter reads, and
is asked over and over whether it is connected. Printed is what it counted, next
to what was sent; the exit status is 1 where these differ, or where it was not
connected.

    python -m benchmarks.hostile --messages 10000
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple, Self

from harness import Exporter, RabbitMQ, wait_until
from harness.hostile import mixed
from harness.wire import Wire

REJECTED = "fedmsg_exporter_messages_rejected_total"
QUEUE = "hostile"
_SECONDS = 120.0


class Outcome(NamedTuple):
    """The result of a run: messages by reason (None for the good ones), and checks of the gauge."""

    sent: dict[str | None, int]
    counted: dict[str | None, int]
    looks: int
    disconnected: int
    seconds: float

    @property
    def exact(self) -> bool:
        """Whether each message is where it belongs, and the connection held."""
        return self.sent == self.counted and self.looks > 0 and not self.disconnected


class _Watch(threading.Thread):
    """Checks ``connected`` within its context."""

    def __init__(self, exporter: Exporter) -> None:
        super().__init__(daemon=True)
        self._exporter = exporter
        self._ended = threading.Event()
        self.looks: list[float] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        while not self._ended.is_set():
            self.looks.append(self._exporter.value("fedmsg_exporter_connected"))


def run(broker: RabbitMQ, exporter: Exporter, number: int) -> Outcome:
    """Publish a number of messages to a ready exporter, and check what it counted."""
    messages = list(mixed(number))
    sent = Counter(reason for reason, _ in messages)
    began = time.monotonic()
    with _Watch(exporter) as watch:
        with Wire(broker.port) as wire:
            wire.publish(message for _, message in messages)
        try:
            wait_until(lambda: sum(_counted(exporter, sent).values()) >= number, _SECONDS, "all")
        except AssertionError as error:
            print(error, file=sys.stderr)
        took = time.monotonic() - began
    lost = sum(not one for one in watch.looks)
    return Outcome(dict(sent), _counted(exporter, sent), len(watch.looks), lost, took)


def _counted(exporter: Exporter, sent: Counter[str | None]) -> dict[str | None, int]:
    return {
        reason: int(
            exporter.value(REJECTED, reason=reason)
            if reason
            else exporter.value("fedmsg_messages_total")
        )
        for reason in sent
    }


def main() -> int:
    """Run it once and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=10_000)
    number = parser.parse_args().messages
    with tempfile.TemporaryDirectory() as name, RabbitMQ(Path(name) / "rabbitmq") as broker:
        broker.declare_queue(QUEUE)
        with Exporter(Path(name) / "exporter", broker.amqp_url, QUEUE, prefetch=1000) as exporter:
            outcome = run(broker, exporter, number)
        print("| reason | sent | counted |\n| --- | --- | --- |")
        for reason, sent in outcome.sent.items():
            print(f"| {reason or 'none: good'} | {sent} | {outcome.counted[reason]} |")
        print(f"\n{outcome.seconds:.1f} s; connected was 0 in {outcome.disconnected} of", end=" ")
        print(f"{outcome.looks} looks; {broker.total(QUEUE)} left in the queue")
    return 0 if outcome.exact else 1


if __name__ == "__main__":
    sys.exit(main())
