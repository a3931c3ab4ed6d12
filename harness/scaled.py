"""Several exporters as deploy/scale has them: a queue each, by a hash of the message's id."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import yaml

from .exporter import Exporter
from .processes import wait_until
from .prometheus import Prometheus
from .rabbitmq import RabbitMQ

SCALE = Path(__file__).parents[1] / "deploy" / "scale"
EXCHANGE = "fedmsg-exporter"
_URL = "amqp://fedmsg:fedmsg@rabbitmq.example.org/%2F?heartbeat=30"
_RING_IN_MEMORY = "ets:info(rabbit_exchange_type_consistent_hash_ring_state) =/= undefined."
_PLUGINS = ("rabbitmq_consistent_hash_exchange",)


class Scaled:
    """A broker, some exporters and a Prometheus; the exporters are started one by one.

    ``kind`` is that of the queues, ``classic`` or ``quorum``; ``config`` goes into
    that of each exporter. ``together`` gives all of them the first queue.
    """

    def __init__(
        self,
        folder: Path,
        kind: str = "classic",
        exporters: int = 4,
        *,
        together: bool = False,
        **config: Any,
    ) -> None:
        self._folder = folder
        self._kind = kind
        self._together = together
        self._config = {**yaml.safe_load((SCALE / "fedmsg-exporter.yml").read_text()), **config}
        advanced = (SCALE / "advanced.config").read_text()
        self.broker = RabbitMQ(folder / "rabbitmq", _PLUGINS, advanced=advanced)
        self.exporters = [self.exporter(number) for number in range(1, exporters + 1)]
        addresses = [one.address for one in self.exporters]
        self.prometheus = Prometheus(folder / "prometheus", addresses)
        self._servers = ExitStack()

    def __enter__(self) -> Self:
        self._servers.enter_context(self.broker)
        self.broker.rabbitmqctl("import_definitions", str(SCALE / f"definitions-{self._kind}.json"))
        if self._together:
            for number in range(2, 5):
                self.broker.delete_queue(name(number))
        if self.broker.rabbitmqctl("eval", _RING_IN_MEMORY).strip() == "true":
            # Until a restart, the order of the import decides which queue gets which ids.
            self.broker.restart()
        self._servers.enter_context(self.prometheus)
        return self

    def __exit__(self, *_: object) -> None:
        for one in self.exporters:
            one.kill()
        self._servers.close()

    def exporter(self, number: int) -> Exporter:
        """An exporter by number, not yet started; beyond the fourth, its queue does not exist."""
        queue = name(1 if self._together else number)
        text = (SCALE / "fedora-messaging-01.toml").read_text()
        return Exporter(
            self._folder / f"exporter-{number:02}",
            bus=text.replace(_URL, self.broker.amqp_url).replace(name(1), queue),
            config=self._config,
        )

    def add(self, number: int) -> Exporter:
        """Create and bind another queue, which then gets messages; returns its exporter."""
        arguments = {"x_queue_type": "quorum"} if self._kind == "quorum" else {}
        self.broker.declare_queue(name(number), True, ("1",), EXCHANGE, **arguments)
        self.exporters.append(self.exporter(number))
        self.exporters[-1].folder.mkdir()
        self.prometheus.targets.append(self.exporters[-1].address)
        self.prometheus.reload()
        return self.exporters[-1]

    def start(self, exporters: Sequence[Exporter] | None = None) -> None:
        """Start exporters, all of them unless some are named, and wait until they consume."""
        chosen = self.exporters if exporters is None else exporters
        for one in chosen:
            one.start_unready()
        for one in chosen:
            one.wait_ready()

    def left(self) -> int:
        """How many messages are in the queues, including those delivered but not acked."""
        listed = self.broker.rabbitmqctl("list_queues", "--no-table-headers", "messages")
        return sum(map(int, listed.split()))

    def settle(self, timeout: float = 60) -> None:
        """Wait until everything is counted, shown with its value, and scraped."""
        wait_until(lambda: self.left() == 0, timeout, "empty queues")
        held = "fedmsg_exporter_series_held"
        now = self.prometheus.query("time()")[0].value
        count = len(self.exporters)
        self.prometheus.wait_for(
            f"count({held} == 0 and timestamp({held}) > {now + 2}) == {count}", timeout=timeout
        )


def name(number: int) -> str:
    """The queue of an exporter."""
    return f"{EXCHANGE}-{number:02}"
