"""``fedmsg-exporter history import``: files, or days from datagrepper, into history."""

import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import click

from ...config import Config
from ...document import DocumentError
from ...history.errors import explained
from ...history.importing import Here, Importer, Outcome, Readers
from ...history.part import identity, key
from ...history.reading import How, Tell
from ...history.sources import Missing, Skipped, sources
from ...history.store import History
from ...history.units import Rejected
from ...history.workers import Workers
from ...ledger import LedgerError
from ...service.history.past import how, past
from ...service.parts import REASONS
from ...sources.recording import STDIN, Damage
from ...sources.recording import shown as shown_name
from ..exit_status import fail
from ..options import config_option, state_option, time_of
from ..progress import Progress, progress
from .online import Asked, asked, online
from .place import file_option, moment, target_of

#: How many damaged messages, days that differ, and skipped files are shown one by one.
_SHOWN = 10
_WHAT_CAN_BE = "`fedmsg-exporter history import --help` says what can be imported"
_STOPPED = "stopped; complete files are kept, and the same command resumes the import"


@click.command("import")
@config_option
@state_option
@file_option
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many files to read at the same time, one per core.",
)
@click.option(
    "--from",
    "start",
    metavar="TIME",
    callback=time_of,
    help="Import from datagrepper (`gaps.url` of the config) what was sent since then (UTC).",
)
@click.option(
    "--to",
    "end",
    metavar="TIME",
    callback=time_of,
    help="The end of what to import from datagrepper, not included. [default: now]",
)
@click.option("--yes", is_flag=True, help="Do not ask before a long import from datagrepper.")
@click.argument("names", nargs=-1, metavar="[SOURCE...]")
def import_(  # noqa: PLR0913  one for each option
    *,
    path: Path | None,
    state: str | None,
    file: Path | None,
    jobs: int,
    start: float | None,
    end: float | None,
    yes: bool,
    names: tuple[str, ...],
) -> None:
    """Import files, one after the other, or days from datagrepper.

    SOURCE is a daily export of datanommer (.tar), a CSV of its table of
    messages, a plain SQL dump of it, a recording as for `count`, a folder or a
    pattern of such files, or - for standard input. A file that was imported
    before is skipped.
    """
    if names and (start, end) != (None, None):
        fail(2, "name either files, or with --from and --to a time to read from datagrepper")
    if not names and start is None:
        fail(2, "name the files to import, or with --from a time to read from datagrepper")
    settings, place = target_of(path, state, file)
    what = None if names else asked(start, end, settings.gaps, yes=yes)
    files, good = found(names)
    with _opened(settings, place) as (store, here):
        if what:
            good = _import_online(store, here, settings, what)
        else:
            good = _import_files(store, here, settings, files, jobs) and good
    sys.exit(0 if good else 1)


def _import_files(store: History, here: How, settings: Config, found: list[str], jobs: int) -> bool:
    total = sum(identity(one)[0] for one in found)
    # Only this process has the standard input.
    jobs = 1 if STDIN in found else min(jobs, len(found))
    with progress(total) as shown, _readers(settings, here, jobs, shown.step) as readers:
        # Each is reported, whatever came before.
        good = [_report(one, shown) for one in Importer(store, readers).add(found)]
        return all(good)


def _import_online(store: History, here: How, settings: Config, what: Asked) -> bool:
    known = store.activity.known()
    with online(what, settings.gaps, known, here.live.coverage) as hours:
        if hours is None:
            return True
        with progress(hours.total) as shown:
            readers = Here(here, shown.step, hours.opened)
            for outcome in Importer(store, readers).add(hours.sources):
                if not _report(outcome, shown) and outcome.reason:
                    return False
    return True


@contextmanager
def _opened(settings: Config, place: Path) -> Iterator[tuple[History, How]]:
    """History to be imported into, and how messages count; errors end the command."""
    try:
        how_here, exposure = past(settings)
        with closing(History(place)) as store:
            store.hide(settings.expose, exposure.rename)
            yield store, how_here
    except KeyboardInterrupt:
        fail(1, _STOPPED)
    except DocumentError as error:
        fail(2, str(error))
    except LedgerError as error:
        fail(4, str(error))
    except sqlite3.Error as error:
        fail(4, explained(place, error))


@contextmanager
def _readers(settings: Config, here: How, jobs: int, tell: Tell) -> Iterator[Readers]:
    if jobs <= 1:
        yield Here(here, tell)
        return
    with Workers(partial(how, settings), jobs, tell) as workers:
        yield workers


def found(names: Iterable[str]) -> tuple[list[str], bool]:
    """The files to import, and whether there were any for each name; the rest is named."""
    every = list(sources(names))
    skipped = [one for one in every if isinstance(one, Skipped)]
    for one in skipped[:_SHOWN]:
        click.echo(f"{one.source}: {one.reason}, skipped", err=True)
    if (more := len(skipped) - _SHOWN) > 0:
        click.echo(f"{more} more files skipped, the last is {skipped[-1].source}", err=True)
    missing = [one for one in every if isinstance(one, Missing)]
    for name, reason in missing:
        click.echo(f"{name}: {reason}", err=True)
    # A file that is named twice, however it is spelled, is read once.
    once = {key(one): one for one in reversed(every) if isinstance(one, str)}
    return [*reversed(once.values())], not missing


def _report(outcome: Outcome, shown: Progress) -> bool:
    """Print the outcome of a source; returns whether there is nothing to remark."""
    one = outcome.imported
    if outcome.is_known:
        shown.meter.skip(one.size)
    else:
        shown.meter.finish(outcome.source)
    several = list(remarks(outcome))
    for text in (*several, *map(_rejected, outcome.rejected)):
        click.echo(text, err=True)
    if not (outcome.reason or outcome.is_empty):
        click.echo(_summary(outcome))
    return not several


def remarks(outcome: Outcome) -> Iterator[str]:
    """What is wrong with the outcome of a source, in words."""
    source = shown_name(outcome.source)
    yield from map(str, outcome.damage)
    if (more := outcome.imported.damaged - len(outcome.damage)) > 0:
        yield f"{source}: {more} more messages are damaged"
    yield from map(str, outcome.conflicts[:_SHOWN])
    if (more := len(outcome.conflicts) - _SHOWN) > 0:
        yield f"{source}: {more} more days differ from what is in history already"
    if outcome.reason:
        yield outcome.reason
    elif outcome.is_empty:
        yield f"{source}: no messages; {_WHAT_CAN_BE}"


def _rejected(one: Rejected) -> str:
    """Why messages do not count, with the place of the first of them."""
    first = "" if one.number == 1 else f"the first of {one.number} messages that are "
    text = f"{first}rejected ({one.reason}): {REASONS[one.reason]}"
    return str(Damage(one.file, one.line, text))


def _summary(outcome: Outcome) -> str:
    source, one = shown_name(outcome.source), outcome.imported
    if outcome.is_known:
        return f"{source}: imported before, skipped"
    rejected = "".join(f", {each.number} rejected ({each.reason})" for each in outcome.rejected)
    span = f" from {moment(one.start)} to {moment(one.end)}" if one.start is not None else ""
    return (
        f"{source}: {one.state}, {one.messages} messages{span}; {one.skipped} known already, "
        f"{one.duplicates} duplicate, {one.damaged} damaged{rejected}"
    )
