"""``fedmsg-exporter history export``: history as blocks for Prometheus."""

import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ...config import Config
from ...config.addresses import TCP
from ...document import DocumentError
from ...history.export.blocks import find
from ...history.export.errors import ExportError
from ...history.export.exporting import Exported, How, Progress, estimate, export, prepare
from ...history.export.lines import Target
from ...history.export.plan import HOUR, RANGES, RANGES_OF, TAIL, Plan, samples
from ...ledger import LedgerError
from ...ledger.file import followed
from ...ledger.lock import is_held
from ...service.history.outgoing import outgoing
from ...statistics.coverage import Span
from ..exit_status import fail
from ..options import config_option, state_option, time_of
from .place import file_option, moment, target_of

#: How often progress is shown without a terminal, in seconds.
_EVERY = 60.0
_MINUTE = 60.0
_UNITS = {"h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
#: Hosts that say to listen at all addresses.
_ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  recognised, not listened on

_AT_WORK = (
    "warning: an import is at work on {}: what it completes from now on is not exported, so export "
    "again when it is done"
)
_DELETED = (
    "warning: Prometheus with --storage.tsdb.retention.time={retention} deletes what is before "
    "{oldest} as soon as it starts. Give it a longer retention, and say so with --retention"
)


def _seconds(_context: click.Context, option: click.Parameter, text: str) -> int:
    """A duration of Prometheus, as seconds."""
    parts = re.fullmatch(r"([0-9]{1,6})([hdwy])", text)
    if parts is None:
        fail(2, f"--{option.name}: {text!r} is not a valid duration; expected e.g. 24h, 15d or 2y")
    return int(parts[1]) * _UNITS[parts[2]]


@click.command("export")
@config_option
@state_option
@file_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["blocks", "openmetrics"]),
    default="blocks",
    show_default=True,
    help="Blocks for Prometheus, made by promtool, or the text that they are made of.",
)
@click.option(
    "--block",
    callback=_seconds,
    default="486h",
    show_default=True,
    help="The longest block; 24h for Mimir and Thanos.",
)
@click.option("--job", default="fedmsg_exporter", show_default=True, help="The label `job`.")
@click.option(
    "--instance",
    help="The label `instance`: the target as Prometheus scrapes it. "
    "[default: the first address of `listen`]",
)
@click.option(
    "--until",
    metavar="TIME",
    callback=time_of,
    help="Where the live counters begin (ISO 8601). [default: where the ledger began]",
)
@click.option(
    "--dense",
    callback=_seconds,
    default="8w",
    show_default=True,
    help="How far back there is a sample every four minutes, 8w at most; before that, every hour.",
)
@click.option(
    "--retention",
    callback=_seconds,
    default="15d",
    show_default=True,
    help="How long Prometheus keeps samples, to be warned of what it would delete.",
)
@click.option(
    "--promtool",
    type=click.Path(path_type=Path),
    help="The program promtool. [default: the one on the PATH]",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def export_(
    path: Path | None, state: str | None, file: Path | None, folder: Path, **options: Any
) -> None:
    """Write history as Prometheus blocks, up to the live counters.

    DIR must be new or empty. Move what is in it into Prometheus' data directory
    while Prometheus is stopped.
    """
    settings, source = target_of(path, state, file)
    if not source.exists():
        fail(4, f"{source}: no such file; `history import` creates it")
    how = _how(settings, options)
    try:
        if is_held(followed(source)):
            click.echo(_AT_WORK.format(source), err=True)
        with outgoing(settings, source, options["until"], options["dense"]) as found:
            past, plan, gaps = found
            _warn(plan, options["retention"], gaps)
            prepare(folder, estimate(plan, past.size(), how))
            progress = _progress(samples(plan, past.size()))
            done = export(past, plan, folder, how, progress)
    except DocumentError as error:
        fail(2, str(error))
    except LedgerError as error:
        fail(4, str(error))
    except ExportError as error:
        fail(5, str(error))
    except KeyboardInterrupt:
        fail(1, f"stopped; {folder} has whole blocks only, empty it before the next try")
    if sys.stderr.isatty():
        click.echo(err=True)  # after the line of progress
    click.echo(_summary(done, plan, folder))


def _how(settings: Config, options: Mapping[str, Any]) -> How:
    if options["dense"] > TAIL:
        fail(2, "--dense must be at most 8w: people are not exported further back")
    if options["block"] not in RANGES:
        fail(2, f"--block: {options['block'] // HOUR}h is not a range of blocks; {_ranges()}")
    try:
        promtool = find(options["promtool"]) if options["form"] == "blocks" else None
    except ExportError as error:
        fail(2, str(error))
    instance = options["instance"] or _listening(settings)
    return How(promtool, options["block"], Target(options["job"], instance))


def _ranges() -> str:
    """The ranges that blocks have, in words."""
    return "; ".join(
        f"{system} has {', '.join(f'{one // HOUR}h' for one in ranges)}"
        for system, ranges in RANGES_OF.items()
    )


def _listening(settings: Config) -> str:
    """The address at which Prometheus most likely scrapes the exporter."""
    first = settings.listen[0]
    if not isinstance(first, TCP) or first.host in _ANYWHERE:
        fail(
            2,
            f"`listen` is {first}, which is not how Prometheus names its target: "
            "give the label with --instance HOST:PORT",
        )
    return str(first)


def _warn(plan: Plan, retention: int, gaps: Sequence[Span]) -> None:
    """Say what will be deleted or missing. Prometheus counts back from its latest block."""
    oldest = max(plan.until, time.time()) - retention
    if plan.start < oldest:
        text = (
            f"{retention // HOUR}h" if retention % _UNITS["d"] else f"{retention // _UNITS['d']}d"
        )
        click.echo(_DELETED.format(retention=text, oldest=moment(oldest)), err=True)
    for gap in gaps:
        span = f"{moment(gap.start)} to {moment(gap.end)}"
        click.echo(f"warning: nothing is known from {span}", err=True)


def _summary(done: Exported, plan: Plan, folder: Path) -> str:
    return (
        f"{folder}: {done.samples:,} samples in {done.pieces} pieces, "
        f"{done.bytes / 1e6:,.1f} MB, from {moment(plan.start)} to {moment(plan.until)}"
    )


def _progress(expected: int) -> Callable[[Progress], None]:
    """Show how far an export is: on a terminal in one line, else in one a minute."""
    begin = shown = time.monotonic()
    terminal = sys.stderr.isatty()

    def show(done: Progress) -> None:
        nonlocal shown
        now = time.monotonic()
        if not terminal and now - shown < _EVERY:
            return
        shown = now
        share = min(1.0, done.samples / max(1, expected))
        left = (now - begin) * (1 - share) / max(share, 0.001)
        rest = f"{left / 60:.0f} min left" if left >= _MINUTE else "less than a minute left"
        line = f"{moment(done.at)}, {share:.0%}, {done.samples:,} samples, {rest}"
        click.echo(f"\r{line}\033[K" if terminal else line, err=True, nl=not terminal)

    return show
