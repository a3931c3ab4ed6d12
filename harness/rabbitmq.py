"""A private RabbitMQ broker."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pika
from pika.exceptions import AMQPError

from .processes import Process, accepts, free_port, wait_until
from .programs import require
from .publishing import Outgoing, Publisher
from .rabbitmq_node import environment, write_files

_START_SECONDS = 90


class RabbitMQ:
    """A broker in a folder, with its own Erlang node, cookie and port mapper.

    Folder and port stay the same from one start to the next, so durable queues
    outlive `stop`, `restart` and `kill` as they do in real life.
    """

    def __init__(
        self,
        folder: Path,
        plugins: Iterable[str] = (),
        settings: Iterable[str] = (),
        advanced: str = "[].",
    ) -> None:
        """Take plugins to enable, lines for ``rabbitmq.conf``, and ``advanced.config``."""
        self.folder = folder
        self.settings = tuple(settings)
        self.advanced = advanced
        self.port = free_port()
        self.plugins = tuple(plugins)
        self._epmd_port = free_port()
        self._environment = environment(folder, self.port, self._epmd_port, free_port())
        self._ctl = require("rabbitmqctl")
        self._epmd = Process(
            [require("epmd"), "-port", str(self._epmd_port), "-address", "127.0.0.1"],
            folder / "epmd.log",
            self._environment,
        )
        self.process = Process(
            [require("rabbitmq-server")], folder / "rabbitmq.log", self._environment
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def amqp_url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    def start(self) -> None:
        """Start the broker and wait until it accepts AMQP connections."""
        write_files(self.folder, self.port, self.plugins, self.settings, self.advanced)
        try:
            self._epmd.start()
            wait_until(lambda: accepts(self._epmd_port), 10, "Erlang's epmd", self._epmd)
            self.process.start()
            wait_until(self._is_ready, _START_SECONDS, "an AMQP login", self.process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop the broker cleanly."""
        self.process.terminate()
        self._epmd.kill()

    def kill(self) -> None:
        """Kill the broker with SIGKILL."""
        self.process.kill()
        self._epmd.kill()

    def restart(self) -> None:
        """Stop the broker cleanly and start it again."""
        self.stop()
        self.start()

    def rabbitmqctl(self, *arguments: str) -> str:
        """Run rabbitmqctl on this broker and return what it printed."""
        done = subprocess.run(
            [self._ctl, "--quiet", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {arguments} failed: {done.stderr}")
        return done.stdout

    @contextmanager
    def channel(self) -> Iterator[Any]:
        """Give a pika channel, for whatever has no method here."""
        connection = pika.BlockingConnection(self._parameters())
        try:
            channel = connection.channel()
            yield channel
            if channel.is_open:
                channel.close()
        finally:
            if connection.is_open:
                connection.close()

    def declare_queue(
        self,
        name: str,
        durable: bool = True,
        bindings: Iterable[str] = ("#",),
        exchange: str = "amq.topic",
        **arguments: object,
    ) -> None:
        """Declare and bind a queue; ``x_max_length=9`` gives it x-max-length."""
        dashed = {key.replace("_", "-"): value for key, value in arguments.items()}
        with self.channel() as channel:
            channel.queue_declare(name, durable=durable, arguments=dashed)
            for binding in bindings:
                channel.queue_bind(name, exchange, binding)

    def delete_queue(self, name: str) -> None:
        """Delete the queue and what is in it; it may not exist."""
        with self.channel() as channel:
            channel.queue_delete(name)

    def publish(
        self,
        messages: Iterable[Outgoing],
        exchange: str = "amq.topic",
        confirm: bool = True,
    ) -> int:
        """Publish and return how many, once each is in the queues it belongs to.

        Then the persistent ones in durable queues outlive `kill`. Without
        ``confirm`` the last ones may still be on their way to the queues.
        """
        return Publisher(self._parameters(), exchange, messages, confirm).run()

    def depth(self, queue: str) -> int:
        """Return how many messages are ready, the delivered ones not counted.

        The broker answers at once and may not have looked at what was published
        without confirms: wait for a number, do not expect it.
        """
        return int(self._declared(queue).message_count)

    def consumers(self, queue: str) -> int:
        """Return how many consumers the queue has."""
        return int(self._declared(queue).consumer_count)

    def total(self, queue: str) -> int:
        """Return how many messages there are, ready or delivered and not acked."""
        listed = self.rabbitmqctl("list_queues", "--no-table-headers", "name", "messages")
        counts = dict(line.split("\t") for line in listed.splitlines())
        return int(counts[queue])

    def close_connections(self) -> None:
        """Close all connections, as an operator would."""
        self.rabbitmqctl("close_all_connections", "--global", "closed by a test")

    def _parameters(self) -> pika.URLParameters:
        parameters = pika.URLParameters(self.amqp_url)
        parameters.blocked_connection_timeout = 60
        return parameters

    def _declared(self, queue: str) -> Any:
        with self.channel() as channel:
            return channel.queue_declare(queue, passive=True).method

    def _is_ready(self) -> bool:
        if not accepts(self.port):
            return False
        try:
            with self.channel():
                return True
        except AMQPError:
            return False
