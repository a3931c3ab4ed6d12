import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.families import MESSAGES, REJECTED, USERS
from fedmsg_exporter.ledger import Ledger, LedgerError, Recorded
from fedmsg_exporter.ledger.file import set_aside
from fedmsg_exporter.ledger.formats import APPLICATION_ID, FORMAT, STEPS
from fedmsg_exporter.ledger.known import text_of
from tests.events import event

NOW = 2_000_000.0
DAY = 86_400.0
WIKI = ("org.fedoraproject", "wiki")


def messages(ledger: Ledger) -> float:
    return sum(series.value for series in ledger.counts.family(MESSAGES).values())


def test_counts_outlive_the_process(path: Path) -> None:
    """A ledger that is opened again continues where it was."""
    first = Ledger(path)
    first.record([event("wiki", "ralph"), event("wiki", rejected="json")], NOW)
    first.close()
    second = Ledger(path)
    second.record([event("wiki", "ralph")], NOW)
    assert second.counts.family(MESSAGES)[WIKI].value == 2
    assert second.counts.family(USERS)["wiki", "ralph", "person"].value == 2
    assert second.counts.family(REJECTED)["json",].value == 1
    second.close()


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([["a", "b"], ["b", "c"]], [(2, 0), (1, 1)]),
        ([["a", "a", "a"]], [(1, 2)]),
        ([["a"], ["a"], ["a"]], [(1, 0), (0, 1), (0, 1)]),
        ([["", ""], [""]], [(2, 0), (1, 0)]),
        ([[]], [(0, 0)]),
    ],
    ids=["overlapping", "within a batch", "again and again", "without an id", "empty"],
)
def test_each_id_counts_once(
    ledger: Ledger, batches: list[list[str]], expected: list[tuple[int, int]]
) -> None:
    """A message counts once, however often its id comes; without an id, each time."""
    recorded = [ledger.record([event("wiki", id=i) for i in batch], NOW) for batch in batches]
    assert recorded == [Recorded(*each) for each in expected]
    assert messages(ledger) == sum(counted for counted, _ in expected)


def test_ids_outlive_the_process(path: Path) -> None:
    """A message that comes again after a restart is still recognised."""
    for counted in (1, 0):
        ledger = Ledger(path)
        assert ledger.record([event(id="once")], NOW).counted == counted
        ledger.close()


def test_rejected_messages_count_once_too(ledger: Ledger) -> None:
    """A message that is rejected again is not counted again."""
    ledger.record([event(id="bad", rejected="json"), event(id="bad", rejected="json")], NOW)
    assert ledger.counts.family(REJECTED)["json",].value == 1


def test_batch_is_all_or_nothing(ledger: Ledger, path: Path) -> None:
    """When the file refuses in the middle of a batch, nothing of the batch has happened."""
    ledger.record([event("wiki", id="first")], NOW)
    ledger._database.execute(
        "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.series "
        "BEGIN SELECT RAISE(ABORT, 'refused'); END"
    )
    batch = [event("wiki", id="first"), event("new", id="second")]
    with pytest.raises(LedgerError, match="refused"):
        ledger.record(batch, NOW)
    assert messages(ledger) == 1
    ledger._database.execute("DROP TRIGGER refuse")
    assert ledger.record(batch, NOW) == Recorded(1, 1)
    assert messages(ledger) == 2


def test_second_exporter_is_refused(ledger: Ledger, path: Path) -> None:
    """Two exporters on one ledger would overwrite each other, so the second is refused."""
    ledger.record([event()], NOW)
    with pytest.raises(LedgerError, match="another exporter uses this ledger"):
        Ledger(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda p: p.write_bytes(b"not a database, but long" * 50),
            "not a database",
        ),
        (lambda p: p.mkdir(), "a folder, not a file"),
        (
            lambda p: _table(p, "CREATE TABLE other (x)"),
            "not a ledger; set `state` to another file",
        ),
        (lambda p: _table(p, f"PRAGMA application_id = {APPLICATION_ID}", newer=True), "newer"),
        (lambda p: p.touch(), "is empty; the ledger is damaged.*fedmsg-exporter reset"),
    ],
    ids=["scribbled", "folder", "another's database", "newer format", "empty"],
)
def test_unfit_file_is_refused(path: Path, make: object, message: str) -> None:
    """A file that is not a ledger of ours is left alone, and the message says what to do."""
    make(path)  # type: ignore[operator]
    with pytest.raises(LedgerError, match=message) as caught:
        Ledger(path)
    assert str(path) in str(caught.value)


