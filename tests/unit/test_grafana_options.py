"""How Grafana reads the boards' options, by its source, and what other boards have.

docs/dashboards.md has the table of options with the places in Grafana's source.
"""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools import dashboards
from tools.dashboards import grafana

BOARDS = dashboards.boards()
PAGE = Path(__file__).parents[2] / "docs" / "dashboards.md"
Json = dict[str, Any]


def of_kind(*kinds: str) -> list[Any]:
    return [
        pytest.param(panel, id=f"{uid}: {panel['title']}")
        for uid, board in BOARDS.items()
        for panel in board["panels"]
        if panel["type"] in kinds
    ]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of a panel with its path, without the places in lists."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


class TestTheWholeBoard:
    @pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
    def test_requires(self, board: Json) -> None:
        """__requires names Grafana, Prometheus and exactly the kinds of panels in use."""
        required = board["__requires"]
        kinds = {panel["type"] for panel in board["panels"]} - {"row"}
        assert {one["id"] for one in required} == {"grafana", "prometheus", *kinds}
        assert all(
            one["name"] and set(one) == {"type", "id", "name", "version"} for one in required
        )

    @pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
    def test_schema(self, board: Json) -> None:
        """The schema is one that Grafana 10 reads and 12 migrates; the board can be explored."""
        assert board["schemaVersion"] == grafana.SCHEMA_VERSION <= 41
        assert board["editable"] is True

    @pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
    def test_no_zeros_of_the_sdk(self, board: Json) -> None:
        """Options that the SDK fills with zeros are set, or left out."""
        for path, value in leaves([board["panels"], board["templating"]]):
            end = path.rpartition(".")[2]
            assert end not in ("auto", "auto_count", "auto_min", "repeatDirection"), path
            if end in ("steps", "exponent", "fill", "rowHeight", "barWidthFactor"):
                assert value, path


class TestPanels:
    @pytest.mark.parametrize("panel", of_kind("heatmap"))
    def test_a_heat_map_has_colours(self, panel: Json) -> None:
        """Without steps the palette is empty and Grafana draws nothing."""
        color = panel["options"]["color"]
        assert 2 <= color["steps"] <= 128
        assert 0 < color["exponent"] <= 2
        assert color["fill"]

    @pytest.mark.parametrize("panel", of_kind("timeseries"))
    def test_a_days_bar_is_on_its_day(self, panel: Json) -> None:
        """Bars go from a day's beginning to its end, and the query gives it at the beginning."""
        custom = panel["fieldConfig"]["defaults"]["custom"]
        if "offset -1d" in str(panel["targets"]):
            assert custom.get("lineInterpolation", custom.get("barAlignment")) in ("stepAfter", 1)
        if custom["drawStyle"] == "bars":
            assert (custom["barAlignment"], panel["interval"]) == (1, "1d")
            assert all("offset -1d" in one["expr"] for one in panel["targets"])

    @pytest.mark.parametrize("panel", of_kind("stat"))
    def test_no_data_is_not_green(self, panel: Json) -> None:
        """A missing value takes the colour of the lowest step unless it is mapped."""
        defaults = panel["fieldConfig"]["defaults"]
        (missing,) = [one for one in defaults["mappings"] if one["type"] == "special"]
        assert missing["options"]["match"] == "null+nan"
        assert missing["options"]["result"]["color"] in ("red", "gray")
        assert defaults["noValue"]

    @pytest.mark.parametrize("panel", of_kind("stat"))
    def test_a_trend_is_queried_at_every_step(self, panel: Json) -> None:
        """A sparkline needs a range, and a range of users' counters would be too slow."""
        (ranged,) = {one["range"] for one in panel["targets"]}
        assert (panel["options"]["graphMode"] == "area") == ranged
        assert panel["options"]["showPercentChange"] == ranged
        assert not ranged or "_total" not in panel["targets"][0]["expr"]

    @pytest.mark.parametrize("panel", of_kind("table"))
    def test_columns(self, panel: Json) -> None:
        """Each column has a readable name, and a position; the time is left out."""
        options = panel["transformations"][-1]["options"]
        assert options["excludeByName"] == {"Time": True}
        assert list(options["indexByName"]) == list(options["renameByName"])
        assert all(name[0].isupper() or name[0].isdigit() for name in _heads(panel))
        labels = [name for name in options["indexByName"] if name.islower()]
        for label, target in itertools.product(labels, panel["targets"]):
            assert re.search(rf'by \([^()]*\b{label}\b|"{label}"', target["expr"]), label

    @pytest.mark.parametrize("panel", of_kind("table"))
    def test_shares_are_of_columns(self, panel: Json) -> None:
        """A column that Grafana computes divides results of this panel, and has a place."""
        options = panel["transformations"][-1]["options"]
        computed = [one for one in panel["transformations"] if one["id"] == "calculateField"]
        for one in (share["options"] for share in computed):
            assert {one["binary"]["left"], one["binary"]["right"]} <= set(options["indexByName"])
            assert one["alias"] in options["indexByName"]
        letters = {f"Value #{target['refId']}" for target in panel["targets"]}
        values = {name for name in options["indexByName"] if name.startswith("Value #")}
        assert values <= letters

    @pytest.mark.parametrize("panel", of_kind("table"))
    def test_columns_are_known(self, panel: Json) -> None:
        """Sorting, links and units name existing columns."""
        named = [one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]]
        sorting = [one["displayName"] for one in panel["options"]["sortBy"]]
        assert {*named, *sorting} <= set(_heads(panel))

    @pytest.mark.parametrize("panel", of_kind("stat", "bargauge", "timeseries", "table", "heatmap"))
    def test_time_from(self, panel: Json) -> None:
        """A panel's own time only applies while the board's is relative: never for a number."""
        if "timeFrom" in panel:
            assert panel["timeFrom"] in ("28d", "52w")
            assert all(target["range"] for target in panel["targets"])

    @pytest.mark.parametrize("panel", of_kind("stat", "bargauge", "timeseries", "table"))
    def test_data_links(self, panel: Json) -> None:
        """A data link has a title and a URL, and no keys of a dashboard link."""
        for link in panel["fieldConfig"]["defaults"].get("links", ()):
            assert set(link) == {"title", "url", "targetBlank"}

    @pytest.mark.parametrize("panel", of_kind("timeseries"))
    def test_groups_are_not_stacked(self, panel: Json) -> None:
        """A message counts in each group of its user: a stack would count it several times."""
        if any("{{group}}" in target["legendFormat"] for target in panel["targets"]):
            assert "stacking" not in panel["fieldConfig"]["defaults"]["custom"]

    @pytest.mark.parametrize("panel", of_kind("timeseries"))
    def test_stacks_are_readable(self, panel: Json) -> None:
        """A stack by category has the largest nine and the rest, not fifty."""
        for target in panel["targets"]:
            if target["legendFormat"] == "{{category}}" and "$category" in target["expr"]:
                assert "topk(9" in target["expr"]

    @pytest.mark.parametrize("panel", of_kind("timeseries"))
    def test_no_legend_of_families(self, panel: Json) -> None:
        """Series by family, reason and stage rank in a table, as a long legend is unreadable."""
        for target in panel["targets"]:
            if target["legendFormat"] in ("{{family}}", "{{reason}}", "{{stage}}"):
                assert panel["options"]["legend"]["displayMode"] == "table"


