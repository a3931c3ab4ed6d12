"""Alerts link to existing sections of the runbook, and to existing boards."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fedmsg_exporter import config
from tests.docs import contract, pages
from tools import dashboards
from tools.preview.filled import rules

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "fedmsg_exporter"
RUNBOOK = ROOT / "docs" / "runbook.md"
REPOSITORY = "https://github.com/fedora-infra/fedmsg_exporter/blob/main/"
GRAFANA = "http://localhost:3000/d/"
ALERTS = [rule for rule in rules() if "alert" in rule]
Json = dict[str, Any]


@pytest.fixture(params=ALERTS, ids=lambda rule: f"{rule['alert']}-{rule['labels'].get('window')}")
def alert(request: pytest.FixtureRequest) -> Json:
    rule: Json = request.param
    return rule


def text() -> str:
    return RUNBOOK.read_text("utf-8")


def queries() -> list[str]:
    return [one.text for one in pages.fences("promql") if one.place.startswith("docs/runbook.md")]


class TestAlerts:
    def test_severity(self, alert: Json) -> None:
        """alertmanager.yml routes by severity, of which there are three."""
        assert alert["labels"]["severity"] in {"critical", "warning", "info"}

    def test_words(self, alert: Json) -> None:
        """Each alert has a constant summary, and a description."""
        told = alert["annotations"]
        assert set(told) == {"summary", "description", "runbook_url", "dashboard_url"}
        assert re.fullmatch(r"[A-Z][^{}]+\.", told["summary"])
        assert told["description"].rstrip().endswith(".")

    def test_runbook(self, alert: Json) -> None:
        """The link leads to a page, and to the heading of this alert."""
        url, _, anchor = alert["annotations"]["runbook_url"].partition("#")
        page = ROOT / url.removeprefix(REPOSITORY)
        assert page == RUNBOOK
        assert anchor == alert["alert"].lower()
        assert anchor in pages.anchors(page)

    def test_board(self, alert: Json) -> None:
        """The link leads to an existing board, and sets variables that it has."""
        url = alert["annotations"]["dashboard_url"]
        assert url.startswith(GRAFANA)
        board = dashboards.boards()[urlsplit(url).path.removeprefix("/d/")]
        names = {f"var-{variable['name']}" for variable in board["templating"]["list"]}
        assert set(parse_qs(urlsplit(url).query)) <= names


class TestRunbook:
    def test_sections_are_the_alerts(self) -> None:
        """Each alert has one section, and each section an alert."""
        headings = re.findall(r"^## (.+)$", text(), re.MULTILINE)
        assert sorted(headings) == sorted({rule["alert"] for rule in ALERTS})

    def test_each_says_when_to_ignore_it(self) -> None:
        """Each section says when its alert can be ignored, unless it never can."""
        for section in re.split(r"^## ", text(), flags=re.MULTILINE)[1:]:
            name = section.partition("\n")[0]
            assert "Safe to ignore " in section or name == "FedmsgLedgerFailing"

    def test_series_exist(self) -> None:
        """Queries read what the exporter shows, and what the rules record."""
        known = {metric.name for metric in contract.scraped()}
        known |= {rule["record"] for rule in rules() if "record" in rule} | {"up"}
        assert queries()
        for query in queries():
            bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|offset) ?(?:\([^)]*\)|\w+)", "", query)
            names = set(re.findall(r"[a-z_]+:\w+:\w+|\bfedmsg_\w+|\bup\b", bare))
            assert names, query
            # The series of a histogram are known by its name.
            whole = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names - known}
            assert whole <= known, query

    def test_keys_exist(self) -> None:
        """The config keys that it names are keys."""
        named = set(re.findall(r"`((?:groups|gaps|users|limits)\.[a-z._]+)`", text()))
        assert named
        assert named <= dict(config.keys()).keys()

    def test_log_messages_exist(self) -> None:
        """Log messages that it quotes are in the code."""
        code = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
        quoted = re.findall(r"`([^`\n]+): …([^`\n]*)`", text())
        assert len(quoted) >= 4
        for before, after in (*quoted, ("a scrape failed", "")):
            assert f"{before}: " in code
            assert after in code
