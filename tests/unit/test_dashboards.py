"""The dashboards: committed as generated, and by the rules of grafana's dashboard-linter.

The linter itself is a Go program that no package registry has. Its rules are
here under its names; where one does not hold, EXCLUDED says why. What Grafana makes
of single options is in test_grafana_options.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs import contract
from tools import dashboards
from tools.dashboards import frame

BOARDS = dashboards.boards()
PROVISIONING = Path(__file__).parents[2] / "deploy" / "grafana" / "provisioning"
EXCLUDED = {
    "template-instance-rule, target-instance-rule": (
        "several exporters on one queue are one: sums leave out the instance, and only the "
        "board on the exporter's health separates them"
    ),
    "target-counter-agg-rule": (
        "counters that never reset are subtracted, in whole numbers, where increase() "
        "would extrapolate; see test_counters_are_subtracted"
    ),
    "uneditable-dashboard": (
        "a board that is not editable hides Edit and Explore; provisioning already keeps "
        "anyone from overwriting it, and Save as makes a copy"
    ),
}
Json = dict[str, Any]


@pytest.fixture(params=list(BOARDS.values()), ids=list(BOARDS))
def board(request: pytest.FixtureRequest) -> Json:
    made: Json = request.param
    return made


def panels(board: Json) -> list[Json]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions(board: Json) -> Iterator[str]:
    for panel in panels(board):
        for target in panel["targets"]:
            yield target["expr"]


def variables(board: Json) -> dict[str, Json]:
    return {variable["name"]: variable for variable in board["templating"]["list"]}


def test_generated() -> None:
    """The committed files are byte for byte what `python -m tools.dashboards` writes."""
    committed = {path.name: path.read_text("utf-8") for path in dashboards.FOLDER.glob("*.json")}
    assert committed == dashboards.texts()


class TestTheBoard:
    def test_identity(self, board: Json) -> None:
        """Links and alerts rely on the uid; the tags define the list of our boards."""
        assert board["uid"].startswith("fedmsg-")
        assert board["tags"] == frame.TAGS
        assert board["description"].endswith(".")
        assert "__inputs" not in board  # the data source is a variable

    def test_time(self, board: Json) -> None:
        """Times are UTC, as in Fedora, and all panels share the crosshair."""
        assert (board["timezone"], board["graphTooltip"]) == ("utc", 1)

    def test_marks(self, board: Json) -> None:
        """Every board marks when alerts fired, releases were made and updates held back."""
        alerts, *others = board["annotations"]["list"]
        assert alerts["expr"].startswith("ALERTS{")
        assert [one["name"] for one in others] == [
            "Releases being composed",
            "Stable updates on hold",
        ]
        for one in (alerts, *others):
            assert one["datasource"]["uid"] == "$datasource"

    def test_linked(self, board: Json) -> None:
        """Every board leads to the others, with its variables and time, and to its page."""
        others, page = board["links"]
        assert (others["tags"], others["includeVars"], others["keepTime"]) == (
            ["fedmsg"],
            True,
            True,
        )
        assert page["url"] == frame.PAGE

    def test_nothing_overlaps(self, board: Json) -> None:
        """Each panel has its own place and id."""
        cells = [
            (x, y)
            for panel in board["panels"]
            for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
            for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
        ]
        assert len(cells) == len(set(cells))
        assert max(x for x, _ in cells) < 24
        ids = [panel["id"] for panel in board["panels"]]
        assert ids == sorted(set(ids))


class TestVariables:
    def test_datasource(self, board: Json) -> None:
        """template-datasource: the first variable, of type prometheus."""
        first = board["templating"]["list"][0]
        assert (first["name"], first["type"], first["query"]) == (
            "datasource",
            "datasource",
            "prometheus",
        )
        assert first["label"] == "Data source"

    def test_job(self, board: Json) -> None:
        """template-job: several, or all, each by name: other jobs are not the exporter's."""
        job = variables(board)["job"]
        assert (job["label"], job["multi"], job["includeAll"]) == ("Job", True, True)
        assert "allValue" not in job
        assert job["datasource"]["uid"] == "$datasource"
        assert job["query"]["query"] == "label_values(fedmsg_exporter_build_info, job)"

    def test_refreshed(self, board: Json) -> None:
        """template-on-time-change-reload: lists follow the time range."""
        lists = [one for one in variables(board).values() if one["type"] == "query"]
        assert {one["refresh"] for one in lists} == {2}

    def test_no_variable_lists_users(self, board: Json) -> None:
        """No variable lists users: there are 20,000 of them."""
        for one in variables(board).values():
            assert "user" not in str(one.get("query", ""))

    def test_all_are_known(self, board: Json) -> None:
        """Queries use Grafana's own variables and those of their board."""
        used = {
            name for expr in expressions(board) for name in re.findall(r"\$\{?([a-z_]\w*)", expr)
        }
        assert used <= {*variables(board), "__range", "__rate_interval"}
        assert used >= {*variables(board)} - {"datasource"}

    def test_links_fill_in_what_is_there(self) -> None:
        """A link to a board sets only variables that the board has."""
        text = "".join(dashboards.texts().values())
        for uid, values in re.findall(r"/d/([\w-]+)\?([^\"]*)", text):
            names = set(re.findall(r"var-(\w+)=", values))
            assert names <= set(variables(BOARDS[uid])), uid