class TestWhatOthersHave:
    """What celery-mixin's and RabbitMQ's boards have; their names in brackets."""

    @pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
    def test_a_page(self, board: Json) -> None:
        """A link to a page on how to read the board, marked as one [RabbitMQ]."""
        (page,) = [link for link in board["links"] if link["type"] == "link"]
        assert (page["icon"], page["targetBlank"]) == ("doc", True)

    @pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
    def test_numbers_first(self, board: Json) -> None:
        """Rows with names, and numbers with a line in the first ones [both]."""
        first = [panel["type"] for panel in board["panels"][:12]]
        assert first[0] == "row"
        assert "stat" in first

    @pytest.mark.parametrize("uid", ["fedmsg-overview", "fedmsg-category", "fedmsg-community"])
    def test_sparklines(self, uid: str) -> None:
        """Numbers show their history [RabbitMQ], and the change [ours]."""
        assert any(
            p["options"].get("graphMode") == "area" for p in BOARDS[uid]["panels"] if "options" in p
        )

    def test_percentiles_have_their_colours(self) -> None:
        """The median is green, 95 % yellow, 99 % red [celery-mixin]."""
        found = [
            p
            for p in BOARDS["fedmsg-health"]["panels"]
            if "quantile" in str(p) and p["type"] == "timeseries"
        ]
        for panel in found:
            colours = [
                one["properties"][0]["value"]["fixedColor"]
                for one in panel["fieldConfig"]["overrides"]
            ]
            assert colours == ["green", "yellow", "red"]
        assert len(found) == 2

    def test_gaps_are_on_the_board_that_the_alert_links_to(self) -> None:
        """Each of the exporter's own metrics of problems has a panel on its health board."""
        text = str(BOARDS["fedmsg-health"])
        for metric in (
            "gap_unfilled_seconds",
            "gap_seconds_total",
            "gap_messages_recovered_total",
            "groups_refresh_failures_total",
            "messages_duplicate_total",
            "ledger_failing",
        ):
            assert f"fedmsg_exporter_{metric}" in text


def _heads(panel: Json) -> list[str]:
    return list(panel["transformations"][-1]["options"]["renameByName"].values())


def test_the_page_lists_options_that_the_boards_have() -> None:
    """Each option in the page's table is in the boards with the value that the page says."""
    found = {(path, _shown(value)) for board in BOARDS.values() for path, value in leaves(board)}
    row = r"^\| `([^`]+)` \| `([^`]+)` \| [^|]+ \| `(?:public|packages|apps)/[^`]+` \|$"
    rows = re.findall(row, PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(rows) > 25
    for option, value in rows:
        assert any(path.endswith(option) and shown == value for path, shown in found), option


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
