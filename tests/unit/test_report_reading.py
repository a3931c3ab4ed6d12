"""Reports of files and of datagrepper, with a log of what each message says."""

import csv
import io
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from fedmsg_exporter.attribution.message_classes import SchemaClasses
from fedmsg_exporter.commands.history import online
from fedmsg_exporter.event import Event, User
from fedmsg_exporter.message import Message
from fedmsg_exporter.report.request import Request
from fedmsg_exporter.service.reports.person_log import PersonLog
from fedmsg_exporter.sources.datagrepper.walk import Walk
from fedmsg_exporter.statistics.calendar import day, start_of
from harness import Datagrepper, Outgoing
from tests.calling import invoke, line

AT = "2026-01-31T12:00:00+00:00"
DAY = ("--from", "2026-01-31", "--to", "2026-01-31", "--now", "2026-02-02T00:00:00+00:00")
TOPIC = "org.fedoraproject.prod.bodhi.update.comment"


def report(*arguments: object, config: Path | None = None) -> Result:
    settings = ("--config", str(config)) if config else ()
    return invoke("report", *map(str, arguments), *settings, *DAY, "--format", "csv")


def values(result: Result, section: str) -> list[list[str]]:
    rows = csv.reader(io.StringIO(result.stdout))
    return [row[1:] for row in rows if row[0] == section]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yml"
    path.write_text("schemas: false\n")
    return path


def test_files_and_folders(tmp_path: Path, config: Path) -> None:
    """Several files, a folder among them, are one activity; each message counts once."""
    (tmp_path / "a.jsonl").write_text(line(1) + line(1) + line(2, "lmacken"))
    folder = tmp_path / "more"
    folder.mkdir()
    later = {"sent-at": "2026-01-31T13:00:00+00:00"}
    (folder / "b.jsonl").write_text(line(3, headers=later))
    done = report(
        "user", "ralph", "--files", tmp_path / "a.jsonl", "--files", folder, config=config
    )
    assert done.exit_code == 0, done.output
    assert ["", "", "", "messages", "2"] in values(done, "summary")


def test_damage_is_reported(tmp_path: Path, config: Path) -> None:
    """What can be read is reported, what cannot is named, and the status is 1."""
    file = tmp_path / "a.jsonl"
    file.write_text(line(1) + "{}}\n")
    done = report("user", "ralph", "--files", file, config=config)
    assert (done.exit_code, f"{file}:2" in done.stderr) == (1, True)
    assert ["", "", "", "messages", "1"] in values(done, "summary")


def test_file_that_is_cut_short_is_no_report(tmp_path: Path, config: Path) -> None:
    """Half a compressed file would give half of the numbers."""
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(b"\x1f\x8b\x08\x00")
    done = report("user", "ralph", "--files", file, config=config)
    assert (done.exit_code, done.stdout, str(file) in done.stderr) == (2, "", True)


def test_empty_file_is_no_report(tmp_path: Path, config: Path) -> None:
    """An empty file is named: waiting for an exporter would not help."""
    file = tmp_path / "a.jsonl"
    file.write_text("")
    done = report("user", "ralph", "--files", file, config=config)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{file}: no message in it counts" in done.stderr


