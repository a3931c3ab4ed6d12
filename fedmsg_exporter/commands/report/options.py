"""The options that all reports have, as one value."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ...message import parse_time
from ...report.refusal import ReportError
from ...report.request import Request
from ..exit_status import fail
from ..options import config_option, state_option
from .ranges import Typed, range_of

FORMATS = ("text", "md", "csv", "json", "html")


@dataclass(frozen=True)
class Asked:
    """What was asked for on the command line."""

    path: Path | None
    state: str | None
    file: Path | None
    files: tuple[str, ...]
    datagrepper: bool
    typed: Typed
    categories: tuple[str, ...]
    topics: tuple[str, ...]
    week_start: str
    now: float
    format: str | None
    output: Path | None
    # Not every report has these options.
    by: str | None = None
    shows_names: bool = False
    each: str | None = None

    def request(self, default: str = "13w") -> Request:
        """The request, with a ``last`` by default. Ends with status 2 if the range is wrong."""
        try:
            found = range_of(self.typed, default, self.now, self.week_start)
        except ReportError as error:
            fail(2, str(error))
        return Request(
            found.start,
            found.end,
            self.now,
            by=self.by or found.by,
            week_start=self.week_start,
            categories=self.categories,
            topics=self.topics,
            names=self.shows_names,
            each_category=self.each == "category",
        )


def _now(_context: click.Context, _option: click.Parameter, text: str | None) -> float:
    seconds = math.floor(time.time()) if text is None else parse_time(text)
    if seconds is None:
        raise click.BadParameter(
            f"{text!r} is not a valid time; expected e.g. 2026-01-31T12:00:00+00:00"
        )
    return seconds


#: Options that only some reports have.
_OPTIONAL = {
    "by": click.option(
        "--by",
        type=click.Choice(["week", "month"]),
        help="Periods to divide the range into. [default: month with --last Nmo, else week]",
    ),
    "each": click.option(
        "--each",
        type=click.Choice(["category"]),
        help="Also show each category on its own.",
    ),
    "names": click.option(
        "--names",
        "shows_names",
        is_flag=True,
        help="Show the names of people, which this report otherwise leaves out.",
    ),
}

_OPTIONS = (
    config_option,
    state_option,
    click.option(
        "--file",
        type=click.Path(path_type=Path),
        help="History file. [default: history.sqlite next to the ledger]",
    ),
    click.option(
        "--files",
        multiple=True,
        metavar="SOURCE",
        help="Read this file or folder, as for `history import`, instead of ledger and history; "
        "repeatable.",
    ),
    click.option(
        "--datagrepper",
        is_flag=True,
        help="Read the range from datagrepper (`gaps.url` of the config) instead, after an "
        "estimate; practical for a few days.",
    ),
    click.option(
        "--last",
        metavar="N",
        help="The last N complete weeks, months or days, e.g. 13w, 3mo, 90d. "
        "[default: 13w, for `report week` 1w]",
    ),
    click.option("--from", "since", metavar="DATE", help="The first day, e.g. 2026-01-05."),
    click.option("--to", metavar="DATE", help="The last day, inclusive. [default: yesterday]"),
    _OPTIONAL["by"],
    click.option(
        "--category",
        "categories",
        multiple=True,
        metavar="NAME",
        help="Count only this category; repeatable.",
    ),
    click.option(
        "--topics",
        multiple=True,
        metavar="PATTERN",
        help="Count only topics (without prefix) that match, e.g. 'bodhi.update.#'; repeatable.",
    ),
    click.option(
        "--week-start",
        type=click.Choice(["monday", "sunday"]),
        default="monday",
        show_default=True,
        help="The first day of a week.",
    ),
    _OPTIONAL["each"],
    _OPTIONAL["names"],
    click.option(
        "--now",
        metavar="TIME",
        callback=_now,
        help="Make the report as of this time (ISO 8601), to reproduce it. [default: now]",
    ),
    click.option(
        "--format",
        "format_",
        type=click.Choice(FORMATS),
        help="Output format. [default: by the suffix of --output, else text]",
    ),
    click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        help="Write to this file, completely or not at all.",
    ),
)


def reports(*without: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of reports, as its first argument.

    ``without`` names those that would do nothing: of ``by``, ``each`` and ``names``.
    """

    def given_to(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(**given: Any) -> None:
            known = {name: given.pop(name) for name in _NAMES if name in given}
            typed = Typed(given.pop("last"), given.pop("since"), given.pop("to"))
            asked = Asked(**known, typed=typed, format=given.pop("format_"))
            command(asked, **given)

        for option in reversed(_OPTIONS):
            if not any(option is _OPTIONAL[one] for one in without):
                called = option(called)
        return called

    return given_to


_NAMES = frozenset(Asked.__dataclass_fields__)
