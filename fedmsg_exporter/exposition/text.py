"""The only formatter of series: names, labels, values.

Its output is byte for byte that of prometheus_client, for text 0.0.4 and OpenMetrics
1.0.0; a test compares the two.
"""

from collections.abc import Iterable

from prometheus_client.utils import floatToGoString

from ..families import Family


def header(family: Family, *, openmetrics: bool) -> str:
    """HELP and TYPE. OpenMetrics names a counter without its ``_total``."""
    name = family.name.removesuffix("_total") if openmetrics else family.name
    return f"# HELP {name} {family.help}\n# TYPE {name} {family.kind}\n"


def series(name: str, labels: Iterable[tuple[str, str]]) -> str:
    """A series without its value: ``name{label="value"}``, labels in the order given."""
    pairs = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels)
    return f"{name}{{{pairs}}}" if pairs else name


def number(value: float) -> str:
    """A sample's value."""
    return str(floatToGoString(value))


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
