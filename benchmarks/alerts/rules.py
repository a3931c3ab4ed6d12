"""The shipped rules as in their files, prepared to run over the past.

Prometheus records for the present only. So what an alert reads at times other
than now (with an offset, over a range), and what is expensive to compute more
than once, is recorded into the past first. The rest is inlined into the
expression as text. Nothing else is rewritten.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

SHIPPED = Path(__file__).parents[2] / "deploy" / "rules"
RIVALS = Path(__file__).with_name("rivals.yml")

_NAME = re.compile(r"\b[a-z_]+:[a-z_]+:[a-z0-9_]+\b")
_OTHER_TIME = re.compile(rf"({_NAME.pattern})\s*(?:\[|offset\b|@)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Alert(NamedTuple):
    """An alerting rule; times are in seconds."""

    name: str
    expr: str
    hold: float
    keep: float


class Rules:
    """Recording and alerting rules from files."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.records: dict[str, str] = {}
        self.alerts: list[Alert] = []
        for rule in _rules(paths):
            if "record" in rule:
                self.records[rule["record"]] = rule["expr"]
            else:
                self.alerts.append(_alert(rule))

    def to_record(self, alerts: Iterable[Alert]) -> list[str]:
        """What these alerts need recorded over the past, each after what it needs."""
        needed: list[str] = []
        for alert in alerts:
            self._collect(alert.expr, needed)
        return needed

    def layers(self, alerts: Iterable[Alert]) -> Iterator[dict[str, str]]:
        """What these alerts need recorded, in layers that read only earlier ones."""
        names = self.to_record(alerts)
        left = {name: self.inlined(self.records[name], names) for name in names}
        while left:
            layer = {n: e for n, e in left.items() if not set(_NAME.findall(e)) & left.keys()}
            yield layer
            left = {name: expr for name, expr in left.items() if name not in layer}

    def inlined(self, expr: str, recorded: Iterable[str]) -> str:
        """An expression that reads nothing but counters and what is recorded."""
        known = set(recorded)

        def put_in(match: re.Match[str]) -> str:
            name = match[0]
            if name in known or name not in self.records:
                return name
            return f"({self.inlined(self.records[name], known)})"

        return _NAME.sub(put_in, expr)

    def _collect(self, expr: str, needed: list[str]) -> None:
        """Walk through all that an expression reads, depth first."""
        elsewhen = set(_OTHER_TIME.findall(expr))
        for name in _NAME.findall(expr):
            if name not in self.records or name in needed:
                continue
            self._collect(self.records[name], needed)
            if name in elsewhen or self._worth_writing(name, expr):
                needed.append(name)

    def _worth_writing(self, name: str, expr: str) -> bool:
        """Whether it costs less to write a series than to compute it where it is read."""
        own = self.records[name]
        if "label_replace" in own:
            return False  # All past weeks of a window: more series than it reads.
        return not _NAME.search(own) or _NAME.findall(expr).count(name) > 1


def seconds(duration: str) -> float:
    """A duration of PromQL, such as 1h30m."""
    return sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+)([smhdw])", duration))


def _rules(paths: Iterable[Path]) -> Iterator[Mapping[str, str]]:
    for path in paths:
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from group["rules"]


def _alert(rule: Mapping[str, str]) -> Alert:
    return Alert(
        rule["alert"],
        rule["expr"],
        seconds(rule.get("for", "0s")),
        seconds(rule.get("keep_firing_for", "0s")),
    )
