"""Imports: what is named, what differs, what is damaged, and a clock that is wrong."""

import bz2
import gzip
import lzma
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from fedmsg_exporter.commands import main
from fedmsg_exporter.event import Event
from fedmsg_exporter.history.importing import Here, Importer, Outcome
from fedmsg_exporter.history.reading import How
from fedmsg_exporter.history.store import History
from fedmsg_exporter.statistics.calendar import day, iso, start_of
from tests.exports import (
    COLUMNS,
    FORMS,
    HEAD,
    MONDAY,
    Row,
    as_tar,
    days,
    dumped,
    export,
    known,
    recorded,
    recording,
    row,
    rows_of,
    run,
    table,
)

# What is named.


def test_folder_that_is_missing_has_a_way_out(tmp_path: Path) -> None:
    """History cannot be in a folder that does not exist: the message says what to do."""
    (tmp_path / "x.jsonl").write_text("")
    arguments = ["--state", str(tmp_path / "st" / "ledger.sqlite"), str(tmp_path / "x.jsonl")]
    done = CliRunner().invoke(main, ["history", "import", *arguments])
    assert (done.exit_code, "the folder does not exist" in done.stderr) == (4, True)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress, bz2.compress])
def test_standard_input_has_every_form(
    state: Path, folder: Path, form: str, compress: Callable[[bytes], bytes]
) -> None:
    """What comes on standard input is recognised by content, as a file is."""
    rows = [row(MONDAY, number) for number in range(5)]
    done = run(state, "import", "-", stdin=compress(FORMS[form](folder, rows)))
    assert done.exit_code == 0, done.output
    assert known(state)[0] == {(MONDAY, "ralph"): 5}


def test_tar_on_standard_input_covers_its_days(state: Path, folder: Path) -> None:
    """Without the name of a file, the names in a tar say which day it covers."""
    assert run(state, "import", "-", stdin=as_tar(folder, [row(MONDAY, 1)])).exit_code == 0
    assert known(state)[1] == (days(MONDAY, MONDAY),)


def test_days_in_one_tar_count_as_one_span(state: Path, folder: Path) -> None:
    """A tar with several adjoining days covers all of them."""
    path = folder / "week.tar"
    with tarfile.open(path, "w") as tar:
        for number in range(3):
            (folder / "day.csv").write_bytes(table([row(MONDAY + number, 1)]))
            tar.add(folder / "day.csv", f"{iso(MONDAY + number)}-messages.csv")
    assert run(state, "import", path).exit_code == 0
    assert known(state)[1] == (days(MONDAY, MONDAY + 2),)


def test_folder_is_read_by_content(state: Path, folder: Path) -> None:
    """In a folder, what cannot be imported is named once and skipped, folders are entered."""
    (folder / "2026").mkdir()
    export(folder / "2026", MONDAY, [row(MONDAY, 1)])
    recording(folder / "notes.txt", [row(MONDAY + 1, 1)])
    (folder / "README.txt").write_text("Exports of [datanommer]\n")
    (folder / "empty").write_text("")
    (folder / "other.dump").write_bytes(b"PGDMP\x01\x0e\x00")
    (folder / "ledger.sqlite").write_bytes(b"SQLite format 3\0")
    done = run(state, "import", folder)
    assert done.exit_code == 0, done.output
    assert (
        done.output.count("README.txt: is not a form of messages that can be imported, skipped")
        == 1
    )
    assert "other.dump: is a PostgreSQL dump in the custom format; `pg_restore -f -" in done.output
    assert "ledger.sqlite: is an SQLite database" in done.output
    assert known(state)[0] == {(MONDAY, "ralph"): 1, (MONDAY + 1, "ralph"): 1}


def test_custom_dump_that_is_named_is_refused(state: Path, folder: Path) -> None:
    """A dump in the custom format is refused with the way to read it."""
    (folder / "db.dump").write_bytes(b"PGDMP\x01\x0e\x00")
    done = run(state, "import", folder / "db.dump")
    assert (done.exit_code, "pg_restore -f - FILE | fedmsg-exporter" in done.output) == (1, True)


