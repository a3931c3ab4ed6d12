"""What ships for Prometheus, judged by promtool."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import promtool
from tools.preview.filled import RULES, rules

pytestmark = [pytest.mark.servers, pytest.mark.editions]

CASES = sorted(RULES.glob("tests/*.yml"))


def expected() -> Iterator[dict[str, Any]]:
    """The alerts in the rule tests: each a name, and which of them fire."""
    for path in CASES:
        for case in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            yield from case.get("alert_rule_test", ())


@pytest.mark.parametrize("command", ["config", "rules"])
def test_promtool_accepts(command: str) -> None:
    """Prometheus's own tool finds nothing wrong with config and rules."""
    files = (
        [RULES.parent / "prometheus.yml"] if command == "config" else sorted(RULES.glob("*.yml"))
    )
    checked = promtool("check", command, *map(str, files))
    assert checked.returncode == 0, checked.stderr + checked.stdout


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_rules_do_as_they_are_meant_to(path: Path) -> None:
    """The rule tests that ship pass."""
    tested = promtool("test", "rules", str(path))
    assert tested.returncode == 0, tested.stderr + tested.stdout


def test_each_alert_is_seen_to_fire_and_not_to() -> None:
    """In the rule tests each alert fires, in each of its windows, and also stays quiet."""
    alerts = [rule for rule in rules() if "alert" in rule]
    fire = {
        (one["alertname"], alert["exp_labels"].get("window"))
        for one in expected()
        for alert in one.get("exp_alerts", ())
    }
    quiet = {one["alertname"] for one in expected() if not one.get("exp_alerts")}
    assert fire == {(rule["alert"], rule["labels"].get("window")) for rule in alerts}
    assert quiet == {rule["alert"] for rule in alerts}


def in_table() -> Iterator[re.Pattern[str]]:
    """The series that the table lists: `…` is short for the first of the row, NN for a time."""
    readme = (RULES / "README.md").read_text("utf-8")
    for row in re.findall(r"^\| (`\w+:.*?) \|", readme, re.M):
        first, *others = re.findall("`([^`]+)`", row)
        level = first.rpartition(":")[0] + ":"
        for name in (first, *(other.replace("…", level) for other in others)):
            yield re.compile(name.replace("NN", r"\d+[hdw]"))


def test_names_say_level_metric_and_operations() -> None:
    """Each recorded series is named level:metric:operations, and is in the table."""
    names = {rule["record"] for rule in rules() if "record" in rule}
    table = list(in_table())
    assert [name for name in names if not any(one.fullmatch(name) for one in table)] == []
    assert [one for one in table if not any(one.fullmatch(name) for name in names)] == []
    assert all(re.fullmatch(r"[a-z_]+:fedmsg_[a-z_]+:[a-z0-9_]+", name) for name in names)
