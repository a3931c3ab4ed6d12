"""What several commands share: options, and loading the config that they name."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from .. import config
from ..config import Config
from ..config.origin import Origin
from ..document import DocumentError
from ..message import parse_time
from .exit_status import fail


def time_of(_context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """The time given for an option, in epoch seconds; ends the command if it is not valid."""
    seconds = None if text is None else parse_time(text)
    if text is not None and seconds is None:
        example = "2026-01-31T12:00:00+00:00"
        fail(2, f"{option.opts[0]}: {text!r} is not a valid time; expected e.g. {example}")
    return seconds


def _finite(_context: click.Context, _option: click.Parameter, number: float) -> float:
    if not math.isfinite(number):
        raise click.BadParameter(f"{number} is not a valid rate; expected e.g. 0.5")
    return number


config_option = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    help="The exporter's config file (YAML). "
    f"[default: ${config.VARIABLE}, else {config.DEFAULT_PATH} if it exists]",
)
state_option = click.option(
    "--state",
    metavar="PATH",
    type=click.Path(),
    help="Ledger file; overrides `state` in the config.",
)
seed_option = click.option("--seed", default=1, show_default=True, help="Seed of the simulation.")
people_option = click.option(
    "--people",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Number of people in the simulation.",
)
rate_option = click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    callback=_finite,
    default=1.0,
    show_default=True,
    help="Mean messages per second in the simulation; Fedora's bus has about 1.",
)
start_option = click.option(
    "--start",
    metavar="TIME",
    callback=time_of,
    help="Start time of the simulation (ISO 8601). [default: now]",
)
files_argument = click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(allow_dash=True)
)


def load(path: Path | None, overrides: dict[str, Any] | None = None) -> Config:
    """Load the config, or end with exit status 2 and every error in it."""
    try:
        return config.load(path, overrides or {})
    except DocumentError as error:
        fail(2, _named(error, path))


def load_with_ledger(path: Path | None, state: str | None) -> tuple[Config, Path]:
    """Load the config for a command that needs a ledger; ends with status 2 without one."""
    settings = load(path, {"state": state})
    if settings.state is None:
        fail(2, "no ledger: set `state` in the config, or use --state")
    return settings, settings.state


def _named(error: DocumentError, path: Path | None) -> str:
    """The errors in a config; for a missing file, with the option or variable that named it."""
    asked_for = path or os.environ.get(config.VARIABLE)
    (first, *_) = error.problems
    if first.file == str(asked_for) and first.line is None and not first.key:
        return f"{'--config' if path else f'${config.VARIABLE}'}: {error}"
    return str(error)


@contextmanager
def naming_files(path: Path | None) -> Iterator[None]:
    """End with status 2 on an error in a file named by the config at ``path``.

    A file that cannot be read is reported at the line that names it.
    """
    try:
        yield
    except DocumentError as error:
        fail(2, str(Origin(path).traced(error)))
