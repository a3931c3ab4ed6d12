"""How commands end: exit statuses, and the message that explains them."""

import errno
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NoReturn

import click

#: What the process's exit status means.
EXIT_STATUSES = {
    0: "success; for `run`, stopped by a signal",
    1: "part of a file was damaged, and the rest was counted or explained; "
    "datagrepper gave no usable response; `forget` found nothing; or the reader of the output "
    "closed it early",
    2: "an error in the command line, the config or the mapping, or a file that cannot be read",
    3: "the HTTP server cannot listen on its address",
    4: "the ledger cannot be used",
    5: "the output cannot be written, for example because the disk is full",
    10: "the broker refused to declare a queue or a binding as configured",
    13: "a bug in the exporter; please report it",
    15: "the broker refused access to the queue",
}


class Commands(click.Group):
    """The commands, each imported when it is called; output that cannot be written is reported.

    Importing all of them would take longer than making most reports. ``modules`` maps
    the name of each command to its module, in the order of the documentation.
    """

    modules: Mapping[str, str] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of all commands, sorted."""
        return sorted(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, None if there is none."""
        if cmd_name not in self.modules:
            return None
        module = import_module(self.modules[cmd_name])
        command: click.Command = getattr(module, cmd_name)
        return command

    def every(self) -> dict[str, click.Command]:
        """All commands by name, in the order of the documentation."""
        context = click.Context(self)
        found = {name: self.get_command(context, name) for name in self.modules}
        return {name: command for name, command in found.items() if command}

    def main(self, *args: Any, **options: Any) -> Any:
        """Run as click does, which handles a closed pipe itself."""
        _stand_in_for_closed_streams()
        try:
            return super().main(*args, **options)
        except OSError as error:
            # An error with a file name is about another file.
            if error.filename is not None:
                raise
            # Flushing the rest of the buffer at exit would fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            fail(5, f"the output cannot be written: {_reason(error)}")


def fail(status: int, text: str) -> NoReturn:
    """Print the reason to standard error, and end with that status."""
    click.echo(text, err=True)
    sys.exit(status)


def _stand_in_for_closed_streams() -> None:
    """Occupy the descriptors of closed standard streams, before one of our files gets them.

    Writing to a closed standard output still fails, as it would with a file. Whatever
    is logged to a closed standard error is lost: that is why it was closed.
    """
    for number, mode in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, mode), number)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _reason(error: OSError) -> str:
    return "standard output is closed" if error.errno == errno.EBADF else str(error.strerror)
