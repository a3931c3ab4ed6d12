"""Days out of datagrepper: hour by hour, whatever datagrepper does meanwhile."""

import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from fedmsg_exporter.commands.history import online
from fedmsg_exporter.sources.datagrepper.plan import Page, Query, Trouble
from fedmsg_exporter.sources.datagrepper.walk import Unavailable, Walk
from fedmsg_exporter.statistics.calendar import start_of
from fedmsg_exporter.statistics.coverage import Span
from harness import Datagrepper, Outgoing
from harness.datagrepper import FAILURES, pages
from tests.exports import MONDAY, TOPIC, configured, export, known, row, run

BEGIN = start_of(MONDAY)
HOUR = 3600


def sent(number: int, at: float) -> Outgoing:
    """A message with the id that `tests.exports` gives to one of that minute."""
    headers = {"sent-at": datetime.fromtimestamp(at, UTC).isoformat()}
    return Outgoing(TOPIC, {"agent": "ralph"}, headers, f"{MONDAY}-{number}")


def each_minute(number: int) -> list[Outgoing]:
    """A message in each minute, the first at midnight; several share a second."""
    return [sent(n, BEGIN + 60 * n) for n in range(number)]


@pytest.fixture
def datagrepper() -> Iterator[Datagrepper]:
    with Datagrepper(hang=5) as server:
        yield server


@pytest.fixture
def state(tmp_path: Path, datagrepper: Datagrepper) -> Path:
    gaps = f"gaps: {{url: '{datagrepper.url}', request_interval: 0, timeout: 1}}\n"
    return configured(tmp_path, gaps)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between attempts take no time: the clock jumps."""
    jumped = [0.0]

    def sleep(seconds: float) -> None:
        jumped[0] += seconds

    quick = partial(Walk, clock=lambda: time.time() + jumped[0], sleep=sleep)
    monkeypatch.setattr(online, "Walk", quick)


Fetch = Callable[..., Result]


@pytest.fixture
def fetch(state: Path) -> Fetch:
    def fetched(start: str, end: str, *more: str) -> Result:
        return run(state, "import", "--from", start, "--to", end, *more)

    return fetched


def test_hours_are_units(state: Path, datagrepper: Datagrepper, fetch: Fetch) -> None:
    """Each hour counts as a whole; both ends of a query are included, and nothing counts twice."""
    datagrepper.add(each_minute(400))
    done = fetch("2026-01-05", "2026-01-05T05:30")
    assert done.exit_code == 0, done.output
    assert "datagrepper: 6 hours, about 6 pages in 0:00:0" in done.output
    assert done.output.count("complete, 60 messages") == 5
    assert known(state) == ({(MONDAY, "ralph"): 330}, (Span(BEGIN, BEGIN + 5.5 * HOUR),))
    shown = run(state, "status").output
    assert shown.count("datagrepper") == 1
    assert "330 messages  0 known, 0 duplicate, 0 damaged" in shown


def test_what_is_known_is_not_queried(
    state: Path, datagrepper: Datagrepper, fetch: Fetch, tmp_path: Path
) -> None:
    """Only the gaps of history are read, and a second time nothing is."""
    datagrepper.add(each_minute(1440))
    run(state, "import", export(tmp_path, MONDAY, [row(MONDAY, n) for n in range(1440)]))
    assert "known already" in fetch("2026-01-05T03:00", "2026-01-05T09:00").output
    assert datagrepper.requests == []
    fetch("2026-01-05T20:00", "2026-01-06T02:00")
    asked = {(start - BEGIN) / HOUR for start, _, _ in pages(datagrepper.requests)}
    assert asked == {24, 25}


@pytest.mark.parametrize("failure", FAILURES)
def test_failures_are_retried(
    state: Path, datagrepper: Datagrepper, fetch: Fetch, failure: str
) -> None:
    """Whatever goes wrong for a while, in the estimate or in a page, everything arrives once."""
    datagrepper.add([sent(n, BEGIN + 10 * n) for n in range(720)])
    datagrepper.failures += [failure, "", "", failure, "", failure, failure, ""]
    done = fetch("2026-01-05", "2026-01-05T02:00")
    assert done.exit_code == 0, done.output
    # A redirection that leads somewhere the second time is no trouble.
    assert ("1 of 6 times; will retry" in done.output) == (failure != "302")
    assert known(state)[0] == {(MONDAY, "ralph"): 720}


def test_pages_that_shift(state: Path, datagrepper: Datagrepper, fetch: Fetch) -> None:
    """Messages of one second come in another order on each page: none is lost, none twice."""
    datagrepper.add([sent(n, BEGIN + 600) for n in range(350)])
    assert fetch("2026-01-05", "2026-01-05T01:00").exit_code == 0
    assert known(state)[0] == {(MONDAY, "ralph"): 350}


def test_totals_that_change(
    state: Path, datagrepper: Datagrepper, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What arrives at datagrepper while an hour is read, and belongs to it, is counted."""
    datagrepper.add([sent(n, BEGIN + n) for n in range(0, 1000, 2)])
    late = iter(range(1, 1000, 2))
    search = datagrepper.search

    def growing(query: dict[str, str]) -> dict[str, Any]:
        if query["order"] == "asc" and len(datagrepper._rows) < 560:
            datagrepper.add(sent(n, BEGIN + n) for n in [next(late) for _ in range(10)])
        return search(query)

    monkeypatch.setattr(datagrepper, "search", growing)
    assert fetch("2026-01-05", "2026-01-05T01:00").exit_code == 0
    assert known(state)[0] == {(MONDAY, "ralph"): 560}


