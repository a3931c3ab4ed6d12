"""``fedmsg-exporter history``: years from before the ledger, in a separate file."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import click

from ..document import DocumentError
from ..history.importing import Importer, Outcome, sources
from ..history.store import History, HistoryError, Imported, drop
from ..ledger import LedgerError
from ..service.past import past
from .exit_status import fail
from .history_export import export_
from .history_file import file_option, target_of
from .options import config_option, state_option

#: How often progress is shown, in seconds.
_EVERY = 60.0

#: How many damaged messages of a file are shown one by one.
_SHOWN = 10


@click.group()
def history() -> None:
    """Manage activity from before the ledger began."""


@history.command("import")
@config_option
@state_option
@file_option
@click.argument("names", nargs=-1, required=True, metavar="SOURCE...")
def import_(
    path: Path | None, state: str | None, file: Path | None, names: tuple[str, ...]
) -> None:
    """Import files, one after the other; a file that was imported before is skipped.

    SOURCE is a daily export of datanommer (.tar), a CSV of its table of
    messages, a plain SQL dump of it, a recording as for `count`, or a folder
    of such files.
    """
    settings, target = target_of(path, state, file)
    try:
        how = past(settings)
        store = History(target)
    except DocumentError as error:
        fail(2, str(error))
    except LedgerError as error:
        fail(4, str(error))
    try:
        store.hide(settings.expose, how.exposure.rename)
        importer = Importer(store, how.attribute, how.live, progress=_progress())
        good = [_import_one(importer, name) for name in sources(names)]
    except KeyboardInterrupt:
        fail(1, "stopped; what was complete is kept, the same command goes on from there")
    except HistoryError as error:
        fail(4, str(error))
    finally:
        store.close()
    sys.exit(0 if all(good) else 1)


history.add_command(export_)


@history.command()
@config_option
@state_option
@file_option
def status(path: Path | None, state: str | None, file: Path | None) -> None:
    """Show what history covers, its gaps, and the files that it came from."""
    _, target = target_of(path, state, file)
    if not target.exists():
        fail(4, f"{target}: no such file; `history import` creates it")
    try:
        store = History(target)
    except HistoryError as error:
        fail(4, str(error))
    for one in store.units():
        click.echo(
            f"{one.state:8}  {_time(one.start)} to {_time(one.end)}  {one.messages:>10} messages  "
            f"{one.skipped} known, {one.duplicates} duplicate, {one.damaged} damaged  {one.source}"
        )
    spans = store.activity.known().spans
    for span in spans:
        click.echo(f"known     {_time(span.start)} to {_time(span.end)}")
    for before, after in pairwise(spans):
        click.echo(f"gap       {_time(before.end)} to {_time(after.start)}")
    store.close()


@history.command("drop")
@config_option
@state_option
@file_option
@click.confirmation_option(prompt="Delete history?")
def drop_(path: Path | None, state: str | None, file: Path | None) -> None:
    """Delete history. The ledger is not touched."""
    _, target = target_of(path, state, file)
    if not target.exists():
        fail(4, f"{target}: no such file")
    try:
        for one in drop(target):
            click.echo(f"deleted {one}")
    except HistoryError as error:
        fail(4, str(error))


def _import_one(importer: Importer, name: str) -> bool:
    try:
        outcome = importer.add(name)
    except OSError as error:
        click.echo(f"{name}: cannot be read: {error.strerror or error}", err=True)
        return False
    remarks = _remarks(outcome)
    for text in remarks:
        click.echo(text, err=True)
    click.echo(_summary(outcome))
    return not remarks


def _is_empty(one: Imported) -> bool:
    """Whether a file has no messages at all, and no name that says for which time."""
    return one.start is None and not (one.messages or one.skipped or one.duplicates)


def _remarks(outcome: Outcome) -> list[str]:
    remarks = [*map(str, outcome.damage[:_SHOWN]), *map(str, outcome.conflicts)]
    if (more := len(outcome.damage) - _SHOWN) > 0:
        remarks.append(f"{outcome.imported.source}: {more} more messages are damaged")
    if _is_empty(outcome.imported) and not (outcome.damage or outcome.reason):
        remarks.append(
            f"{outcome.imported.source}: no messages; `fedmsg-exporter history import --help` "
            "says what can be imported"
        )
    if outcome.reason:
        remarks.append(f"{outcome.reason}; nothing of it counts: fetch it again, then import it")
    return remarks


def _summary(outcome: Outcome) -> str:
    one = outcome.imported
    if outcome.is_known:
        return f"{one.source}: imported before, skipped"
    return (
        f"{one.source}: {one.state}, {one.messages} messages from {_time(one.start)} to "
        f"{_time(one.end)}; {one.skipped} known already, {one.duplicates} duplicate, "
        f"{one.damaged} damaged"
    )


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _progress() -> Callable[[int, float], None]:
    """Show how far an import is, now and then."""
    shown, before = time.monotonic(), 0

    def show(messages: int, at: float) -> None:
        nonlocal shown, before
        passed = time.monotonic() - shown
        if passed >= _EVERY:
            # Another file begins at 0 again.
            rate = max(0, messages - before) / passed
            shown, before = time.monotonic(), messages
            click.echo(f"{messages} messages, {rate:.0f} a second, at {_time(at)}", err=True)

    return show
