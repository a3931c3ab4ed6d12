"""``fedmsg-exporter report``: from the command line to a report, and what goes wrong."""

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from fedmsg_exporter.history.store import History
from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.privacy import Exposure
from fedmsg_exporter.statistics.calendar import day, start_of
from tests.activity import Row, fill
from tests.calling import invoke
from tests.events import event

NOW = "2026-01-14T12:00:00+00:00"
FORMATS = ("text", "md", "csv", "json", "html")
ROWS: list[Row] = [
    ("ann", day("2025-12-30"), 2, "bodhi.update.comment"),
    ("ann", day("2026-01-05"), 4, "bodhi.update.comment"),
    ("ann", day("2026-01-11"), 1, "wiki.article.edit"),
    ("ann", day("2026-01-12"), 3, "wiki.article.edit"),
    ("bob", day("2026-01-06"), 2, "bodhi.update.edit"),
    ("koji", day("2026-01-06"), 7, "buildsys.build.state.change"),
]


def past(
    path: Path,
    rows: Iterable[Row],
    until: str = "2026-01-15",
    mode: str = "all",
    since: str = "2024-01-01",
) -> None:
    """Write history with some activity, anew."""
    path.unlink(missing_ok=True)
    History(path).close()
    with closing(sqlite3.connect(path)) as database:
        fill(database, rows)
        span = start_of(day(since)), start_of(day(until))
        database.execute("INSERT INTO coverage VALUES (?, ?)", span)
        database.execute("INSERT INTO notes VALUES ('expose', ?)", (mode,))
        database.commit()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    past(tmp_path / "history.sqlite", ROWS)
    groups = {"hats": ["ann", "bob", "cat", "koji"], "empty": []}
    (tmp_path / "groups.yml").write_text(yaml.safe_dump({"groups": groups}))
    return tmp_path


@pytest.fixture
def ask(folder: Path) -> Callable[..., Result]:
    """Ask for a report: by default of the week, as CSV; ``settings`` are the config's."""

    def asked(*arguments: object, stdin: str = "", **settings: object) -> Result:
        config = {"state": "ledger.sqlite", "groups": {"file": "groups.yml"}, **settings}
        (folder / "config.yml").write_text(yaml.safe_dump(config))
        given = [*map(str, arguments)]
        for option, value in (("--now", NOW), ("--last", "1w"), ("--format", "csv")):
            if not {option, "--from", "-o"}.intersection(given) or option == "--now":
                given += [option, value]
        return invoke("report", *given, "--config", str(folder / "config.yml"), stdin=stdin)

    return asked


def values(result: Result, section: str) -> dict[tuple[str, ...], str]:
    """The values of a section of CSV, by period, subject, category and metric."""
    assert result.exit_code == 0, result.output
    rows = list(csv.reader(io.StringIO(result.stdout)))
    return {tuple(row[1:5]): row[5] for row in rows[1:] if row[0] == section}


def test_user(ask: Callable[..., Result]) -> None:
    """A person's messages in the range, in its periods and by category."""
    report = ask("user", "Ann@fedoraproject.org", "--last", "2w")
    assert values(report, "summary")["", "", "", "messages"] == "7"
    assert values(report, "weeks") | {} == {
        ("2026-W01", "", "", "messages"): "2",
        ("2026-W01", "", "", "active_days"): "1",
        ("2026-W02", "", "", "messages"): "5",
        ("2026-W02", "", "", "active_days"): "2",
        ("2026-W03", "", "", "messages"): "3",
        ("2026-W03", "", "", "active_days"): "1",
    }
    assert values(report, "categories")["", "", "wiki", "share"] == "14.3"


def test_list_from_names_files_and_standard_input(
    ask: Callable[..., Result], tmp_path: Path
) -> None:
    """Names may be typed, in a file with a name to a line, or on standard input."""
    names = tmp_path / "names.txt"
    names.write_text("# mentors\nann\n\nbob  # of the wiki\n")
    members = [
        {row[1] for row in values(report, "members")}
        for report in (
            ask("list", "ann", "bob"),
            ask("list", f"@{names}"),
            ask("list", "ann", "-", stdin="bob\n"),
        )
    ]
    assert members == [{"ann", "bob"}] * 3


