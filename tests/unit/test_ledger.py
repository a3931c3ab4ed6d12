import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.families import MESSAGES, REJECTED, USERS
from fedmsg_exporter.ledger import Ledger, LedgerError, Recorded
from tests.events import event

NOW = 2_000_000.0
DAY = 86_400.0
WIKI = ("org.fedoraproject", "wiki")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    ledger = Ledger(path)
    yield ledger
    ledger.close()


def messages(ledger: Ledger) -> float:
    return sum(series.value for series in ledger.counts.family(MESSAGES).values())


def test_counts_outlive_the_process(path: Path) -> None:
    """A ledger that is opened again goes on from where it was."""
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
    """Two exporters on one ledger would undo each other: the second is told so."""
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
        (lambda p: p.mkdir(), "unable to open"),
        (lambda p: _table(p, "CREATE TABLE other (x)"), "not a ledger; name another file"),
        (lambda p: _table(p, "PRAGMA user_version = 99"), "newer exporter"),
    ],
    ids=["scribbled", "folder", "another's database", "newer format"],
)
def test_unfit_file_is_refused(path: Path, make: object, message: str) -> None:
    """A file that is no ledger of ours is left alone, and the message says what to do."""
    make(path)  # type: ignore[operator]
    with pytest.raises(LedgerError, match=message) as caught:
        Ledger(path)
    assert str(path) in str(caught.value)


def _table(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE IF NOT EXISTS t (x)")
    database.execute(statement)
    database.commit()
    database.close()


def test_old_ids_are_forgotten_in_time(path: Path) -> None:
    """After keep_ids, and one sweep over all ids, none older is left, and younger ones are."""
    ledger = Ledger(path, keep_ids=DAY, synchronous="off")
    ledger.record([event(id=f"old-{n}") for n in range(500)], NOW)
    ledger.record([event(id=f"young-{n}") for n in range(500)], NOW + DAY)
    for _ in range(4096):
        ledger.record([], NOW + DAY + 1)
    (left,) = ledger._database.execute("SELECT count(*) FROM ids").fetchone()
    assert left == 500
    assert ledger.record([event(id="young-7")], NOW + DAY + 2).duplicates == 1
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
    """Ids of any text count once each, lone surrogates and all."""
    ledger = Ledger()
    recorded = ledger.record([event(id=i) for i in ids], NOW)
    assert recorded.counted == len({i for i in ids if i}) + ids.count("")
    ledger.close()
