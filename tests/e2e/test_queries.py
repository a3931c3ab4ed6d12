"""A short form of the benchmark of rules and boards in benchmarks/queries."""

from pathlib import Path

import pytest

from benchmarks.queries import asked, looks
from benchmarks.queries.__main__ import measure, of_boards, of_rules, unanswered
from benchmarks.queries.bus import Size
from benchmarks.queries.looks import Look, Span, Which
from tools.dashboards import boards
from tools.preview import asking
from tools.preview.filled import rules

SMALL = Size(users=100, categories=3, groups=10, topics=2)
#: What has no result on a healthy bus; also the alerts.
WITHOUT_DATA = {
    "Fedora bus: overview / Messages an hour, by category / A",  # three are no more than nine
    "Fedora bus: category / Messages a day / A",
    "Fedora bus: exporter health / Counts beyond a limit, by family / A",
    "Fedora bus: group / Who went quiet / A",  # of so few nobody did
    "Fedora bus: exporter health / Certificates expire in / B",  # it has no TLS
    # It reads no broker, and had no gap.
    *(f"Fedora bus: exporter health / {one} / A" for one in ("Messages waiting", "Consumers")),
    *(f"Fedora bus: exporter health / Latest gap / {one}" for one in "ABC"),
}


@pytest.mark.servers
def test_everything_is_measured(tmp_path: Path) -> None:
    """Every rule and board takes some time, and only those that cannot have a result have none."""
    of_groups, of_board = measure(tmp_path, SMALL, rounds=1)
    assert sum(len(cost.group.queries) for cost in of_groups) == len(rules())
    assert {cost.board.title for cost in of_board} == {one["title"] for one in boards().values()}
    assert min(min(cost.seconds()) for cost in of_groups) > 0
    silent = set(unanswered([*of_groups, *of_board]))
    assert silent == WITHOUT_DATA | {rule["alert"] for rule in rules() if "alert" in rule}
    assert of_rules(of_groups).count("\n| fedmsg_") == len(of_groups)
    assert of_boards(of_board).count("\n| ") == len(of_board) + 1  # the rule below the header


LOOKS = [
    ("sum by (up) (up)", [Look(Which("up"), 0, 0, fixed=False)]),
    ("a:b:c offset -2h", [Look(Which("a:b:c"), 0, -7200, fixed=False)]),
    ("rate(fedmsg_x[1m] offset 1w)", [Look(Which("fedmsg_x"), 60, 604_800, fixed=False)]),
    ("max(fedmsg_x[2d] @ end())", [Look(Which("fedmsg_x"), 172_800, 0, fixed=True)]),
    ('fedmsg_x{job="j", user="u"}', [Look(Which("fedmsg_x", 'user="u"'), 0, 0, fixed=False)]),
    ('fedmsg_x{group=~"g-1"}', [Look(Which("fedmsg_x", 'group="g-1"'), 0, 0, fixed=False)]),
    ('fedmsg_x{user=~".+"}', [Look(Which("fedmsg_x"), 0, 0, fixed=False)]),
]


@pytest.mark.parametrize(("expr", "expected"), LOOKS)
def test_selectors_are_found(expr: str, expected: list[Look]) -> None:
    """A selector is found with its range, its offset and its matchers."""
    assert list(looks.looks(expr)) == expected


def test_a_graph_reads_all_and_a_moment_half_a_chunk() -> None:
    """A graph is covered from its first step to its last, other moments by sixty samples."""
    one = asking.Asked("a graph", "fedmsg_x", 10_000, 50_000, 20_000)
    found = looks.spans(
        [one, asking.now("a number", "fedmsg_x offset 1d", 90_000)], {"fedmsg_x": 15}
    )
    assert found == {Which("fedmsg_x"): [Span(2_700, 3_600), Span(9_100, 50_000)]}


@pytest.mark.parametrize(
    ("span", "points", "step"),
    [(21_600, 1_900, 15), (86_400, 1_267, 60), (604_800, 950, 600), (2_592_000, 950, 3600)],
)
def test_steps_are_grafanas(span: float, points: float, step: int) -> None:
    """The step of a graph is rounded as Grafana rounds it."""
    assert asked.step(span, points) == step
