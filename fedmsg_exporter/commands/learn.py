"""``fedmsg-exporter learn``: add the ids in other ledgers, before an exporter joins theirs."""

from pathlib import Path

import click

from ..ledger import LedgerError
from ..ledger.learning import learn as learn_ids
from .exit_status import fail
from .options import config_option, load_with_ledger, state_option


@click.command()
@config_option
@state_option
@click.argument("ledgers", nargs=-1, required=True, type=click.Path(path_type=Path))
def learn(path: Path | None, state: str | None, ledgers: tuple[Path, ...]) -> None:
    """Add the ids of messages that other ledgers have counted.

    These messages will not be counted again here. For an exporter that is about to
    join others. The ledger is created if necessary; its counts do not change. The
    other exporters may be running.
    """
    _, ledger = load_with_ledger(path, state)
    try:
        number = learn_ids(ledger, ledgers)
    except LedgerError as error:
        fail(4, str(error))
    click.echo(f"{ledger}: ids learnt from {', '.join(map(str, ledgers))}: {number}")