def test_pattern_that_the_shell_left_is_expanded(state: Path, folder: Path) -> None:
    """A quoted pattern means the files that match it, in order."""
    for number in range(3):
        export(folder, MONDAY + number, [row(MONDAY + number, 1)])
    recording(folder / "other", [row(MONDAY + 9, 1)])
    assert run(state, "import", f"{folder}/*.tar").exit_code == 0
    assert known(state)[1] == (days(MONDAY, MONDAY + 2),)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("{}/*.tar", "no file matches"),
        ("{}", "the folder has no files in it"),
        ("{}/nothing", "cannot be read: No such file or directory"),
    ],
)
def test_name_that_leads_nowhere_is_reported(
    state: Path, folder: Path, name: str, reason: str
) -> None:
    """A name without a file ends in status 1, and leaves no unit."""
    done = run(state, "import", name.format(folder))
    assert (done.exit_code, done.output) == (1, f"{name.format(folder)}: {reason}\n")
    assert "partial" not in run(state, "status").output


@pytest.mark.parametrize("arguments", [(), ("x", "--from", "2026-01-05"), ("x", "--to", "2026")])
def test_either_files_or_datagrepper(state: Path, arguments: tuple[str, ...]) -> None:
    """Nothing, or both, is an error of the command line."""
    assert run(state, "import", *arguments).exit_code == 2


