"""Reads files or datagrepper for a report, as `history import` does."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import click

from ...config import Config
from ...history import forms
from ...history.importing import Outcome
from ...history.online import Online
from ...history.part import identity
from ...history.reading import Open
from ...report.asked import running
from ...report.refusal import ReportError
from ...report.request import Request
from ...service.reports.activity import Opened
from ...service.reports.files import of_files
from ...service.reports.person_log import PersonLog
from ...statistics.calendar import start_of
from ...statistics.coverage import Coverage
from ..history.importing import found
from ..history.online import asked as span_of
from ..history.online import online
from ..history.outcomes import remarks
from ..progress import progress
from .options import Asked

_NOTHING = "nothing was read, so there is no report"

_EMPTY = (
    "{}: no message in it counts, so there is no report; name files that `history import` reads, "
    "or another range"
)


@contextmanager
def read(asked: Asked, config: Config, request: Request, log: PersonLog | None) -> Iterator[Opened]:
    """The activity of what was named to be read. Raises ReportError and what `of_files` does.

    All that is wrong with it goes to standard error.
    """
    hear = log.hear if log else None
    damaged: list[str] = []
    open_: Open = forms.opened
    with ExitStack() as stack:
        if asked.datagrepper:
            hours = _hours(config, request, stack)
            sources, total, open_ = hours.sources, hours.total, hours.opened
        else:
            sources, are_all = found(asked.files)
            if not (sources and are_all):
                raise ReportError(_NOTHING)
            total = sum(identity(one)[0] for one in sources)
        with progress(total) as shown:
            several = of_files(
                config, sources, partial(_done, damaged), tell=shown.step, hear=hear, open_=open_
            )
            ready = stack.enter_context(several)
        if not ready.known.first_coverage().spans:
            names = "datagrepper" if asked.datagrepper else ", ".join(asked.files)
            raise ReportError(_EMPTY.format(names))
        yield ready._replace(is_damaged=bool(damaged))


def _done(damaged: list[str], outcome: Outcome) -> None:
    """Show what is wrong with a source. Raises ReportError if nothing of it counts."""
    if outcome.reason:
        raise ReportError(outcome.reason)
    for one in remarks(outcome):
        click.echo(one, err=True)
        damaged.append(one)


def _hours(config: Config, request: Request, stack: ExitStack) -> Online:
    """The hours of the range in datagrepper, after an estimate of what they cost."""
    running_ = running(request)
    end = start_of(running_.end if running_ else request.end)
    span = span_of(start_of(request.start), min(end, _latest(config)), config.gaps, yes=False)
    hours = stack.enter_context(online(span, config.gaps, Coverage(), Coverage()))
    if hours is None:
        raise ReportError(_NOTHING)
    return hours


def _latest(config: Config) -> float:
    """Until when datagrepper is complete."""
    return float(int(time.time() - config.gaps.delay))
