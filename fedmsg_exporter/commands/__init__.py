"""The command line, ``fedmsg-exporter``: one module or folder per command.

What several share: `options` and the config they name, `recordings` read one after the
other, what is `measured`, `progress`, `logs`, `exit_status`.
"""

import logging
import platform

import click

from ..version import __version__, revision
from . import logs
from .exit_status import Commands

__all__ = ["main"]

#: The commands; each is in the module of the same name.
_NAMES = (
    "run",
    "count",
    "explain",
    "check",
    "simulate",
    "backup",
    "learn",
    "history",
    "report",
    "reset",
    "forget",
)
_VERSION = (
    f"%(prog)s, version %(version)s (revision: {revision(__version__)})\n"
    f"  python version: {platform.python_version()}"
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fedmsg-exporter", message=_VERSION)
@click.option(
    "--log.level",
    "log_level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="Only log messages with this severity or above, to standard error.",
)
@click.option(
    "--log.format",
    "log_format",
    type=click.Choice(logs.FORMATS),
    default="text",
    show_default=True,
    help="Output format of log messages.",
)
def main(log_level: str, log_format: str) -> None:
    """Count what happens on Fedora's message bus, for Prometheus."""
    logs.set_up(log_level, log_format)
    # At info, fedora-messaging logs two lines per message.
    quiet = max(logging.WARNING, logging.root.level)
    logging.getLogger("fedora_messaging").setLevel(quiet)
    logging.getLogger("fedmsg_exporter.twisted").setLevel(quiet)
    logging.getLogger("urllib3").setLevel(quiet)
    logging.getLogger("pika").setLevel(logging.CRITICAL)


main.modules = {name: f"{__name__}.{name}" for name in _NAMES}
