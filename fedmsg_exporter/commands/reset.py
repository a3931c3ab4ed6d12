"""``fedmsg-exporter reset``: start again after the ledger was damaged."""

import time
from pathlib import Path

import click

from ..ledger import LedgerError
from ..ledger.file import set_aside
from .exit_status import fail


@click.command()
@click.argument("ledger", type=click.Path(path_type=Path))
def reset(ledger: Path) -> None:
    """Set a damaged ledger aside, so that `run` starts with a new one.

    The old file is kept, with the time added to its name. All counts start at 0.
    """
    suffix = time.strftime(".%Y%m%dT%H%M%SZ", time.gmtime())
    try:
        kept = set_aside(ledger, suffix)
    except LedgerError as error:
        fail(4, str(error))
    if not kept:
        fail(4, f"{ledger}: no such file")
    for path in kept:
        click.echo(f"kept {path}")
