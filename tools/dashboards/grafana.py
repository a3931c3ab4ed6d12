"""How Grafana reads the boards' JSON, and what to remove from the SDK's output.

The SDK fills every option that is not set with its own zero value: harmless where
Grafana ignores it, wrong where Grafana uses it. docs/dashboards.md lists the
options that matter, with the place in Grafana's source that says what they do.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

#: The oldest Grafana that knows every option the boards use.
OLDEST: Final = "10.0.0"

#: Grafana migrates a board up to its own schema version, and some 12.x refuse one
#: that is newer. 39 is Grafana 11's; what came later concerns nothing in the boards.
SCHEMA_VERSION: Final = 39

_PANELS: Final = {
    "bargauge": "Bar gauge",
    "heatmap": "Heatmap",
    "stat": "Stat",
    "state-timeline": "State timeline",
    "table": "Table",
    "timeseries": "Time series",
}
_OF_DATA_LINKS: Final = ("title", "url", "targetBlank")
_OF_INTERVAL_VARIABLES: Final = ("auto", "auto_count", "auto_min")

Json = dict[str, Any]


def finished(board: Json) -> Json:
    """Remove the SDK's zeros, and add what the SDK cannot express."""
    for variable in board["templating"]["list"]:
        for key in _OF_INTERVAL_VARIABLES:
            variable.pop(key, None)
    for panel in board["panels"]:
        _tidy(panel)
    return {**board, "schemaVersion": SCHEMA_VERSION, "__requires": list(_requires(board))}


def _tidy(panel: Json) -> None:
    if "repeat" not in panel:
        panel.pop("repeatDirection", None)
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    if "links" in defaults:
        defaults["links"] = [_data_link(link) for link in defaults["links"]]


def _data_link(link: Json) -> Json:
    """Keep the keys of a data link, as the SDK builds it from a dashboard link."""
    return {key: link[key] for key in _OF_DATA_LINKS}


def _requires(board: Json) -> Iterator[Json]:
    """List what an import requires: Grafana, the data source, the kinds of panels."""
    yield _required("grafana", "grafana", "Grafana", OLDEST)
    yield _required("datasource", "prometheus", "Prometheus", "1.0.0")
    for kind in sorted(_kinds(board["panels"])):
        yield _required("panel", kind, _PANELS[kind], "")


def _required(sort: str, identity: str, name: str, version: str) -> Json:
    return {"type": sort, "id": identity, "name": name, "version": version}


def _kinds(panels: Iterable[Json]) -> set[str]:
    return {panel["type"] for panel in panels} - {"row"}
