"""Imports that are stopped and resumed, by several processes, with their progress."""

import json
import lzma
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from fedmsg_exporter.commands import main
from fedmsg_exporter.commands.progress import Lines, Meter
from fedmsg_exporter.history import part, reading
from fedmsg_exporter.history.reading import Step
from fedmsg_exporter.history.units import PlacedMessage
from fedmsg_exporter.statistics.calendar import start_of
from harness import wait_until
from tests.exports import (
    FORMS,
    MONDAY,
    configured,
    content,
    export,
    known,
    recording,
    row,
    rows_of,
    run,
)


def command(state: Path, *arguments: object) -> list[str]:
    """The command line of an import in a process of its own."""
    config = ["--config", str(state.with_name("config.yml"))]
    start = [sys.executable, "-m", "fedmsg_exporter", "history", "import", *config]
    return [*start, *map(str, arguments)]


def in_one_go(folder: Path, *names: object) -> list[list[tuple[object, ...]]]:
    """What history holds after an import that nothing disturbs."""
    state = configured(folder)
    assert run(state, "import", *names).exit_code == 0
    return content(state)


# Going on.


class StopError(Exception):
    """Ends an import in the middle."""


def stopped(state: Path, monkeypatch: pytest.MonkeyPatch, after: int, *names: object) -> None:
    """Import until some messages were committed, and stop without any further ado."""
    monkeypatch.setattr(reading, "COMMIT_EVERY", 0.0)
    show = Lines.step

    def step(self: Lines, one: Step) -> None:
        show(self, one)
        if self.meter.messages >= after and not one.again:
            raise StopError

    with monkeypatch.context() as patched:
        patched.setattr(Lines, "step", step)
        done = run(state, "import", *names)
    assert isinstance(done.exception, StopError)


@pytest.fixture
def attributed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the messages that were attributed."""
    found: list[str] = []
    take = reading._Reader._without_live

    def seen(self: reading._Reader, batch: list[PlacedMessage]) -> list[PlacedMessage]:
        found.extend(one.id for _, _, one in batch)
        return take(self, batch)

    monkeypatch.setattr(reading._Reader, "_without_live", seen)
    return found


@pytest.mark.parametrize("form", FORMS)
def test_import_goes_on_inside_a_file(
    state: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    attributed: list[str],
    tmp_path: Path,
    form: str,
) -> None:
    """Stopped in the middle of a file, it attributes only the rest of it, and nothing is lost."""
    rows = [*rows_of(MONDAY, 5000), *rows_of(MONDAY, 10), row(MONDAY, 5000, timestamp="never")]
    rows = rows[:-1] if form == "recording" else rows
    path = folder / "big"
    path.write_bytes(lzma.compress(FORMS[form](folder, rows)))
    stopped(state, monkeypatch, 3000, path)
    assert "begun          3,000 messages read" in run(state, "status").output
    assert known(state) == ({}, ())
    attributed.clear()
    run(state, "import", path)
    assert len(attributed) == 2000
    assert sum(known(state)[0].values()) == 5000
    whole = configured(tmp_path / "whole")
    run(whole, "import", path)
    assert content(state) == content(whole)
    assert not part.folder(state.with_name("history.sqlite")).exists()


def test_file_that_changed_starts_over(
    state: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, attributed: list[str]
) -> None:
    """A file that is not the one that was begun is read from its beginning."""
    path = recording(folder / "big", rows_of(MONDAY, 3000))
    stopped(state, monkeypatch, 2000, path)
    recording(path, rows_of(MONDAY + 1, 3000))
    attributed.clear()
    assert run(state, "import", path).exit_code == 0
    assert len(attributed) == 3000
    assert {date for date, _ in known(state)[0]} == {MONDAY + 1}


def test_other_units_in_between(
    state: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, attributed: list[str]
) -> None:
    """A begun file goes on if another file covers another time, and starts over if the same."""
    path = recording(folder / "big", rows_of(MONDAY, 1400))
    stopped(state, monkeypatch, 1000, path)
    run(state, "import", export(folder, MONDAY + 5, [row(MONDAY + 5, 1)]))
    attributed.clear()
    stopped(state, monkeypatch, 1000, path)
    assert len(attributed) == 400
    run(state, "import", export(folder, MONDAY, rows_of(MONDAY, 1400)))
    done = run(state, "import", path)
    assert "0 messages" in done.output
    assert "1,400 known already" in done.output
    assert sum(known(state)[0].values()) == 1401


def test_part_hides_and_forgets(state: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is forgotten while a file is half read is not in its part either; `drop` deletes it."""
    path = recording(folder / "big", rows_of(MONDAY, 3000))
    stopped(state, monkeypatch, 1000, path)
    arguments = ["forget", "--config", str(state.with_name("config.yml")), "user7"]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    (there,) = part.parts(state.with_name("history.sqlite"))
    assert b"user7\x00" not in there.read_bytes().replace(b"user7person", b"user7\x00")
    assert run(state, "import", path).exit_code == 0
    assert "user7" not in {user for _, user in known(state)[0]}
    stopped(state, monkeypatch, 1000, recording(folder / "more", rows_of(MONDAY + 9, 3000)))
    assert run(state, "drop", "--yes").exit_code == 0
    assert not list(state.parent.glob("history*"))


