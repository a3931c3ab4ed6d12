"""What the demo shows: where to look, and queries to begin with."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode


class Ready(NamedTuple):
    """A query with the span of its graph; a table without one."""

    text: str
    promql: str
    span: str = ""


#: Answers of the board *community*.
READY = (
    Ready("People active each week", "max(fedmsg_weekly_active_people)", "2y"),
    Ready("Regulars by tenure", "max by (tenure) (fedmsg_weekly_regular_people)", "2y"),
    Ready("Absence factor", "max(fedmsg_weekly_absence_factor)", "2y"),
    Ready("People active in 7 days", 'sum(kind:fedmsg_users:active1w{kind="person"})', "8w"),
    Ready("Messages a day by app", "category:fedmsg_messages:increase1d", "8w"),
    Ready("The ten most active", 'topk(10, user_kind:fedmsg_messages:delta1w{kind="person"})'),
)

_GRAFANA = "docker compose -f deploy/compose/demo.yml up"


def page(prometheus: str, exporter: str) -> Iterator[str]:
    """Lines for a newcomer; both are URLs."""
    yield f"Prometheus  {prometheus}/"
    yield f"Exporter    {exporter}/"
    yield f"Grafana     {_GRAFANA}"
    yield "            and then http://127.0.0.1:3000/d/fedmsg-community"
    yield ""
    for one in READY:
        yield one.text
        yield f"  {prometheus}/graph?{_query(one)}"
    yield ""
    yield "Ctrl-C stops everything and deletes it."


def _query(one: Ready) -> str:
    shown = {"g0.tab": 0, "g0.range_input": one.span} if one.span else {"g0.tab": 1}
    return urlencode({"g0.expr": one.promql, **shown})
