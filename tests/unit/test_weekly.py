"""The weekly gauges: from messages to samples, and when there is none."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fedmsg_exporter import config
from fedmsg_exporter.document import parse
from fedmsg_exporter.exposition.members import MemberInfo
from fedmsg_exporter.exposition.weekly import WeeklyCollector
from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.ledger.weeks import LATE, closed_weeks
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.service.weekly import WeeklyKeeper
from fedmsg_exporter.statistics.calendar import day, monday, start_of, week
from tests.events import event

W = week(day("2026-01-05"))
AFTER = start_of(monday(W + 1)) + 7200
DAY = 86400.0


def closed(ledger: Ledger, last: int = W) -> dict[int, dict[str, float]]:
    """The statistics of closed weeks, of a ledger alone."""
    return closed_weeks([ledger], last, is_person)


def is_person(name: str) -> bool:
    return not name.startswith("bot")


def moment(weeks: int) -> float:
    """The Wednesday of a week, 0 being the report's."""
    return start_of(monday(W + weeks)) + 2.5 * DAY


def fill(ledger: Ledger, **seen: tuple[int, ...]) -> None:
    """Let people send one message in each of some weeks, in chronological order."""
    rows = sorted((weeks, user) for user, several in seen.items() for weeks in several)
    for weeks, user in rows:
        ledger.record([event(user=user, sent_at=moment(weeks))], moment(weeks))


def end_week(ledger: Ledger) -> None:
    """Send a message in the second hour after the week."""
    ledger.record([event(user=None, sent_at=AFTER)], AFTER)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield ledger
    ledger.close()


def gauges(collector: WeeklyCollector) -> dict[str, float]:
    """Each sample by name and tenure."""
    return {
        " ".join(
            (sample.name.removeprefix("fedmsg_weekly_"), *sample.labels.values())
        ): sample.value
        for metric in collector.collect()
        for sample in metric.samples
    }


def test_gauges_of_the_last_complete_week(ledger: Ledger) -> None:
    """From messages to samples: people, by the definitions; bots by today's list."""
    fill(
        ledger,
        early=(-106,),
        ann=(-60, -3, -2, -1, 0),
        bob=(-1, 0),
        bot=(-105, -3, -2, -1, 0),
        cat=(-105, -3, -2, -1, 0),
        dan=(-3, -2, -1),
        eve=(0,),
    )
    end_week(ledger)
    collector = WeeklyCollector()
    keeper = WeeklyKeeper(ledger, collector, lambda _: {}, lambda: AFTER)
    assert keeper.due() == W
    keeper.take(closed(ledger), W)
    assert gauges(collector) == {
        "active_people": 4,
        "core_people": 3,
        "absence_factor": 2,
        "newcomers": 1,
        "regular_people new": 0,
        "regular_people mid": 1,
        "regular_people old": 1,
    }
    assert keeper.due() is None


def test_what_another_file_knows_is_added(ledger: Ledger) -> None:
    """A file with the same tables adds its activity, its first days and its coverage."""
    history = Ledger()
    fill(history, early=(-109,), ann=(-107, -5, -4), bob=(-60, -9, -8), cat=(-3, -2))
    history.record([event(user=None, sent_at=moment(-2) + DAY)], moment(-2) + DAY)
    fill(ledger, ann=(-2, -1, 0), bob=(-1, 0), cat=(0,), new=(0,))
    end_week(ledger)
    assert closed(ledger)[W].keys() == {"messages", "active", "core", "absence_factor"}
    assert closed_weeks([ledger, history], W, is_person)[W] == {
        "messages": 4,
        "active": 4,
        "core": 3,
        "absence_factor": 2,
        "newcomers": 1,
        "regular_new": 0,
        "regular_mid": 1,
        "regular_old": 1,
    }
    history.close()


def test_young_ledger_has_no_sample_of_what_it_cannot_know(ledger: Ledger) -> None:
    """Half a year after the start nobody can be called new or regular; the week itself is known."""
    fill(ledger, ann=(-26, -1, 0))
    end_week(ledger)
    collector = WeeklyCollector()
    collector.show(closed(ledger)[W])
    assert gauges(collector) == {"active_people": 1, "core_people": 1, "absence_factor": 1}


def test_week_in_which_the_ledger_began_has_no_sample(ledger: Ledger) -> None:
    """Only a part of the first week is known, so nothing is shown."""
    fill(ledger, ann=(0,))
    end_week(ledger)
    assert closed(ledger)[W] == {}


def test_week_is_computed_only_once_it_is_complete(ledger: Ledger) -> None:
    """While messages of the week may still be waiting in the queue, it is not computed."""
    fill(ledger, ann=(-1, 0))
    keeper = WeeklyKeeper(ledger, WeeklyCollector(), lambda _: {}, lambda: AFTER)
    assert keeper.due() is None
    ledger.record([event(sent_at=AFTER - 3601)], AFTER)
    assert keeper.due() is None
    end_week(ledger)
    assert keeper.due() == W


