"""``fedmsg-exporter history``: years from before the ledger, in a separate file.

`importing` reads files, `online` days from datagrepper, and `outcomes` says what became of
them; `status` shows what is known, `export` writes blocks, `drop` deletes; `place` says which
file history is.
"""

import click

from .drop import drop_
from .export import export_
from .importing import import_
from .status import status


@click.group()
def history() -> None:
    """Manage activity from before the ledger began."""


history.add_command(import_)
history.add_command(export_)
history.add_command(status)
history.add_command(drop_)
