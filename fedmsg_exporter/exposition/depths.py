"""Gauges of the queues: messages that wait in them, and consumers."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class DepthCollector(Collector):
    """Two gauges by queue; a queue of unknown depth has no sample."""

    def __init__(self, depths: Callable[[], Mapping[str, tuple[int, int]]]) -> None:
        """``depths`` returns the numbers of messages and consumers, by name of queue."""
        self._depths = depths

    def collect(self) -> Iterable[Metric]:
        """Both gauges."""
        messages = GaugeMetricFamily(
            "fedmsg_exporter_queue_messages",
            "Messages ready in the queue, excluding those delivered but not yet acked.",
            labels=["queue"],
        )
        consumers = GaugeMetricFamily(
            "fedmsg_exporter_queue_consumers",
            "Consumers of the queue, including this exporter.",
            labels=["queue"],
        )
        for queue, numbers in self._depths().items():
            for gauge, number in zip((messages, consumers), numbers, strict=True):
                gauge.add_metric([queue], number)
        return [messages, consumers]

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance."""
        return []
