"""What a message measures, as commands write it."""

from collections.abc import Mapping

from ..attribution.mapping.metrics import Metric
from ..event import Measure
from ..exposition import text


def measured(measure: Measure, metrics: Mapping[str, Metric]) -> str:
    """A measure in the form of an exposed series; a timestamp has no value yet."""
    names = metrics[measure.metric].family.labels
    series = text.series(measure.metric, zip(names, measure.labels, strict=True))
    if measure.value is None:
        return series
    value = f"{measure.value:.0f}" if measure.value.is_integer() else repr(measure.value)
    return f"{series} {value}"
