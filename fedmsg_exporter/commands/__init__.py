"""The command line: ``fedmsg-exporter run``, ``count``, ``explain`` and ``check``."""

import dataclasses
import json
import logging
import math
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import click

from .. import __version__, config
from ..attribution.mapping import MessageMapping
from ..attribution.names import fas_name
from ..config import Config
from ..document import DocumentError, Problem
from ..event import INVALID
from ..exposition import Exposition
from ..groups import require
from ..ledger import LedgerError
from ..ledger import file as ledger_file
from ..message import parse_time
from ..service.exporter import Exporter, load_logins, load_mapping, load_membership
from ..service.exporter import forget as forget_user
from .example_check import failures
from .exit_status import Commands, fail
from .explanation import Explanation, concerns
from .recordings import Reading


def _finite(_context: click.Context, _option: click.Parameter, number: float) -> float:
    if not math.isfinite(number):
        raise click.BadParameter(f"{number} is no speed; 1 is that of the real bus")
    return number


_config_option = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    help="The exporter's config file (YAML). "
    f"[default: ${config.VARIABLE}, else {config.DEFAULT_PATH}, where it exists]",
)
_files = click.argument("files", nargs=-1, required=True, metavar="FILE...")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fedmsg-exporter")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="The least severe log messages to write, to standard error.",
)
def main(log_level: str) -> None:
    """Count what happens on Fedora's message bus, for Prometheus."""
    logging.basicConfig(
        level=log_level.upper(), format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    # Two lines for each message are of no use to anyone here.
    logging.getLogger("fedora_messaging").setLevel(max(logging.WARNING, logging.root.level))
    logging.getLogger("fedmsg_exporter.twisted").setLevel(max(logging.WARNING, logging.root.level))
    logging.getLogger("pika").setLevel(logging.CRITICAL)


@main.command()
@_config_option
@click.option(
    "--source",
    default="bus",
    show_default=True,
    metavar="bus|simulation|PATH",
    help="Where messages come from: the bus as fedora-messaging is configured, "
    "the embedded simulation of it, or a recording.",
)
@click.option("--listen", metavar="HOST:PORT", help="Overrides `listen` of the config.")
@click.option("--state", metavar="PATH", help="Overrides `state` of the config, the ledger's file.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    callback=_finite,
    default=1.0,
    show_default=True,
    help="How many times as fast as the real bus the simulation runs.",
)
@click.option("--seed", default=1, show_default=True, help="Which simulation: same seed, same bus.")
@click.option(
    "--start", metavar="TIME", help="When the simulation begins (ISO 8601). [default: now]"
)
def run(
    path: Path | None,
    source: str,
    listen: str | None,
    state: str | None,
    speed: float,
    seed: int,
    start: str | None,
) -> None:
    """Run the exporter: read messages, serve /metrics."""
    from ..service import run as running  # noqa: PLC0415  it installs Twisted's reactor

    settings = _load(path, {"listen": listen, "state": state})
    begin = _time(start) if start else time.time()
    play = running.Play(seed=seed, speed=speed, start=begin)
    try:
        sys.exit(running.run(settings, source, play))
    except LedgerError as error:
        fail(4, str(error))
    except running.ListenError as error:
        fail(3, str(error))
    except (DocumentError, running.BusConfigError, OSError) as error:
        fail(2, str(error))


@main.command()
@_config_option
@_files
def count(path: Path | None, files: tuple[str, ...]) -> None:
    """Count recorded messages once, and print the exposition text.

    FILE is JSON lines, a JSON array or datagrepper pages, plain, gzip or xz;
    - is standard input.
    """
    settings = dataclasses.replace(_load(path), state=None, new_series_hold=0)
    exporter = _built(settings)
    reading = Reading(files)
    for batch in reading.batches():
        exporter.pipeline.take(batch)
    click.echo(Exposition(exporter.ledger, hold=0).render(time.time()), nl=False)
    sys.exit(reading.exit_status)


@main.command()
@_config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    help="For people, or one JSON line a message. [default: table on a terminal, else json]",
)
@click.option("--user", metavar="NAME", help="Only messages in which this name stands.")
@_files
def explain(path: Path | None, form: str | None, user: str | None, files: tuple[str, ...]) -> None:
    """Print what attribution makes of each message, and why.

    FILE is as for `count`.
    """
    settings = _load(path)
    try:
        explanation = Explanation(settings)
    except DocumentError as error:
        fail(2, str(error))
    as_table = (form or ("table" if sys.stdout.isatty() else "json")) == "table"
    reading = Reading(files)
    for message in reading.messages():
        event = explanation.event(message)
        if user is None or concerns(message, event, user):
            record = explanation.record(event)
            click.echo(explanation.table(event) if as_table else json.dumps(record))
    sys.exit(reading.exit_status)


