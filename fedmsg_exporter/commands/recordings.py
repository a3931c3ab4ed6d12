"""The recordings that a command was given, read one after the other."""

from collections.abc import Iterable, Iterator
from itertools import islice

import click

from ..message import Message
from ..sources import recording
from ..sources.recording import Damage


class Recordings:
    """Several recordings in a row. ``exit_status`` is 1 once anything was damaged."""

    def __init__(self, files: Iterable[str]) -> None:
        self._files = files
        self.exit_status = 0

    def messages(self) -> Iterator[Message]:
        """Every message that can be read; damage goes to standard error."""
        for name in self._files:
            try:
                yield from self._undamaged(recording.read(name))
            except OSError as error:
                self._tell(f"{name}: cannot be read: {error.strerror or error}")

    def batches(self, size: int = 1000) -> Iterator[list[Message]]:
        """The messages, so many at a time."""
        messages = self.messages()
        while batch := list(islice(messages, size)):
            yield batch

    def _undamaged(self, found: Iterable[Message | Damage]) -> Iterator[Message]:
        for item in found:
            if isinstance(item, Damage):
                self._tell(str(item))
            else:
                yield item

    def _tell(self, text: str) -> None:
        click.echo(text, err=True)
        self.exit_status = 1