@pytest.fixture
def many(folder: Path) -> Path:
    """Exports of some days, and a recording of several more."""
    for number in range(4):
        export(folder, MONDAY + number, rows_of(MONDAY + number, 1440))
    rows = [one for n in range(9) for one in rows_of(MONDAY + 6 + n, 1440)]
    recording(folder / "big", rows)
    return folder


def test_killed_at_fifty_points_it_ends_the_same(
    state: Path, many: Path, tmp_path: Path, testrun_uid: str
) -> None:
    """However often it is killed, and wherever, history is in the end as if made in one go."""
    arguments = ["history", "import", "--config", str(state.with_name("config.yml")), str(many)]
    kills = [sys.executable, "-m", "tests.killing", "50", testrun_uid[:4], "0.6", *arguments]
    kills[4] = str(int(testrun_uid[:8], 16))
    done = subprocess.run(kills, capture_output=True, text=True, check=True, timeout=300)
    assert int(done.stdout) < 50
    assert run(state, "import", many).exit_code == 0
    assert content(state) == in_one_go(tmp_path / "whole", many)
    assert not part.folder(state.with_name("history.sqlite")).exists()


# Several processes.


def test_jobs_give_the_same_result(state: Path, many: Path, tmp_path: Path) -> None:
    """With several processes, files that overlap included, history is the same in every row."""
    recording(many / "overlap", rows_of(MONDAY + 2, 1440) + rows_of(MONDAY + 3, 1440))
    arguments = command(state, "--jobs", 3, many)
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert content(state) == in_one_go(tmp_path / "whole", many)