def test_each_day_computes_again_and_takes_what_came_late(ledger: Ledger) -> None:
    """A message that comes days late is in the gauges from the next day on."""
    fill(ledger, ann=(-1, 0))
    end_week(ledger)
    now = [AFTER]
    keeper = WeeklyKeeper(ledger, WeeklyCollector(), lambda _: {}, lambda: now[0])
    keeper.take(closed(ledger), W)
    assert ledger.activity.weeks()[W]["active"] == 1
    ledger.record([event(user="late", sent_at=moment(0))], AFTER)
    assert keeper.due() is None
    now[0] += DAY
    assert keeper.due() == W
    keeper.take(closed(ledger), W)
    assert ledger.activity.weeks()[W]["active"] == 2


def test_numbers_of_closed_weeks_outlive_the_days(tmp_path: Path) -> None:
    """The numbers of a week stay after its days were deleted."""
    ledger = Ledger(tmp_path / "ledger.sqlite", keep_activity=21 * DAY)
    fill(ledger, ann=(-9, -8, 0))
    keeper = WeeklyKeeper(ledger, WeeklyCollector(), lambda _: {}, lambda: AFTER)
    for late in range(40):
        ledger.record([event(user="bob", sent_at=moment(late))], moment(late) + 1)
        keeper.take(closed(ledger, W + late - 1), W + late - 1)
    kept = ledger.activity.weeks()
    assert kept[W]["active"] == 2
    assert (ledger.activity.oldest() or 0) > monday(W + LATE)
    ledger.close()


CONFIG = "state: ledger.sqlite\nnew_series_hold: 0\nschemas: false\n"
GROUPS = "packager: [ralph, mizmo, packit]\nqa: [ralph]\n"
MakeExporter = Callable[..., Exporter]


@pytest.fixture
def exporter(tmp_path: Path) -> Iterator[MakeExporter]:
    """Exporters on one ledger, one after the other."""
    opened: list[Exporter] = []
    (tmp_path / "groups.yml").write_text(GROUPS)

    def make(expose: str = "all", members: bool = True, now: float = AFTER) -> Exporter:
        for one in opened:
            one.close()
        settings = f"groups: {{file: groups.yml, members: {str(members).lower()}}}\n"
        text = f"{CONFIG}users: {{expose: {expose}}}\n{settings}"
        built = config.build(parse(text, str(tmp_path / "config.yml")))
        opened.append(Exporter(built, clock=lambda: now))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def member_lines(one: Exporter) -> list[str]:
    lines = one.metrics().splitlines()
    return [line for line in lines if line.startswith("fedmsg_group_member_info{")]


@pytest.mark.parametrize(
    ("expose", "named"),
    [("all", 4), ("members", 4), ("hashed", 1), ("none", 0)],
)
def test_members_of_groups_as_users_are_exposed(
    exporter: MakeExporter, expose: str, named: int
) -> None:
    """Members are shown as `users.expose` permits: by name, under pseudonyms, or not at all."""
    lines = member_lines(exporter(expose))
    assert len(lines) == (0 if expose == "none" else 4)
    assert sum(name in line for line in lines for name in ("ralph", "mizmo", "packit")) == named
    if expose == "all":
        assert lines[0] == 'fedmsg_group_member_info{group="packager",user="mizmo"} 1.0'


def test_members_are_shown_only_on_request(exporter: MakeExporter) -> None:
    """Without `groups.members` the metric is not exposed at all."""
    assert "fedmsg_group_member_info" not in exporter(members=False).metrics()


def test_members_are_made_again_when_one_changes() -> None:
    """The cache follows the roster, and is made once for each change."""
    asked: list[str] = []

    def name(user: str) -> str | None:
        asked.append(user)
        return None if user == "hidden" else user

    rosters = [{"qa": frozenset({"b", "a", "hidden"})}, {"qa": frozenset({"a"})}]
    now = [0, 0, 1]
    info = MemberInfo(lambda: rosters[now[0]], name)
    texts = []
    for at in now:
        now[0] = at
        texts.append(info.render().splitlines()[2:])
    lines = [f'fedmsg_group_member_info{{group="qa",user="{user}"}} 1.0' for user in "ab"]
    assert texts == [lines, lines, lines[:1]]
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("modes", "begins_again"),
    [
        (("all", "all"), False),
        (("all", "members"), False),
        (("all", "hashed"), False),
        (("members", "all"), True),
        (("members", "hashed"), True),
        (("hashed", "all"), True),
        (("none", "all"), True),
        (("members", "members", "members"), False),
        (("all", "none", "all"), True),
    ],
)
def test_people_who_were_hidden_do_not_look_new(
    exporter: MakeExporter, modes: tuple[str, ...], begins_again: bool
) -> None:
    """When more is shown than before, coverage of people starts over."""
    for number, mode in enumerate(modes):
        one = exporter(mode, now=AFTER + number * DAY)
        one.ledger.record([event(sent_at=AFTER + number * DAY)], AFTER + number * DAY)
    one.ledger.record([event(sent_at=AFTER + 9 * DAY)], AFTER + 9 * DAY)
    (span,) = one.ledger.people_coverage().spans
    assert span.start == AFTER + begins_again * (len(modes) - 1) * DAY


def test_no_people_no_statistics(exporter: MakeExporter) -> None:
    """With `expose: none` nothing is known about people."""
    one = exporter("none")
    one.ledger.record([event(sent_at=AFTER - 30 * DAY)], AFTER - 30 * DAY)
    one.ledger.record([event(sent_at=AFTER)], AFTER)
    assert one.ledger.people_coverage().spans == ()
    assert json.loads(one.ledger.noted("people") or "") == {"mode": "none", "since": None}
