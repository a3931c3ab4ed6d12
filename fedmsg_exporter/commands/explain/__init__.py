"""``fedmsg-exporter explain``: how each message is counted, who is credited, and why.

`mentions` chooses the messages, `explanation` says why they count as they do.
"""

import json
import sys
from pathlib import Path

import click

from ..exit_status import fail
from ..options import config_option, files_argument, load, naming_files
from ..recordings import Recordings
from .explanation import Explanation
from .mentions import Wanted


@click.command()
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    help="A table for people, or one JSON line per message. "
    "[default: table on a terminal, else json]",
)
@click.option(
    "--user",
    metavar="NAME",
    help="Only show messages that credit NAME or contain it as a word.",
)
@click.option(
    "--topic",
    "topics",
    metavar="PATTERN",
    multiple=True,
    help="Only show messages on matching topics (* is one word, # any number of words), "
    "with or without the prefix. Can be repeated.",
)
@click.option(
    "--id", "ids", metavar="ID", multiple=True, help="Only show this message. Can be repeated."
)
@files_argument
def explain(
    path: Path | None,
    form: str | None,
    user: str | None,
    topics: tuple[str, ...],
    ids: tuple[str, ...],
    files: tuple[str, ...],
) -> None:
    """Show how each message is counted, who is credited, and why.

    FILE is as for `count`.
    """
    if user is not None and not user.strip():
        fail(2, "--user: the name is empty")
    with naming_files(path):
        explanation = Explanation(load(path))
    wanted = Wanted(user, topics, ids)
    as_table = (form or ("table" if sys.stdout.isatty() else "json")) == "table"
    recordings = Recordings(files)
    read = shown = 0
    for read, message in enumerate(recordings.messages(), 1):  # noqa: B007  used below
        event = explanation.event(message)
        if wanted.has(message, event):
            shown += 1
            record = explanation.record(event)
            click.echo(explanation.table(event) if as_table else json.dumps(record))
    if not shown:
        click.echo(_nothing(read, str(wanted)), err=True)
    sys.exit(recordings.exit_status)


def _nothing(read: int, wanted: str) -> str:
    if not read:
        return "no messages found"
    return f"no message {wanted} ({read} read)"
