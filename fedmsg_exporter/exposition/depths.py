"""How much waits in the queues, as Prometheus reads it."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class DepthCollector(Collector):
    """Two gauges by queue; a queue of unknown depth has no sample."""

    def __init__(self, depths: Callable[[], Mapping[str, tuple[int, int]]]) -> None:
        """Take what gives messages and consumers of each queue, by its name."""
        self._depths = depths

    def collect(self) -> Iterable[Metric]:
        """Both gauges."""
        messages = GaugeMetricFamily(
            "fedmsg_exporter_queue_messages",
            "Messages ready in the queue, without those delivered and not acked yet.",
            labels=["queue"],
        )
        consumers = GaugeMetricFamily(
            "fedmsg_exporter_queue_consumers",
            "Consumers of the queue, this exporter included.",
            labels=["queue"],
        )
        for queue, numbers in self._depths().items():
            for gauge, number in zip((messages, consumers), numbers, strict=True):
                gauge.add_metric([queue], number)
        return [messages, consumers]

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand."""
        return []
