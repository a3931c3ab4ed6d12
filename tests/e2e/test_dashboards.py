"""Every query of the boards, rules and questions, against two weeks in a real Prometheus."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness import Prometheus
from harness.prometheus import Points
from tools import dashboards
from tools.preview import asking, filled, questions
from tools.preview.fortnight import COARSE, DAY, END, Did, Fortnight

pytestmark = pytest.mark.servers

BOARDS = dashboards.boards()
HOUR, WEEK = 3600, 7 * DAY
MIDNIGHT = END - END % DAY
GROUP = "packager"

#: What two healthy weeks cannot answer, and why; also the alerts.
WITHOUT_DATA = {
    "Fedora bus: exporter health / Earlier deliveries / A": "it reads no broker",
    "Fedora bus: exporter health / Messages waiting / A": "it reads no broker",
    "Fedora bus: exporter health / Consumers / A": "it reads no broker",
    "Fedora bus: exporter health / Latest gap / A": "there was none",
    "Fedora bus: exporter health / Latest gap / B": "there was none",
    "Fedora bus: exporter health / Latest gap / C": "there was none",
    "Fedora bus: exporter health / Certificates expire in / A": "it has no TLS",
    "Fedora bus: exporter health / Certificates expire in / B": "it has no TLS",
    "Fedora bus: community / Newcomers who stayed / A": "they came four weeks ago and more",
    "Fedora bus: community / People active / B": "it looks four weeks back",
    "Fedora bus: group / Messages a week vs. four weeks earlier / B": "it looks back",
    "Fedora bus: exporter health / Counts beyond a limit, by family / A": "none is beyond it",
    "rule category:fedmsg_messages:level3d": "the baseline is younger than three days",
    "question How many newcomers stayed?": "they came four weeks ago and more",
    "question Which groups went quiet?": "none did",
}
#: What takes weeks of coverage, or `groups.members`, which is off here. See
#: test_board_choices, which holds them to data.
AWAITED = {
    "question Who in my team was active this week?",
    "question Who in my team is silent?",
    "question How many people are active each week, and how many do two thirds of everything?",
    "question How long have the regulars been here?",
} | {
    f"Fedora bus: {board} / {panel}"
    for board, panel in (
        ("community", "People active each week / A"),
        ("community", "People active each week / B"),
        ("community", "People active each week / C"),
        ("community", "Regulars, by how long they have been here / A"),
        ("community", "Regulars, by how long they have been here / B"),
        ("community", "Regulars, by how long they have been here / C"),
        ("community", "Absence factor / A"),
        ("community", "Newcomers each week / A"),
        ("group", "Members active in 7 days / A"),
        ("group", "Who is silent / A"),
    )
}


@pytest.fixture(scope="module")
def fortnight() -> Fortnight:
    return Fortnight()


@pytest.fixture(scope="module")
def server(fortnight: Fortnight, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with filled.server(tmp_path_factory.mktemp("fortnight"), fortnight) as prometheus:
        yield prometheus


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with filled.server(tmp_path_factory.mktemp("empty")) as prometheus:
        yield prometheus


@pytest.fixture(scope="module")
def asked(fortnight: Fortnight) -> list[asking.Asked]:
    """All queries of boards, rules and questions, at the end of the two weeks."""
    values = asking.chosen(user=people_since(fortnight, WEEK).most_common(1)[0][0], group=GROUP)
    return [
        *asking.everything(BOARDS.values(), values, end=END, least=COARSE),
        *(asking.now(f"rule {rule['record']}", rule["expr"], END) for rule in of_kind("record")),
        *(asking.now(f"alert {rule['alert']}", rule["expr"], END) for rule in of_kind("alert")),
        *(asking.now(f"question {one.text}", one.filled(values), END) for one in questions.read()),
    ]


def of_kind(kind: str) -> list[filled.Rule]:
    return [rule for rule in filled.rules() if kind in rule]


def done_since(fortnight: Fortnight, seconds: float) -> Iterator[Did]:
    return (did for did in fortnight.truth if did.moment > END - seconds)


def people_since(fortnight: Fortnight, seconds: float) -> Counter[str]:
    return Counter(user for did in done_since(fortnight, seconds) for user in did.people)


def active(fortnight: Fortnight, end: float = END, *, layers: int = 1) -> Counter[str]:
    """What people did in the seven days before a time, as the hourly recorded series have it.

    Blocks hold no markers of staleness: who did nothing in an app in those seven days,
    but in the ones that ended an hour earlier, is there for that hour; and for another
    one with each further layer of rules.
    """
    found: Counter[tuple[str, str]] = Counter()
    for until in (end - layer * COARSE for layer in range(layers + 1)):
        did = (did for did in fortnight.truth if until - WEEK < did.moment <= until)
        now = Counter((user, one.category) for one in did for user in one.people)
        found.update({key: number for key, number in now.items() if key not in found})
    by_user: Counter[str] = Counter()
    for (user, _), number in found.items():
        by_user[user] += number
    return by_user


def answers(server: Prometheus, board: str, title: str, label: str = "") -> dict[str, float]:
    """What a panel shows by its first query, by the values of a label."""
    values = asking.chosen(user="", group=GROUP)
    (panel,) = [one for one in asking.panels(BOARDS[board]) if one["title"] == title]
    first = next(iter(asking.asked(BOARDS[board], panel, values, end=END)))
    return {one.labels.get(label, ""): one.value for one in server.query(first.expr, END)}


def test_everything_is_answered(server: Prometheus, asked: list[asking.Asked]) -> None:
    """Every query returns data, except those with a reason not to; no alert fires."""
    silent = {one.where for one in asked if not asking.answer(server, one)}
    quiet = {f"alert {rule['alert']}" for rule in of_kind("alert")}
    marks = {one.where for one in asked if " / mark " in one.where}
    assert silent - quiet - marks == {*WITHOUT_DATA, *AWAITED}
    assert quiet <= silent


def test_twenty_questions() -> None:
    """The page has more than twenty questions."""
    assert len(list(questions.read())) > 20


def test_nothing_fails_without_data(empty: Prometheus, asked: list[asking.Asked]) -> None:
    """An empty Prometheus answers every query; the only alert is that no exporter is up."""
    answered = {one.where for one in asked if asking.answer(empty, one)}
    assert {where for where in answered if where.startswith("alert")} == {
        "alert FedmsgExporterDown"
    }


def test_recorded_series_exist() -> None:
    """A board reads only recorded series that a rule records."""
    recorded = {rule["record"] for rule in of_kind("record")}
    text = "".join(dashboards.texts().values())
    read = set(re.findall(r"\b[a-z_]+:[a-z_]+:[a-z0-9_]+", text))
    assert read <= recorded


class TestNumbersAreExact:
    """Panels show exactly what the simulation knows."""

    def test_messages_of_a_day(self, server: Prometheus, fortnight: Fortnight) -> None:
        """Messages of the last 24 hours, by category and in total."""
        truth = Counter(did.category for did in done_since(fortnight, DAY))
        assert answers(server, "fedmsg-overview", "Messages in 24 hours") == {"": truth.total()}
        shown = answers(server, "fedmsg-overview", "Messages in 24 hours, by category", "category")
        assert {category: truth[category] for category in shown} == shown
        assert list(shown.values()) == [count for _, count in truth.most_common(20)]

    @pytest.mark.parametrize("board", ["fedmsg-overview", "fedmsg-community"])
    def test_people(self, server: Prometheus, fortnight: Fortnight, board: str) -> None:
        """People active in the last seven days, on each board that shows it."""
        truth = active(fortnight, layers=2)
        assert answers(server, board, "People active in 7 days") == {"": len(truth)}

    def test_people_before(self, server: Prometheus, fortnight: Fortnight) -> None:
        """People active in the seven days before those."""
        before = active(fortnight, END - WEEK, layers=2)
        shown = answers(server, "fedmsg-community", "People active in the 7 days before")
        assert shown == {"": len(before)}

    def test_top_ten(self, server: Prometheus, fortnight: Fortnight) -> None:
        """The ten most active people and what each of them did."""
        truth = active(fortnight)
        shown = answers(server, "fedmsg-community", "Most active people in 7 days", "user")
        assert [truth[user] for user in shown] == list(shown.values())
        assert list(shown.values())[:10] == [count for _, count in truth.most_common(10)]

    def test_week_of_a_group(self, server: Prometheus, fortnight: Fortnight) -> None:
        """What the members of a group did in the last seven days."""
        members = set(fortnight.groups[GROUP])
        truth = sum(not members.isdisjoint(did.people) for did in done_since(fortnight, WEEK))
        assert answers(server, "fedmsg-group", "Messages in 7 days", "group") == {GROUP: truth}
        assert answers(server, "fedmsg-group", "Members", "group") == {GROUP: len(members)}


class TestTimeIsRight:
    """A day's bar, column or cell is drawn on that day, by Grafana's rules for each panel."""

    def test_bars(self, server: Prometheus, fortnight: Fortnight) -> None:
        """A bar begins at its moment: it has that day's messages, and today has none."""
        drawn: Counter[float] = Counter()
        for one in ranges(server, "fedmsg-category", "Messages a day"):
            drawn.update(dict(one.points))
        # The scrape at midnight already has the messages of that second.
        truth = Counter((did.moment - 1) // DAY * DAY for did in fortnight.truth)
        complete = {day: truth[day] for day in range(MIDNIGHT - 13 * DAY, MIDNIGHT, DAY)}
        assert {day: drawn[day] for day in complete} == complete
        assert MIDNIGHT not in drawn

    def test_heat_map(self, server: Prometheus, fortnight: Fortnight) -> None:
        """A column ends at its moment: it has the hours of the day before that."""
        found = ranges(server, "fedmsg-overview", "When the bus is busy")
        hours = {one.labels["hour"]: dict(one.points) for one in found}
        truth = Counter(int((did.moment - 1 - MIDNIGHT + DAY) // HOUR) for did in fortnight.truth)
        for hour in range(24):
            assert hours[f"{hour:02}"][MIDNIGHT] == pytest.approx(truth[hour], rel=0.05, abs=2)

    def test_calendar(self, server: Prometheus, fortnight: Fortnight) -> None:
        """A cell has the messages of its weekday in the seven days before its moment."""
        (user, _), *_ = people_since(fortnight, WEEK).most_common(1)
        found = ranges(server, "fedmsg-user", "Calendar", user=user)
        shown = {(at, one.labels["day"][2:]): value for one in found for at, value in one.points}
        truth: Counter[str] = Counter()
        thursday = END // WEEK * WEEK
        for did in fortnight.truth:
            if user in did.people and thursday - WEEK < did.moment <= thursday:
                truth[datetime.fromtimestamp(did.moment - 1, UTC).strftime("%a")] += 1
        days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        assert {day: shown[thursday, day] for day in days} == {day: truth[day] for day in days}


def ranges(server: Prometheus, board: str, title: str, user: str = "") -> list[Points]:
    """What a graph shows, all its queries together."""
    values = asking.chosen(user=user, group=GROUP)
    (panel,) = [one for one in asking.panels(BOARDS[board]) if one["title"] == title]
    asked = asking.asked(BOARDS[board], panel, values, end=END, least=COARSE)
    return [one for query in asked for one in asking.answer(server, query)]


def test_a_new_category(prometheus: Callable[..., Prometheus], tmp_path: Path) -> None:
    """A series that is new today counts from 0, where a week ago there was none."""
    labels = 'job="fedmsg_exporter",domain="d",category="new",group="g"'
    lines = [f"fedmsg_group_messages_total{{{labels}}} 7 {END}", "# EOF\n"]
    (tmp_path / "new.om").write_text("\n".join(lines))
    made = filled.promtool_blocks(tmp_path / "new.om", tmp_path / "data")
    assert made.returncode == 0, made.stderr
    server = prometheus(data=tmp_path / "data", retention="100y")
    assert answers(server, "fedmsg-group", "All groups", "group") == {"g": 7}
