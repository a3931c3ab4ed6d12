"""What the message classes of Fedora's applications say about a message.

Each app may ship a schema package that registers its classes in the entry
point group ``fedora.messages``; the header ``fedora_messaging_schema`` names
the class. Where the package is installed, its ``agent_name`` is the app's own
word on who did it.
"""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple

import pika
from fedora_messaging.message import Message as MessageClass

from ..message import Message


class ClassAnswer(NamedTuple):
    """What a message class says.

    ``failed`` tells that it could not be loaded or that a property of it
    raised, ``deprecated`` that another class's message tells the same.
    """

    agent: str | None = None
    usernames: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    failed: bool = False
    deprecated: bool = False


class SchemaClasses:
    """The message classes that are installed, loaded when first needed."""

    def __init__(self) -> None:
        self._entries: dict[str, EntryPoint] = {
            entry.name: entry for entry in entry_points(group="fedora.messages")
        }
        # The base class knows nothing that we do not know better.
        self._entries.pop("base.message", None)
        self._classes: dict[str, type[MessageClass] | None] = {}

    def ask(self, message: Message) -> ClassAnswer | None:
        """Ask a message's own class about it; None where it is not installed."""
        name = message.headers.get("fedora_messaging_schema")
        if not isinstance(name, str) or name not in self._entries:
            return None
        cls = self._load(name)
        if cls is None:
            return ClassAnswer(failed=True)
        return _answer(cls, message)

    def _load(self, name: str) -> type[MessageClass] | None:
        if name not in self._classes:
            try:
                self._classes[name] = self._entries[name].load()
            except Exception:  # noqa: BLE001  anything may happen in another's package
                self._classes[name] = None
        return self._classes[name]


def _answer(cls: type[MessageClass], message: Message) -> ClassAnswer:
    """Read the properties, each of which may raise or be other than promised.

    datanommer has met both ("workaround schemas misbehaving").
    """
    failures: list[str] = []

    def read(name: str) -> object:
        return _guarded(lambda: getattr(instance, name, None), failures)

    # With properties given, the class does not compute its filter headers.
    properties = pika.BasicProperties(headers=dict(message.headers), message_id=message.id)
    instance = _guarded(
        lambda: cls(topic=message.topic, body=dict(message.body), properties=properties),
        failures,
    )
    if instance is None:
        return ClassAnswer(failed=True)
    # Fedocal, Elections and others have no agent_name, but an agent; those that
    # have both warn of the latter.
    has_name = cls.agent_name is not MessageClass.agent_name
    agent = read("agent_name") if has_name else read("agent")
    return ClassAnswer(
        agent if isinstance(agent, str) else None,
        _texts(read("usernames")),
        _texts(read("packages")),
        failed=bool(failures),
        # FMN skips these, too (fmn/consumer/consumer.py).
        deprecated=cls.deprecated is True,
    )


def _guarded(read: Callable[[], object], failures: list[str]) -> object:
    try:
        return read()
    except Exception as error:  # noqa: BLE001  a publisher's mistake must not stop us
        failures.append(repr(error))
        return None


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple | set | frozenset):
        return ()
    return tuple(item for item in value if isinstance(item, str))
