"""``history import --from … --to …``: what it takes to read days out of datagrepper."""

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import NamedTuple

import click

from ...config import Gaps
from ...history.online import Online, missing
from ...message import EARLIEST
from ...sources.datagrepper.client import BlockingClient
from ...sources.datagrepper.walk import Estimate, Unavailable, Walk
from ...statistics.coverage import Coverage
from ..exit_status import fail
from .place import moment

#: What takes longer needs a confirmation, in seconds.
_LONG = 3600.0
#: datagrepper may be behind by hours, not by more, in seconds.
_LATE = 86400.0
_COMPLETE = "datagrepper is complete up to {}"
_FOR_DAYS = "datagrepper is for days; for years, import datanommer's daily exports or its dump"


class Asked(NamedTuple):
    """From when until when, in epoch seconds, and whether it may take long."""

    start: float
    end: float
    may_take_long: bool


def asked(start: float | None, end: float | None, gaps: Gaps, *, yes: bool) -> Asked:
    """What was asked for; the command ends with status 2 if that cannot be."""
    latest = float(int(time.time() - gaps.delay))
    end = latest if end is None else end
    if start is None or start < EARLIEST:
        fail(2, f"--from: {moment(start)} is before {moment(EARLIEST)}, when the bus began")
    if start >= latest:
        fail(2, f"--from: {moment(start)} is too late; {_COMPLETE.format(moment(latest))}")
    if end > latest:
        fail(2, f"--to: {moment(end)} is too late; {_COMPLETE.format(moment(latest))}")
    if start >= end:
        fail(2, f"--from: {moment(start)} is not before --to, {moment(end)}")
    return Asked(start, end, yes)


@contextmanager
def online(what: Asked, gaps: Gaps, known: Coverage, live: Coverage) -> Iterator[Online | None]:
    """The hours to read and their estimate, None if all is known already."""
    spans = missing(what.start, what.end, known, live)
    if not spans:
        click.echo(f"{moment(what.start)} to {moment(what.end)}: known already")
        yield None
        return
    with closing(BlockingClient(gaps.url, gaps.timeout)) as client:
        walk = Walk(client.search, gaps.request_interval, _report)
        try:
            _require_recent(walk, what.end)
            estimate = walk.estimate(spans)
        except Unavailable as error:
            fail(1, f"{gaps.url}: {error}; try again later")
        _confirm(estimate, len(spans), may_take_long=what.may_take_long)
        yield Online(gaps.url, walk, spans, estimate.pages)


def _require_recent(walk: Walk, end: float) -> None:
    """End the command if datagrepper may not have everything yet."""
    now = time.time()
    if end > now - _LATE and walk.is_behind(end, now):
        fail(1, f"datagrepper has nothing after {moment(end)} yet; use an earlier --to")


def _confirm(estimate: Estimate, hours: int, *, may_take_long: bool) -> None:
    length = timedelta(seconds=round(estimate.seconds))
    click.echo(f"datagrepper: {hours} hours, about {estimate.pages:,} pages in {length}", err=True)
    if estimate.seconds <= _LONG or may_take_long:
        return
    click.echo(_FOR_DAYS, err=True)
    if not sys.stdin.isatty():
        fail(2, "that takes long: confirm it with --yes")
    click.confirm("Go on?", abort=True, err=True)


def _report(reason: str) -> None:
    click.echo(f"datagrepper: {reason}; will retry", err=True)
