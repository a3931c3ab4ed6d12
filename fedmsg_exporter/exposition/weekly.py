"""The weekly gauges: statistics of people that PromQL cannot compute over a year."""

from collections.abc import Iterable, Mapping

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..statistics import weekly
from ..statistics.standing import TENURES

_OF_THE_WEEK = "in the last complete week (Monday to Sunday, UTC)"
_GAUGES = {
    weekly.ACTIVE: (
        "fedmsg_weekly_active_people",
        f"People with at least one message {_OF_THE_WEEK}.",
    ),
    weekly.CORE: (
        "fedmsg_weekly_core_people",
        f"Smallest number of people who sent two thirds of people's messages {_OF_THE_WEEK}.",
    ),
    weekly.NEWCOMERS: (
        "fedmsg_weekly_newcomers",
        f"People whose first message ever was {_OF_THE_WEEK}.",
    ),
    weekly.ABSENCE_FACTOR: (
        "fedmsg_weekly_absence_factor",
        f"Smallest number of people who sent half of people's messages {_OF_THE_WEEK}.",
    ),
}
_REGULAR = (
    "fedmsg_weekly_regular_people",
    f"People active {_OF_THE_WEEK} and in at least 4 of the 52 weeks up to it, by tenure: "
    "new (first message within a year), mid (within two years), old (before that).",
)


class WeeklyCollector(Collector):
    """Gauges of the last complete week; an unknown value has no sample."""

    def __init__(self) -> None:
        self._values: Mapping[str, float] = {}

    def show(self, values: Mapping[str, float]) -> None:
        """Show these statistics from now on."""
        self._values = values

    def collect(self) -> Iterable[Metric]:
        """Each gauge, with a sample where its value is known."""
        for statistic, (name, meaning) in _GAUGES.items():
            gauge = GaugeMetricFamily(name, meaning, labels=[])
            if statistic in self._values:
                gauge.add_metric([], self._values[statistic])
            yield gauge
        gauge = GaugeMetricFamily(*_REGULAR, labels=["tenure"])
        for tenure in TENURES:
            value = self._values.get(f"{weekly.REGULAR}_{tenure}")
            if value is not None:
                gauge.add_metric([tenure], value)
        yield gauge

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance."""
        return []
