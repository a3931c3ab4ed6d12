"""The frame of every board: identity, time, variables, links, annotations."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models

from . import variables
from .queries import pick
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
PAGE = "https://github.com/fedora-infra/fedmsg_exporter/blob/main/docs/dashboards.md"

#: Branches with their own number are composed from branching until release.
_BRANCH = pick(
    "fedmsg_compose_finish_timestamp_seconds",
    'branch=~"[0-9]+"',
    'step="compose"',
    'status=~"done|finished|finished_incomplete"',
)
_STABLE = pick("fedmsg_updates_push_timestamp_seconds", 'repo="stable"')
_DAY = 86_400

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
    made.editable().timezone("utc").week_start("monday").time(f"now-{since}", "now")
    made.refresh(refresh).tooltip(models.DashboardCursorSync.CROSSHAIR)
    made.link(_others()).link(_page())
    for annotation in (_alerts(), _releases(), _freezes()):
        made.annotation(annotation)
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


def _page() -> dashboard.DashboardLink:
    """The page on how to read the boards."""
    link = dashboard.DashboardLink("How to read this").type(models.DashboardLinkType.LINK)
    return link.url(PAGE).icon("doc").target_blank(target_blank=True)


def _alerts() -> dashboard.AnnotationQuery:
    """Where alerts fired."""
    expr = 'ALERTS{alertname=~"Fedmsg.+", alertstate="firing"}'
    marks = _marks("Alerts", "red", expr, "60s").title_format("{{alertname}}")
    return marks.text_format("{{category}}{{group}}").tag_keys("severity,category,group")


def _releases() -> dashboard.AnnotationQuery:
    """While a branch is composed: from when it is made until it is released."""
    expr = f"time() - max by (branch) ({_BRANCH}) < 2 * {_DAY}"
    marks = _marks("Releases being composed", "purple", expr, "1h")
    return marks.title_format("Fedora {{branch}} is being composed").tag_keys("branch")


def _freezes() -> dashboard.AnnotationQuery:
    """While a release gets no stable updates, as in a freeze; not for retired releases."""
    age = f"time() - max by (release) ({_STABLE})"
    expr = f"({age} > 3 * {_DAY}) < 30 * {_DAY}"
    marks = _marks("Stable updates on hold", "orange", expr, "1h")
    return marks.title_format("No stable updates for {{release}}").tag_keys("release")


def _marks(name: str, color: str, expr: str, step: str) -> dashboard.AnnotationQuery:
    """Marks, or regions where the query holds at neighbouring steps."""
    marks = dashboard.AnnotationQuery().name(name).datasource(SOURCE).enable(enable=True)
    return marks.icon_color(color).expr(expr).step(step)


def _numbered(board: models.Dashboard) -> models.Dashboard:
    for link in board.links or []:
        link.placement = ""  # visible, not in a menu
    for number, panel in enumerate(board.panels or [], 1):
        panel.id_val = number
    return board
