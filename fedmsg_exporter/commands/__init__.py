"""The command line, ``fedmsg-exporter``: one module per command."""

import logging
import sys

import click

from ..version import __version__
from .backup import backup
from .check import check
from .count import count
from .exit_status import Commands
from .explain import explain
from .forget import forget
from .history import history
from .reset import reset
from .run import run
from .simulate import simulate

__all__ = ["main"]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fedmsg-exporter")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="Least severe log messages to write to standard error.",
)
def main(log_level: str) -> None:
    """Count what happens on Fedora's message bus, for Prometheus."""
    logging.basicConfig(
        level=log_level.upper(), format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    # fedora-messaging logs two lines for each message.
    quiet = max(logging.WARNING, logging.root.level)
    logging.getLogger("fedora_messaging").setLevel(quiet)
    logging.getLogger("fedmsg_exporter.twisted").setLevel(quiet)
    logging.getLogger("urllib3").setLevel(quiet)
    logging.getLogger("pika").setLevel(logging.CRITICAL)


for command in (run, count, explain, check, simulate, backup, history, reset, forget):
    main.add_command(command)
