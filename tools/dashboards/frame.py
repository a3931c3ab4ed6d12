"""The frame of every board: identity, time, variables, links, annotations."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models

from . import variables
from .style import SOURCE

#: The uid of each board. Links, and the alerts' dashboard_url, rely on them.
OVERVIEW = "fedmsg-overview"
CATEGORY = "fedmsg-category"
COMMUNITY = "fedmsg-community"
GROUP = "fedmsg-group"
USER = "fedmsg-user"
RELENG = "fedmsg-releng"
HEALTH = "fedmsg-health"

TAGS = ["fedora", "fedmsg"]
Variable = Builder[models.VariableModel]
Panels = Sequence[Builder[models.Panel]]
Rows = Mapping[str, Panels]


def framed(
    uid: str,
    title: str,
    description: str,
    *choices: Variable,
    since: str,
    content: Rows,
    refresh: str = "1m",
) -> models.Dashboard:
    """Put a board together. ``content`` are its rows: their titles and panels."""
    made = dashboard.Dashboard(title).uid(uid).description(description).tags(TAGS)
    made.readonly().timezone("utc").week_start("monday").time(f"now-{since}", "now").refresh(
        refresh
    )
    made.tooltip(models.DashboardCursorSync.CROSSHAIR).link(_others()).annotation(_alerts())
    for choice in (variables.datasource(), variables.job(), *choices):
        made.with_variable(choice)
    for row, panels in content.items():
        made.with_row(dashboard.Row(row))
        for panel in panels:
            made.with_panel(panel)
    return _numbered(made.build())


def to(uid: str, **values: str) -> str:
    """Lead to a board with data source, job and time as they are, and these values."""
    chosen = "".join(f"&var-{name}={value}" for name, value in values.items())
    return f"/d/{uid}?${{datasource:queryparam}}&${{job:queryparam}}&${{__url_time_range}}{chosen}"


def _others() -> dashboard.DashboardLink:
    """The other boards, with the variables and the time as they are."""
    return (
        dashboard.DashboardLink("Fedora message bus")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAGS[-1]])
        .as_dropdown(as_dropdown=True)
        .include_vars(include_vars=True)
        .keep_time(keep_time=True)
    )


def _alerts() -> dashboard.AnnotationQuery:
    """Where alerts fired."""
    return (
        dashboard.AnnotationQuery()
        .name("Alerts")
        .datasource(SOURCE)
        .enable(enable=True)
        .icon_color("red")
        .expr('ALERTS{alertname=~"Fedmsg.+", alertstate="firing"}')
        .step("60s")
        .title_format("{{alertname}}")
        .text_format("{{category}}{{group}}")
        .tag_keys("severity,category,group")
    )


def _numbered(board: models.Dashboard) -> models.Dashboard:
    for link in board.links or []:
        link.placement = ""  # in sight, not in a menu
    for number, panel in enumerate(board.panels or [], 1):
        panel.id_val = number
    return board
