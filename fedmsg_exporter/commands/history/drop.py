"""``fedmsg-exporter history drop``: all of history, or some days of it."""

from contextlib import closing
from pathlib import Path

import click

from ...history.errors import HistoryError
from ...history.store import History, drop
from ...statistics.calendar import day_at, iso, start_of
from ..exit_status import fail
from ..options import config_option, state_option, time_of
from .place import file_option, messages, moment, target_of

_NOTHING = "nothing is known from {} to {}, so nothing was deleted"
_AGAIN = "{}: these days of it are gone; import it again to have them back"


@click.command("drop")
@config_option
@state_option
@file_option
@click.option(
    "--from",
    "start",
    metavar="DATE",
    callback=time_of,
    help="Delete only what was sent from this day on (UTC).",
)
@click.option(
    "--to",
    "end",
    metavar="DATE",
    callback=time_of,
    help="The end of what to delete: a day, not included.",
)
@click.option("--yes", is_flag=True, help="Confirm the action without prompting.")
def drop_(
    path: Path | None,
    state: str | None,
    file: Path | None,
    start: float | None,
    end: float | None,
    *,
    yes: bool,
) -> None:
    """Delete history, or some days of it. The ledger is not touched.

    Days that are deleted can be imported again. What was exported of them stays
    in Prometheus.
    """
    days = _days(start, end)
    _, place = target_of(path, state, file)
    if not place.exists():
        fail(4, f"{place}: no such file")
    if not yes:
        span = f" from {moment(start)} to {moment(end)}" if days else ""
        click.confirm(f"Delete history{span}?", abort=True)
    try:
        _drop_days(place, days) if days else _drop(place)
    except HistoryError as error:
        fail(4, str(error))


def _days(start: float | None, end: float | None) -> range | None:
    """The days that were asked for, None for all; ends with status 2 if that cannot be."""
    if start is None and end is None:
        return None
    if start is None or end is None:
        fail(2, "name both --from and --to; --to is not included")
    first, last = day_at(start), day_at(end)
    for name, given, day in (("--from", start, first), ("--to", end, last)):
        if given != start_of(day):
            fail(2, f"{name}: {moment(given)} is within a day; name whole days, as {iso(day)}")
    if first >= last:
        fail(2, f"--from: {iso(first)} is not before --to, {iso(last)}, which is not included")
    return range(first, last)


def _drop(place: Path) -> None:
    for one in drop(place):
        click.echo(f"deleted {one}")


def _drop_days(place: Path, days: range) -> None:
    start, end = (moment(start_of(day)) for day in (days.start, days.stop))
    with closing(History(place)) as history:
        known = history.activity.known()
        done = history.drop_days(days)
    if not known.touches(start_of(days.start), start_of(days.stop)):
        click.echo(_NOTHING.format(start, end))
        return
    click.echo(f"deleted {messages(done.messages)} from {start} to {end}")
    for source in done.reduced:
        click.echo(_AGAIN.format(source))
