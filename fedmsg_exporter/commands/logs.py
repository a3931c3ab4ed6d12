"""Formats of log lines: text for people, logfmt and JSON for machines, one record per line.

The keys are those of Go's slog, which Prometheus uses. Under systemd each line begins
with its priority, which the journal strips; text then has no time, since the journal
adds its own.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TextIO

#: The formats of a line.
FORMATS = ("text", "logfmt", "json")

#: The journal's priorities (sd-daemon(3)), each with the lowest level that gets it.
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG = 7
_TEXT = "%(asctime)s %(levelname)s %(message)s"
_BARE = re.compile(r"[^\s=\"\\\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def set_up(level: str, form: str) -> None:
    """Log to standard error from now on, at a level and in one of `FORMATS`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(form, journal=is_journal(sys.stderr, os.environ)))
    logging.basicConfig(level=level.upper(), handlers=[handler])


def formatter(form: str, *, journal: bool = False) -> logging.Formatter:
    """The formatter for one of `FORMATS`, with priorities for the ``journal``."""
    forms: dict[str, type[logging.Formatter]] = {"logfmt": _Logfmt, "json": _Json}
    if journal:
        return _Journal(forms.get(form, logging.Formatter)())
    return forms.get(form, _Text)()


def is_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a stream leads to the journal, whose device and inode systemd announces."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


class _Text(logging.Formatter):
    """Time with the offset from UTC, level and message."""

    def __init__(self) -> None:
        super().__init__(_TEXT)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  logging's names
        """The time in ISO 8601, to the millisecond."""
        return _time(record)


class _Logfmt(logging.Formatter):
    """``key=value``; a value is quoted with JSON's escapes unless it is a bare word."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        return " ".join(f"{key}={_quoted(value)}" for key, value in _fields(self, record))


class _Json(logging.Formatter):
    """A JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        return json.dumps(dict(_fields(self, record)))


class _Journal(logging.Formatter):
    """Another formatter's lines, each with its priority."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        prefix = f"<{_priority(record.levelno)}>"
        return "\n".join(prefix + line for line in self._inner.format(record).split("\n"))


def _fields(form: logging.Formatter, record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    yield "time", _time(record)
    yield "level", record.levelname
    yield "source", f"{record.filename}:{record.lineno}"
    yield "msg", record.getMessage()
    if record.exc_info:
        yield "exception", form.formatException(record.exc_info)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")


def _priority(level: int) -> int:
    return next((priority for least, priority in _PRIORITIES if level >= least), _DEBUG)


def _quoted(text: str) -> str:
    if _BARE.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029]", lambda one: f"\\u{ord(one[0]):04x}", quoted)
