"""History keeps, for the last eight weeks before the ledger, when messages were sent."""

import json
import random
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.commands import main
from fedmsg_exporter.history.export.counters import HourCounter
from fedmsg_exporter.history.moments import EVERYBODY, SLOT, SLOTS, MomentTable
from fedmsg_exporter.history.store import HistoryReader
from fedmsg_exporter.ledger import Ledger

DAY = 86_400
BEGUN = 1_763_458_080.0
TOPIC = "org.fedoraproject.prod.bodhi.update.comment"

#: Slot, user ("" for everybody) and messages.
Kept = list[tuple[int, str, int]]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A ledger that began at a known time."""
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger(path)
    ledger.begun(BEGUN)
    ledger.close()
    return path


def imported(state: Path, name: str, *sent: tuple[float, str]) -> None:
    """Import a recording: times before the ledger in seconds, and users."""
    path = state.with_name(name)
    lines = []
    for number, (ago, user) in enumerate(sent):
        at = datetime.fromtimestamp(BEGUN - ago, UTC).isoformat()
        one = {"topic": TOPIC, "id": f"{name}-{number}", "body": {"agent": user}}
        lines.append(json.dumps({**one, "headers": {"sent-at": at}}))
    path.write_text("\n".join(lines))
    called("history", "import", "--state", state, path)


def called(*arguments: object) -> None:
    done = CliRunner().invoke(main, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output


def kept(state: Path) -> Kept:
    """Everything that is kept."""
    with closing(HistoryReader(state.with_name("history.sqlite"), "all")) as history:
        names = {seen.number: name for name, seen in history.activity.users().items()}
        return [
            (one.slot, "" if one.user == EVERYBODY else names[one.user], one.messages)
            for one in history.moments.between(0, 2 * BEGUN)
        ]


def slot(ago: float) -> int:
    return int((BEGUN - ago) // SLOT)


def test_the_last_weeks_are_kept_by_four_minutes(state: Path) -> None:
    """Each message is in its four minutes, for its user and for everybody; earlier ones are not."""
    imported(state, "a", (90 * DAY, "ralph"), (50 * DAY, "kevin"), (60, "ralph"), (59, "ralph"))
    assert kept(state) == [
        (slot(50 * DAY), "", 1),
        (slot(50 * DAY), "kevin", 1),
        (slot(60), "", 2),
        (slot(60), "ralph", 2),
    ]


def test_sources_add_up(state: Path) -> None:
    """Users and topics of a second source have the numbers of the first, wherever it has others."""
    imported(state, "a", (900, "kevin"), (800, "ralph"))
    imported(state, "b", (500, "ralph"), (490, "mizmo"), (481, ""))
    assert [one for one in kept(state) if one[0] >= slot(500)] == [
        (slot(500), "", 3),
        (slot(500), "ralph", 1),
        (slot(500), "mizmo", 1),
    ]


def test_forgotten_users_are_merged(state: Path) -> None:
    """`forget` moves the messages of a user to the others, and everybody's stay."""
    imported(state, "a", (60, "ralph"), (60, "kevin"), (59, "ralph"))
    for name in ("ralph", "kevin"):
        called("forget", "--state", state, name)
    assert kept(state) == [(slot(60), "", 3), (slot(60), "__other__", 3)]


def test_files_from_before_have_none(state: Path) -> None:
    """A file of history without the table can be read, and imported into."""
    imported(state, "a", (900, "kevin"))
    file = state.with_name("history.sqlite")
    with closing(sqlite3.connect(file)) as database:
        database.execute("DROP TABLE moments")
        assert list(MomentTable(database).between(0, 2 * BEGUN)) == []
    imported(state, "b", (60, "ralph"))
    assert kept(state) == [(slot(60), "", 1), (slot(60), "ralph", 1)]


def test_exported_counters_are_right_at_every_sample(state: Path) -> None:
    """Each counter of the text has the messages up to its time, less those up to the ledger."""
    rng = random.Random(3)
    sent = sorted((rng.uniform(1, 3 * DAY), rng.choice(["ralph", "kevin", ""])) for _ in range(300))
    imported(state, "a", *sent)
    folder = state.with_name("texts")
    called("history", "export", "--state", state, "--format", "openmetrics", folder)
    found = set()
    for name, at, value in samples(folder):
        if name in NAMES:
            sending = [BEGUN - ago for ago, user in sent if NAMES[name] in (None, user)]
            assert value == sum(one < at for one in sending) - len(sending), (name, at)
            found.add(name)
    assert found == NAMES.keys()


@given(st.lists(st.integers(0, 3 * 3600 - 1)))
def test_slots_make_a_counter_exact(seconds: list[int]) -> None:
    """At the end of each slot a counter of hours has exactly what was sent before."""
    counter = HourCounter(0, 0, 4 * 3600.0)
    for hour in range(3):
        here = [one % 3600 for one in seconds if one // 3600 == hour]
        counter.add(hour, len(here), [sum(s // SLOT == n for s in here) for n in range(SLOTS)])
    for at in range(0, 3 * 3600 + 1, SLOT):
        assert counter.at(at) == sum(one < at for one in seconds)


def test_slots_of_a_part_of_an_hour_are_not_used() -> None:
    """Where moments are known for only some of an hour's messages, they are spread evenly."""
    counter = HourCounter(0, 0, 7200.0)
    counter.add(0, 4, [2, *[0] * (SLOTS - 1)])
    assert [counter.at(minute * 60) for minute in (0, 15, 30, 60)] == [0, 1, 2, 4]


_CATEGORY = 'category="bodhi"'
#: Series of the text, and whose messages they count; None for everybody's.
NAMES = {
    f'fedmsg_messages_total{{{_CATEGORY},domain="org.fedoraproject"}}': None,
    f'fedmsg_topic_messages_total{{{_CATEGORY},topic="bodhi.update.comment"}}': None,
    f'fedmsg_user_messages_total{{{_CATEGORY},kind="person",user="ralph"}}': "ralph",
    f'fedmsg_user_messages_total{{{_CATEGORY},kind="person",user="kevin"}}': "kevin",
}


def samples(folder: Path) -> Iterator[tuple[str, int, float]]:
    """Series without the labels of the target, times and values."""
    for path in folder.iterdir():
        for line in path.read_text().splitlines():
            if not line.startswith("#"):
                series, value, at = line.rsplit(" ", 2)
                name, _, labels = series.rstrip("}").partition("{")
                own = sorted(re.findall(r'(?!job|instance)\b\w+="[^"]*"', labels))
                yield f"{name}{{{','.join(own)}}}", int(at), float(value)
