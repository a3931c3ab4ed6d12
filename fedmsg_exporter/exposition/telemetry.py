"""The exporter's metrics about itself, apart from those in the ledger.

They live in a prometheus_client registry and start from 0 in each process.
"""

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics import exposition as openmetrics_text
from prometheus_client.registry import Collector

from ..ledger.counts import Counts
from ..version import __version__, revision
from . import Names

# Series with creation times would double the exposition for no benefit, since our
# counters do not reset. prometheus_client has this switch for the process only.
disable_created_metrics()

#: Why the HTTP server closes a connection, or refuses a request, before it has answered.
CLOSED = {
    "body": "the body of the request was too large",
    "handshake": "the TLS handshake failed, for example because the client has no certificate",
    "slow_request": "the request did not arrive in time",
    "slow_reader": "the response was not read in time",
    "connections": "there were too many connections, and this one had been idle longest",
}

_AGES = (1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 86400, 7 * 86400)
_COMMITS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5)


class Telemetry:
    """The exporter's own metrics. Times are in seconds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.connected = self._gauge(
            "fedmsg_exporter_connected",
            "Whether the exporter is consuming messages (1) or not (0).",
        )
        self.ledger_failing = self._gauge(
            "fedmsg_exporter_ledger_failing",
            "Whether writing to the ledger is failing (1) or not (0).",
        )
        self.ledger_start = self._gauge(
            "fedmsg_exporter_ledger_start_timestamp_seconds",
            "Unix timestamp from which counts are complete: the creation of the ledger, or the "
            "start of gapless history before it; 0 if unknown.",
        )
        self.gap_unfilled = self._gauge(
            "fedmsg_exporter_gap_unfilled_seconds",
            "Seconds of the latest gap, including overlaps, that are still to be filled.",
        )
        self.web_certificate_expiry = self._gauge(
            "fedmsg_exporter_web_certificate_expiry_timestamp_seconds",
            "Unix timestamp when the HTTP server's certificate expires, or 0 without TLS.",
        )
        self.reload_successful = self._gauge(
            "fedmsg_exporter_config_last_reload_successful",
            "Whether the config could be read when it was last (re)loaded (1) or not (0).",
        )
        self.reload_success = self._gauge(
            "fedmsg_exporter_config_last_reload_success_timestamp_seconds",
            "Unix timestamp when the config was last (re)loaded successfully.",
        )
        self.message_age = self._histogram(
            "fedmsg_exporter_message_age_seconds", "Age of messages when counted.", _AGES
        )
        self.commit = self._histogram(
            "fedmsg_exporter_ledger_commit_seconds",
            "Time to commit a batch of messages to the ledger.",
            _COMMITS,
        )
        self.http_closed = self._http_closed()
        self._describe_process()

    def reloaded(self, at: float) -> None:
        """Note that the config was (re)loaded successfully at a time in epoch seconds."""
        self.reload_successful.set(1)
        self.reload_success.set(at)

    def count_closed(self, reason: str) -> None:
        """Count a connection that the HTTP server closed; ``reason`` is one of `CLOSED`."""
        self.http_closed.labels(reason).inc()

    def show_delivery_count(self, count: Callable[[], int]) -> None:
        """Show how often messages are redelivered."""
        self._gauge(
            "fedmsg_exporter_earlier_deliveries",
            "Largest number of earlier deliveries of a message in the latest batch, where the "
            "queue counts them. A quorum queue drops a message at its delivery limit.",
        ).set_function(count)

    def show_certificate(self, expiry: Callable[[], float]) -> None:
        """Show when the client's certificate expires, if there is one."""
        self._gauge(
            "fedmsg_exporter_client_certificate_expiry_timestamp_seconds",
            "Unix timestamp when the client certificate on disk expires, or 0 while it cannot "
            "be read.",
        ).set_function(expiry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(name, text, buckets=buckets, registry=self.registry)

    def _http_closed(self) -> Counter:
        """A counter that shows every reason from the start."""
        counter = Counter(
            "fedmsg_exporter_http_closed_total",
            "Connections closed, and requests refused, by the HTTP server, by reason.",
            ["reason"],
            registry=self.registry,
        )
        for reason in CLOSED:
            counter.labels(reason)
        return counter

    def _describe_process(self) -> None:
        Info(
            "fedmsg_exporter_build",
            "Version and git revision of the exporter, and version of Python.",
            registry=self.registry,
        ).info(
            {
                "version": __version__,
                "revision": revision(__version__),
                "python": platform.python_version(),
            }
        )
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)

    def render(self, *, openmetrics: bool = False, names: Names = None) -> str:
        """The text of one scrape; in OpenMetrics it ends with ``# EOF``."""
        chosen: Any = self.registry if names is None else _Chosen(self.registry, names)
        if openmetrics:
            return str(openmetrics_text.generate_latest(chosen), "utf-8")
        return str(generate_latest(chosen), "utf-8")


class _Chosen:
    """The metrics in a registry with given names, their own or those of their samples."""

    def __init__(self, registry: CollectorRegistry, names: frozenset[str]) -> None:
        self._registry = registry
        self._names = names

    def collect(self) -> Iterable[Metric]:
        """The requested metrics, each in full."""
        for metric in self._registry.collect():
            samples = {sample.name for sample in metric.samples}
            if self._names & {metric.name, *samples}:
                yield metric


class StateCollector(Collector):
    """Gauges that are read from the parts at each scrape."""

    def __init__(
        self,
        counts: Counts,
        held: Callable[[], int],
        sizes: Callable[[], Mapping[str, int]],
        groups_age: Callable[[], float | None],
    ) -> None:
        """Each argument reads a part; ``groups_age`` returns None if nothing keeps groups."""
        self._counts = counts
        self._held = held
        self._sizes = sizes
        self._groups_age = groups_age

    def collect(self) -> Iterable[Metric]:
        """Read the parts."""
        yield self._series()
        yield GaugeMetricFamily(
            "fedmsg_exporter_series_held",
            "New series still exposed as 0, so that increase() sees their first increment.",
            value=self._held(),
        )
        age = self._groups_age()
        if age is not None:
            yield GaugeMetricFamily(
                "fedmsg_exporter_groups_age_seconds",
                "Seconds since group membership was last loaded successfully.",
                value=age,
            )
        yield self._members()

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance."""
        return []

    def _series(self) -> Metric:
        gauge = GaugeMetricFamily(
            "fedmsg_exporter_series",
            "Series in the ledger, by family.",
            labels=["family"],
        )
        for family in self._counts.families():
            gauge.add_metric([family.name], len(self._counts.family(family)))
        return gauge

    def _members(self) -> Metric:
        gauge = GaugeMetricFamily(
            "fedmsg_group_members",
            "Members of each group that is counted.",
            labels=["group"],
        )
        for group, size in sorted(self._sizes().items()):
            gauge.add_metric([group], size)
        return gauge