def test_it_gives_up_and_goes_on(state: Path, datagrepper: Datagrepper, fetch: Fetch) -> None:
    """An hour that datagrepper does not give is not counted; the same command goes on there."""
    datagrepper.add(each_minute(240))
    datagrepper.failures += [""] * 5 + ["502"] * 20
    done = fetch("2026-01-05", "2026-01-05T04:00")
    assert done.exit_code == 1
    assert "status 502: '<html><body><h1>Service Unavailable</h1></body></html>', 12 times" in (
        done.output
    )
    assert known(state) == ({(MONDAY, "ralph"): 60}, (Span(BEGIN, BEGIN + HOUR),))
    datagrepper.failures.clear()
    assert fetch("2026-01-05", "2026-01-05T04:00").exit_code == 0
    assert known(state)[0] == {(MONDAY, "ralph"): 240}


def test_datagrepper_that_is_down(state: Path, datagrepper: Datagrepper, fetch: Fetch) -> None:
    """Where there is no estimate, nothing is begun, and the reason is named."""
    datagrepper.failures += ["502"] * 9
    done = fetch("2026-01-05", "2026-01-05T04:00")
    assert (done.exit_code, "6 times in a row; try again later" in done.output) == (1, True)


def test_latest_messages_may_be_missing(
    state: Path, datagrepper: Datagrepper, fetch: Fetch
) -> None:
    """Near the present, datagrepper must have something newer: it may be behind."""
    end = int(time.time()) - 600
    datagrepper.add([sent(1, end - 60)])
    start, until = (datetime.fromtimestamp(at, UTC).isoformat() for at in (end - 3600, end))
    done = fetch(start, until)
    assert (done.exit_code, "use an earlier --to" in done.output) == (1, True)
    datagrepper.add([sent(2, end + 60)])
    assert fetch(start, until).exit_code == 0


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ("2011-01-01", "2026-01-05", "--from: 2011-01-01 00:00:00 is before 2012-01-01 00:00:00"),
        ("2999-01-01", "2999-01-05", "--from: 2999-01-01 00:00:00 is too late; datagrepper is"),
        ("0000-01-01", "2026-01-05", "--from: '0000-01-01' is not a valid time"),
        ("", "2026-01-05", "--from: '' is not a valid time"),
        ("2026-01-05", "2026-01-05", "--from: 2026-01-05 00:00:00 is not before"),
        ("2026-01-05", "2999-01-05", "--to: 2999-01-05 00:00:00 is too late; datagrepper is"),
        ("then", "2026-01-05", "--from: 'then' is not a valid time"),
    ],
)
def test_times_that_cannot_be(fetch: Fetch, start: str, end: str, reason: str) -> None:
    """Times are checked before anything is read."""
    done = fetch(start, end)
    assert (done.exit_code, reason in done.output) == (2, True), done.output


