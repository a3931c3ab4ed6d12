"""History is deleted as a whole, or by days that can be imported again."""

from contextlib import closing
from pathlib import Path

import pytest

from fedmsg_exporter.history.store import HistoryReader
from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.statistics.calendar import iso
from tests.activity import day_rows, hour_rows
from tests.exports import (
    MONDAY,
    Row,
    configured,
    export,
    known,
    recording,
    row,
    run,
)


def test_drop_deletes_history_only(state: Path, folder: Path) -> None:
    """History is deleted with all its files; the ledger stays."""
    export(folder, MONDAY, [row(MONDAY, 1)])
    Ledger(state).close()
    run(state, "import", folder)
    assert run(state, "drop", "--yes").exit_code == 0
    assert not list(state.parent.glob("history*"))
    assert state.exists()
    assert run(state, "drop", "--yes").exit_code == 4


def rows_at(*dates: int) -> list[Row]:
    """On each day two messages of ralph, and one of someone who was there on that day only."""
    return [
        row(date, number, user)
        for date in dates
        for number, user in ((1, "ralph"), (2, "ralph"), (3, f"user{date}"))
    ]


def by_name(state: Path) -> list[object]:
    """Everything in history, by name instead of number."""
    with closing(HistoryReader(state.with_name("history.sqlite"), "all")) as history:
        tables = history.activity
        users = {name: seen[1:] for name, seen in tables.users().items()}
        names = {seen.number: name for name, seen in tables.users().items()}
        moments = [
            (one.slot, names.get(one.user, ""), one.messages)
            for one in history.moments.between(0, 9e9)
        ]
        return [day_rows(tables), hour_rows(tables), users, sorted(moments), tables.known()]


@pytest.mark.parametrize("dropped", [(0, 1), (2, 4), (4, 5), (0, 5), (1, 2)])
def test_dropped_days_are_as_if_never_imported(
    state: Path, folder: Path, tmp_path: Path, dropped: tuple[int, int]
) -> None:
    """Days, hours, moments, users and coverage are exact, and another import brings all back."""
    start, end = (MONDAY + one for one in dropped)
    other = configured(tmp_path / "other")
    for date in range(MONDAY, MONDAY + 5):
        path = export(folder, date, rows_at(date))
        if not start <= date < end:
            assert run(other, "import", path).exit_code == 0
    assert run(state, "import", folder).exit_code == 0
    whole = by_name(state)
    done = run(state, "drop", "--from", iso(start), "--to", iso(end), "--yes")
    number = 3 * (end - start)
    assert (done.exit_code, done.output) == (
        0,
        f"deleted {number} messages from {iso(start)} 00:00:00 to {iso(end)} 00:00:00\n",
    )
    if number < 15:
        assert by_name(state) == by_name(other)
    assert run(state, "import", folder).output.count("imported before, skipped") == 5 - number // 3
    assert by_name(state) == whole


def test_file_with_other_days_too_is_reduced(state: Path, folder: Path) -> None:
    """A file that reaches beyond the days that are dropped is imported again for these only."""
    path = recording(folder / "week.jsonl", rows_at(*range(MONDAY, MONDAY + 3)))
    assert run(state, "import", path).exit_code == 0
    whole = by_name(state)
    day = "--from", iso(MONDAY + 1), "--to", iso(MONDAY + 2)
    done = run(state, "drop", *day, "--yes")
    assert f"{path}: these days of it are gone; import it again to have them back" in done.output
    assert "reduced " in run(state, "status").output
    again = run(state, "import", path)
    assert "complete, 3 messages" in again.output
    assert "6 known already" in again.output
    assert "reduced " not in run(state, "status").output
    assert by_name(state) == whole


def test_dropping_days_is_asked_about(state: Path, folder: Path) -> None:
    """Without `--yes` there is a question that names the days; where nothing is known, nothing."""
    run(state, "import", recording(folder / "one.jsonl", [row(MONDAY, 1)]))
    day = "--from", iso(MONDAY + 1), "--to", iso(MONDAY + 2)
    refused = run(state, "drop", *day, stdin=b"n\n")
    assert (
        "Delete history from 2026-01-06 00:00:00 to 2026-01-07 00:00:00? [y/N]: n" in refused.output
    )
    assert refused.exit_code == 1
    done = run(state, "drop", *day, stdin=b"y\n")
    assert "nothing is known from 2026-01-06 00:00:00" in done.output
    assert known(state)[0] == {(MONDAY, "ralph"): 1}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--from", "2026-01-05"), "name both --from and --to"),
        (("--to", "2026-01-05"), "name both --from and --to"),
        (("--from", "2026-01-05", "--to", "2026-01-05"), "--from: 2026-01-05 is not before --to"),
        (("--from", "2026-01-05T12:00", "--to", "2026-01-06"), "within a day; name whole days"),
        (("--from", "monday", "--to", "2026-01-06"), "--from: 'monday' is not a valid time"),
    ],
)
def test_days_to_drop_that_cannot_be(state: Path, arguments: tuple[str, ...], reason: str) -> None:
    """A mistake in the days deletes nothing."""
    done = run(state, "drop", *arguments, "--yes")
    assert (done.exit_code, reason in done.output) == (2, True)
