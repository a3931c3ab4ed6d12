"""What a message class says, as a value.

Separate from `message_classes`, which imports fedora-messaging: that takes longer
than a whole report.
"""

from typing import NamedTuple


class ClassAnswer(NamedTuple):
    """What a message class says about a message.

    ``failed``: the class could not be loaded, or one of its properties raised.
    ``deprecated``: a message of another class reports the same action. ``silent``: it
    names no agent on purpose, and not because the body lacks a name.
    """

    agent: str | None = None
    usernames: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    failed: bool = False
    deprecated: bool = False
    silent: bool = False
