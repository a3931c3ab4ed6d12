"""``fedmsg-exporter backup``: a consistent copy of the ledger, even while the exporter runs."""

from pathlib import Path

import click

from ..ledger import LedgerError
from ..ledger.reader import back_up
from .exit_status import fail
from .options import config_option, load_with_ledger, state_option


@click.command()
@config_option
@state_option
@click.argument("target", type=click.Path(path_type=Path))
def backup(path: Path | None, state: str | None, target: Path) -> None:
    """Copy the ledger to a new file, even while the exporter runs.

    The copy is a consistent snapshot. To restore it, stop the exporter, move the
    ledger and all files whose names begin with its name out of the way, and put
    the copy in its place.
    """
    _, ledger = load_with_ledger(path, state)
    try:
        back_up(ledger, target)
    except LedgerError as error:
        fail(4, str(error))
    click.echo(f"copied {ledger} to {target}")
