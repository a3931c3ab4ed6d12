"""The contract between a source and the pipeline.

A source hands its messages over in batches. A batch for which the sink returns
`Recorded` is safe and can be acked. One for which it raises `NotRecorded` is not: the
source keeps it, or has it redelivered.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from .message import Message

#: How long to wait before trying again after a batch was not recorded, in seconds.
RETRY = 1.0


class NotRecorded(Exception):  # noqa: N818  it is an outcome; the ledger's errors derive from it
    """A batch is not safe, and none of it was counted. The message says what to do."""


class Recorded(NamedTuple):
    """The outcome of a batch: how many messages were counted, and how many were duplicates."""

    counted: int
    duplicates: int


class Sink(Protocol):
    """Takes a batch of messages, whole or not at all. Raises NotRecorded."""

    def __call__(self, messages: Sequence[Message], /) -> Recorded:
        """Record a batch."""


class Probe(Protocol):
    """Finds out whether a batch could be recorded now. Raises NotRecorded if not."""

    def __call__(self) -> None:
        """Try it, without recording anything."""
