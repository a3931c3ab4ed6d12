"""Log lines: their time, their priority, and that a machine reads back what was logged."""

import json
import logging
import os
import re
import sys
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.commands import logs

PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"]+)(?: |$)')
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def record(text: str, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("name", level, "/x/bus.py", 7, text, None, None)


def failed() -> logging.LogRecord:
    """A record with an exception."""
    one = record("a scrape failed")
    try:
        int("why")
    except ValueError:
        one.exc_info = sys.exc_info()
    return one


def logfmt(line: str) -> dict[str, str]:
    """The pairs of a line, read as Loki reads them; nothing else is on it."""
    assert "".join(found[0] for found in PAIR.finditer(line)) == line
    pairs = PAIR.findall(line)
    return {key: json.loads(value) if value[0] == '"' else value for key, value in pairs}


def test_text_has_the_time_with_its_zone() -> None:
    """A line of text begins with an ISO time with its offset from UTC, then the level."""
    line = logs.formatter("text").format(record("not consuming: no broker"))
    time, rest = line.split(" ", 1)
    assert rest == "WARNING not consuming: no broker"
    assert datetime.fromisoformat(time).utcoffset() is not None


@pytest.mark.parametrize("form", ["logfmt", "json"])
@given(text=TEXTS)
def test_machines_read_what_was_logged(form: str, text: str) -> None:
    """Whatever is logged is on one line, with the keys of slog, and can be read back."""
    line = logs.formatter(form).format(record(text))
    assert len(line.splitlines()) == 1
    found = logfmt(line) if form == "logfmt" else json.loads(line)
    assert list(found) == ["time", "level", "source", "msg"]
    assert (found["level"], found["source"], found["msg"]) == ("WARNING", "bus.py:7", text)
    assert datetime.fromisoformat(found["time"]).utcoffset() is not None


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_an_exception_stays_on_the_line(form: str) -> None:
    """A traceback has a key of its own, in full."""
    line = logs.formatter(form).format(failed())
    assert "\n" not in line
    found = logfmt(line) if form == "logfmt" else json.loads(line)
    assert found["exception"].startswith("Traceback")
    assert found["exception"].endswith("ValueError: invalid literal for int() with base 10: 'why'")


@pytest.mark.parametrize(
    ("level", "priority"),
    [
        (logging.DEBUG, 7),
        (logging.INFO, 6),
        (logging.WARNING, 4),
        (logging.ERROR, 3),
        (logging.CRITICAL, 2),
    ],
)
@pytest.mark.parametrize("form", logs.FORMATS)
def test_the_journal_gets_priorities(form: str, level: int, priority: int) -> None:
    """Each line begins with the priority that the journal knows."""
    line = logs.formatter(form, journal=True).format(record("text", level))
    assert line.startswith(f"<{priority}>")
    if form == "text":
        assert line == f"<{priority}>text"


def test_each_line_of_a_traceback_has_the_priority() -> None:
    """The journal takes lines apart: without a priority the rest would count as information."""
    lines = logs.formatter("text", journal=True).format(failed()).splitlines()
    assert len(lines) > 2
    assert all(line.startswith("<4>") for line in lines)


def test_the_journal_is_recognised(tmp_path: Path) -> None:
    """It is what JOURNAL_STREAM names; a file that standard error was redirected to is not."""
    with (tmp_path / "log").open("w") as log, (tmp_path / "other").open("w") as other:
        found = os.fstat(log.fileno())
        environment = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        assert logs.is_journal(log, environment)
        assert not logs.is_journal(other, environment)
        assert not logs.is_journal(log, {})
        assert not logs.is_journal(log, {"JOURNAL_STREAM": "nonsense"})
    assert not logs.is_journal(log, environment)
