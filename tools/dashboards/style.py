"""What panels of all kinds share: words, queries, legends, colours of steps."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import common, dashboard, prometheus
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models

#: The data source that the board's first variable names.
SOURCE = kinds.DataSourceRef("prometheus", "$datasource")

#: A legend with this word is of a line that says how things usually are.
USUAL = "usual"

#: Values from which on a colour holds, ascending; None for the lowest.
Steps = Sequence[tuple[float | None, str]]


class Query(NamedTuple):
    """PromQL, and what its series are called in the legend."""

    expr: str
    legend: str = ""


class Words(NamedTuple):
    """What a panel says of itself. The unit locale writes a number in full: 12,345."""

    title: str
    description: str
    unit: str = "locale"


class _Panel(Protocol):
    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: kinds.DataSourceRef) -> Self: ...
    def unit(self, unit: str) -> Self: ...


P = TypeVar("P", bound=_Panel)


def worded(panel: P, words: Words) -> P:
    """Give a panel its words and the data source."""
    panel.title(words.title).description(words.description)
    return panel.unit(words.unit).datasource(SOURCE)


def target(letter: str, query: Query) -> prometheus.Dataquery:
    """Ask a query under a letter; it is yet to be said at which times."""
    asked = prometheus.Dataquery().datasource(SOURCE).ref_id(letter).expr(query.expr)
    return asked.legend_format(query.legend or "__auto")


def last() -> common.ReduceDataOptions:
    """Show the last value of each series."""
    return common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(values=False)


def legend() -> common.VizLegendOptions:
    """A list below the graph."""
    shown = common.VizLegendOptions().show_legend(show_legend=True).calcs([])
    return shown.display_mode(kinds.LegendDisplayMode.LIST).placement(kinds.LegendPlacement.BOTTOM)


def tooltip() -> common.VizTooltipOptions:
    """All series at once, the largest first."""
    return (
        common.VizTooltipOptions()
        .mode(kinds.TooltipDisplayMode.MULTI)
        .sort(kinds.SortOrder.DESCENDING)
    )


def thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    """Colours by value."""
    made = [models.Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def mapping(texts: Mapping[str, str]) -> models.ValueMap:
    """Words in place of values."""
    return models.ValueMap(
        {value: models.ValueMappingResult(text=text) for value, text in texts.items()}
    )


def colour(mode: models.FieldColorModeId) -> dashboard.FieldColor:
    """Colour series by a scheme."""
    return dashboard.FieldColor().mode(mode)


def link(title: str, url: str) -> dashboard.DashboardLink:
    """Lead somewhere from a value."""
    return dashboard.DashboardLink(title).url(url)


def dashed() -> list[models.DynamicConfigValue]:
    """A grey, dashed line without an area."""
    return [
        models.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
        models.DynamicConfigValue("custom.fillOpacity", 0),
        models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": "gray"}),
    ]


def joined(queries: Mapping[str, str]) -> list[models.DataTransformerConfig]:
    """Make one table of several answers, and call its columns by their names.

    One answer's column is called Value, several ones' are Value #A, Value #B.
    """
    several = len(queries) > 1
    values = {
        f"Value #{letter}" if several else "Value": name
        for letter, name in zip("ABCDEFGH", queries, strict=False)
    }
    labels = {name: name.capitalize() for name in ("category", "topic", "user", "group", "kind")}
    organize = {
        "excludeByName": {"Time": True, "job": True, "__name__": True, "instance": True},
        "indexByName": {},
        "renameByName": {**labels, **values},
    }
    merge = [models.DataTransformerConfig("merge", options={})] if several else []
    return [*merge, models.DataTransformerConfig("organize", options=organize)]
