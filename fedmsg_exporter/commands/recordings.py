"""The recordings given to a command, read one after the other."""

from collections.abc import Iterable, Iterator
from itertools import islice

import click

from ..message import Message
from ..report.formats.values import counted
from ..sources import recording
from ..sources.recording import Damage
from .exit_status import fail

#: How many damaged messages of a file are shown, and the last one; the others are counted.
_SHOWN = 10


class Recordings:
    """Several recordings in a row.

    ``exit_status`` is 1 once anything was damaged, 2 once a whole file could not be read.
    """

    def __init__(self, files: Iterable[str]) -> None:
        """Look at the beginning of each file; ends with status 2 if any cannot be read.

        Given a wrong file name, a command must not print numbers that leave that file out.
        """
        self._files = list(files)
        self.exit_status = 0
        if problems := list(filter(None, map(recording.unreadable, self._files))):
            fail(2, "\n".join(problems))

    def messages(self) -> Iterator[Message]:
        """Every message that can be read; damage is reported to standard error."""
        for name in self._files:
            try:
                yield from self._undamaged(name)
            except OSError as error:
                self._report(2, f"{name}: cannot be read: {error.strerror or error}")

    def batches(self, size: int = 1000) -> Iterator[list[Message]]:
        """The messages in batches of a given size."""
        messages = self.messages()
        while batch := list(islice(messages, size)):
            yield batch

    def _undamaged(self, name: str) -> Iterator[Message]:
        damaged = 0
        last: Damage | None = None
        for item in recording.read(name):
            if not isinstance(item, Damage):
                yield item
            elif (damaged := damaged + 1) > _SHOWN:
                last = item
            else:
                self._report(2 if item.whole else 1, str(item))
        if (more := damaged - _SHOWN - 1) > 0:
            are = counted(more, "more message is", "more messages are")
            self._report(1, f"{recording.shown(name)}: {are} damaged")
        if last:  # which may say that the rest of the file cannot be read
            self._report(1, str(last))

    def _report(self, status: int, text: str) -> None:
        click.echo(text, err=True)
        self.exit_status = max(self.exit_status, status)