def test_group(ask: Callable[..., Result]) -> None:
    """A group's members that are people, silent ones too, and its number as the list has it."""
    report = ask("group", "hats")
    assert values(report, "summary")["", "", "", "messages"] == "7"
    assert {row[1] for row in values(report, "members")} == {"ann", "bob", "cat"}
    assert values(report, "standing")["", "cat", "", "standing"] == "silent"


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (("--last", "2w"), 7),
        (("--last", "1mo"), 2),
        (("--last", "14d"), 8),
        (("--from", "2026-01-05", "--to", "2026-01-05"), 4),
        (("--from", "2026-01-11"), 4),
        (("--last", "2w", "--category", "wiki"), 1),
        (("--last", "2w", "--topics", "bodhi.#"), 6),
        (("--last", "2w", "--topics", "*.*.edit", "--topics", "buildsys.#"), 1),
        (("--last", "1w", "--week-start", "sunday"), 4),
    ],
)
def test_range_and_filters(
    ask: Callable[..., Result], arguments: tuple[str, ...], messages: int
) -> None:
    """The last complete weeks, months or days, or from the first to the last day, included."""
    report = ask("user", "ann", *arguments, "--format", "csv")
    assert values(report, "summary")["", "", "", "messages"] == str(messages)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("report", [("user", "ann"), ("list", "ann", "bob"), ("group", "hats")])
def test_same_bytes_twice(
    ask: Callable[..., Result], report: tuple[str, ...], format_: str
) -> None:
    """With the same time and activity, a report is the same byte for byte."""
    first, second = (ask(*report, "--format", format_) for _ in range(2))
    assert (first.exit_code, first.stdout) == (0, second.stdout)
    assert first.stdout.endswith("\n")


