"""``fedmsg-exporter forget``: remove a person from the ledger, for good."""

from pathlib import Path

import click

from ..attribution.names import fas_name
from ..event import INVALID
from ..ledger import LedgerError
from ..service import parts
from .exit_status import fail
from .options import config_option, load_with_ledger, state_option


@click.command()
@config_option
@state_option
@click.argument("user")
def forget(path: Path | None, state: str | None, user: str) -> None:
    """Remove a person from the ledger for good.

    Their counts move to __other__, and future messages will not be counted under
    this name either. Stop the exporter first. What Prometheus has stored must be
    deleted in Prometheus.
    """
    settings, ledger = load_with_ledger(path, state)
    name = fas_name(user)
    past = settings.history
    if not (ledger.exists() or (past and past.exists())):
        fail(2, f"no ledger: {ledger} does not exist; check `state` or --state")
    if name in (None, INVALID):
        fail(2, f"{user!r} is not a valid FAS name")
    try:
        found = parts.forget(settings, str(name))
    except LedgerError as error:
        fail(4, str(error))
    if not any(found):
        fail(
            1,
            f"{name}: no series in {ledger} has this name; check the spelling. "
            "Future messages under this name will be hidden anyway.",
        )
    also = ", and the name in the history" if found.in_history else ""
    click.echo(f"forgot {name}: {found.series} series{also}")
