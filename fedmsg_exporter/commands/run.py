"""``fedmsg-exporter run``: the service."""

import math
import sys
import time
from pathlib import Path

import click

from ..document import DocumentError
from ..ledger import LedgerError
from ..message import parse_time
from .exit_status import fail
from .options import config_option, load, state_option


def _finite(_context: click.Context, _option: click.Parameter, number: float) -> float:
    if not math.isfinite(number):
        raise click.BadParameter(f"{number} is not a valid speed; 1 is the speed of the real bus")
    return number


@click.command()
@config_option
@click.option(
    "--source",
    default="bus",
    show_default=True,
    metavar="bus|simulation|PATH",
    help="Where messages come from: the bus as fedora-messaging is configured, "
    "the embedded simulation, or a recording.",
)
@click.option(
    "--listen",
    metavar="ADDRESS",
    multiple=True,
    help="Overrides `listen` of the config; repeatable.",
)
@click.option(
    "--web.config.file",
    "web_config",
    metavar="PATH",
    help="Overrides `web.config_file` of the config.",
)
@state_option
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    callback=_finite,
    default=1.0,
    show_default=True,
    help="Speed of the simulation, as a multiple of the real bus.",
)
@click.option("--seed", default=1, show_default=True, help="Seed of the simulation.")
@click.option(
    "--start", metavar="TIME", help="Start time of the simulation (ISO 8601). [default: now]"
)
def run(  # noqa: PLR0913, PLR0917  one for each option
    path: Path | None,
    source: str,
    listen: tuple[str, ...],
    web_config: str | None,
    state: str | None,
    speed: float,
    seed: int,
    start: str | None,
) -> None:
    """Run the exporter: read messages, serve /metrics."""
    from ..service import run as service  # noqa: PLC0415  it installs Twisted's reactor

    web = {"config_file": web_config} if web_config else None
    settings = load(path, {"listen": list(listen) or None, "web": web, "state": state})
    play = service.Play(seed=seed, speed=speed, start=_time(start) if start else time.time())
    try:
        sys.exit(service.run(settings, source, play))
    except LedgerError as error:
        fail(4, str(error))
    except service.ListenError as error:
        fail(3, str(error))
    except (DocumentError, service.BusConfigError, OSError) as error:
        fail(2, str(error))


def _time(text: str) -> float:
    seconds = parse_time(text)
    if seconds is None:
        fail(2, f"--start: {text!r} is not a valid time; expected e.g. 2026-01-31T12:00:00+00:00")
    return seconds