def test_year_needs_a_confirmation(state: Path, datagrepper: Datagrepper, fetch: Fetch) -> None:
    """What takes longer than an hour is refused without --yes, and says what to do instead."""
    datagrepper.add(each_minute(10))
    state.with_name("config.yml").write_text(
        f"state: ledger.sqlite\nschemas: false\ngaps: {{url: '{datagrepper.url}'}}\n"
    )
    done = fetch("2025-01-05", "2026-01-05")
    assert done.exit_code == 2
    assert re.search("datagrepper: 8760 hours, about 8,760 pages in [2-9]:", done.output)
    assert "for years, import datanommer's daily exports or its dump" in done.output
    assert "confirm it with --yes" in done.output
    assert not list(pages(datagrepper.requests))


def test_terminal_is_asked(state: Path, datagrepper: Datagrepper) -> None:
    """On a terminal, a question takes the place of --yes."""
    text = state.with_name("config.yml").read_text().replace("interval: 0", "interval: 1")
    state.with_name("config.yml").write_text(text)
    arguments = ["--config", str(state.with_name("config.yml")), "--from", "2023-01-05"]
    command = [sys.executable, "-m", "fedmsg_exporter", "history", "import", *arguments]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*command, "--to", "2024-01-05"], stdin=theirs, stderr=subprocess.PIPE, text=True
    ) as process:
        os.write(ours, b"n\n")
        _, errors = process.communicate(timeout=200)
    assert process.returncode == 1
    assert "Go on? [y/N]" in errors
    os.close(ours)
    os.close(theirs)


def test_estimate_looks_at_a_few_hours() -> None:
    """Of many hours eight are looked at; the time goes by responses, or by the interval."""
    asked: list[Query] = []
    now = [0.0]

    def search(query: Query) -> Page | Trouble:
        asked.append(query)
        now[0] += 2
        return Page((), 1, 3600)

    def sleep(seconds: float) -> None:
        now[0] += seconds

    slow = Walk(search, 1, print, lambda: now[0], sleep)
    estimate = slow.estimate([Span(HOUR * n, HOUR * (n + 1)) for n in range(8760)])
    assert len(asked) == 8
    assert estimate == (8760 * 36, 8760 * 36 * 3)


def test_trouble_without_end_is_an_end() -> None:
    """After twelve failures in a row the walk ends, with the last reason."""
    waited: list[float] = []
    clock = [0.0]

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    one = Walk(lambda _: Trouble("status 502"), 1, lambda _: None, lambda: clock[0], sleep)
    with pytest.raises(Unavailable, match="status 502, 12 times in a row"):
        list(one.pages(Span(0, HOUR)))
    assert 1000 < sum(waited) < 7200


def test_without_a_connection_the_end_comes_in_seconds() -> None:
    """Before any page came, a network that is not there is not waited for."""
    waited: list[float] = []
    offline = Trouble("cannot be reached: Connection refused", is_unreachable=True)
    one = Walk(lambda _: offline, 1, lambda _: None, lambda: 0.0, waited.append)
    with pytest.raises(Unavailable, match="cannot be reached: Connection refused, 2 times"):
        one.estimate([Span(0, HOUR)])
    assert sum(waited) < 10


def test_what_responds_badly_is_given_a_minute() -> None:
    """An error of the server may be over soon."""
    waited: list[float] = []
    one = Walk(lambda _: Trouble("status 502"), 1, lambda _: None, lambda: 0.0, waited.append)
    with pytest.raises(Unavailable, match="status 502, 6 times"):
        one.estimate([Span(0, HOUR)])
    assert 30 < sum(waited) < 120
