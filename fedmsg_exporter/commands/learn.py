"""``fedmsg-exporter learn``: the ids of other ledgers, before an exporter joins them."""

from pathlib import Path

import click

from ..ledger import LedgerError
from ..ledger.learning import learn as learn_ids
from .exit_status import fail
from .options import config_option, load, state_option


@click.command()
@config_option
@state_option
@click.argument("ledgers", nargs=-1, required=True, type=click.Path(path_type=Path))
def learn(path: Path | None, state: str | None, ledgers: tuple[Path, ...]) -> None:
    """Add the ids of messages counted in other ledgers, so that they do not count here again.

    For an exporter that joins others, before it starts. The ledger is created if
    necessary; its counts do not change. The other exporters may be running.
    """
    settings = load(path, {"state": state})
    if settings.state is None:
        fail(2, "no ledger found: set `state` in the config, or use --state")
    try:
        number = learn_ids(settings.state, ledgers)
    except LedgerError as error:
        fail(4, str(error))
    click.echo(f"{settings.state}: learnt {number} ids from {len(ledgers)} ledgers")
