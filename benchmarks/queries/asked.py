"""Every query: the rules by group, and the boards' queries as Grafana sends them."""

from bisect import bisect
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from tools import dashboards
from tools.preview import asking
from tools.preview.filled import RULES
from tools.preview.fortnight import END

#: Seconds between two scrapes, and between two evaluations of a rule unless set otherwise.
SCRAPE, EVALUATION = 15, 60
#: Points of a graph that is as wide as a screen of 1,920.
_POINTS = 1_900
_COLUMNS = 24
#: Grafana rounds the step of a graph: below the first of a pair it is the second.
_ROUNDED = (
    *((17.5, 15), (25, 20), (45, 30), (90, 60), (210, 120), (450, 300), (750, 600)),
    *((1050, 900), (1500, 1200), (2700, 1800), (5400, 3600), (9000, 7200), (16200, 10800)),
    *((32400, 21600), (86400, 43200), (604_800, 86_400)),
)


class Group(NamedTuple):
    """Rules that are evaluated one after another, every ``interval`` seconds."""

    name: str
    interval: int
    queries: list[asking.Asked]
    #: What they record; empty for alerts.
    records: list[str]


class Board(NamedTuple):
    """What Grafana asks to show a board."""

    title: str
    panels: int
    queries: list[asking.Asked]


def groups() -> list[Group]:
    """The rules that ship, evaluated at the end of the data."""
    files = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(RULES.glob("*.yml"))]
    return [_group(group) for file in files for group in file["groups"]]


def _group(group: Mapping[str, Any]) -> Group:
    interval = group.get("interval", f"{EVALUATION}s")
    queries = [
        asking.now(rule.get("record") or rule["alert"], rule["expr"], END)
        for rule in group["rules"]
    ]
    records = [rule["record"] for rule in group["rules"] if "record" in rule]
    return Group(group["name"], seconds(interval), queries, records)


def boards(user: str, group: str) -> list[Board]:
    """The boards as they open, with a user and a group chosen."""
    values = asking.chosen(user=user, group=group)
    return [_board(board, values) for board in dashboards.boards().values()]


def _board(board: Mapping[str, Any], values: Mapping[str, str]) -> Board:
    variables = [asking.now(where, expr, END) for where, expr in asking.of_variables(board, values)]
    panels = list(asking.panels(board))
    queries = [query for panel in panels for query in _of_panel(board, panel, values)]
    return Board(board["title"], len(panels), [*variables, *queries])


def _of_panel(
    board: Mapping[str, Any], panel: Mapping[str, Any], values: Mapping[str, str]
) -> Iterator[asking.Asked]:
    one = next(iter(asking.asked(board, panel, values, end=END, least=SCRAPE)))
    width = panel["gridPos"]["w"] / _COLUMNS
    least = step(END - one.start, width * _POINTS)
    return asking.asked(board, panel, values, end=END, least=least)


def step(span: float, points: float) -> int:
    """The seconds between two points of a graph, as Grafana chooses them."""
    limits = [limit for limit, _ in _ROUNDED]
    return _ROUNDED[bisect(limits, span / points)][1]


def seconds(duration: str) -> int:
    """PromQL's duration, of one unit."""
    return (
        int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}[duration[-1]]
    )
