"""Panels: each kind set up once, so that all boards look alike.

A panel is made of a title, a description that says what is counted, a unit and
its queries; `span` and `height` may
change its size. Widths are in twenty-fourths of a board.
"""

from collections.abc import Mapping
from types import MappingProxyType

from grafana_foundation_sdk.builders import bargauge, common, heatmap, stat, table, text, timeseries
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import heatmap as heat_kinds
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.text import TextMode

from . import style
from .style import Query, Steps, Words

__all__ = ["Query", "Words", "bars", "graph", "heat", "number", "prose", "rows"]

_NOTHING: Mapping[str, str] = MappingProxyType({})


def number(
    words: Words, expr: str, *, steps: Steps = (), mappings: Mapping[str, str] = _NOTHING
) -> stat.Panel:
    """One number, in the colour of the step that it reaches."""
    panel = style.worded(stat.Panel(), words).with_target(style.target("A", Query(expr)).instant())
    panel.color_mode(kinds.BigValueColorMode.BACKGROUND if steps else kinds.BigValueColorMode.NONE)
    panel.graph_mode(kinds.BigValueGraphMode.NONE).reduce_options(style.last())
    if mappings:
        panel.mappings([style.mapping(mappings)])
    return panel.thresholds(style.thresholds(steps or [(None, "text")])).span(4).height(4)


def graph(
    words: Words, *queries: Query, stack: bool = False, bars: bool = False
) -> timeseries.Panel:
    """Lines, or stacked areas, or bars."""
    panel = style.worded(timeseries.Panel(), words).legend(style.legend()).tooltip(style.tooltip())
    for letter, query in zip("ABCDEFGH", queries, strict=False):
        panel.with_target(style.target(letter, query).range())
    panel.draw_style(kinds.GraphDrawStyle.BARS if bars else kinds.GraphDrawStyle.LINE)
    panel.fill_opacity(70 if stack or bars else 8).line_width(0 if bars else 1)
    panel.show_points(kinds.VisibilityMode.NEVER).min(0)
    if stack:
        panel.stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL).group("A"))
    for legend in (query.legend for query in queries if style.USUAL in query.legend):
        panel.override_by_name(legend, style.dashed())
    return panel.span(12).height(9)


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
        panel.data_links([style.link("Show it", link)])
    return panel.span(8).height(10)


def rows(
    words: Words,
    queries: Mapping[str, str],
    *,
    links: Mapping[str, str] = _NOTHING,
    units: Mapping[str, str] = _NOTHING,
) -> table.Panel:
    """A table: a column for each query, beside those of their labels.

    ``links`` are where the names in a column lead; the first query sorts.
    """
    panel = style.worded(table.Panel(), words)
    for letter, expr in zip("ABCDEFGH", queries.values(), strict=False):
        panel.with_target(style.target(letter, Query(expr)).instant().format(PromQueryFormat.TABLE))
    for transformation in style.joined(queries):
        panel.with_transformation(transformation)
    for column, url in links.items():
        shown = {"title": f"Show this {column.lower()}", "url": url}
        panel.override_by_name(column, [models.DynamicConfigValue("links", [shown])])
    for column, unit in units.items():
        panel.override_by_name(column, [models.DynamicConfigValue("unit", unit)])
    first = common.TableSortByFieldState().display_name(next(iter(queries))).desc(desc=True)
    return panel.sort_by([first]).filterable(filterable=True).span(12).height(10)


def heat(words: Words, query: Query) -> heatmap.Panel:
    """A map with a row for each series; the darker, the more."""
    panel = style.worded(heatmap.Panel(), words)
    panel.with_target(style.target("A", query).range().format(PromQueryFormat.TIME_SERIES))
    colours = heatmap.HeatmapColorOptions().mode(heat_kinds.HeatmapColorMode.SCHEME)
    panel.color(colours.scheme("Blues").scale(heat_kinds.HeatmapColorScale.EXPONENTIAL))
    panel.calculate(calculate=False).cell_gap(1).cell_values(heatmap.CellValues().unit(words.unit))
    panel.rows_frame(heatmap.RowsHeatmapOptions().layout(kinds.HeatmapCellLayout.GE))
    return panel.span(12).height(10)


def prose(title: str, content: str) -> text.Panel:
    """A few words on how to read a board."""
    panel = text.Panel().title(title).description("How to read this board.").transparent(True)
    return panel.mode(TextMode.MARKDOWN).content(content).span(24).height(3)
