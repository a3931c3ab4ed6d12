"""The command line, ``fedmsg-exporter``: one module per command."""

import logging
import sys

import click

from ..version import __version__
from .exit_status import Commands

__all__ = ["main"]

#: Every command, and the module of the same name that has it.
_NAMES = (
    "run",
    "count",
    "explain",
    "check",
    "simulate",
    "backup",
    "learn",
    "history",
    "reset",
    "forget",
)


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


main.modules = {name: f"{__name__}.{name}" for name in _NAMES}