def _table(path: Path, statement: str, *, newer: bool = False) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE IF NOT EXISTS t (x)")
    database.execute(statement)
    if newer:
        database.execute(f"PRAGMA user_version = {FORMAT + 1}")
    database.commit()
    database.close()


def test_old_ids_are_forgotten_eventually(path: Path) -> None:
    """After keep_ids, and one sweep over all ids, older ones are gone and younger ones are kept."""
    ledger = Ledger(path, keep_ids=DAY, synchronous="off")
    now = 1_800_000_000.0
    ledger.record([event(id=f"old-{n}", sent_at=now) for n in range(500)], now)
    later = now + DAY
    ledger.record([event(id=f"young-{n}", sent_at=later) for n in range(500)], later)
    for _ in range(4096):
        ledger.record([event(id="young-1", sent_at=later + 1)], later + 1)
    (left,) = ledger._database.execute("SELECT count(*) FROM ids").fetchone()
    assert left == 500
    assert ledger.record([event(id="young-7")], later + 2).duplicates == 1
    ledger.close()


def test_clock_that_no_message_confirms_forgets_no_ids(path: Path) -> None:
    """A start with a clock a year ahead, before the first message, forgets nothing."""
    now = 1_800_000_000.0
    with closing(Ledger(path, keep_ids=DAY, synchronous="off")) as ledger:
        ledger.record([event(id=f"{n}", sent_at=now) for n in range(500)], now)
    with closing(Ledger(path, keep_ids=DAY, synchronous="off")) as ledger:
        for _ in range(4096):
            ledger.record([], now + 366 * DAY)
        again = [event(id=f"{n}", sent_at=now + 1) for n in range(500)]
        assert ledger.record(again, now + 366 * DAY).duplicates == 500


@pytest.mark.parametrize("off", [-30 * DAY, 30 * DAY], ids=["behind", "ahead"])
def test_a_wrong_clock_forgets_no_ids(path: Path, off: float) -> None:
    """A clock that is wrong while messages are counted, and right again, forgets none of them."""
    now = 1_800_000_000.0
    ledger = Ledger(path, keep_ids=7 * DAY, synchronous="off")
    ledger.record([event(id="early", sent_at=now - DAY)], now - DAY)
    ledger.record([event(id="wrong", sent_at=now)], now + off)
    for _ in range(4096):
        ledger.record([], now + off)
    ledger.record([event(id="right", sent_at=now)], now)
    for _ in range(4096):
        ledger.record([], now)
    again = [event(id=name, sent_at=now) for name in ("early", "wrong", "right")]
    assert ledger.record(again, now).duplicates == 3
    ledger.close()


def test_shown_series_stay_shown(path: Path) -> None:
    """That a series was shown at its value is remembered over a restart."""
    ledger = Ledger(path)
    ledger.record([event("wiki", "ralph"), event("wiki", "mizmo")], NOW)
    users = ledger.counts.family(USERS)
    ledger.show([users["wiki", "ralph", "person"]])
    ledger.close()
    again = Ledger(path)
    shown = {labels[1]: series.shown for labels, series in again.counts.family(USERS).items()}
    assert shown == {"ralph": True, "mizmo": False}
    again.close()


@given(st.lists(st.text(st.characters(codec=None)), max_size=20))
def test_any_text_may_be_an_id(ids: list[str]) -> None:
    """Ids of any text count once each, including lone surrogates."""
    ledger = Ledger()
    recorded = ledger.record([event(id=i) for i in ids], NOW)
    assert recorded.counted == len({i for i in ids if i}) + ids.count("")
    ledger.close()


