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
from ...history.importing import Here, Importer, Readers
from ...history.part import identity, key
from ...history.reading import How, Tell
from ...history.sources import Missing, Skipped, sources
from ...history.store import History
from ...history.workers import Workers
from ...ledger import LedgerError
from ...service.history.past import how, past
from ...sources.recording import STDIN
from ..exit_status import fail
from ..options import config_option, state_option, time_of
from ..progress import progress
from .online import Asked, asked, online
from .outcomes import Report
from .place import file_option, target_of

#: How many skipped files are shown one by one.
_SHOWN = 10
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
        report = Report(shown.meter)
        good = [report.show(one) for one in Importer(store, readers).add(found)]
        return all(good)


def _import_online(store: History, here: How, settings: Config, what: Asked) -> bool:
    known = store.activity.known()
    with online(what, settings.gaps, known, here.live.coverage) as hours:
        if hours is None:
            return True
        with progress(hours.total) as shown:
            readers = Here(here, shown.step, hours.opened)
            report = Report(shown.meter)
            for outcome in Importer(store, readers).add(hours.sources):
                if not report.show(outcome) and outcome.reason:
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
    for source, reason in missing:
        click.echo(f"{source}: {reason}", err=True)
    # A file that is named twice, however it is spelled, is read once.
    once: dict[str, str] = {}
    for name in every:
        if isinstance(name, str):
            once.setdefault(key(name), name)
    return [*once.values()], not missing
