"""``fedmsg-exporter explain``: what attribution makes of each message, and why."""

import json
import sys
from pathlib import Path

import click

from ..document import DocumentError
from .exit_status import fail
from .explanation import Explanation, concerns
from .options import config_option, files_argument, load
from .recordings import Recordings


@click.command()
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    help="For people, or one JSON line a message. [default: table on a terminal, else json]",
)
@click.option("--user", metavar="NAME", help="Only show messages that mention NAME.")
@files_argument
def explain(path: Path | None, form: str | None, user: str | None, files: tuple[str, ...]) -> None:
    """Show what attribution makes of each message, and why.

    FILE is as for `count`.
    """
    try:
        explanation = Explanation(load(path))
    except DocumentError as error:
        fail(2, str(error))
    as_table = (form or ("table" if sys.stdout.isatty() else "json")) == "table"
    recordings = Recordings(files)
    for message in recordings.messages():
        event = explanation.event(message)
        if user is None or concerns(message, event, user):
            record = explanation.record(event)
            click.echo(explanation.table(event) if as_table else json.dumps(record))
    sys.exit(recordings.exit_status)
