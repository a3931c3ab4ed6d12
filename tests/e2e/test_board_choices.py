"""What the boards show of small, hand-made pasts: who is down, who is in a group, the year.

The variables are chosen as Grafana chooses them when a board is opened.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from harness import Prometheus
from tools import dashboards
from tools.preview import asking, colours, filled
from tools.preview.fortnight import DAY, END

pytestmark = pytest.mark.servers

BOARDS = dashboards.boards()
HOUR, WEEK = 3600, 7 * DAY
Loaded = Callable[..., Prometheus]
Named = Mapping[tuple[str, ...], float]


class Series(NamedTuple):
    """One series and its values over time."""

    name: str
    values: Mapping[int, float]


def until(moment: int, name: str, value: float, *, since: int = END - 6 * HOUR) -> Series:
    """A series that has one value every minute."""
    return Series(name, dict.fromkeys(range(since, moment + 1, 60), value))


@pytest.fixture
def loaded(prometheus: Callable[..., Prometheus], tmp_path: Path) -> Loaded:
    """A Prometheus with these series."""
    folders = (tmp_path / f"data-{number}" for number in count())

    def load(*series: Series) -> Prometheus:
        lines = [f"{one.name} {v!r} {at}" for one in series for at, v in one.values.items()]
        (tmp_path / "past.om").write_text("\n".join([*lines, "# EOF", ""]))
        data = next(folders)
        made = filled.promtool_blocks(tmp_path / "past.om", data)
        assert made.returncode == 0, made.stderr
        return prometheus(data=data, retention="100y")

    return load


def shown(
    server: Prometheus, uid: str, title: str, chosen: Mapping[str, str] | None = None
) -> list[dict[frozenset[str], float]]:
    """What each query of a panel shows, by the values of its labels."""
    board = BOARDS[uid]
    values = {**asking.as_opened(server, board, END), **(chosen or {})}
    (panel,) = [one for one in asking.panels(board) if one["title"] == title]
    asked = asking.asked(board, panel, values, end=END)
    return [
        {frozenset(found.labels.values()): found.value for found in server.query(one.expr, END)}
        for one in asked
    ]


def colour(uid: str, title: str, value: float | None, name: str = "") -> str:
    (panel,) = [one for one in asking.panels(BOARDS[uid]) if one["title"] == title]
    return colours.of(colours.configured(panel, name), value)


def exporter(
    instance: str, down_since: int | None = None, job: str = "fedmsg_exporter"
) -> Iterable[Series]:
    """An exporter, which may be down."""
    labels = f'{{job="{job}",instance="{instance}"'
    last = END if down_since is None else down_since
    yield until(last, f'fedmsg_exporter_build_info{labels},version="1"}}', 1)
    yield until(last, f"fedmsg_exporter_connected{labels}}}", 1)
    up = dict.fromkeys(range(END - 6 * HOUR, END + 1, 60), 1.0)
    yield Series(f"up{labels}}}", {at: float(at <= last) for at in up})


#: A Prometheus also scrapes itself and machines.
FOREIGN = [
    until(END, 'up{job="prometheus",instance="localhost:9090"}', 1),
    until(END, 'up{job="node",instance="web01:9100"}', 0),
]
#: Exporters, how many are up and down, and in which colours that is shown.
DOWN = {
    "one is up": ([exporter("a:1")], (1, "green"), (0, "green")),
    "the only one is down": ([exporter("a:1", END - 2 * HOUR)], (0, "red"), (1, "red")),
    "one of two is down": (
        [exporter("a:1"), exporter("b:1", END - 2 * HOUR)],
        (1, "green"),
        (1, "red"),
    ),
    "a job with another name": (
        [exporter("a:1", job="fedora (staging) bus.v2")],
        (1, "green"),
        (0, "green"),
    ),
    "two jobs": (
        [exporter("a:1"), exporter("b:1", END - 2 * HOUR, job="other")],
        (1, "green"),
        (1, "red"),
    ),
    "none was there in the time shown": ([], (0, "red"), (0, "green")),
}


@pytest.mark.parametrize("case", DOWN)
def test_exporters_up_and_down(loaded: Loaded, case: str) -> None:
    """An exporter that is down is red, whatever else the Prometheus scrapes."""
    exporters, up, down = DOWN[case]
    server = loaded(*FOREIGN, *(series for one in exporters for series in one))
    (is_up,), (is_down,) = [q.values() for q in shown(server, "fedmsg-health", "Exporters")]
    assert (is_up, colour("fedmsg-health", "Exporters", is_up, "up")) == up
    assert (is_down, colour("fedmsg-health", "Exporters", is_down, "down")) == down
    connected = shown(server, "fedmsg-health", "Connected")[0]
    value = next(iter(connected.values()), None)
    assert colour("fedmsg-health", "Connected", value) == ("green" if up[0] else "red")


def test_all_categories_are_silent(loaded: Loaded) -> None:
    """When nothing has arrived for hours, the overview is red."""
    labels = '{job="fedmsg_exporter",category="bodhi"}'
    server = loaded(
        *exporter("a:1"),
        until(END, f"category:fedmsg_messages:increase1h{labels}", 0),
        until(END, f"category:fedmsg_messages:median1h{labels}", 50),
        until(END, f"fedmsg_last_message_timestamp_seconds{labels}", END - 3 * HOUR),
    )
    for title, value in (("Last hour vs. usual", 0.0), ("Last message", 3.0 * HOUR)):
        (found,) = shown(server, "fedmsg-overview", title)
        assert list(found.values()) == [value]
        assert colour("fedmsg-overview", title, value) == "red"


def test_a_missed_scrape_does_not_count_the_lifetime(loaded: Loaded) -> None:
    """If there is no sample from a week ago, the last one before that is used."""
    labels = '{job="fedmsg_exporter",category="git",user="ann",kind="person"}'
    then, missed = END - WEEK, range(END - WEEK - 1800, END - WEEK + 1800)
    values = {at: 900.0 for at in range(then - HOUR, then + HOUR, 60) if at not in missed}
    counter = Series(f"fedmsg_user_messages_total{labels}", {**values, END: 912.0})
    server = loaded(*exporter("a:1"), counter)
    assert shown(server, "fedmsg-user", "Messages in 7 days", {"user": "ann"}) == [
        {frozenset(): 12.0}
    ]


def person(name: str, messages: float, last: int) -> Iterable[Series]:
    """Somebody with messages in the last week, and when they were last seen."""
    labels = f'job="fedmsg_exporter",user="{name}",kind="person"'
    yield until(END, f"fedmsg_user_last_message_timestamp_seconds{{{labels}}}", last)
    if messages:
        week = "user_category_kind:fedmsg_messages:delta1w"
        yield until(END, f'{week}{{{labels},category="git"}}', messages)
        yield until(END, f"user_kind:fedmsg_messages:delta1w{{{labels}}}", messages)


PEOPLE = [
    *exporter("a:1"),
    *person("ann", 5, END - DAY),
    *person("bob", 0, END - 20 * DAY),
    *person("eve", 7, END - DAY),
    until(END, 'fedmsg_group_members{job="fedmsg_exporter",group="docs"}', 3),
]
INFO = 'fedmsg_group_member_info{{job="fedmsg_exporter",group="docs",user="{}"}}'
MEMBERS = [until(END, INFO.format(name), 1) for name in ("ann", "bob", "cat")]
#: Panels about people in a group: with groups.members on, with names typed, with neither.
IN_GROUP: dict[str, tuple[Named, Named, Named]] = {
    "Who did what": (
        {("ann", "git"): 5},
        {("eve", "git"): 7},
        {("ann", "git"): 5, ("eve", "git"): 7},
    ),
    "Who is active": ({("ann",): 5}, {("eve",): 7}, {("ann",): 5, ("eve",): 7}),
    "Who went quiet": (
        {("bob",): 1000 * (END - 20 * DAY)},
        {("bob",): 1000 * (END - 20 * DAY)},
        {("bob",): 1000 * (END - 20 * DAY)},
    ),
    "Who is silent": ({("cat",): 1}, {}, {}),
}


@pytest.mark.parametrize("title", IN_GROUP)
def test_members_by_name(loaded: Loaded, title: str) -> None:
    """The members of a group if they are exposed, else the names at the top, else everybody."""
    known, typed, everybody = IN_GROUP[title]
    with_members = loaded(*PEOPLE, *MEMBERS)
    assert of_people(shown(with_members, "fedmsg-group", title, {"group": "docs"})) == named(known)
    without = loaded(*PEOPLE)
    names = {"group": "docs", "members": "bob|eve"}
    assert of_people(shown(without, "fedmsg-group", title, names)) == named(typed)
    assert of_people(shown(without, "fedmsg-group", title, {"group": "docs"})) == named(everybody)


def test_members_active(loaded: Loaded) -> None:
    """The share of active members; if there are none it is 0, not missing."""
    idle = until(END, 'fedmsg_group_member_info{job="fedmsg_exporter",group="qa",user="bob"}', 1)
    server = loaded(*PEOPLE, *MEMBERS, idle)
    found = shown(server, "fedmsg-group", "Members active in 7 days", {"group": "(docs|qa)"})
    assert found == [{frozenset({"docs"}): pytest.approx(1 / 3), frozenset({"qa"}): 0}]


def named(expected: Named) -> dict[frozenset[str], float]:
    return {frozenset(names): float(value) for names, value in expected.items()}


def of_people(found: list[dict[frozenset[str], float]]) -> dict[frozenset[str], float]:
    (only,) = found
    return only


def test_groups_side_by_side(loaded: Loaded) -> None:
    """Each of two groups has its own number, and they are never added up."""
    labels = 'job="fedmsg_exporter",category="git"'
    server = loaded(
        *exporter("a:1"),
        *(
            Series(f'fedmsg_group_messages_total{{{labels},group="{group}"}}', {END: messages})
            for group, messages in (("docs", 3.0), ("web", 4.0), ("qa", 5.0))
        ),
    )
    found = shown(server, "fedmsg-group", "Messages in 7 days", {"group": "(docs|web)"})
    assert found == [{frozenset({"docs"}): 3.0, frozenset({"web"}): 4.0}]


#: The baseline entered, the number of days with figures, and the goal.
GOALS = [("0", 364, 200), ("150", 364, 300), ("0", 10, 210), ("7", 10, 14)]


@pytest.mark.parametrize(("baseline", "length", "goal"), GOALS)
def test_the_goal_is_twice_the_baseline(
    loaded: Loaded, baseline: str, length: int, goal: float
) -> None:
    """The goal is twice the baseline, the first week of the graph, or the average, always."""
    days = range(END // DAY * DAY - length * DAY, END + 1, DAY)
    values = {at: 100.0 + day for day, at in enumerate(days)}
    server = loaded(
        *exporter("a:1"), Series('fedmsg_weekly_active_people{job="fedmsg_exporter"}', values)
    )
    board = BOARDS["fedmsg-community"]
    (panel,) = [p for p in asking.panels(board) if p["title"] == "People active each week"]
    chosen = {**asking.as_opened(server, board, END), "baseline": baseline}
    people, core, line = asking.asked(board, panel, chosen, end=END)
    (drawn,) = asking.answer(server, line)
    assert {value for _, value in drawn.points} == {goal}
    assert asking.answer(server, people)
    assert asking.answer(server, core) == []


def test_newcomers_by_month(loaded: Loaded) -> None:
    """Newcomers are counted by the month of their first message, with those still active."""
    seen = {  # first and last message; END is in December 2025
        "ann": (END - 10 * DAY, END - DAY),
        "bob": (END - 40 * DAY, END - DAY),
        "cat": (END - 41 * DAY, END - 39 * DAY),
        "dan": (END - 400 * DAY, END - DAY),
    }
    series = [
        until(
            END,
            f'fedmsg_user_{which}_message_timestamp_seconds{{job="fedmsg_exporter",'
            f'user="{name}",kind="person"}}',
            moment,
        )
        for name, times in seen.items()
        for which, moment in zip(("first", "last"), times, strict=True)
    ]
    server = loaded(*exporter("a:1"), *series)
    came, stayed = shown(server, "fedmsg-community", "Newcomers by month, and who stayed")
    december, november = frozenset({"2025-12"}), frozenset({"2025-11"})
    assert came == {december: 1, november: 2}
    assert stayed == {december: 1, november: 1}


def test_how_much_rests_on_few(loaded: Loaded) -> None:
    """The messages of the most active one and ten people of each app, next to those of all."""
    labels = '{{job="fedmsg_exporter",kind="person",category="{}",user="{}"}}'
    week = f"user_category_kind:fedmsg_messages:delta1w{labels}"
    counts = {"git": [6, 2, 1, 1], "wiki": [1]}
    server = loaded(
        *exporter("a:1"),
        *(
            until(END, week.format(category, f"u{place}"), messages)
            for category, several in counts.items()
            for place, messages in enumerate(several)
        ),
    )
    columns = shown(server, "fedmsg-community", "How much depends on a few people, by category")
    git, wiki = frozenset({"git"}), frozenset({"wiki"})
    assert columns == [
        {git: 10, wiki: 1},
        {git: 4, wiki: 1},
        {git: 6, wiki: 1},
        {git: 10, wiki: 1},
    ]
