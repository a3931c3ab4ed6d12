"""``fedmsg-exporter run``: the service."""

import math
import sys
import time
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from ..config.origin import Reading
from ..ledger import LedgerError
from .exit_status import fail
from .options import (
    config_option,
    load,
    naming_files,
    people_option,
    rate_option,
    seed_option,
    start_option,
    state_option,
)

#: Sources that are not recordings.
SOURCES = ("bus", "simulation")


def _finite(_context: click.Context, _option: click.Parameter, number: float) -> float:
    if not math.isfinite(number):
        raise click.BadParameter(f"{number} is not a valid speed; 1 is the speed of the real bus")
    return number


class _Source(click.Path):
    """The words bus and simulation, or a file; a shell completes all of them."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete the two words, or else files: bash drops words that are offered with files."""
        words = [CompletionItem(word) for word in SOURCES if word.startswith(incomplete)]
        return words or super().shell_complete(ctx, param, incomplete)


@click.command()
@config_option
@click.option(
    "--source",
    type=_Source(),
    default="bus",
    show_default=True,
    metavar="bus|simulation|PATH",
    help="Where messages come from: the bus as configured for fedora-messaging, "
    "the built-in simulation, or a recording.",
)
@click.option(
    "--listen",
    metavar="ADDRESS",
    multiple=True,
    help="Address to listen on; overrides `listen` in the config. Can be repeated.",
)
@click.option(
    "--web.config.file",
    "web_config",
    metavar="PATH",
    help="File with TLS, users and headers; overrides `web.config_file` in the config.",
)
@click.option(
    "--web.enable-lifecycle",
    "lifecycle",
    is_flag=True,
    help="Reload the config on POST /-/reload; overrides `web.enable_lifecycle` in the config.",
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
@seed_option
@people_option
@rate_option
@start_option
def run(  # noqa: PLR0913, PLR0917  one for each option
    path: Path | None,
    source: str,
    listen: tuple[str, ...],
    web_config: str | None,
    lifecycle: bool,
    state: str | None,
    speed: float,
    seed: int,
    people: int,
    rate: float,
    start: float | None,
) -> None:
    """Run the exporter: read messages, serve /metrics."""
    from ..service import run as service  # noqa: PLC0415  it installs Twisted's reactor

    web: dict[str, object] = {"config_file": web_config} if web_config else {}
    web |= {"enable_lifecycle": True} if lifecycle else {}
    overrides = {"listen": list(listen) or None, "web": web or None, "state": state}
    settings = load(path, overrides)
    start = time.time() if start is None else start
    play = service.Play(seed=seed, people=people, rate=rate, speed=speed, start=start)
    try:
        with naming_files(path):
            sys.exit(service.run(settings, source, play, Reading(path, overrides)))
    except LedgerError as error:
        fail(4, str(error))
    except service.ListenError as error:
        fail(3, str(error))
    except (service.BusConfigError, OSError) as error:
        fail(2, str(error))
