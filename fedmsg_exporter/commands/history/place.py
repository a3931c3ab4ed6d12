"""What the commands of history share: which file, and how times and numbers are written."""

from pathlib import Path

import click

from ...config import Config
from ...report.formats.values import counted
from ...statistics.calendar import utc
from ..exit_status import fail
from ..options import load

file_option = click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    help="The file of history. [default: history.sqlite next to the ledger]",
)


def target_of(path: Path | None, state: str | None, file: Path | None) -> tuple[Config, Path]:
    """The config, and the file of history; ends with status 2 if neither names it."""
    settings = load(path, {"state": state})
    target = file or settings.history
    if target is None:
        fail(2, "no place for history: set `state` in the config, or use --file")
    return settings, target


def messages(number: int) -> str:
    """A number of messages."""
    return counted(number, "message", "messages")


def moment(seconds: float | None) -> str:
    """A time in UTC, to the second."""
    if seconds is None:
        return "never"
    return utc(seconds)