def test_health_has_all_about_the_exporter() -> None:
    """Each metric of the exporter about itself is on the board of its health."""
    text = " ".join(expressions(BOARDS["fedmsg-health"]))
    own = [one.name for one in contract.scraped() if one.name.startswith("fedmsg_exporter_")]
    assert len(own) > 30
    assert [name for name in own if not re.search(rf"\b{name}(_bucket)?\b", text)] == []


class TestPanels:
    def test_words(self, board: Json) -> None:
        """panel-title-description, panel-units, panel-no-targets: none is missing."""
        for panel in panels(board):
            assert panel["title"], panel
            assert panel["description"].endswith("."), panel["title"]
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
            assert panel["targets"], panel["title"]

    def test_titles_are_unique(self, board: Json) -> None:
        """No two panels of a board share a title."""
        titles = [panel["title"] for panel in panels(board)]
        assert len(titles) == len(set(titles))

    def test_datasource(self, board: Json) -> None:
        """panel-datasource: panels and targets use the data source chosen."""
        for panel in panels(board):
            for one in (panel, *panel["targets"]):
                assert one["datasource"] == {"type": "prometheus", "uid": "$datasource"}

    def test_job(self, board: Json) -> None:
        """target-job: every series that is read belongs to the jobs chosen."""
        for expr in expressions(board):
            selectors = re.findall(r"\{([^{}]*)\}", expr)
            assert selectors
            assert all('job=~"$job"' in selector for selector in selectors), expr

    def test_health_separates_instances(self) -> None:
        """target-instance: on the board about processes."""
        for expr in expressions(BOARDS[frame.HEALTH]):
            assert 'instance=~"$instance"' in expr

    def test_rate_interval(self, board: Json) -> None:
        """target-rate-interval: a rate follows the zoom, or is over ten minutes and more."""
        for expr in expressions(board):
            for window in re.findall(r"\b(?:rate|increase)\([^\[]*\[([^\]]*)\]", expr):
                assert window in ("$__rate_interval", "10m", "1h"), expr

    def test_counters_are_subtracted(self, board: Json) -> None:
        """target-counter-agg: a counter is rated, or its earlier value is subtracted."""
        for expr in expressions(board):
            for counter in re.findall(r"\w+_total\b", expr):
                assert re.search(r"\b(rate|increase)\(|or 0 \* |\) - sum\(last_over_time", expr), (
                    counter
                )

    def test_a_missing_sample_is_replaced_by_an_earlier_one(self, board: Json) -> None:
        """An earlier value is the last one within an hour: a missed scrape does no harm."""
        for expr in expressions(board):
            for offset in re.findall(r"_total\{[^}]*\}(?! offset -)(.{4}) offset", expr):
                assert offset == "[1h]", expr


class TestProvisioning:
    def test_datasource(self) -> None:
        """There is one data source, and it is the default."""
        text = (PROVISIONING / "datasources" / "prometheus.yaml").read_text("utf-8")
        (source,) = yaml.safe_load(text)["datasources"]
        assert (source["type"], source["isDefault"]) == ("prometheus", True)

    def test_dashboards(self) -> None:
        """Grafana reads the boards from a folder and does not change them."""
        text = (PROVISIONING / "dashboards" / "fedmsg.yaml").read_text("utf-8")
        (provider,) = yaml.safe_load(text)["providers"]
        assert (provider["type"], provider["allowUiUpdates"]) == ("file", False)
