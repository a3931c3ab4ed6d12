"""What Grafana would send to Prometheus: a board's queries with their variables filled in."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from harness import Prometheus

DAY = 86_400
_UNITS = {"m": 60, "h": 3600, "d": DAY, "w": 7 * DAY}
#: Not $1, which belongs to label_replace.
_VARIABLE = re.compile(r"\$\{([a-z_]\w*)(?::\w+)?\}|\$([a-z_]\w*)")
#: Characters that need two backslashes in a quoted regular expression.
_SPECIAL = re.compile(r"[$^*{}\[\]'+?.()|]")
_LABEL_VALUES = re.compile(r"label_values\((.*), (\w+)\)")


class Asked(NamedTuple):
    """One query as it is sent; ``step`` is None for an instant query."""

    where: str
    expr: str
    start: float
    end: float
    step: float | None
    legend: str = ""


def chosen(*, user: str, group: str, job: str = "fedmsg_exporter") -> dict[str, str]:
    """The default values of the variables."""
    everything = dict.fromkeys(("category", "instance", "members"), ".+")
    return {**everything, "baseline": "0", "user": user, "group": group, "job": job}


def as_opened(server: Prometheus, board: Mapping[str, Any], end: float) -> dict[str, str]:
    """The variables in Grafana when a board is opened: from the lists, in order.

    All without its own value is every value of the list; of an empty list it
    is (), which no label matches.
    """
    values = chosen(user="", group="")
    for variable in board["templating"]["list"]:
        if variable["type"] == "query" and "allValue" not in variable:
            metric, label = _listed(variable)
            since = f"{int(_span(board['time']['from']))}s"
            series = f"last_over_time({filled(metric, values)}[{since}])"
            found = server.query(f"count by ({label}) ({series})", end)
            options = sorted(one.labels[label] for one in found)
            shown = options if variable["includeAll"] else options[:1]
            values[variable["name"]] = _pattern(shown)
    return values


def _pattern(options: list[str]) -> str:
    """Match one of several values, as Grafana's data source for Prometheus writes it."""
    escaped = [_SPECIAL.sub(r"\\\\\g<0>", option) for option in options]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _listed(variable: Mapping[str, Any]) -> tuple[str, str]:
    """Take apart the query of a list: series and label."""
    found = _LABEL_VALUES.fullmatch(variable["query"]["query"])
    if found is None:
        raise ValueError(f"{variable['name']} is not label_values()")
    return found[1], found[2]


def now(where: str, expr: str, end: float) -> Asked:
    """A query for one moment."""
    return Asked(where, expr, end, end, None)


def everything(
    boards: Iterable[Mapping[str, Any]], values: Mapping[str, str], *, end: float, least: int = 60
) -> Iterator[Asked]:
    """All queries of all panels, variables and annotations."""
    for board in boards:
        for where, expr in (*of_variables(board, values), *of_annotations(board, values)):
            yield now(where, expr, end)
        for panel in panels(board):
            yield from asked(board, panel, values, end=end, least=least)


def answer(server: Prometheus, one: Asked) -> list[Any]:
    """Prometheus's result; empty if there is none."""
    if one.step is None:
        return list(server.query(one.expr, one.end))
    return list(server.query_range(one.expr, one.start, one.end, one.step))


def panels(board: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All panels of a board except rows and texts."""
    return (panel for panel in board["panels"] if panel["type"] not in ("row", "text"))


def asked(
    board: Mapping[str, Any],
    panel: Mapping[str, Any],
    values: Mapping[str, str],
    *,
    end: float,
    least: int = 60,
) -> Iterator[Asked]:
    """The queries of a panel at a moment. ``least`` is the shortest step in seconds."""
    span = _span(panel.get("timeFrom") or board["time"]["from"])
    step = max(least, _seconds(panel["interval"]) if "interval" in panel else least)
    times = {
        "__range": f"{int(span)}s",
        "__interval": f"{step}s",
        "__rate_interval": f"{4 * step}s",
    }
    last = end // step * step
    for target in panel["targets"]:
        yield Asked(
            where=f"{board['title']} / {panel['title']} / {target['refId']}",
            expr=filled(target["expr"], {**values, **times}),
            start=last - span // step * step,
            end=end if target.get("instant") else last,
            step=None if target.get("instant") else step,
            legend=target.get("legendFormat", ""),
        )


def filled(expr: str, values: Mapping[str, str]) -> str:
    """Fill in variables. Raises KeyError for one that is not known."""
    return _VARIABLE.sub(lambda found: values[found[1] or found[2]], expr)


def of_variables(board: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The queries that fill a board's lists, each as PromQL."""
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = _listed(variable)
            expr = f"count by ({label}) ({filled(metric, values)})"
            yield f"{board['title']} / variable {variable['name']}", expr


def of_annotations(
    board: Mapping[str, Any], values: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The queries for the marks in a board's graphs."""
    for one in board["annotations"]["list"]:
        yield f"{board['title']} / mark {one['name']}", filled(one["expr"], values)


def _span(since: str) -> float:
    return _seconds(since.removeprefix("now-"))


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * _UNITS[duration[-1]]
