"""What several commands take: options, and the config that they name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from .. import config
from ..config import Config
from ..document import DocumentError
from .exit_status import fail
from .origin import Origin

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
    help="Overrides `state` of the config, the ledger's file.",
)
files_argument = click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(allow_dash=True)
)


def load(path: Path | None, overrides: dict[str, str | None] | None = None) -> Config:
    """Load the config, or end with exit status 2 and every error in it."""
    try:
        return config.load(path, overrides or {})
    except DocumentError as error:
        fail(2, str(error))


@contextmanager
def naming_files(path: Path | None) -> Iterator[None]:
    """End with status 2 on an error in a file that the config at a path names.

    A file that cannot be read is reported where the config names it.
    """
    try:
        yield
    except DocumentError as error:
        fail(2, str(Origin(path).traced(error)))
