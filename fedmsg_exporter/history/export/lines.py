"""Series as lines of OpenMetrics, without types: a counter below 0 must not be declared one. Pure.

See https://prometheus.io/docs/specs/om/open_metrics_spec/ for the format.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...exposition import text
from .counters import Runs

END = "# EOF\n"


class Series(NamedTuple):
    """A series within a piece."""

    metric: str
    labels: tuple[tuple[str, str], ...]
    runs: Runs


class Target(NamedTuple):
    """The labels that Prometheus gives to everything that it scrapes."""

    job: str
    instance: str


def stamps(times: range) -> list[str]:
    """Times as OpenMetrics has them."""
    return [str(one) for one in times]


def lines(one: Series, target: Target, at: Sequence[str]) -> Iterator[str]:
    """The samples of a series at some times."""
    names = (("job", target.job), ("instance", target.instance))
    series = text.series(one.metric, (*names[: 1 + _has_instance(one.metric)], *one.labels))
    for (start, value), end in zip(one.runs, _ends(one.runs, len(at)), strict=True):
        if value is not None and start < end:
            head = f"{series} {_number(value)} "
            yield head + f"\n{head}".join(at[start:end]) + "\n"


def _has_instance(metric: str) -> bool:
    """Whether a metric has the label: recorded series only if their level says so."""
    level, is_recorded, _ = metric.partition(":")
    return not is_recorded or "instance" in level.split("_")


def _ends(runs: Runs, size: int) -> Iterable[int]:
    return (*(start for start, _ in runs[1:]), size)


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
