"""The peers of the drain benchmark, each a separate process.

    python -m benchmarks.peers NAME MESSAGES

reads the queue of fedora-messaging's config until it has taken that many messages
and prints the seconds from the first to the last as JSON.
"""
# ruff: noqa: PLC0415  each peer imports no more than it needs

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


class Stopwatch:
    """Runs from the first message to the last."""

    def __init__(self, messages: int) -> None:
        self._left = messages
        self._started = 0.0

    def took(self, number: int = 1) -> bool:
        """Count some messages that were just taken; whether these were the last."""
        if not self._started:
            self._started = time.perf_counter()
        self._left -= number
        if self._left > 0:
            return False
        print(json.dumps({"seconds": time.perf_counter() - self._started}), flush=True)
        return True


def fedora_messaging(watch: Stopwatch) -> None:
    """fedora-messaging's own consumer, with a callback that does nothing."""
    from fedora_messaging import api, exceptions

    def callback(_message: object) -> None:
        if watch.took():
            raise exceptions.HaltConsumer

    with contextlib.suppress(exceptions.HaltConsumer):
        api.consume(callback)


def pika(watch: Stopwatch) -> None:
    """Bare pika: a blocking connection, one ack for each message."""
    import pika as library
    from fedora_messaging.config import conf

    connection = library.BlockingConnection(library.URLParameters(conf["amqp_url"]))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=conf["qos"]["prefetch_count"])

    def callback(_channel: Any, method: Any, _properties: Any, _body: bytes) -> None:
        channel.basic_ack(method.delivery_tag)
        if watch.took():
            channel.stop_consuming()

    channel.basic_consume(next(iter(conf["queues"])), callback)
    channel.start_consuming()
    connection.close()


def exporter(watch: Stopwatch) -> None:
    """The exporter as `fedmsg-exporter run` puts it together, ledger on disk."""
    from fedora_messaging import config as bus_config

    from fedmsg_exporter import config
    from fedmsg_exporter.message import Message
    from fedmsg_exporter.service.exporter import Exporter
    from fedmsg_exporter.service.process import Process, reactor
    from fedmsg_exporter.sink import Recorded
    from fedmsg_exporter.sources.rabbitmq.broker import Broker
    from fedmsg_exporter.sources.rabbitmq.bus import Bus
    from fedmsg_exporter.web.server import listen

    built = Exporter(config.load(Path(os.environ["FEDMSG_EXPORTER_CONFIG"])))
    status = built.status("starting")
    process = Process()
    (listening,) = listen(built.site(status, "bus"), built.config, built.telemetry, reactor)
    print(json.dumps({"port": listening.getHost().port}), flush=True)

    def sink(messages: Sequence[Message]) -> Recorded:
        recorded = built.pipeline.take(messages)
        if watch.took(len(messages)):
            reactor.callLater(0, process.stop)
        return recorded

    conf = bus_config.conf
    broker = Broker(conf, "FEDORA_MESSAGING_CONF")
    process.run(Bus(sink, built.pipeline.probe, status, broker, conf, reactor, process.stop))


PEERS: dict[str, Callable[[Stopwatch], None]] = {
    "fedora-messaging": fedora_messaging,
    "pika": pika,
    "exporter": exporter,
    "unscraped": exporter,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](Stopwatch(int(sys.argv[2])))
