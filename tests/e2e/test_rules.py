"""What ships for Prometheus, judged by promtool."""

import re

import pytest

from tests.servers import promtool
from tools.preview.filled import RULES, rules

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("command", ["config", "rules"])
def test_promtool_accepts(command: str) -> None:
    """Prometheus's own tool finds nothing wrong with config and rules."""
    files = (
        [RULES.parent / "prometheus.yml"] if command == "config" else sorted(RULES.glob("*.yml"))
    )
    checked = promtool("check", command, *map(str, files))
    assert checked.returncode == 0, checked.stderr + checked.stdout


def test_names_say_level_metric_and_operations() -> None:
    """Each recorded series is named level:metric:operations, and stands in the table."""
    table = (RULES / "README.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `([^`]+)`", table, re.M))
    names = {rule["record"] for rule in rules() if "record" in rule}
    assert names == listed
    assert all(re.fullmatch(r"[a-z_]+:fedmsg_[a-z_]+:[a-z0-9_]+", name) for name in names)