def test_same_name_in_another_folder_is_another_file(
    state: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is known by its whole path, and named as it was asked for."""
    for number, name in enumerate(("one", "two")):
        (folder / name).mkdir()
        recording(folder / name / "day.jsonl", [row(MONDAY + number, 1)])
        monkeypatch.chdir(folder / name)
        other = recording(folder / name / "other.jsonl", [row(MONDAY + 7 + number, 1)])
        done = run(state, "import", "day.jsonl", other, "./day.jsonl")
        assert [line.partition(":")[0] for line in done.output.splitlines()] == [
            "day.jsonl",
            str(other),
        ]
        assert "imported before" not in done.output
    again = run(state, "import", "../one/day.jsonl")
    assert again.output == "../one/day.jsonl: imported before, skipped\n"


def test_file_that_is_whole_in_the_end_is_not_partial(state: Path, folder: Path) -> None:
    """Once the whole file is imported, wherever it is now, `status` has no partial one."""
    path = export(folder, MONDAY, [row(MONDAY, 1)])
    whole = path.read_bytes()
    path.write_bytes(whole[:700])
    assert run(state, "import", path).exit_code == 1
    assert "partial" in run(state, "status").output
    (folder / "again").mkdir()
    path.unlink()
    moved = folder / "again" / path.name
    moved.write_bytes(whole)
    assert run(state, "import", moved).exit_code == 0
    assert "partial" not in run(state, "status").output


# What differs.


def test_recording_that_differs_is_a_conflict(state: Path, folder: Path) -> None:
    """A recording is compared with what is known, in the hours that both cover as a whole."""
    assert run(state, "import", export(folder, MONDAY, rows_of(MONDAY, 1440))).exit_code == 0
    some = [one for i, one in enumerate(rows_of(MONDAY, 600)) if i not in (100, 300, 301)]
    done = run(state, "import", recording(folder / "some", some))
    assert done.exit_code == 1
    assert (
        f"some: {iso(MONDAY)}, in the 8 hours that both cover, has 477 messages here but 480 in "
        "history, which are kept"
    ) in done.output
    assert "597 known already" in done.output


def test_rejected_messages_are_no_conflict(state: Path, folder: Path) -> None:
    """What attribution rejects counts nowhere, and is named with its reason."""
    rows = rows_of(MONDAY, 200)
    rows += [row(MONDAY, i, topic="org.fedoraproject.stg.bodhi.update.comment") for i in (300, 301)]
    done = run(state, "import", export(folder, MONDAY, rows))
    assert (done.exit_code, ", 2 rejected (environment)" in done.output) == (0, True)
    assert (
        "messages.csv.xz:1802: the first of 2 messages that are rejected (environment): it belongs "
        "to an environment that is not counted"
    ) in done.stderr
    again = run(state, "import", recording(folder / "same", [*rows, row(MONDAY, 400)]))
    assert (again.exit_code, "201 known already" in again.output) == (0, True)


# How tables can be damaged: each line is named, the rest counts.


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("7,t,2026-01-05,{},more", "7.csv:3: has 5 columns, the header has 4"),
        ("7,t,2026-01-05", "7.csv:3: has 3 columns, the header has 4"),
        ("7,t,0000-01-05,{}", "7.csv:3: '0000-01-05' is not a valid time"),
        ("7,t,2999-01-05,{}", "7.csv:3: was sent in the future"),
    ],
)
def test_damaged_row_is_named(state: Path, folder: Path, line: str, reason: str) -> None:
    """A row that is wrong is reported with file and line; those around it count."""
    rows = ["1,org.fedoraproject.prod.a.b,2026-01-05 01:00,{}"]
    rows += [line, '3,org.fedoraproject.prod.a.b,2026-01-05 02:00,"{""a"":\n1}"']
    (folder / "7.csv").write_text("\n".join(["msg_id,topic,timestamp,msg", *rows, ""]))
    done = run(state, "import", folder / "7.csv")
    assert (done.exit_code, reason in done.output) == (1, True)
    assert "complete, 2 messages" in done.output


@pytest.mark.parametrize("form", FORMS)
def test_rejected_messages_are_found_by_their_line(state: Path, folder: Path, form: str) -> None:
    """For each reason the file and line of the first message, and how many there are."""
    rows = [row(MONDAY, number, msg='{"a": 1}') for number in range(1200)]
    for number in (1100, 1150):
        rows[number] = row(MONDAY, number, msg="[]")
    rows[1190] = row(MONDAY, 1190, topic="org.fedoraproject.stg.bodhi.update.comment", msg="{}")
    path = folder / "rows"
    path.write_bytes(FORMS[form](folder, rows))
    done = run(state, "import", path)
    before = {"recording": 0, "SQL dump": 7}.get(form, 1)
    where = f"{path}:2026-01-05-messages.csv.xz" if form == "tar" else str(path)
    assert (done.exit_code, done.stderr.splitlines()) == (
        0,
        [
            f"{where}:{before + 1191}: rejected (environment): it belongs to an environment that "
            "is not counted",
            f"{where}:{before + 1101}: the first of 2 messages that are rejected (object): the "
            "body is JSON, but not an object",
        ],
    )
    assert f"{path}: complete, 1,200 messages" in done.stdout


def test_rejected_messages_are_shown_once_in_an_import(state: Path, folder: Path) -> None:
    """Files that all have messages of another environment report the place in the first only."""
    for number in range(3):
        stg = row(MONDAY + number, 2, topic="org.fedoraproject.stg.bodhi.update.comment")
        export(folder, MONDAY + number, [row(MONDAY + number, 1), stg])
    done = run(state, "import", folder)
    assert done.stderr.count("rejected (environment)") == 1
    assert done.stdout.count(", 1 rejected (environment)") == 3


OLD = ("id", "i", "timestamp", "certificate", "signature", "topic", "_msg", "msg_id", "_headers")


def former(one: Row) -> Row:
    return {**one, "_msg": one["msg"], "_headers": one["headers"]}


def test_dump_of_an_older_schema(state: Path, folder: Path) -> None:
    """Columns that were called otherwise before 2021 are known, in a dump and as CSV."""
    rows = [former(row(MONDAY + number, 1)) for number in range(2)]
    (folder / "old.sql").write_text(HEAD + dumped(rows[:1], columns=OLD))
    (folder / "old.csv").write_bytes(table(rows[1:], OLD))
    assert run(state, "import", folder).exit_code == 0
    assert known(state)[0] == {(MONDAY, "ralph"): 1, (MONDAY + 1, "ralph"): 1}


def test_dump_without_ids_names_the_column(state: Path, folder: Path) -> None:
    """A dump of before 2014 has no ids: what is missing is named, with the line."""
    columns = [one for one in COLUMNS if one != "msg_id"]
    (folder / "old.sql").write_text(HEAD + dumped([row(MONDAY, 1)], columns=columns))
    done = run(state, "import", folder)
    assert done.exit_code == 1
    assert "old.sql: line 7: public.messages has no column msg_id; nothing from it" in done.output


def test_damage_is_counted_not_kept(state: Path, folder: Path) -> None:
    """Of many damaged messages ten are shown, and the number of the others."""
    path = folder / "many"
    path.write_bytes(b"{\n" * 500 + recorded([row(MONDAY, 1)]))
    done = run(state, "import", path)
    assert done.output.count("does not end") == 10
    assert "490 more messages are damaged" in done.output


# The clock.


def imported(state: Path, now: float, *names: Path) -> list[Outcome]:
    """Import as if it were another time."""
    history = History(state.with_name("history.sqlite"))
    how = How(lambda one: Event(one.id, one.topic, "d", "prod", "c", "t", sent_at=one.sent_at))
    importer = Importer(history, Here(how, lambda _: None), lambda: now)
    found = list(importer.add(map(str, names)))
    history.close()
    return found


def test_clock_that_is_behind_is_noticed(state: Path, folder: Path) -> None:
    """Where most messages seem to come from the future, nothing counts, and it can be repeated."""
    paths = [export(folder, MONDAY, [row(MONDAY, 1)]), recording(folder / "a", rows_of(MONDAY, 9))]
    for one in imported(state, start_of(day("2019-01-01")), *paths):
        assert (
            "reaches into the future according to this machine's clock; set the clock" in one.reason
        )
    assert known(state) == ({}, ())
    assert not any(one.reason for one in imported(state, time.time(), *paths))


@pytest.mark.parametrize(
    ("what", "why"),
    [(b"", "is empty"), (b"<html>404 Not Found</html>", "is not what its name says")],
)
@pytest.mark.parametrize("is_named", [True, False])
def test_failed_download_leaves_its_day_open(
    state: Path, folder: Path, what: bytes, why: str, is_named: bool
) -> None:
    """A daily export that is none is an error, by its name or in a folder; the real one counts."""
    path = folder / f"{iso(MONDAY)}-datanommer-incremental-csv.tar"
    path.write_bytes(what)
    done = run(state, "import", path if is_named else folder)
    assert done.exit_code == 1
    assert f"{path}: {why}" in done.output
    assert "fetch it again" in done.output
    assert known(state) == ({}, ())
    assert run(state, "import", export(folder, MONDAY, [row(MONDAY, 1)])).exit_code == 0
    assert known(state)[0] == {(MONDAY, "ralph"): 1}


def test_messages_of_another_day_are_left_out(state: Path, folder: Path) -> None:
    """A daily export adds to its day only, so that no other day counts twice."""
    rows = [row(MONDAY, 1), row(MONDAY, 2), row(MONDAY - 1, 3)]
    done = run(state, "import", export(folder, MONDAY, rows))
    assert done.exit_code == 1
    assert (
        "was sent on a different day from the one in the file's name, and is left out"
        in done.output
    )
    assert known(state)[0] == {(MONDAY, "ralph"): 2}


def test_export_with_the_name_of_another_day_is_refused(state: Path, folder: Path) -> None:
    """A file whose messages are of another day counts nothing, and its name says why."""
    rows = [row(MONDAY - 1, number) for number in range(3)]
    done = run(state, "import", export(folder, MONDAY, rows))
    assert done.exit_code == 1
    assert "correct the name" in done.output
    assert known(state) == ({}, ())


def test_day_that_is_not_over_is_refused(state: Path, folder: Path) -> None:
    """A daily export of today cannot be complete."""
    path = export(folder, MONDAY, [row(MONDAY, 1)])
    (one,) = imported(state, start_of(MONDAY) + 3600, path)
    assert "wait until that day is over" in one.reason
    (one,) = imported(state, start_of(MONDAY + 1) + 1, path)
    assert not one.reason
