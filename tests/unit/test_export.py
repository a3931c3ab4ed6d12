"""History as samples for Prometheus: where messages are placed, and what is written."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter import config
from fedmsg_exporter.commands import main
from fedmsg_exporter.history.export.active import Active, Counted, MomentCounter
from fedmsg_exporter.history.export.counters import HourCounter, counted, runs, spread
from fedmsg_exporter.history.export.exporting import How, Progress, export
from fedmsg_exporter.history.export.lines import Series, Target, lines, stamps
from fedmsg_exporter.history.export.placement import deal, moments
from fedmsg_exporter.history.export.plan import (
    DAY,
    DENSE,
    HOUR,
    RANGES,
    TAIL,
    WEEK,
    Size,
    pieces,
    plan,
)
from fedmsg_exporter.history.export.recorded import quantile
from fedmsg_exporter.history.store import History
from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.service.history.outgoing import outgoing
from fedmsg_exporter.statistics.calendar import day, start_of
from fedmsg_exporter.statistics.coverage import Span
from tests.events import event
from tests.past import fill

START = start_of(day("2026-01-05"))
END = START + 70 * DAY
numbers = st.integers(0, 12)


@given(st.lists(numbers, min_size=1, max_size=6), st.floats(0, 6 * HOUR))
def test_a_counter_of_hours_is_one_of_its_moments(hours: list[int], time: float) -> None:
    """Adding up hours gives the same at any time as placing each message."""
    end = len(hours) * HOUR - 1800.0
    counter = HourCounter(0, -sum(hours), end)
    for hour, messages in enumerate(hours):
        counter.add(hour, messages)
    placed = moments(enumerate(hours), end)
    assert len(placed) == sum(hours)
    assert placed == sorted(placed)
    assert all(moment < end for moment in placed)
    assert abs(counter.at(time) + sum(hours) - sum(one <= time for one in placed)) <= 1
    for one in placed:
        assert counter.last(one + 0.001) == pytest.approx(one)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_a_day_is_dealt_to_its_users(shares: list[int]) -> None:
    """Each user gets as many messages as they sent, and together they get each message once."""
    sent = [float(number) for number in range(sum(shares))]
    dealt = deal(list(enumerate(shares)), sent, "salt")
    assert [len(dealt[user]) for user, _ in enumerate(shares)] == shares
    assert sorted(moment for one in dealt.values() for moment in one) == sent
    assert all(one == sorted(one) for one in dealt.values())


def test_users_share_a_message() -> None:
    """Where messages have several users, these share the moments that there are."""
    dealt = deal([("a", 2), ("b", 2)], [1.0, 2.0], "")
    assert dealt == {"a": [1.0, 2.0], "b": [1.0, 2.0]}


@given(st.lists(st.floats(0, 999), max_size=20), st.integers(-30, 5), st.sampled_from([7, 50]))
def test_a_counter_of_moments_rises_at_each(found: list[float], before: int, step: int) -> None:
    """A sample has the moments up to its time; those after the last sample are left."""
    found.sort()
    times = range(100, 900, step)
    later = [one for one in found if one >= 100]
    expected = [before + sum(one <= time for one in later) for time in times]
    assert spread(counted(later, before, times), len(times)) == expected
    counter = MomentCounter(before)
    counter.add(later)
    counter.trim(100)
    assert [counter.at(time) for time in times] == expected


@given(st.lists(st.sampled_from([1, 2.5, None]), max_size=12))
def test_runs_are_the_values(values: list[float | None]) -> None:
    """Runs of equal values lose nothing."""
    assert spread(runs(values) or [(0, None)], len(values)) == values


PEOPLE: Counted = ("people", ())


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 4 * WEEK - 1)), max_size=12),
    st.sampled_from([HOUR, DAY]),
)
def test_people_are_active_for_a_week(found: list[tuple[str, float]], step: int) -> None:
    """At each sample those count who did something in the week before it, in any pieces."""
    active = Active()
    got: list[float | None] = []
    for start in range(0, 4 * WEEK, WEEK):
        by_user: dict[tuple[Counted, str], list[float]] = {}
        for user, at in sorted(found, key=lambda one: one[1]):
            if start <= at < start + WEEK:
                by_user.setdefault((PEOPLE, user), []).append(at)
        times = range(start, start + WEEK, step)
        levels = active.piece(by_user, times, start + WEEK)
        got += spread(levels.get(PEOPLE, [(0, None)]), len(times))
    expected = [
        len({user for user, at in found if at <= time < at + WEEK}) or None
        for time in range(0, 4 * WEEK, step)
    ]
    assert got == expected


@given(st.integers(0, 400 * DAY), st.integers(1, 400 * DAY), st.sampled_from(RANGES))
def test_pieces_have_each_moment_once(start: int, length: int, block: int) -> None:
    """Pieces are in order, cross no block, have few samples, and end before the live counters."""
    wanted = plan(START + start, START + start + length)
    found = list(pieces(wanted, block, Size(100, 20_000)))
    times = [time for one in found for time in one.times()]
    assert times == sorted(set(times))
    assert all(time < wanted.until for time in times)
    for one in found:
        assert one.times()[0] // block == one.times()[-1] // block
        assert len(one.times()) * (20_000 if one.step == DENSE else 100) <= 20_000 * 360
    gaps = {after - before for before, after in pairwise(times)}
    assert gaps <= {DENSE, HOUR, *(one for one in gaps if one < HOUR)}


@pytest.mark.parametrize("dense", [TAIL, 3 * WEEK])
def test_the_last_weeks_are_dense(dense: int) -> None:
    """Eight weeks or less before the end there is a sample every four minutes, from midnight on."""
    wanted = plan(START, END + 1234.5, dense)
    assert wanted.tail % DAY == 0
    assert dense <= wanted.until - wanted.tail < dense + DAY


def test_quantile_is_that_of_promql() -> None:
    """Between two values it is in proportion."""
    assert quantile(0.5, [3, 1]) == 2
    assert quantile(0.33, [0, 1, 2, 3]) == pytest.approx(0.99)
    assert quantile(0.25, [5, 1, 2, 3, 4]) == 2


@pytest.mark.parametrize(
    ("metric", "labels"),
    [
        ("up", 'job="j",instance="i",a="\\"\\n"'),
        ("category:fedmsg_messages:sum", 'job="j",a="\\"\\n"'),
        ("group_instance:fedmsg_messages:sum", 'job="j",instance="i",a="\\"\\n"'),
    ],
)
def test_lines(metric: str, labels: str) -> None:
    """Samples are OpenMetrics; recorded series have no instance unless their level says so."""
    one = Series(metric, (("a", '"\n'),), [(0, -3), (1, None), (2, 0.5), (4, float("nan"))])
    text = "".join(lines(one, Target("j", "i"), stamps(range(10, 60, 10))))
    head = f"{metric}{{{labels}}}"
    assert text == f"{head} -3 10\n{head} 0.5 30\n{head} 0.5 40\n{head} NaN 50\n"


def history_of(folder: Path, days: int) -> Path:
    """A ledger that began where some days of history end; the days from 20 to 30 are a gap."""
    (folder / "config.yml").write_text(
        "state: ledger.sqlite\nschemas: false\ngroups: {file: groups.yml}\n"
    )
    (folder / "groups.yml").write_text("docs: [alice]\n")
    ledger = Ledger(folder / "ledger.sqlite")
    ledger.begun(START + days * DAY)
    ledger.close()
    sent = [
        event(user=user, sent_at=START + number * DAY + hour * HOUR)
        for number in range(days)
        for user, hour in (("alice", 9), ("bob", 15), ("old", 1))
        if number < 7 or user != "old"
        if not 20 <= number < 30
    ]
    after = min(days, 30)
    known = Span(START, START + 20 * DAY), Span(START + after * DAY, START + days * DAY)
    fill(folder / "history.sqlite", sent, *known)
    return folder / "ledger.sqlite"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Three days of history."""
    return history_of(tmp_path, 3)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> "Points":
    """The export of ten weeks."""
    state = history_of(tmp_path_factory.mktemp("whole"), 70)
    done = run(state, "--retention", "1y")
    assert done.exit_code == 0, done.output
    return exported(state)