def test_older_format_is_migrated(path: Path) -> None:
    """A file of format 1 is opened with all its counts, and migrated to the present format."""
    database = sqlite3.connect(path)
    database.executescript(
        STEPS[1]
        + f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;"
        + """INSERT INTO series VALUES
            (7, 'fedmsg_messages_total', '["org.fedoraproject", "wiki"]', 41, 1)"""
    )
    database.close()
    ledger = Ledger(path)
    ledger.record([event("wiki")], NOW)
    assert messages(ledger) == 42
    ledger.note("name", "text")
    assert ledger.noted("name") == "text"
    ledger.close()


def test_truncated_file_is_refused(path: Path) -> None:
    """A file that lost its second half is not taken for a smaller ledger."""
    ledger = Ledger(path)
    ledger.record([event(user=f"user{n}") for n in range(2000)], NOW)
    ledger.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LedgerError, match="the ledger is damaged"):
        Ledger(path)
    assert path.stat().st_size == len(whole) // 2


def test_setting_aside_keeps_the_old_file(path: Path) -> None:
    """After that a new ledger can begin, and the old file is complete under its new name."""
    path.write_bytes(b"scribbled over" * 999)
    assert set_aside(path, ".old") == [path.with_name("ledger.sqlite.old")]
    assert path.with_name("ledger.sqlite.old").read_bytes() == b"scribbled over" * 999
    ledger = Ledger(path)
    assert messages(ledger) == 0
    ledger.close()


def test_nothing_to_set_aside(path: Path) -> None:
    """Without a ledger, none is set aside and none is created."""
    assert set_aside(path, ".old") == []
    assert list(path.parent.iterdir()) == []


def test_ledger_in_use_is_not_set_aside(ledger: Ledger, path: Path) -> None:
    """A ledger is not taken away from the exporter that uses it."""
    with pytest.raises(LedgerError, match="another exporter uses this ledger"):
        set_aside(path, ".old")
    assert ledger.record([event()], NOW).counted == 1


@given(st.lists(st.text(max_size=9), max_size=4).map(tuple))
def test_labels_are_stored_as_json(labels: tuple[str, ...]) -> None:
    """Whatever label values are, their text is the one that `json.dumps` gives."""
    assert text_of(labels) == json.dumps(labels)


def test_notes_outlive_the_process(path: Path) -> None:
    """A note survives a restart, in its last version."""
    for text in ("first", "second"):
        ledger = Ledger(path)
        ledger.note("groups", text)
        ledger.close()
    ledger = Ledger(path)
    assert (ledger.noted("groups"), ledger.noted("other")) == ("second", None)
    ledger.close()


def test_the_start_outlives_the_process(path: Path) -> None:
    """The creation time of a ledger is recorded once."""
    for now in (NOW, NOW + DAY):
        ledger = Ledger(path)
        assert ledger.begun(now) == NOW
        ledger.record([event("wiki", "ralph")], now)
        ledger.close()


def test_an_older_ledger_has_no_start(ledger: Ledger) -> None:
    """The age of existing counts is unknown."""
    ledger.record([event("wiki", "ralph")], NOW)
    assert ledger.begun(NOW) == 0


def test_clock_that_no_message_confirms_deletes_no_activity(path: Path) -> None:
    """A message that does not say when it was sent does not confirm a clock that is years ahead."""
    now = 1_800_000_000.0
    for sent_at, clock in ((now, now), (None, now + 1200 * DAY)):
        with closing(Ledger(path, keep_activity=14 * DAY)) as ledger:
            for _ in range(3):
                ledger.record([event(sent_at=sent_at)], clock)
            assert ledger.activity.oldest() == now // DAY
    with closing(Ledger(path, keep_activity=14 * DAY)) as ledger:
        ledger.record([event(sent_at=now + 15 * DAY)], now + 15 * DAY)
        assert ledger.activity.oldest() == now // DAY + 15
