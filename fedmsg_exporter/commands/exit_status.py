"""How commands end: their exit statuses, and what they say then."""

import os
import sys
from typing import Any, NoReturn

import click

#: What the process's exit status means.
EXIT_STATUSES = {
    0: "all is well; `run` was told to stop",
    1: "something in a file was damaged, the rest was counted or explained; "
    "or nobody read the output to its end",
    2: "the command line, the config or the mapping is wrong",
    3: "the HTTP server cannot listen on its address",
    4: "the ledger cannot be used",
    5: "the output cannot be written: its disk is full, for one",
    10: "the broker refused to declare a queue or a binding as configured",
    13: "a bug in the exporter itself; please report it",
    15: "the broker does not permit to read the queue",
}


class Commands(click.Group):
    """The commands; what cannot write its output says so."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run as click does, which knows by itself what a closed pipe means."""
        try:
            return super().main(*args, **options)
        except OSError as error:
            # With a name it is of another file.
            if error.filename is not None:
                raise
            # What is left in the buffer would fail again at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            fail(5, f"the output cannot be written: {error.strerror}")


def fail(status: int, text: str) -> NoReturn:
    """Say why on standard error, and end with that status."""
    click.echo(text, err=True)
    sys.exit(status)