def run(state: Path, *arguments: object, form: str = "openmetrics") -> Result:
    """An export into the folder `out` next to the ledger."""
    config = ["--config", str(state.with_name("config.yml")), f"--format={form}"]
    target = str(state.with_name("out"))
    return CliRunner().invoke(main, ["history", "export", *config, *map(str, arguments), target])


Points = dict[str, list[tuple[int, float]]]


def exported(state: Path) -> Points:
    """What was written: value and time by series."""
    found: Points = {}
    for path in sorted(state.with_name("out").iterdir(), key=lambda one: int(one.stem)):
        *text, end = path.read_text().splitlines()
        assert end == "# EOF"
        for line in text:
            series, value, at = line.rsplit(" ", 2)
            found.setdefault(series, []).append((int(at), float(value)))
    return found


LABELS = 'job="fedmsg_exporter",instance="127.0.0.1:10450"'


def at(points: Sequence[tuple[int, float]], time: float) -> float:
    """The value at a time, or at the last sample before it."""
    return max(point for point in points if point[0] <= time)[1]


def test_counters_rise_to_zero_where_the_ledger_began(found: Points) -> None:
    """A counter is n(t) - n(L0): day by day what was sent then, and 0 at the end."""
    name = f'fedmsg_messages_total{{{LABELS},domain="org.fedoraproject",category="bodhi"}}'
    assert [at(found[name], START + number * DAY - 1) for number in range(1, 4)] == [
        -60 * 2 - 7 + 3 * number for number in range(1, 4)
    ]
    assert found[name][-1] == (END - DENSE, 0)
    user = f'fedmsg_user_messages_total{{{LABELS},category="bodhi",user="alice",kind="person"}}'
    assert found[user][0] == (END - TAIL, -50 + 4)
    assert found[user][-1] == (END - DENSE, 0)
    assert at(found[user], END - 10 * DAY - 1) == -10
    group = f'fedmsg_group_messages_total{{{LABELS},category="bodhi",group="docs"}}'
    assert found[group][0][1] == -60
    assert not [series for series in found if 'user="old"' in series]
    assert "_total" not in "".join(re.findall("# TYPE.*", str(found.keys())))


