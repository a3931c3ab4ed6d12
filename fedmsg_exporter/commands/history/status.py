"""``fedmsg-exporter history status``: what is known, from which files, and what is not."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import click

from ...history import part
from ...history.online import FROM
from ...history.store import HistoryReader, Imported
from ...ledger import LedgerError, lock
from ...ledger.file import followed
from ..exit_status import fail
from ..options import config_option, state_option
from .place import file_option, moment, target_of

_EMPTY = "nothing is known yet; begin with `fedmsg-exporter history import SOURCE...`"
_EMPTY_AT_WORK = "nothing is known yet; the first import is at work"
#: What becomes of a source that was begun, by whether an import is at work.
_BEGUN = ("the same import resumes it", "an import is at work")


@click.command()
@config_option
@state_option
@file_option
def status(path: Path | None, state: str | None, file: Path | None) -> None:
    """Show what history covers, its gaps and its files."""
    settings, place = target_of(path, state, file)
    if file and not file.exists():
        fail(4, f"{file}: no such file; `history import` creates it")
    try:
        is_empty = not (place.exists() and _show(place, settings.expose))
        at_work = lock.is_held(followed(place))
    except LedgerError as error:
        fail(4, str(error))
    for source, position in filter(None, map(part.begun, part.parts(followed(place)))):
        is_empty = False
        click.echo(f"begun     {position:>10,} messages read; {_BEGUN[at_work]}  {source}")
    if is_empty:
        click.echo(f"{place}: {_EMPTY_AT_WORK if at_work else _EMPTY}")


def _show(place: Path, mode: str) -> bool:
    """Show what a file of history has; returns whether that is anything."""
    with closing(HistoryReader(place, mode)) as reader:
        _show_units(reader)
        _show_coverage(reader)
        return bool(reader.units())


def _show_units(reader: HistoryReader) -> None:
    for one in _joined(reader.units()):
        span = f"{moment(one.start)} to {moment(one.end)}"
        click.echo(
            f"{one.state:8}  {span}  {one.messages:>10,} messages  {one.skipped:,} known, "
            f"{one.duplicates:,} duplicate, {one.damaged:,} damaged  {one.source}"
        )


def _joined(units: Iterable[Imported]) -> Iterator[Imported]:
    """The units, adjoining hours from datagrepper as one."""
    last: Imported | None = None
    for one in units:
        if last and FROM in one.source and _adjoin(last, one):
            last = last._replace(
                messages=last.messages + one.messages,
                skipped=last.skipped + one.skipped,
                duplicates=last.duplicates + one.duplicates,
                damaged=last.damaged + one.damaged,
                end=one.end,
            )
            continue
        if last:
            yield last
        last = one._replace(source=one.source.partition(FROM)[0])
    if last:
        yield last


def _adjoin(one: Imported, other: Imported) -> bool:
    same = one.source == other.source.partition(FROM)[0]
    return same and one.state == other.state and one.end == other.start


def _show_coverage(reader: HistoryReader) -> None:
    spans = reader.activity.known().spans
    for span in spans:
        click.echo(f"known     {moment(span.start)} to {moment(span.end)}")
    for before, after in pairwise(spans):
        click.echo(f"gap       {moment(before.end)} to {moment(after.start)}")
