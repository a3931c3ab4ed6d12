"""A ledger that learns the ids of others counts nothing that they have counted."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from fedmsg_exporter.families import DUPLICATES, MESSAGES
from fedmsg_exporter.ledger import Ledger, LedgerError
from fedmsg_exporter.ledger.learning import learn
from tests.calling import invoke
from tests.events import event

NOW = 1_772_366_400.0


def ledger(path: Path, ids: Iterable[str], now: float = NOW) -> Path:
    """A ledger that has counted messages."""
    with closing(Ledger(path)) as opened:
        opened.record([event(id=one) for one in ids], now)
    return path


def test_what_others_counted_is_a_duplicate(tmp_path: Path) -> None:
    """Counts stay as they are, and what any of the others has counted adds nothing."""
    others = [ledger(tmp_path / "a", ["1", "2"]), ledger(tmp_path / "b", ["2", "3"])]
    path = tmp_path / "new"
    assert learn(path, others) == 4
    with closing(Ledger(path)) as new:
        assert new.counts.family(MESSAGES) == {}
        recorded = new.record([event(id=one) for one in "1234"], NOW)
        assert (recorded.counted, recorded.duplicates) == (1, 3)
        assert new.counts.family(DUPLICATES)[()].value == 3


def test_the_later_time_is_kept(tmp_path: Path) -> None:
    """An id that several ledgers have is remembered for as long as by the last of them."""
    others = [ledger(tmp_path / name, ["1"], now) for name, now in (("a", NOW + 9), ("b", NOW))]
    learn(tmp_path / "new", others)
    with closing(sqlite3.connect(tmp_path / "new")) as database:
        assert database.execute("SELECT seen FROM ids").fetchall() == [(int(NOW + 9),)]


def test_from_a_ledger_in_use(tmp_path: Path) -> None:
    """The other exporters may be running, the one that learns may not."""
    used = ledger(tmp_path / "used", ["1"])
    with closing(Ledger(used)):
        assert learn(tmp_path / "new", [used]) == 1
        with pytest.raises(LedgerError, match="another exporter uses this ledger"):
            learn(used, [tmp_path / "new"])


def test_all_or_nothing(tmp_path: Path) -> None:
    """Where one of the others cannot be read, nothing is learnt from any."""
    good, path = ledger(tmp_path / "good", ["1"]), ledger(tmp_path / "mine", ["9"])
    (tmp_path / "text").write_text("not a ledger at all, but a text that is long enough" * 20)
    for other, reason in (("missing", "no such file"), ("text", "file is not a database")):
        result = invoke("learn", "--state", str(path), str(good), str(tmp_path / other))
        assert result.exit_code == 4
        assert str(tmp_path / other) in result.stderr
        assert reason in result.stderr
    with closing(Ledger(path)) as mine:
        assert mine.record([event(id="1")], NOW).counted == 1


def test_the_command_says_what_it_learnt(tmp_path: Path) -> None:
    """It prints the number of ids and where they are from; a ledger cannot learn from itself."""
    good, path = ledger(tmp_path / "good", ["1", "2"]), tmp_path / "mine"
    result = invoke("learn", "--state", str(path), str(good))
    assert result.stdout == f"{path}: ids learnt from {good}: 2\n"
    assert "cannot learn from itself" in invoke("learn", "--state", str(good), str(good)).stderr
    assert invoke("learn", str(good)).exit_code == 2
