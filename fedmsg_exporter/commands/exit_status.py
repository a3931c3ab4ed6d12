"""How commands end: exit statuses, and the message that explains them."""

import os
import sys
from typing import Any, NoReturn

import click

#: What the process's exit status means.
EXIT_STATUSES = {
    0: "success; for `run`, stopped by a signal",
    1: "part of a file was damaged, the rest was counted or explained; "
    "or the reader of the output closed it early",
    2: "an error in the command line, the config or the mapping",
    3: "the HTTP server cannot listen on its address",
    4: "the ledger cannot be used",
    5: "the output cannot be written, for example because the disk is full",
    10: "the broker refused to declare a queue or a binding as configured",
    13: "a bug in the exporter; please report it",
    15: "the broker refused access to the queue",
}


class Commands(click.Group):
    """The commands; an output that cannot be written is reported."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run as click does, which handles a closed pipe itself."""
        try:
            return super().main(*args, **options)
        except OSError as error:
            # With a name it is about another file.
            if error.filename is not None:
                raise
            # What is left in the buffer would fail again at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            fail(5, f"the output cannot be written: {error.strerror}")


def fail(status: int, text: str) -> NoReturn:
    """Print the reason to standard error, and end with that status."""
    click.echo(text, err=True)
    sys.exit(status)
