"""``fedmsg-exporter count``: the whole pipeline over recordings, without a broker."""

import dataclasses
import sys
import time
from contextlib import closing
from pathlib import Path

import click

from ..document import DocumentError
from ..exposition import Exposition
from ..service.exporter import Exporter
from .exit_status import fail
from .options import config_option, files_argument, load
from .recordings import Recordings


@click.command()
@config_option
@files_argument
def count(path: Path | None, files: tuple[str, ...]) -> None:
    """Count recorded messages once, and print the exposition text.

    FILE is JSON lines, a JSON array or datagrepper pages, plain, gzip or xz;
    - is standard input.
    """
    settings = dataclasses.replace(load(path), state=None, new_series_hold=0)
    try:
        exporter = Exporter(settings)
    except DocumentError as error:
        fail(2, str(error))
    recordings = Recordings(files)
    with closing(exporter):
        for batch in recordings.batches():
            exporter.pipeline.take(batch)
        click.echo(Exposition(exporter.ledger, hold=0).render(time.time()), nl=False)
    sys.exit(recordings.exit_status)
