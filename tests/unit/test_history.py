"""History: years from files, each unit complete or not at all."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from fedmsg_exporter import config
from fedmsg_exporter.commands import main
from fedmsg_exporter.history.store import History
from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.service.weekly import computing
from fedmsg_exporter.statistics import calendar
from fedmsg_exporter.statistics.calendar import day, start_of
from fedmsg_exporter.statistics.coverage import Span
from tests.events import event
from tests.exports import (
    MONDAY,
    days,
    export,
    known,
    recording,
    row,
    run,
)


def test_daily_exports_are_imported_once(state: Path, folder: Path) -> None:
    """A folder of tars counts each message by its day; the same in any other form adds nothing."""
    rows = [[row(MONDAY + n, i) for i in range(n + 3)] for n in range(3)]
    for number, several in enumerate(rows):
        export(folder, MONDAY + number, [*several, several[0]])
    done = run(state, "import", folder)
    assert done.exit_code == 0, done.output
    assert "complete, 3 messages from 2026-01-05 00:00:00 to 2026-01-06 00:00:00" in done.output
    expected = {(MONDAY + n, "ralph"): n + 3 for n in range(3)}, (days(MONDAY, MONDAY + 2),)
    assert known(state) == expected
    again = run(state, "import", folder)
    assert again.exit_code == 0
    assert again.output.count("imported before, skipped") == 3
    record = recording(folder / "all.jsonl", [one for several in rows for one in several])
    other = run(state, "import", record)
    assert other.exit_code == 0
    assert "0 messages" in other.output
    assert "12 known already" in other.output
    assert known(state)[0] == expected[0]


def test_gap_stays_a_gap(state: Path, folder: Path) -> None:
    """A day missing from all files is reported as unknown until a file has it."""
    for number in (0, 2):
        export(folder, MONDAY + number, [row(MONDAY + number, 1)])
    assert run(state, "import", folder).exit_code == 0
    assert known(state)[1] == (days(MONDAY, MONDAY), days(MONDAY + 2, MONDAY + 2))
    shown = run(state, "status").output
    assert "gap       2026-01-06 00:00:00 to 2026-01-07 00:00:00" in shown
    assert "2026-01-05-datanommer-incremental-csv.tar" in shown
    export(folder, MONDAY + 1, [])
    assert run(state, "import", folder).exit_code == 0
    assert "\ngap" not in run(state, "status").output


def test_conflict_is_shown(state: Path, folder: Path) -> None:
    """If two files have different numbers for a day, the first one stays, and that is reported."""
    first = export(folder, MONDAY, [row(MONDAY, 1), row(MONDAY, 2)])
    assert run(state, "import", first).exit_code == 0
    (folder / "other").mkdir()
    other = export(folder / "other", MONDAY, [row(MONDAY, 1)])
    done = run(state, "import", other)
    assert done.exit_code == 1
    assert "2026-01-05 has 1 message here but 2 in history, which are kept" in done.output
    assert known(state)[0] == {(MONDAY, "ralph"): 2}


def test_recordings_that_overlap_count_once(state: Path, folder: Path) -> None:
    """A recording covers from its first to its last message, both included."""
    rows = [row(MONDAY, number) for number in range(10)]
    for name, part in (("a", rows[:6]), ("b", rows[4:]), ("c", rows[2:8])):
        assert run(state, "import", recording(folder / name, part)).exit_code == 0
    assert known(state)[0] == {(MONDAY, "ralph"): 10}


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_truncated_file_does_not_count(state: Path, folder: Path, keep: float) -> None:
    """A tar without its end is marked partial; once complete, it is imported."""
    rows = [row(MONDAY, number, f"user{number % 97}") for number in range(3000)]
    path = export(folder, MONDAY, rows)
    whole = path.read_bytes()
    # The end of a tar is nothing but zeros.
    path.write_bytes(whole[: int(len(whole.rstrip(b"\0")) * keep * 0.9)])
    done = run(state, "import", folder)
    assert done.exit_code == 1
    assert "nothing from it is counted: fetch it again" in done.output
    assert known(state) == ({}, ())
    assert "partial" in run(state, "status").output
    path.write_bytes(whole)
    assert run(state, "import", folder).exit_code == 0
    assert sum(known(state)[0].values()) == 3000


def test_times_that_cannot_be_are_damage(state: Path, folder: Path) -> None:
    """A message from before the bus, or from the future, is reported and does not count."""
    rows = [row(day("1970-01-05"), 1), row(day("2999-01-05"), 1), row(MONDAY, 1)]
    done = run(state, "import", recording(folder / "a", rows))
    assert done.exit_code == 1
    assert "does not say when it was sent" in done.output
    assert "in the future" in done.output
    assert known(state)[0] == {(MONDAY, "ralph"): 1}


def test_file_without_messages_is_reported(state: Path, tmp_path: Path) -> None:
    """What has no messages is no import that is complete; it is said once, and not recorded."""
    file = tmp_path / "README"
    file.write_text("")
    for name, shown in ((file, str(file)), ("-", "standard input")):
        done = run(state, "import", name)
        assert (done.exit_code, done.output) == (
            1,
            f"{shown}: no messages; `fedmsg-exporter history import --help` says what can be "
            "imported\n",
        )
    assert "nothing is known yet" in run(state, "status").output


def test_file_without_a_readable_message_is_not_recorded(state: Path, tmp_path: Path) -> None:
    """A file of something else is damaged in every line, and no import that is complete."""
    file = tmp_path / "README.md"
    file.write_text("# Title\n" * 1_011)
    done = run(state, "import", file)
    assert done.exit_code == 1
    assert done.output.splitlines()[9:] == [
        f"{file}:10: is not JSON: Expecting value (column 1)",
        f"{file}: 1,001 more messages are damaged",
        f"{file}: no messages; `fedmsg-exporter history import --help` says what can be imported",
    ]
    assert "nothing is known yet" in run(state, "status").output


def test_name_is_forgotten_where_there_is_only_history(state: Path, folder: Path) -> None:
    """Without a ledger, a name in the history can be forgotten."""
    run(state, "import", recording(folder / "one.jsonl", [row(MONDAY, 1)]))
    assert not state.exists()
    done = CliRunner().invoke(main, ["forget", "ralph", "--state", str(state)])
    assert done.exit_code == 0, done.output
    assert done.output == "forgot ralph: 0 series, and the name in the history\n"
    assert {user for _, user in known(state)[0]} == {"__other__"}


def test_people_are_hidden_and_forgotten_in_history(state: Path, folder: Path) -> None:
    """`forget`, and a stricter `users.expose`, apply to imports before and after."""
    export(folder, MONDAY, [row(MONDAY, 1, "ralph"), row(MONDAY, 2, "mizmo")])
    Ledger(state).close()
    assert run(state, "import", folder).exit_code == 0
    config = ["--config", str(state.with_name("config.yml"))]
    assert CliRunner().invoke(main, ["forget", *config, "mizmo"]).exit_code == 0
    assert known(state)[0] == {(MONDAY, "ralph"): 1, (MONDAY, "__other__"): 1}
    export(folder, MONDAY + 1, [row(MONDAY + 1, 1, "mizmo")])
    assert run(state, "import", folder).exit_code == 0
    assert known(state)[0][MONDAY + 1, "__other__"] == 1
    stored = b"".join(path.read_bytes() for path in state.parent.glob("*.sqlite*"))
    assert b"mizmo" not in stored


def test_import_while_the_exporter_runs(state: Path, folder: Path) -> None:
    """Imports run alongside an exporter, but not alongside another import."""
    export(folder, MONDAY, [row(MONDAY, 1)])
    ledger = Ledger(state)
    assert run(state, "import", folder).exit_code == 0
    ledger.close()
    history = History(state.with_name("history.sqlite"))
    done = run(state, "import", folder)
    assert (done.exit_code, "another import is at work" in done.output) == (4, True)
    history.close()


def test_status_without_history_says_how_to_begin(state: Path, folder: Path) -> None:
    """Where nothing was imported nothing is known, which is no error; a wrong --file is one."""
    wrong = run(state, "status", "--file", folder / "history.sqlite")
    assert (wrong.exit_code, "no such file" in wrong.stderr) == (4, True)
    history = state.with_name("history.sqlite")
    for _ in ("missing", "empty"):
        done = run(state, "status")
        assert (done.exit_code, done.stdout) == (
            0,
            f"{history}: nothing is known yet; begin with `fedmsg-exporter history import "
            "SOURCE...`\n",
        )
        History(history).close()
    at_work = History(history)
    assert "the first import is at work" in run(state, "status").stdout
    at_work.close()


def test_status_of_links_in_a_circle(state: Path) -> None:
    """A file of history that is a loop of links is an error with a sentence, not a bug."""
    state.with_name("history.sqlite").symlink_to("history.sqlite")
    done = run(state, "status")
    assert (done.exit_code, "is a loop of symbolic links" in done.stderr) == (4, True)


def test_what_the_ledger_counted_itself_is_left_out(state: Path, folder: Path) -> None:
    """History ends where the ledger begins; earlier messages from its queue are known by id."""
    began = start_of(MONDAY + 1) + 12 * 3600
    ledger = Ledger(state)
    waited = event(id=f"{MONDAY}-7", sent_at=start_of(MONDAY) + 420)
    ledger.record([waited, event(sent_at=began)], began)
    export(folder, MONDAY, [row(MONDAY, number) for number in (6, 7, 8)])
    export(folder, MONDAY + 1, [row(MONDAY + 1, 60 * hour) for hour in (10, 11, 12, 13)])
    done = run(state, "import", folder)
    assert (done.exit_code, done.output.count("known already")) == (0, 2)
    assert known(state) == (
        {(MONDAY, "ralph"): 2, (MONDAY + 1, "ralph"): 2},
        (Span(start_of(MONDAY), began),),
    )
    ledger.close()


def test_weekly_gauges_continue_from_history(state: Path, folder: Path) -> None:
    """With two years of history, a ledger of two weeks has every weekly gauge."""
    week = calendar.week(MONDAY)
    begins = start_of(calendar.monday(week - 1))
    rows = [row(MONDAY - 7 * ago, 1, user) for user, agos in PAST.items() for ago in agos]
    rows.sort(key=lambda one: one["timestamp"])
    assert run(state, "import", recording(folder / "past", rows)).exit_code == 0
    settings = config.load(state.with_name("config.yml"))
    exporter = Exporter(settings, clock=lambda: begins + 15 * DAY)
    ledger = exporter.ledger
    for user, agos in PRESENT.items():
        for ago in agos:
            moment = start_of(MONDAY - 7 * ago) + DAY
            ledger.record([event(user=user, sent_at=moment)], max(moment, begins))
    ledger.record([event(user=None, sent_at=begins + 14 * DAY + 7200)], begins + 15 * DAY)
    compute = computing(ledger, settings, lambda name: not name.startswith("bot"))
    assert compute(week)[week] == {
        "messages": 5,
        "active": 5,
        "core": 4,
        "absence_factor": 3,
        "newcomers": 1,
        "regular_new": 0,
        "regular_mid": 1,
        "regular_old": 1,
    }
    exporter.close()


DAY = 86400
#: Who was active how many weeks ago, before the ledger and since.
PAST = {"old": (109, 5, 4), "mid": (60, 9, 8, 7), "new": (3, 2), "gone": (110, 2), "bot": (30,)}
PRESENT = {"old": (1, 0), "mid": (0,), "new": (0,), "late": (0,), "back": (0,), "bot": (1, 0)}
PAST["back"] = (70,)


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [
        ("all", "none", False),
        ("all", "all", False),
        ("none", "all", True),
        ("members", "all", True),
    ],
)
def test_history_that_hid_people_cannot_show_them(
    state: Path, folder: Path, before: str, after: str, refused: bool
) -> None:
    """A mode that shows more than the import did is refused; a stricter one hides people."""
    (state.parent / "groups.yml").write_text("packager: [ralph]\n")
    for number, mode in enumerate((before, after)):
        state.with_name("config.yml").write_text(
            "state: ledger.sqlite\nschemas: false\ngroups: {file: groups.yml}\n"
            f"users: {{expose: {mode}}}\n"
        )
        export(folder, MONDAY + number, [row(MONDAY + number, 1)])
        done = run(state, "import", folder)
    assert (done.exit_code == 4) == ("import again with `all`" in done.output) == refused
    shown = {user for _, user in known(state)[0]}
    assert shown == ({"ralph"} if "none" not in (before, after) else {""})


def test_hashed_history_needs_the_key_of_the_ledger(state: Path, folder: Path) -> None:
    """Pseudonyms are those of the ledger, and without one there are none."""
    state.with_name("config.yml").write_text(
        "state: ledger.sqlite\nschemas: false\nusers: {expose: hashed}\n"
    )
    export(folder, MONDAY, [row(MONDAY, 1)])
    refused = run(state, "import", folder)
    assert (refused.exit_code, "start the exporter on it once" in refused.output) == (4, True)
    exporter = Exporter(config.load(state.with_name("config.yml")))
    exporter.close()
    assert run(state, "import", folder).exit_code == 0
    ((_, user),) = known(state)[0]
    assert user.startswith("user-")


def test_other_files_are_left_alone(state: Path) -> None:
    """What is not a file of history is refused by name, and not touched."""
    other = state.with_name("history.sqlite")
    Ledger(other).close()
    before = other.read_bytes()
    for command in (("import", "x"), ("status",), ("drop", "--yes")):
        done = run(state, *command)
        assert (done.exit_code, "not history" in done.output) == (4, True)
    assert other.read_bytes() == before
