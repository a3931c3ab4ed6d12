"""A Prometheus with the two weeks in it, and what the recording rules make of them.

promtool evaluates rules over the past, two hours at a time: thousands of blocks.
Here each rule is one query over all the time, hour by hour, and its answer goes
the way of the scrapes. Rules that read other rules' series come after those.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Protocol

import yaml

from harness import Prometheus, promtool
from harness.prometheus import Points

from .fortnight import COARSE, END, START

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "rules"
#: Samples are as far apart as an hour, and shall stand until the next one.
_FLAGS = [
    f"--query.lookback-delta={COARSE + 60}s",
    "--storage.tsdb.retention.time=100y",
    "--query.max-samples=50000000",
]

Rule = dict[str, Any]


class Scrapes(Protocol):
    """What was scraped, for one a `Fortnight`."""

    def write(self, path: Path) -> None:
        """Write OpenMetrics with times."""


def server(folder: Path, scrapes: Scrapes | None = None) -> Prometheus:
    """Make a Prometheus, empty or with all the data; it is yet to be started."""
    folder.mkdir(parents=True, exist_ok=True)
    prometheus = Prometheus(folder, data=folder / "data", flags=_FLAGS)
    if scrapes is not None:
        scrapes.write(folder / "scrapes.om")
        _load(prometheus, folder / "scrapes.om")
        for layer in layers([rule for rule in rules() if "record" in rule]):
            with prometheus:
                lines = [line for rule in layer for line in _recorded(prometheus, rule)]
            (folder / "rules.om").write_text("".join(lines) + "# EOF\n")
            if lines:
                _load(prometheus, folder / "rules.om")
    return prometheus


def rules() -> list[Rule]:
    """All recording and alerting rules that ship."""
    files = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(RULES.glob("*.yml"))]
    groups = [group for file in files for group in file.get("groups", ())]
    return [rule for group in groups for rule in group["rules"]]


def layers(recording: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Put rules in such an order that each comes after those that it reads."""
    left = list(recording)
    while left:
        names = {rule["record"] for rule in left}
        layer = [rule for rule in left if not any(name in rule["expr"] for name in names)]
        # A rule that reads its own series can only begin from nothing.
        layer = layer or left
        yield layer
        left = [rule for rule in left if rule not in layer]


def promtool_blocks(path: Path, data: Path) -> CompletedProcess[str]:
    """Make blocks of OpenMetrics with times."""
    return promtool(
        *("tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=486h"),
        *(str(path), str(data)),
    )


def _load(prometheus: Prometheus, path: Path) -> None:
    answer = promtool_blocks(path, prometheus.data)
    path.unlink()
    if answer.returncode:
        raise ValueError(answer.stderr)


def _recorded(prometheus: Prometheus, rule: Rule) -> Iterable[str]:
    """Evaluate a recording rule at every hour."""
    for one in prometheus.query_range(rule["expr"], START, END, COARSE):
        labels = {name: value for name, value in one.labels.items() if name != "__name__"}
        yield from _lines(rule["record"], {**labels, **rule.get("labels", {})}, one)


def _lines(name: str, labels: dict[str, str], answer: Points) -> Iterator[str]:
    pairs = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
    for moment, value in answer.points:
        yield f"{name}{{{pairs}}} {value!r} {moment}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
