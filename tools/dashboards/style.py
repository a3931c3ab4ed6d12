"""What panels of all kinds share: words, queries, legends, colours of steps."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import common, dashboard, prometheus
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models

#: The data source that the board's first variable names.
SOURCE = kinds.DataSourceRef("prometheus", "$datasource")

#: Legends with these words belong to lines for the usual or target value.
USUAL, GOAL = "usual", "goal"
#: Legends that end in this word belong to lines of the past.
EARLIER = "earlier"

#: What a panel shows if Prometheus has no data.
NO_DATA = "No data"

#: Values from which on a colour holds, ascending; None for the lowest.
Steps = Sequence[tuple[float | None, str]]


class Query(NamedTuple):
    """PromQL, and the names of its series in the legend."""

    expr: str
    legend: str = ""


class Words(NamedTuple):
    """What a panel says about itself. The unit locale writes a number in full: 12,345."""

    title: str
    description: str
    unit: str = "locale"


class _Panel(Protocol):
    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: kinds.DataSourceRef) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...


P = TypeVar("P", bound=_Panel)


def worded(panel: P, words: Words) -> P:
    """Give a panel its texts and the data source."""
    panel.title(words.title).description(words.description).no_value(NO_DATA)
    return panel.unit(words.unit).datasource(SOURCE)


def target(letter: str, query: Query) -> prometheus.Dataquery:
    """Add a query under a letter; the caller sets its times."""
    asked = prometheus.Dataquery().datasource(SOURCE).ref_id(letter).expr(query.expr)
    return asked.legend_format(query.legend or "__auto")


def last() -> common.ReduceDataOptions:
    """Show the last value of each series."""
    return common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(values=False)


def legend() -> common.VizLegendOptions:
    """A list below the graph."""
    shown = common.VizLegendOptions().show_legend(show_legend=True).calcs([])
    return shown.display_mode(kinds.LegendDisplayMode.LIST).placement(kinds.LegendPlacement.BOTTOM)


def ranking() -> common.VizLegendOptions:
    """A table at the right, for graphs of many series: the largest on average first."""
    shown = common.VizLegendOptions().show_legend(show_legend=True).calcs(["mean", "lastNotNull"])
    shown.display_mode(kinds.LegendDisplayMode.TABLE).placement(kinds.LegendPlacement.RIGHT)
    return shown.sort_by("Mean").sort_desc(sort_desc=True)


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


def absent(color: str) -> models.SpecialValueMap:
    """Give a missing value a colour: without one it takes that of the lowest step."""
    result = models.ValueMappingResult(color=color)
    match = models.SpecialValueMatch.NULL_AND_NAN
    return models.SpecialValueMap(models.DashboardSpecialValueMapOptions(match, result))


def colour(mode: models.FieldColorModeId) -> dashboard.FieldColor:
    """Colour series by a scheme."""
    return dashboard.FieldColor().mode(mode)


def link(title: str, url: str) -> dashboard.DashboardLink:
    """Add a link to a value."""
    return dashboard.DashboardLink(title).url(url)


def dashed() -> list[models.DynamicConfigValue]:
    """A dashed line without an area."""
    return [
        models.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
        models.DynamicConfigValue("custom.fillOpacity", 0),
    ]


def painted(color: str) -> list[models.DynamicConfigValue]:
    """A line in one colour."""
    return [models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})]


def stepped(steps: Steps) -> list[models.DynamicConfigValue]:
    """Other colours by value than the rest of the panel has."""
    config = {"mode": "absolute", "steps": [{"value": v, "color": c} for v, c in steps]}
    return [models.DynamicConfigValue("thresholds", config)]


def joined(
    labels: Sequence[str],
    columns: Sequence[str],
    shares: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> list[models.DataTransformerConfig]:
    """Make one table of several results: its columns in order, under readable names.

    The column of a single result is called Value, those of several are Value #A,
    Value #B. Order and names refer to the column's name before it is renamed. ``shares``
    are columns that Grafana computes itself, each from a part and a whole.
    """
    several = len(columns) > 1
    values = {
        f"Value #{letter}" if several else "Value": name
        for letter, name in zip("ABCDEFGH", columns, strict=False)
    }
    number = {name: value for value, name in values.items()}
    values |= {name: name for name in shares}
    order = [*labels, *values]
    organize = {
        "excludeByName": {"Time": True},
        "includeByName": {},
        "indexByName": {name: place for place, name in enumerate(order)},
        "renameByName": {**{label: headed(label) for label in labels}, **values},
    }
    merge = [models.DataTransformerConfig("merge", options={})] if several else []
    divided = [_share(name, number[of], number[whole]) for name, (of, whole) in shares.items()]
    return [*merge, *divided, models.DataTransformerConfig("organize", options=organize)]


def _share(name: str, part: str, whole: str) -> models.DataTransformerConfig:
    """A column that divides two others. Grafana 12 still takes their names as plain texts."""
    options = {
        "mode": "binary",
        "binary": {"left": part, "operator": "/", "right": whole},
        "alias": name,
        "replaceFields": False,
    }
    return models.DataTransformerConfig("calculateField", options=options)


def headed(label: str) -> str:
    """Name a column after its label."""
    return {"arch": "Architecture", "repo": "Repository"}.get(label, label.capitalize())