def test_nothing_is_left_behind(
    tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The temporary file is gone afterwards."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    (tmp_path / "a.jsonl").write_text(line(1))
    assert report("user", "ralph", "--files", tmp_path / "a.jsonl", config=config).exit_code == 0
    assert list(temporary.iterdir()) == []


def test_log(tmp_path: Path, config: Path) -> None:
    """A line for each message of the person in the range: topic and title without a class."""
    early = {"sent-at": "2026-01-30T12:00:00+00:00"}
    titled = {"agent": "ralph", "update": {"title": "hat-rack-1.0"}}
    file = tmp_path / "a.jsonl"
    file.write_text(line(1, headers=early) + line(2, "lmacken") + line(3, body=titled))
    done = report("user", "ralph", "--log", "--files", file, config=config)
    assert values(done, "log") == [
        ["2026-01-31", "", "bodhi", "time", "12:00:00"],
        ["2026-01-31", "", "bodhi", "text", "bodhi.update.comment hat-rack-1.0"],
    ]


def test_log_needs_names(tmp_path: Path, config: Path) -> None:
    """Texts have names in them, so there is no log where names are hidden."""
    config.write_text("users: {expose: members}\n")
    (tmp_path / "a.jsonl").write_text(line(1))
    done = report("user", "ralph", "--log", "--files", tmp_path / "a.jsonl", config=config)
    assert (done.exit_code, "`users.expose: members`" in done.stderr) == (2, True)


class TestPersonLog:
    """What becomes a line."""

    REQUEST = Request(day("2026-01-31"), day("2026-02-01"), start_of(day("2026-02-02")))

    def heard(self, body: dict[str, Any], request: Request = REQUEST, **changed: Any) -> list[str]:
        log = PersonLog("ralph", request)
        at = start_of(day("2026-01-31"))
        message = Message(TOPIC, "id", {}, body, at)
        event = Event(
            "id", TOPIC, "org.fedoraproject", "prod", "bodhi", "bodhi.update.comment",
            (User("ralph", "person"),), (), sent_at=at,
        )  # fmt: skip
        log.hear(message, event._replace(**changed))
        return [one.text for one in log.lines]

    def test_words_of_the_class(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """If its class puts a message in words, these are the text, on one line."""
        monkeypatch.setattr(SchemaClasses, "words", lambda *_: "ralph\n commented")
        assert self.heard({}) == ["ralph commented"]

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ({"title": "a"}, "bodhi.update.comment a"),
            ({"issue": {"title": "b"}}, "bodhi.update.comment b"),
            ({"issue": {"title": 3}, "subject": "c"}, "bodhi.update.comment c"),
            ({}, "bodhi.update.comment"),
        ],
    )
    def test_topic_and_title(self, body: dict[str, Any], text: str) -> None:
        """Without words, the topic and what the body calls its title."""
        assert self.heard(body) == [text]

    def test_long_texts_are_cut(self) -> None:
        """A text is a line, not a page."""
        (text,) = self.heard({"title": "x" * 10_000})
        assert len(text) < 250

    @pytest.mark.parametrize(
        "changed",
        [{"users": ()}, {"rejected": "environment"}, {"sent_at": None}, {"sent_at": 1e9}],
    )
    def test_what_does_not_count_is_no_line(self, changed: dict[str, Any]) -> None:
        """Nobody's messages, rejected ones and those outside of the range are left out."""
        assert self.heard({}, **changed) == []

    @pytest.mark.parametrize("filters", [{"categories": ("wiki",)}, {"topics": ("wiki.#",)}])
    def test_filters_hold(self, filters: dict[str, Any]) -> None:
        """A filter of the report is one of its log."""
        assert self.heard({}, self.REQUEST._replace(**filters)) == []


@pytest.fixture
def datagrepper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Datagrepper]:
    """A datagrepper, queried without pauses."""

    def quick(search: Any, _interval: float, report_: Any) -> Walk:
        return Walk(search, 0.0, report_, sleep=lambda _: None)

    monkeypatch.setattr(online, "Walk", quick)
    with Datagrepper(hang=5) as server:
        yield server


def test_datagrepper(datagrepper: Datagrepper, tmp_path: Path) -> None:
    """The range is read from datagrepper after an estimate, and nothing else of it."""
    config = tmp_path / "config.yml"
    config.write_text(json.dumps({"schemas": False, "gaps": {"url": datagrepper.url}}))
    datagrepper.add(
        Outgoing(TOPIC, {"agent": "ralph"}, {"sent-at": at}, f"id-{number}")
        for number, at in enumerate((AT, AT, "2026-01-30T12:00:00+00:00"))
    )
    done = report("user", "ralph", "--datagrepper", "--log", config=config)
    assert done.exit_code == 0, done.output
    assert "datagrepper: 24 hours, about 24 pages" in done.stderr
    assert ["", "", "", "messages", "2"] in values(done, "summary")
    assert len(values(done, "log")) == 4


def test_datagrepper_out_of_reach(tmp_path: Path) -> None:
    """Without a network the command says so in seconds, and ends with status 1."""
    config = tmp_path / "config.yml"
    with closing(socket.socket()) as silent:
        # Bound, so that nobody else takes the port; nothing listens on it.
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        config.write_text(json.dumps({"schemas": False, "gaps": {"url": url}}))
        begun = time.monotonic()
        done = report("user", "ralph", "--datagrepper", config=config)
    assert done.exit_code == 1
    assert f"{url}: cannot be reached: Connection refused, 2 times in a row" in done.stderr
    assert time.monotonic() - begun < 30
