"""The exporter's start next to history: what was active before is there at 0."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedmsg_exporter import config
from fedmsg_exporter.families import (
    GROUPS,
    LAST_MESSAGE,
    MESSAGES,
    TOPICS,
    USER_FIRST,
    USER_LAST,
    USERS,
    Family,
    Labels,
)
from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.statistics.calendar import day, start_of
from fedmsg_exporter.statistics.coverage import Span
from tests.events import event
from tests.past import fill

DAY, HOUR = 86400, 3600
START = start_of(day("2026-01-05"))
#: The ledger begins half an hour after history ends.
END = START + 100 * DAY
BEGAN = END + HOUR / 2
START_METRIC = "fedmsg_exporter_ledger_start_timestamp_seconds"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ledger that has just begun, next to a history of a hundred days."""
    (tmp_path / "groups.yml").write_text("docs: [alice]\n")
    with_ledger(tmp_path)
    sent = [
        event("bodhi", "alice", sent_at=END - 3 * DAY),
        event("bodhi", "alice", sent_at=START + DAY),
        event("copr", "alice", topic="build", sent_at=END - 90 * DAY),
        event("copr", "bob", topic="build", sent_at=START + 2 * DAY),
        event("git", None, topic="push", sent_at=END - HOUR),
    ]
    fill(tmp_path / "history.sqlite", sent, Span(START, END))
    return tmp_path


def with_ledger(folder: Path) -> None:
    ledger = Ledger(folder / "ledger.sqlite")
    ledger.begun(BEGAN)
    ledger.close()


Values = dict[tuple[Family, Labels], float]


class Started:
    """An exporter's series right after its start."""

    def __init__(self, exporter: Exporter) -> None:
        counts = exporter.ledger.counts
        families = MESSAGES, TOPICS, USERS, GROUPS, USER_FIRST, USER_LAST, LAST_MESSAGE
        self.exporter = exporter
        self.values: Values = {
            (family, labels): series.value
            for family in families
            for labels, series in counts.family(family).items()
        }
        found = [line for line in exporter.metrics().splitlines() if START_METRIC in line]
        self.since = float(found[-1].split()[-1])


def started(folder: Path, now: float = BEGAN + 60, more: str = "") -> Iterator[Started]:
    path = folder / "config.yml"
    path.write_text(f"state: ledger.sqlite\nschemas: false\ngroups: {{file: groups.yml}}\n{more}")
    exporter = Exporter(config.load(path), clock=lambda: now, ticks=lambda: now)
    yield Started(exporter)
    exporter.close()


def start(folder: Path, now: float = BEGAN + 60, more: str = "") -> Started:
    """Start and stop an exporter."""
    (one,) = started(folder, now, more)
    return one


def test_what_was_active_in_eight_weeks_is_there_at_zero(folder: Path) -> None:
    """Categories, topics, users and groups of the eight weeks before the ledger began."""
    values = start(folder).values
    assert {
        (MESSAGES, ("org.fedoraproject", "git")): 0,
        (TOPICS, ("git", "git.push")): 0,
        (USERS, ("bodhi", "alice", "person")): 0,
        (GROUPS, ("bodhi", "docs")): 0,
        (LAST_MESSAGE, ("org.fedoraproject", "git")): END - HOUR,
        (USER_FIRST, ("alice", "person")): START + DAY,
        (USER_LAST, ("alice", "person")): END - 3 * DAY,
    }.items() <= values.items()
    assert [labels for family, labels in values if family is USERS] == [
        ("bodhi", "alice", "person")
    ]
    assert (TOPICS, ("copr", "copr.build")) not in values


def test_series_are_opened_until_the_ledger_is_eight_weeks_old(folder: Path) -> None:
    """A second start opens them, too; later nothing looks back at them any more."""
    assert start(folder).values == start(folder, BEGAN + 55 * DAY).values
    assert (USERS, ("bodhi", "alice", "person")) not in start(folder, BEGAN + 57 * DAY).values


def test_who_is_known_from_history_is_not_new(folder: Path) -> None:
    """A user who comes back after months has the first message of history."""
    for one in started(folder, BEGAN + 90 * DAY):
        comes = event("copr", "bob", topic="build", sent_at=BEGAN + 89 * DAY)
        one.exporter.ledger.record([comes], BEGAN + 90 * DAY)
        counts = one.exporter.ledger.counts
        assert counts.family(USER_FIRST)["bob", "person"].value == START + 2 * DAY
        assert counts.family(USER_LAST)["bob", "person"].value == BEGAN + 89 * DAY


def test_who_was_counted_before_the_import_is_not_new_either(folder: Path) -> None:
    """A first message that the ledger has already moves back at the next start."""
    past = (folder / "history.sqlite").rename(folder / "later.sqlite")
    for one in started(folder):
        one.exporter.ledger.record([event(user="alice", sent_at=BEGAN)], BEGAN + 1)
    past.rename(folder / "history.sqlite")
    assert start(folder).values[USER_FIRST, ("alice", "person")] == START + DAY
    assert start(folder, more="history: false\n").values[USER_FIRST, ("alice", "person")] == (
        START + DAY
    )


def test_time_without_a_gap_begins_with_history(folder: Path) -> None:
    """Less than an hour before the ledger's beginning is not a gap, as activity has hours."""
    assert start(folder).since == START


def test_gap_ends_the_time_without_one(folder: Path) -> None:
    """Only what follows the last gap of history counts as known since then."""
    (folder / "history.sqlite").unlink()
    spans = Span(START, START + 50 * DAY), Span(START + 52 * DAY, END)
    fill(folder / "history.sqlite", [event(sent_at=START)], *spans)
    assert start(folder).since == START + 52 * DAY
    (folder / "history.sqlite").unlink()
    fill(folder / "history.sqlite", [event(sent_at=START)], Span(START, END - HOUR))
    assert start(folder).since == BEGAN


@pytest.mark.parametrize(
    ("more", "since"),
    [("history: false\n", BEGAN), ("history: other.sqlite\n", BEGAN), ("history: true\n", START)],
)
def test_history_is_where_the_config_says(folder: Path, more: str, since: float) -> None:
    """By default next to the ledger; false is none, and a missing file as well."""
    assert start(folder, more=more).since == since


def test_limits_hold(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What would exceed a limit is not opened, which is logged; the busiest come first."""
    (folder / "history.sqlite").unlink()
    sent = [event(user=name, sent_at=END - HOUR) for name in ("a1", "b1", "c1", "b1")]
    fill(folder / "history.sqlite", sent, Span(START, END))
    values = start(folder, more="limits: {users: 2}\n").values
    assert [labels[1] for family, labels in values if family is USERS][:1] == ["b1"]
    assert sum(family is USERS for family, _ in values) == 2
    assert sum(family is USER_FIRST for family, _ in values) == 2
    assert "1 series of history are not opened at 0" in caplog.text


@pytest.mark.parametrize("mode", ["none", "hashed"])
def test_people_who_are_hidden_stay_hidden(folder: Path, mode: str) -> None:
    """Nobody is opened by name under a setting that hides names, at once at the first start."""
    values = start(folder, more=f"users: {{expose: {mode}}}\n").values
    assert "alice" not in str(values)
    assert any(family is USERS for family, _ in values) == (mode == "hashed")


def test_history_that_cannot_be_read_is_reported(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The exporter starts without it."""
    caplog.set_level(logging.WARNING)
    (folder / "history.sqlite").write_text("not a database, but some text that is long enough")
    assert start(folder).since == BEGAN
    assert "history is not used" in caplog.text
