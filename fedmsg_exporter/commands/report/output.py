"""Where a report goes: standard output, or a file that is either whole or not there."""

import os
import shutil
import stat
import sys
from contextlib import suppress
from pathlib import Path

import click

from ...report.formats import FORMATS, format_of, render
from ...report.model import Report
from ..exit_status import fail

#: The width of text that does not go to a terminal.
_WIDTH = 100


def format_for(output: Path | None, asked: str | None) -> str:
    """The format that was asked for, or the file's. Ends with status 2 if there is none."""
    if asked:
        return asked
    if output is None or str(output) == "-":
        return "text"
    found = format_of(output)
    if found is None:
        suffixes = ", ".join(one for several in FORMATS.values() for one in several)
        fail(2, f"-o: {output}: cannot tell the format from this name; use one of {suffixes}")
    return found


def write(report: Report, output: Path | None, format_: str) -> None:
    """Write a report. Ends with status 5 if the file cannot be written, and leaves none then."""
    if output is None or str(output) == "-":
        click.echo(render(report, format_, width=_width(), colour=_is_coloured()), nl=False)
        return
    text = render(report, format_, width=_WIDTH)
    try:
        _replace(output, text)
    except OSError as error:
        fail(5, f"{output}: cannot be written: {error.strerror or error}")


def _is_coloured() -> bool:
    """Whether there is a terminal that may be coloured (https://no-color.org)."""
    return (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def _width() -> int:
    return shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH


def _replace(output: Path, text: str) -> None:
    """Write a file next to it first: a reader sees the old one or the new one. Raises OSError."""
    # Path.resolve() is a bug of its own on links in a circle.
    real = Path(os.path.realpath(output))
    if real.exists() and not stat.S_ISREG(real.stat().st_mode):
        real.write_text(text, encoding="utf-8", newline="")
        return
    young = real.with_name(f".{real.name}.{os.getpid()}.new")
    try:
        with young.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if real.exists():
            shutil.copymode(real, young)
        young.rename(real)
    finally:
        with suppress(FileNotFoundError):
            young.unlink()
