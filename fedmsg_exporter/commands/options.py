"""What several commands take: options, and the config that they name."""

from pathlib import Path
from typing import Any

import click

from .. import config
from ..config import Config
from ..document import DocumentError
from .exit_status import fail

config_option = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    help="The exporter's config file (YAML). "
    f"[default: ${config.VARIABLE}, else {config.DEFAULT_PATH} if it exists]",
)
state_option = click.option(
    "--state", metavar="PATH", help="Overrides `state` of the config, the ledger's file."
)
files_argument = click.argument("files", nargs=-1, required=True, metavar="FILE...")


def load(path: Path | None, overrides: dict[str, Any] | None = None) -> Config:
    """Load the config, or end with exit status 2 and every error in it."""
    try:
        return config.load(path, overrides or {})
    except DocumentError as error:
        fail(2, str(error))