def test_what_is_recorded_needs_its_whole_window(found: Points) -> None:
    """In a gap nothing counts; a window that reaches into it has no value, and `up` has none."""
    up = {time for time, _ in found[f"up{{{LABELS}}}"]}
    day_ = found['category:fedmsg_messages:delta1d{job="fedmsg_exporter",category="bodhi"}']
    first, last = START + 20 * DAY, START + 30 * DAY
    assert {START, first - HOUR, last} <= up
    assert not any(first < time < last for time in up)
    assert not any(first < time < last + DAY for time, _ in day_)
    assert Counter(value for _, value in day_).keys() == {2.0, 3.0}
    people = found['kind:fedmsg_users:active1w{job="fedmsg_exporter",kind="person"}']
    assert {time - START for time, _ in people} >= {WEEK, 19 * DAY, 37 * DAY}
    assert at(people, START + 8 * DAY) == 3
    assert at(people, START + 15 * DAY) == 2


def test_weekly_gauges_of_all_years(found: Points) -> None:
    """A closed week shows from the second hour after it, until the next one does."""
    people = found[f"fedmsg_weekly_active_people{{{LABELS}}}"]
    assert people[0] == (START + WEEK + HOUR, 3)
    assert at(people, START + 2 * WEEK + HOUR) == 2
    assert not any(START + 3 * WEEK + HOUR <= time <= START + 5 * WEEK for time, _ in people)


def test_users_who_are_hidden_are_not_exported(state: Path) -> None:
    """With `users.expose: none` there is nothing about people."""
    (state.parent / "config.yml").write_text("state: ledger.sqlite\nusers: {expose: none}\n")
    assert run(state).exit_code == 0
    names = {series.partition("{")[0] for series in exported(state)}
    assert not {name for name in names if "user" in name or "group" in name or "week" in name}
    assert "fedmsg_topic_messages_total" in names


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["--until", "2026-06-01T00:00:00Z"], 4, "--until must not be after 2026-01-08 00:00:00"),
        (["--until", "soon"], 2, "--until: 'soon' is not a valid time"),
        (["--block", "1h"], 2, "--block: 1h is not a range of blocks; Prometheus has 2h, 6h, 18h"),
        (["--block", "25h"], 2, "; Mimir has 2h, 12h, 24h; Thanos has 2h, 8h, 48h, 336h"),
        (["--block", "1458h"], 2, "--block: 1458h is not a range of blocks"),
        (["--dense", "9w"], 2, "--dense must be at most 8w"),
        (["--block", "long"], 2, "--block: 'long' is not a valid duration"),
        (["--promtool", "/nowhere/promtool", "--format", "blocks"], 2, "not a program"),
        (["--file", "none.sqlite"], 4, "none.sqlite: no such file"),
    ],
)
def test_what_cannot_be_exported(state: Path, arguments: list[str], status: int, text: str) -> None:
    """Each mistake ends the command with a status and the way out, before anything is written."""
    done = run(state, *arguments)
    assert (done.exit_code, text in done.output) == (status, True), done.output
    assert not state.with_name("out").exists()


