"""Commands whose standard input, output or error was closed by the parent process."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.calling import counted, line

PROGRAM = (sys.executable, "-m", "fedmsg_exporter")
CLOSED_OUTPUT = "the output cannot be written: standard output is closed\n"
CLOSED_INPUT = "standard input: cannot be read: it is closed\n"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A working folder with a recording."""
    (tmp_path / "a.jsonl").write_text(line(1))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def closed(redirection: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Call a command with closed streams, as a shell does it."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirection", "arguments", "status", "said"),
    [
        ("<&-", ("count", "-"), 2, CLOSED_INPUT),
        ("<&-", ("explain", "-", "a.jsonl"), 2, CLOSED_INPUT),
        ("<&-", ("run", "--source", "-", "--listen", "127.0.0.1:0"), 2, "it is closed"),
        (">&-", ("count", "a.jsonl"), 5, CLOSED_OUTPUT),
        (">&-", ("explain", "a.jsonl"), 5, CLOSED_OUTPUT),
        (">&-", ("check",), 5, CLOSED_OUTPUT),
        (">&-", ("simulate", "--messages", "1"), 5, CLOSED_OUTPUT),
        (">&-", ("--help",), 5, CLOSED_OUTPUT),
        (">&- <&-", ("count", "-"), 2, CLOSED_INPUT),
        (">&- 2>&- <&-", ("count", "a.jsonl"), 5, ""),
        ("2>&-", ("count", "nothing.jsonl"), 2, ""),
    ],
)
def test_closed_streams_end_with_a_message(
    redirection: str, arguments: tuple[str, ...], status: int, said: str
) -> None:
    """The command says what is closed; nothing is lost silently, and there is no traceback."""
    done = closed(redirection, *arguments)
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_closed_streams_that_are_not_needed_do_no_harm() -> None:
    """A command works without standard input and standard error."""
    done = closed("<&- 2>&-", "count", "a.jsonl")
    assert done.returncode == 0
    assert counted(done.stdout)["fedmsg_messages_total{bodhi,org.fedoraproject}"] == 1
