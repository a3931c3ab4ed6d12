"""Panels: each kind set up once, so that all boards look alike.

A panel is made of a title, a description that says what is counted, a unit and
its queries; `span` and `height` may change its size. Widths are in
twenty-fourths of a board.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    heatmap,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import heatmap as heat_kinds
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from . import style
from .style import Query, Steps, Words

__all__ = [
    "Query",
    "Words",
    "bars",
    "days",
    "graph",
    "heat",
    "levels",
    "number",
    "rows",
    "states",
    "trend",
]

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_SHARES: Mapping[str, tuple[str, str]] = MappingProxyType({})


def number(
    words: Words,
    *queries: str | Query,
    steps: Steps = (),
    mappings: Mapping[str, str] = _NOTHING,
    absent: str = "gray",
) -> stat.Panel:
    """A number for each series, in the colour of the step that it reaches.

    ``absent`` is the colour if there is no value: red if that is bad.
    """
    panel = _stat(words, steps, mappings, absent)
    for letter, query in zip("ABCD", queries, strict=False):
        asked = query if isinstance(query, Query) else Query(query)
        panel.with_target(style.target(letter, asked).instant())
    return panel.graph_mode(kinds.BigValueGraphMode.NONE)


def trend(
    words: Words, query: str | Query, *, steps: Steps = (), absent: str = "gray"
) -> stat.Panel:
    """A number with its history as a line, and the change over the time shown.

    The query runs at every step, so it must be cheap, such as a recorded series.
    """
    panel = _stat(words, steps or [(None, "blue")], _NOTHING, absent)
    panel.color_mode(kinds.BigValueColorMode.BACKGROUND if steps else kinds.BigValueColorMode.NONE)
    asked = query if isinstance(query, Query) else Query(query)
    panel.with_target(style.target("A", asked).range()).min(0)
    panel.graph_mode(kinds.BigValueGraphMode.AREA).show_percent_change(show_percent_change=True)
    return panel.percent_change_color_mode(kinds.PercentChangeColorMode.SAME_AS_VALUE)


def _stat(words: Words, steps: Steps, mappings: Mapping[str, str], absent: str) -> stat.Panel:
    panel = style.worded(stat.Panel(), words).reduce_options(style.last())
    panel.color_mode(kinds.BigValueColorMode.BACKGROUND if steps else kinds.BigValueColorMode.NONE)
    texts = [style.mapping(mappings)] if mappings else []
    panel.mappings([*texts, style.absent(absent)])
    return panel.thresholds(style.thresholds(steps or [(None, "text")])).span(4).height(4)


def graph(words: Words, *queries: Query, stack: bool = False) -> timeseries.Panel:
    """Lines, or stacked areas."""
    panel = style.worded(timeseries.Panel(), words).legend(style.legend()).tooltip(style.tooltip())
    for letter, query in zip("ABCDEFGH", queries, strict=False):
        panel.with_target(style.target(letter, query).range())
    panel.draw_style(kinds.GraphDrawStyle.LINE).show_points(kinds.VisibilityMode.NEVER).min(0)
    single = len(queries) == 1 and "{{" not in queries[0].legend
    panel.fill_opacity(70 if stack else 8 if single else 0).line_width(1)
    if stack:
        panel.stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL).group("A"))
    for word, color in ((style.USUAL, "gray"), (style.GOAL, "green")):
        for legend in (query.legend for query in queries if word in query.legend):
            panel.override_by_name(legend, [*style.dashed(), *style.painted(color)])
    if any(query.legend.endswith(style.EARLIER) for query in queries):
        panel.override_by_regexp(f"/{style.EARLIER}$/", style.dashed())
    return panel.span(12).height(9)


def levels(words: Words, *queries: Query) -> timeseries.Panel:
    """A level for each day and series, for values not to be stacked; queries as for `days`."""
    panel = graph(words, *queries).line_interpolation(kinds.LineInterpolation.STEP_AFTER)
    return panel.interval("1d")


def days(words: Words, *queries: Query) -> timeseries.Panel:
    """A bar for each day, on that day: the queries give a day's value at its beginning."""
    panel = graph(words, *queries, stack=True).draw_style(kinds.GraphDrawStyle.BARS).line_width(0)
    panel.bar_alignment(kinds.BarAlignment.AFTER).bar_width_factor(0.9)
    return panel.interval("1d")