def workers(process: "subprocess.Popen[str]") -> list[int]:
    """The processes that read for an import."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    every = [int(one) for one in path.read_text().split()]
    return [one for one in every if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def stuck(state: Path, many: Path) -> Iterator["subprocess.Popen[str]"]:
    """An import with two processes, one of which waits for a pipe."""
    os.mkfifo(many.parent / "pipe")
    arguments = command(state, "--jobs", 2, many.parent / "pipe", many)
    with subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        wait_until(lambda: len(workers(process)) == 2, 60, "two processes")
        # It reads ahead as far as it may, while the pipe has its turn.
        parts = part.folder(state.with_name("history.sqlite"))
        wait_until(lambda: len(list(parts.glob("*"))) >= 3, 60, "parts")
        yield process
        if process.poll() is None:
            process.kill()


def test_process_that_crashes_is_reported_with_its_file(
    stuck: "subprocess.Popen[str]", state: Path, many: Path
) -> None:
    """A process that is killed costs its file, which is named; the others are imported."""
    for one in workers(stuck):
        os.kill(one, signal.SIGKILL)
    _, errors = stuck.communicate(timeout=120)
    assert stuck.returncode == 1
    assert "pipe: the process that read it was killed by SIGKILL" in errors
    assert "run the same command to resume" in errors
    assert run(state, "import", many).exit_code == 0
    assert sum(known(state)[0].values()) == 13 * 1440


def test_ctrl_c_ends_all_processes(stuck: "subprocess.Popen[str]", state: Path) -> None:
    """Ctrl-C in a terminal reaches all processes: all end, and the command says how to go on."""
    there = workers(stuck)
    os.killpg(stuck.pid, signal.SIGINT)
    _, errors = stuck.communicate(timeout=60)
    assert stuck.returncode == 1
    assert errors == "stopped; complete files are kept, and the same command resumes the import\n"
    assert not any(map(alive, there))


def test_no_process_outlives_the_import(stuck: "subprocess.Popen[str]", state: Path) -> None:
    """When the import is killed, the processes that read for it end."""
    there = workers(stuck)
    stuck.kill()
    wait_until(lambda: not any(map(alive, there)), 30, "their end")


def test_ctrl_c_keeps_what_is_complete(state: Path, many: Path, tmp_path: Path) -> None:
    """Stopped by Ctrl-C, it goes on to the same end."""
    with subprocess.Popen(command(state, many), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "complete" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode in (0, 1)
    assert run(state, "import", many).exit_code == 0
    assert content(state) == in_one_go(tmp_path / "whole", many)


# Progress.


def test_progress_says_rate_date_and_time_left() -> None:
    """The rest takes as long as what is done, in proportion; what is skipped takes no time."""
    meter = Meter(total=1100, begun=100)
    meter.skip(100)
    meter.step(Step("a", 200, 500, start_of(MONDAY)))
    meter.finish("a")
    meter.step(Step("b", 50, 250, start_of(MONDAY + 1)))
    assert meter.text(200) == "750 messages, 8/s, at 2026-01-06, 0:05:00 left"


def test_progress_says_when_it_reads_again() -> None:
    """What an earlier attempt read is read again, which is shown as such until it is over."""
    meter = Meter(total=1000, begun=100)
    meter.step(Step("a", 100, 4000, start_of(MONDAY), again=True))
    assert meter.text(110).startswith("4,000 messages, 400/s, reading up to where it stopped, at ")
    meter.step(Step("a", 200, 5000, start_of(MONDAY)))
    assert "reading up to" not in meter.text(120)


def test_resumed_import_says_that_it_reads_again(
    state: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to where it was, each step is marked, with the messages that were read."""
    path = recording(folder / "big", rows_of(MONDAY, 4000))
    stopped(state, monkeypatch, 3000, path)
    steps: list[Step] = []
    monkeypatch.setattr(Lines, "step", lambda _, one: steps.append(one))
    assert run(state, "import", path).exit_code == 0
    assert [(one.messages, one.again) for one in steps] == [
        *((number, True) for number in (1000, 2000, 3000)),
        (4000, False),
    ]


def test_line_a_minute_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A log gets one line a minute."""
    times = iter([0.0, *range(30, 600, 30)])
    lines = Lines(total=1000, clock=lambda: next(times))
    for number in range(10):
        lines.step(Step("a", 100 * number, number, start_of(MONDAY)))
    assert capsys.readouterr().err.count("\n") == 5


def test_bar_on_a_terminal(state: Path, many: Path) -> None:
    """On a terminal there is a bar, and the standard output stays what it is without one."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(state, many),
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # how a terminal says that nobody writes any more
            pass
        assert process.stdout is not None
        assert process.stdout.read().count(b"complete") == 5
    os.close(ours)
    assert b"messages, " in shown
    assert b"%" in shown
    assert json.dumps(shown.decode()).count("complete") == 0
