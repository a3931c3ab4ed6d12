"""``fedmsg-exporter backup``: a consistent copy of the ledger, while the exporter runs."""

from pathlib import Path

import click

from ..ledger import LedgerError
from ..ledger.reader import back_up
from .exit_status import fail
from .options import config_option, load, state_option


@click.command()
@config_option
@state_option
@click.argument("target", type=click.Path(path_type=Path))
def backup(path: Path | None, state: str | None, target: Path) -> None:
    """Copy the ledger to a new file, while the exporter runs or not.

    The copy is of one moment. To restore it, stop the exporter, move away the
    ledger and the files that begin with its name, and put the copy in its place.
    """
    settings = load(path, {"state": state})
    if settings.state is None:
        fail(2, "no ledger found: set `state` in the config, or use --state")
    try:
        back_up(settings.state, target)
    except LedgerError as error:
        fail(4, str(error))
    click.echo(f"copied {settings.state} to {target}")