def bars(words: Words, query: Query, link: str = "") -> bargauge.Panel:
    """A bar for each series, the longest first."""
    sorted_query = query._replace(expr=f"sort_desc({query.expr})")
    panel = style.worded(bargauge.Panel(), words).with_target(
        style.target("A", sorted_query).instant()
    )
    panel.orientation(kinds.VizOrientation.HORIZONTAL).reduce_options(style.last())
    panel.display_mode(kinds.BarGaugeDisplayMode.BASIC).show_unfilled(show_unfilled=False)
    panel.value_mode(kinds.BarGaugeValueMode.TEXT).min(0)
    panel.name_placement(kinds.BarGaugeNamePlacement.LEFT)
    panel.color_scheme(style.colour(models.FieldColorModeId.CONTINUOUS_BLUES))
    if link:
        panel.data_links([style.link("Show on its own board", link)])
    return panel.span(8).height(10)


def rows(
    words: Words,
    labels: Sequence[str],
    queries: Mapping[str, str],
    *,
    links: Mapping[str, str] = _NOTHING,
    units: Mapping[str, str] = _NOTHING,
    shares: Mapping[str, tuple[str, str]] = _NO_SHARES,
) -> table.Panel:
    """A table: a column for each label, then one for each query; the first query sorts.

    ``links`` are the targets of the names in a column, ``shares`` columns at the end that
    Grafana computes: the part and the whole, by the names of their columns.
    """
    panel = style.worded(table.Panel(), words).no_value("-")
    for letter, expr in zip("ABCDEFGH", queries.values(), strict=False):
        panel.with_target(style.target(letter, Query(expr)).instant().format(PromQueryFormat.TABLE))
    for transformation in style.joined(labels, list(queries), shares):
        panel.with_transformation(transformation)
    for column, url in links.items():
        shown = {"title": f"Show this {column.lower()}", "url": url}
        panel.override_by_name(column, [models.DynamicConfigValue("links", [shown])])
    for column, unit in {**dict.fromkeys(shares, "percentunit"), **units}.items():
        panel.override_by_name(column, [models.DynamicConfigValue("unit", unit)])
    first = common.TableSortByFieldState().display_name(next(iter(queries))).desc(desc=True)
    return panel.sort_by([first]).filterable(filterable=True).span(12).height(10)


def heat(words: Words, query: Query) -> heatmap.Panel:
    """A map with a row for each series; the darker, the more.

    Grafana draws a column before its moment: the queries give a column's value at
    its end. Rows whose names begin with numbers are in their order, the first at
    the top.
    """
    panel = style.worded(heatmap.Panel(), words)
    panel.with_target(style.target("A", query).range().format(PromQueryFormat.TIME_SERIES))
    colours = heatmap.HeatmapColorOptions().mode(heat_kinds.HeatmapColorMode.SCHEME)
    colours.scheme("Blues").steps(64).fill("dark-blue").reverse(reverse=False)
    colours.scale(heat_kinds.HeatmapColorScale.EXPONENTIAL).exponent(0.5)
    panel.color(colours).calculate(calculate=False).cell_gap(1)
    panel.cell_values(heatmap.CellValues().unit(words.unit))
    panel.y_axis(
        heatmap.YAxisConfig().axis_placement(kinds.AxisPlacement.LEFT).reverse(reverse=True)
    )
    panel.rows_frame(heatmap.RowsHeatmapOptions().layout(kinds.HeatmapCellLayout.UNKNOWN))
    return panel.span(12).height(10)


def states(
    words: Words, query: Query, texts: Mapping[str, str], steps: Steps
) -> statetimeline.Panel:
    """A band for each series that changes its colour with its value."""
    panel = (
        style.worded(statetimeline.Panel(), words).legend(style.legend()).tooltip(style.tooltip())
    )
    panel.with_target(style.target("A", query).range()).mappings([style.mapping(texts)])
    panel.color_scheme(style.colour(models.FieldColorModeId.THRESHOLDS))
    panel.fill_opacity(80).line_width(0).row_height(0.8).merge_values(merge_values=True)
    panel.show_value(kinds.VisibilityMode.NEVER).align_value(kinds.TimelineValueAlignment.LEFT)
    return panel.thresholds(style.thresholds(steps)).span(24).height(5)
