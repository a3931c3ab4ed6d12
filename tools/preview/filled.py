"""A Prometheus with the two weeks in it, and what the recording rules make of them.

promtool evaluates rules over the past, two hours at a time: thousands of blocks.
Here each rule is one query over all the time, hour by hour, and its result is
loaded like the scrapes. Rules that read other rules' series come after those.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, NamedTuple, Protocol

import yaml

from harness import Prometheus, promtool

from .fortnight import COARSE, DAY, EARLY, END, START

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "rules"
WEEK = 7 * DAY
_FLAGS = ["--storage.tsdb.retention.time=100y", "--query.max-samples=50000000"]

Rule = dict[str, Any]


class Scrapes(Protocol):
    """What was scraped, such as a `Fortnight`."""

    def write(self, path: Path) -> None:
        """Write OpenMetrics with times."""


def server(
    folder: Path,
    scrapes: Scrapes | None = None,
    *,
    report: Callable[[str], object] = str,
) -> Prometheus:
    """Make a Prometheus, empty or with all the data; the caller starts it.

    ``report`` is called with the next step.
    """
    folder.mkdir(parents=True, exist_ok=True)
    spans = Spans(getattr(scrapes, "start", START), getattr(scrapes, "dense", START))
    flags = [*_FLAGS, f"--query.lookback-delta={spans.holds}s"]
    prometheus = Prometheus(folder, data=folder / "data", flags=flags)
    if scrapes is not None:
        report("writing the scrapes")
        scrapes.write(folder / "scrapes.om")
        report("loading them into Prometheus")
        _load(prometheus, folder / "scrapes.om")
        for layer in layers([rule for rule in rules() if "record" in rule]):
            report(f"recording {len(layer)} rules")
            with prometheus:
                lines = [line for rule in layer for line in _recorded(prometheus, rule, spans)]
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
    """Order rules so that each comes after those that it reads."""
    left = list(recording)
    while left:
        names = {rule["record"] for rule in left}
        layer = [rule for rule in left if not any(name in rule["expr"] for name in names)]
        # A rule that reads its own series has to start empty.
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


class Spans(NamedTuple):
    """From when on there are scrapes, and from when on every hour."""

    start: int
    dense: int

    @property
    def holds(self) -> int:
        """For how long a sample holds: until the next one."""
        return EARLY - 60 if self.start < self.dense else COARSE + 60

    def of(self, rule: Rule) -> Iterator[tuple[int, int, int]]:
        """Begin, end and step of a rule's evaluations: about people they may be far apart."""
        if self.start == self.dense:
            yield from _weeks(self.start, END, COARSE)
        elif "user" in rule["record"] or "group" in rule["record"]:
            yield from _weeks(self.start, END, EARLY)
        else:
            yield from _weeks(self.start, self.dense - EARLY, EARLY)
            yield from _weeks(self.dense, END, COARSE)


def _weeks(start: int, end: int, step: int) -> Iterator[tuple[int, int, int]]:
    """Process a long time week by week, or a busy machine would not respond in time."""
    for begin in range(start, end + 1, WEEK):
        yield begin, min(begin + WEEK - step, end), step


def _recorded(prometheus: Prometheus, rule: Rule, spans: Spans) -> Iterable[str]:
    """Evaluate a recording rule at every hour, and now and then before."""
    found: dict[str, dict[float, float]] = {}
    for begin, end, step in spans.of(rule):
        for one in prometheus.query_range(rule["expr"], begin, end, step):
            # A series may come with its metric's name at times, and without at others.
            labels = {name: value for name, value in one.labels.items() if name != "__name__"}
            name = series(rule["record"], {**labels, **rule.get("labels", {})})
            found.setdefault(name, {}).update(one.points)
    for name, points in found.items():
        for moment, value in sorted(points.items()):
            yield f"{name} {value!r} {moment}\n"


def series(name: str, labels: dict[str, str]) -> str:
    """A series as the text format writes it."""
    pairs = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
    return f"{name}{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
