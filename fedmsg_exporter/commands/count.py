"""``fedmsg-exporter count``: the whole pipeline over recordings, without a broker."""

import dataclasses
import sys
import time
from contextlib import closing
from pathlib import Path

import click

from ..exposition import Exposition
from ..service.exporter import Exporter
from .options import config_option, files_argument, load, naming_files
from .recordings import Recordings


@click.command()
@config_option
@files_argument
def count(path: Path | None, files: tuple[str, ...]) -> None:
    """Count recorded messages, and print the metrics.

    The output is in Prometheus' text format.

    FILE is JSON lines, a JSON array or datagrepper pages, plain or compressed
    with gzip, xz, bzip2 or zstd; - is standard input.
    """
    settings = dataclasses.replace(load(path), state=None, new_series_hold=0)
    with naming_files(path):
        exporter = Exporter(settings)
    recordings = Recordings(files)
    with closing(exporter):
        for batch in recordings.batches():
            exporter.pipeline.take(batch)
        click.echo(Exposition(exporter.ledger, hold=0).render(time.time()), nl=False)
    sys.exit(recordings.exit_status)