@main.command()
@_config_option
def check(path: Path | None) -> None:
    """Check config, mapping and groups file; tell every problem with its line.

    The examples of the mapping are tried: those of the config's, else those of
    the packaged one.
    """
    settings = _load(path)
    problems: list[Problem] = []
    for load in (load_mapping, load_membership, load_logins, require):
        try:
            load(settings)
        except DocumentError as error:
            problems.extend(error.problems)
    if problems:
        fail(2, str(DocumentError(problems)))
    mapping = load_mapping(settings)
    if failed := list(failures(mapping)):
        fail(2, f"{DocumentError(failed)}\n{_tried(mapping, failed)}")
    click.echo("config, mapping and groups are fine")
    if mapping.examples:
        click.echo(_tried(mapping))


@main.command()
@click.argument("ledger", type=click.Path(path_type=Path))
def renew(ledger: Path) -> None:
    """Put a damaged ledger aside, so that `run` can begin afresh.

    The old file is kept under a name with the date; all counts begin at 0.
    """
    suffix = time.strftime(".%Y%m%dT%H%M%SZ", time.gmtime())
    try:
        kept = ledger_file.renew(ledger, suffix)
    except LedgerError as error:
        fail(4, str(error))
    if not kept:
        fail(4, f"{ledger}: there is no such file")
    for path in kept:
        click.echo(f"kept {path}")


@main.command()
@_config_option
@click.option("--state", metavar="PATH", help="Overrides `state` of the config, the ledger's file.")
@click.argument("user")
def forget(path: Path | None, state: str | None, user: str) -> None:
    """Remove a person from the ledger, for good: what is counted goes to __other__.

    Messages to come are not counted by this name either. The exporter must not
    be running; what Prometheus has stored is Prometheus's to delete.
    """
    settings = _load(path, {"state": state})
    name = fas_name(user)
    if settings.state is None or not settings.state.exists():
        fail(2, "there is no ledger: name it in `state` of the config, or with --state")
    if name in (None, INVALID):
        fail(2, f"{user!r} is no FAS name")
    try:
        number = forget_user(settings, str(name))
    except LedgerError as error:
        fail(4, str(error))
    click.echo(f"forgotten: {name} had {number} series")


def _tried(mapping: MessageMapping, failed: Iterable[Problem] = ()) -> str:
    """How many examples passed, of how many."""
    total = len(mapping.examples)
    bad = len({(problem.file, problem.key) for problem in failed})
    return f"{total - bad} of {total} examples of the mapping passed"


def _load(path: Path | None, overrides: dict[str, str | None] | None = None) -> Config:
    try:
        return config.load(path, overrides or {})
    except DocumentError as error:
        fail(2, str(error))


def _built(settings: Config) -> Exporter:
    try:
        return Exporter(settings)
    except DocumentError as error:
        fail(2, str(error))


def _time(text: str) -> float:
    seconds = parse_time(text)
    if seconds is None:
        fail(2, f"--start: {text!r} is no time; write it like 2026-01-31T12:00:00+00:00")
    return seconds
