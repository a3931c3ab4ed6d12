"""What a message class says, as a value.

Apart from `message_classes`, which imports fedora-messaging: that takes longer than
a whole report.
"""

from typing import NamedTuple


class ClassAnswer(NamedTuple):
    """What a message class says.

    ``failed``: it could not be loaded, or one of its properties raised.
    ``deprecated``: another class's message reports the same. ``silent``: it
    names no agent on purpose, rather than because the body lacks a name.
    """

    agent: str | None = None
    usernames: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    failed: bool = False
    deprecated: bool = False
    silent: bool = False