@pytest.mark.parametrize("suffix", [".txt", ".md", ".csv", ".json", ".html"])
def test_output_is_in_the_format_of_its_suffix(
    ask: Callable[..., Result], tmp_path: Path, suffix: str
) -> None:
    """A file gets what standard output would, and replaces the one before."""
    file = tmp_path / f"report{suffix}"
    file.write_text("before")
    assert ask("user", "ann", "-o", file, "--last", "1w").stdout == ""
    format_ = {".txt": "text"}.get(suffix, suffix[1:])
    assert file.read_text() == ask("user", "ann", "--format", format_).stdout
    assert [one.name for one in tmp_path.glob("*.new")] == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("user", "anne"), "anne: never seen since 2024-01-01; check the spelling; similar: ann"),
        (("user", "koji"), "koji: a bot by today's list"),
        (("user", "a b"), "'a b' is not a valid FAS name"),
        (("group", "hat"), "hat: not a known group; similar: hats"),
        (("group", "empty"), "empty: the group has no members"),
        (("user", "ann", "--category", "bodi"), "--category: 'bodi' was never seen since 2024-"),
        (("user", "ann", "--category", "bodi"), "check the spelling; similar: bodhi"),
        (("user", "ann", "--topics", "bodhi"), "for all below it, write 'bodhi.#'"),
        (("group", "hats", "--topics", "org.fedoraproject.prod.bodhi.#"), "without its prefix"),
        (
            ("event", "--active-in", "bodhi", "--from", "2026-01-06", "--to", "2026-01-06"),
            "--active-in: 'bodhi' matches no topic that was seen since 2024-01-01",
        ),
        (
            ("event", "ann", "--group", "hats", "--from", "2026-01-06", "--to", "2026-01-06"),
            "give exactly one of NAMEs, --group and --active-in",
        ),
        (("week", "--last", "3w"), "2025-12-22 to 2026-01-11 is not one week"),
        (("week", "--by", "month"), "No such option"),
        (("user", "ann", "--names"), "No such option"),
        (("list", "@/nowhere"), "@/nowhere: cannot be read: No such file or directory"),
        (("list", "a b", "c d"), "'c d' is not a valid FAS name"),
        (("list", "-"), "-: no names; write one to a line"),
        (("user", "ann", "--last", "3y"), "--last: '3y' is not a valid range; expected e.g. 13w"),
        (("user", "ann", "--last", "0w"), "--last: '0w' is not a valid range"),
        (("user", "ann", "--last", "1w", "--from", "2026-01-01"), "--last: use either this, or"),
        (("user", "ann", "--last", "1w", "--to", "2026-01-01"), "--last: use either this, or"),
        (("user", "ann", "--from", "yesterday"), "--from: 'yesterday' is not a valid date"),
        (("user", "ann", "--from", "2027-01-01"), "--from: 2027-01-01 is in the future"),
        (("user", "ann", "--from", "2020-01-01", "--to", "2020-02-01"), "known from 2024-01-01"),
        (("user", "ann", "--from", "2026-01-09", "--to", "2026-01-08"), "2026-01-08 is before"),
        (
            ("user", "ann", "--from", "2026-01-09T10:00", "--to", "2026-01-09T11:00"),
            "inside one day, and activity is known by whole days; --from 2026-01-09 --to 2026",
        ),
        (("user", "ann", "--from", "2026-01-09T10:00"), "within a day"),
        (("user", "ann", "--from", "2011-12-31"), "--from: the range begins 2011-12-31, and there"),
        (("user", "ann", "--last", "9999mo"), "there was no bus before 2012-01-01"),
        (("user", "ann", "--from", "2026-01-01", "--to", "9999-12-31"), "more than a year ahead"),
        (("user", "ann", "-o", "report.pdf"), "-o: report.pdf: cannot tell the format"),
        (("user", "ann", "--log"), "--log: the ledger has no text of messages"),
        (("user", "ann", "--files", "/nowhere"), "/nowhere: cannot be read: No such file"),
    ],
)
def test_mistakes_end_with_status_2(
    ask: Callable[..., Result], arguments: tuple[str, ...], expected: str
) -> None:
    """Whatever cannot be reported is refused with the reason, and nothing on standard output."""
    done = ask(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert expected in done.stderr


def test_invalid_name_in_a_file_has_its_line(ask: Callable[..., Result], tmp_path: Path) -> None:
    """Where many names are wrong, each can be found."""
    names = tmp_path / "names.txt"
    names.write_text("ann\n\na b\nc d\n")
    done = ask("list", f"@{names}")
    assert (done.exit_code, done.stdout) == (2, "")
    assert [line.rpartition("names.txt")[2] for line in done.stderr.splitlines()] == [
        ", line 3: 'a b' is not a valid FAS name",
        ", line 4: 'c d' is not a valid FAS name",
    ]


def test_to_alone_is_refused(folder: Path) -> None:
    """A last day needs a first one."""
    done = invoke("report", "user", "ann", "--to", "2026-01-01", "--state", str(folder / "x"))
    assert (done.exit_code, "--to: needs --from" in done.stderr) == (2, True)


def test_without_groups_there_is_no_group(ask: Callable[..., Result]) -> None:
    """A group needs the config to know groups."""
    done = ask("group", "hats", groups={})
    assert (done.exit_code, "set `groups.file` or `groups.fasjson.url`" in done.stderr) == (2, True)


def test_members_of_fasjson_are_those_that_the_exporter_read(
    ask: Callable[..., Result], folder: Path
) -> None:
    """With FASJSON, the members are those of the exporter's last good copy, with its date."""
    fasjson = {"fasjson": {"url": "https://fasjson.test", "auth": "none"}}
    done = ask("group", "hats", groups=fasjson)
    assert "no exporter on this ledger has read them from https://fasjson.test" in done.stderr
    ledger = Ledger(folder / "ledger.sqlite")
    copy = {
        "url": "https://fasjson.test",
        "at": start_of(day("2026-01-02")),
        "groups": {"hats": ["bob"]},
    }
    ledger.note("groups", json.dumps(copy))
    ledger.close()
    report = json.loads(ask("group", "hats", "--format", "json", groups=fasjson).stdout)
    assert "2026-01-02" in json.dumps(report)
    assert {row[1] for row in values(ask("group", "hats", groups=fasjson), "members")} == {"bob"}


class TestExposure:
    """What `users.expose` lets a report show."""

    def test_hashed_shows_stand_ins(self, ask: Callable[..., Result], folder: Path) -> None:
        """Who is asked for is found under the stand-in, and shown under it; nobody is suggested."""
        ledger = Ledger(folder / "ledger.sqlite")
        ledger.note("key", "00" * 32)
        ledger.note("people", json.dumps({"mode": "hashed", "since": 0}))
        now = start_of(day("2026-01-06"))
        stand_in = Exposure("hashed", key=bytes(32)).stand_in("ann")
        for one in range(8):
            made = event("bodhi", stand_in, sent_at=now + one * 86400)
            ledger.record([made], now + one * 86400)
        ledger.close()
        (folder / "history.sqlite").unlink()
        hashed = {"expose": "hashed"}
        done = ask("user", "ann", "--format", "json", users=hashed)
        assert (done.exit_code, stand_in in done.stdout, '"ann"' in done.stdout) == (0, True, False)
        unknown = ask("user", "anne", users=hashed)
        assert "never seen" in unknown.stderr
        assert "similar" not in unknown.stderr

    def test_none_says_why_there_is_no_report(self, ask: Callable[..., Result]) -> None:
        """Where nobody is distinguished there is nothing to report of anybody."""
        for report in (("user", "ann"), ("list", "ann"), ("group", "hats")):
            done = ask(*report, users={"expose": "none"})
            assert (done.exit_code, "`users.expose: none`" in done.stderr) == (2, True)

    def test_members_shows_members_only(self, ask: Callable[..., Result], folder: Path) -> None:
        """Who is in no counted group is not shown."""
        groups = {"groups": {"hats": ["bob"]}}
        (folder / "groups.yml").write_text(yaml.safe_dump(groups))
        members = {"expose": "members"}
        done = ask("user", "ann", users=members)
        assert "ann: not shown with `users.expose: members`" in done.stderr
        assert ask("user", "bob", users=members).exit_code == 0

    def test_history_that_hid_people_is_left_out(
        self, ask: Callable[..., Result], folder: Path
    ) -> None:
        """History imported under a stricter setting says so, and is not counted."""
        (folder / "history.sqlite").unlink()
        past(folder / "history.sqlite", ROWS, mode="members")
        done = ask("user", "ann")
        assert (done.exit_code, "nothing of it counts" in done.stderr) == (4, True)
        ledger = Ledger(folder / "ledger.sqlite")
        for number in range(8):
            now = start_of(day("2026-01-06") + number)
            ledger.record([event("bodhi", "ann", sent_at=now)], now)
        ledger.close()
        done = ask("user", "ann")
        assert "nothing of it counts" in done.stderr
        assert values(done, "summary")["", "", "", "messages"] == "6"


class TestLedger:
    """Ledgers that cannot be read end with status 4, or say what they lack."""

    def test_empty(self, ask: Callable[..., Result], folder: Path) -> None:
        """A ledger without a message knows nothing."""
        (folder / "history.sqlite").unlink()
        Ledger(folder / "ledger.sqlite").close()
        done = ask("user", "ann")
        assert (done.exit_code, "no activity of people is known yet" in done.stderr) == (2, True)

    def test_missing(self, ask: Callable[..., Result], folder: Path) -> None:
        """Neither ledger nor history: the message names the ledger."""
        (folder / "history.sqlite").unlink()
        done = ask("user", "ann")
        assert (done.exit_code, f"{folder}/ledger.sqlite: no such file" in done.stderr) == (4, True)

    def test_older_format(self, ask: Callable[..., Result], folder: Path) -> None:
        """A ledger of an older exporter must be opened by the present one first."""
        Ledger(folder / "ledger.sqlite").close()
        with closing(sqlite3.connect(folder / "ledger.sqlite")) as database:
            database.execute("PRAGMA user_version = 2")
        done = ask("user", "ann")
        assert (done.exit_code, "written by an older exporter" in done.stderr) == (4, True)

    def test_foreign(self, ask: Callable[..., Result], folder: Path) -> None:
        """A file that is not a ledger is refused."""
        (folder / "ledger.sqlite").write_text("hello")
        assert ask("user", "ann").exit_code == 4

    def test_being_written(self, ask: Callable[..., Result], folder: Path) -> None:
        """A ledger in use, even in the middle of a transaction, is read as of its last commit."""
        now = start_of(day("2026-01-14"))
        ledger = Ledger(folder / "ledger.sqlite")
        ledger.record([event("bodhi", "ann", sent_at=start_of(day("2026-01-06")))], now)
        with closing(sqlite3.connect(folder / "ledger.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("DELETE FROM days")
            report = ask("user", "ann")
            other.execute("ROLLBACK")
        ledger.close()
        assert values(report, "summary")["", "", "", "messages"] == "6"

    def test_no_place_at_all(self) -> None:
        """Without a ledger in the config there must be files."""
        done = invoke("report", "user", "ann")
        assert (done.exit_code, "set `state` in the config" in done.stderr) == (2, True)


def test_full_disk_leaves_no_half_file(
    ask: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full ends with status 5; the file before stays as it was."""

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "report.csv"
    file.write_text("before")
    monkeypatch.setattr("os.fsync", full)
    done = ask("user", "ann", "-o", file, "--last", "1w")
    assert (done.exit_code, file.read_text()) == (5, "before")
    assert "report.csv: cannot be written: No space left on device" in done.stderr
    assert sorted(one.name for one in tmp_path.iterdir() if ".new" in one.name) == []


def test_links_in_a_circle_are_replaced(ask: Callable[..., Result], tmp_path: Path) -> None:
    """A link that leads nowhere gives way to the report."""
    file = tmp_path / "post.md"
    file.symlink_to(file)
    done = ask("week", "-o", file)
    assert done.exit_code == 0, done.output
    assert file.read_text("utf-8").startswith("# Week 2026-W02")


def test_folder_is_no_ledger(ask: Callable[..., Result], tmp_path: Path) -> None:
    """A folder in place of the ledger is named as what it is, not as an error of the disk."""
    done = ask("week", state=str(tmp_path))
    assert (done.exit_code, done.stdout) == (4, "")
    assert f"{tmp_path}: a folder, not a file; name the file in it" in done.stderr
