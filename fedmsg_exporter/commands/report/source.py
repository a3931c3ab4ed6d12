"""Opens the activity for a report, has the report made, and writes it."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple

import click

from ...config import Config
from ...ledger import LedgerError
from ...report.known import Known
from ...report.model import Report
from ...report.near import require_filters
from ...report.refusal import ReportError
from ...report.request import Request
from ...service.reports.activity import Opened, opened
from ..exit_status import fail
from ..options import load, naming_files
from .options import Asked
from .output import format_for, write

if TYPE_CHECKING:
    from ...service.reports.person_log import PersonLog


class Source(NamedTuple):
    """What a report is made from: the activity, and the config that it is read by."""

    known: Known
    config: Config


def answered(
    asked: Asked,
    request: Request,
    make: Callable[[Source], Report],
    log: "PersonLog | None" = None,
) -> None:
    """Have a report made and write it, or end with an exit status and the reason.

    ``log`` hears every message that is read, before the report is made.
    """
    format_ = format_for(asked.output, asked.format)
    config = load(asked.path, {"state": asked.state})
    try:
        with naming_files(asked.path), _opened(asked, config, request, log) as found:
            for remark in found.remarks:
                click.echo(remark, err=True)
            require_filters(found.known, request)
            report = make(Source(found.known, config))
    except ReportError as error:
        fail(2, str(error))
    except LedgerError as error:
        fail(4, str(error))
    write(report, asked.output, format_)
    sys.exit(1 if found.is_damaged else 0)


def _opened(
    asked: Asked, config: Config, request: Request, log: "PersonLog | None"
) -> AbstractContextManager[Opened]:
    if asked.files or asked.datagrepper:
        # It imports what reads messages, which other reports can do without.
        from .reading import read  # noqa: PLC0415

        return read(asked, config, request, log)
    return opened(config, asked.file or config.history)