@pytest.mark.parametrize(
    ("block", "dense"),
    [(486, 486), (486, 54), (336, 48), (24, 12), (12, 2), (2, 2)],
)
def test_long_blocks_are_cut_where_they_are_merged_again(block: int, dense: int) -> None:
    """Many series make smaller blocks, each of a range that divides the one asked for."""
    series = 4_000_000 // (dense * HOUR // DENSE)
    found = pieces(plan(START, START + TAIL), block * HOUR, Size(1, series))
    assert max(one.end - one.start for one in found) == dense * HOUR


def test_an_import_at_work_is_reported(state: Path) -> None:
    """What an import has not completed is not exported, and that is said."""
    history = History(state.with_name("history.sqlite"))
    during = run(state)
    history.close()
    assert during.exit_code == 0
    assert "an import is at work on" in during.stderr
    state.with_name("out").rename(state.with_name("before"))
    assert "at work" not in run(state).output


def test_a_folder_with_something_in_it_is_refused(state: Path) -> None:
    """Two exports are never mixed."""
    assert run(state).exit_code == 0
    again = run(state)
    assert again.exit_code == 5
    assert "out: not empty; use a new folder" in again.output


def test_retention_that_would_delete_it_is_warned_of(state: Path) -> None:
    """What Prometheus would delete at its start is announced."""
    short = run(state, "--retention", "48h")
    assert "retention.time=2d deletes what is before" in short.output
    state.with_name("out").rename(state.with_name("before"))
    assert "deletes" not in run(state, "--retention", "99y").output


def test_no_promtool_names_the_way_out(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without promtool there is the text."""
    monkeypatch.setenv("PATH", "/nowhere")
    done = run(state, form="blocks")
    assert done.exit_code == 2
    assert "promtool is not installed" in done.output
    assert "--format openmetrics" in done.output


@pytest.mark.parametrize("listen", [":10450", "unix:web.sock", "systemd"])
def test_an_address_that_is_no_target_needs_an_instance(state: Path, listen: str) -> None:
    """Prometheus cannot scrape these, so the label must be given."""
    (state.parent / "config.yml").write_text(f"state: ledger.sqlite\nlisten: '{listen}'\n")
    refused = run(state)
    assert (refused.exit_code, "--instance HOST:PORT" in refused.output) == (2, True)
    assert run(state, "--instance", "exporter:10450").exit_code == 0
    assert any('instance="exporter:10450"' in series for series in exported(state))


def test_earlier_end_moves_the_zero(state: Path) -> None:
    """With --until counters rise to 0 there, for a ledger that was lost or is to come."""
    assert run(state, "--until", "2026-01-07T12:00:00Z").exit_code == 0
    end = START + 2 * DAY + 12 * HOUR
    for series, points in exported(state).items():
        assert points[-1][0] < end
        if series.startswith("fedmsg_user_messages"):
            assert points[-1][1] == 0


def test_a_stop_leaves_whole_files_only(state: Path) -> None:
    """Stopped in the middle, what is there is whole, and nothing half-written is left."""
    settings = config.load(state.with_name("config.yml"))
    out = state.with_name("out")
    out.mkdir()

    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    how = How(None, 24 * HOUR, Target("job", "instance"))
    with (
        outgoing(settings, state.with_name("history.sqlite"), None) as (past, wanted, _),
        pytest.raises(KeyboardInterrupt),
    ):
        export(past, wanted, out, how, stop)
    (left,) = out.iterdir()
    assert left.read_text().endswith("# EOF\n")
