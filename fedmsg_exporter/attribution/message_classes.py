"""What the message classes of Fedora's applications say about a message.

An app may ship a schema package, which registers its classes in the entry point group
``fedora.messages``; the header ``fedora_messaging_schema`` names the class. If the
package is installed, the class's ``agent_name`` is the app's own statement of who
did it.
"""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pika
from fedora_messaging.message import Message as MessageClass

from ..message import Message
from .answer import ClassAnswer
from .names import blank

_SEVERAL = (list, tuple, set, frozenset)


class SchemaClasses:
    """The installed message classes, loaded when first needed."""

    def __init__(self) -> None:
        self._entries: dict[str, EntryPoint] = {
            entry.name: entry for entry in entry_points(group="fedora.messages")
        }
        # The base class knows nothing about any message.
        self._entries.pop("base.message", None)
        self._classes: dict[str, type[MessageClass] | None] = {}

    def ask(self, message: Message) -> ClassAnswer | None:
        """Ask a message's class about it; None if the class is not installed."""
        name = message.headers.get("fedora_messaging_schema")
        if not isinstance(name, str) or name not in self._entries:
            return None
        cls = self._load(name)
        if cls is None:
            return ClassAnswer(failed=True)
        return _answer(cls, message)

    def words(self, message: Message) -> str | None:
        """The class's summary of a message; None if it has none or is not installed."""
        name = message.headers.get("fedora_messaging_schema")
        cls = self._load(name) if isinstance(name, str) and name in self._entries else None
        if cls is None or getattr(cls, "summary", None) in (None, MessageClass.summary):
            return None
        instance = _instance(cls, message, dict(message.body))
        summary = _Reading(instance).read("summary") if instance else None
        return summary if isinstance(summary, str) and not blank(summary) else None

    def _load(self, name: str) -> type[MessageClass] | None:
        if name not in self._classes:
            try:
                self._classes[name] = self._entries[name].load()
            except Exception:  # noqa: BLE001  a foreign package may do anything
                self._classes[name] = None
        return self._classes[name]


def _answer(cls: type[MessageClass], message: Message) -> ClassAnswer:
    """What an instance of the class says about a message."""
    body = dict(message.body)
    instance = _instance(cls, message, body)
    if instance is None:
        return ClassAnswer(failed=True)
    reading = _Reading(instance)
    # Fedocal, Elections and others have `agent` instead of `agent_name`; classes that
    # have both warn when the former is read.
    has_name = cls.agent_name is not MessageClass.agent_name
    agent = reading.read("agent_name" if has_name else "agent")
    knows_nobody = has_name and agent is None and not reading.failed and bool(body)
    return ClassAnswer(
        agent if isinstance(agent, str) else None,
        _texts(reading.read("usernames")),
        _texts(reading.read("packages")),
        reading.failed,
        # FMN skips these too (fmn/consumer/consumer.py).
        cls.deprecated is True,
        knows_nobody and reading.finds_all("agent_name", body),
    )


def _instance(
    cls: type[MessageClass], message: Message, body: dict[str, Any]
) -> MessageClass | None:
    """An instance of a class for a message, None if it cannot be made."""
    # Given properties, the class does not compute its filter headers.
    properties = pika.BasicProperties(headers=dict(message.headers), message_id=message.id)
    try:
        instance = cls(topic=message.topic, body=body, properties=properties)
    except Exception:  # noqa: BLE001  a publisher's mistake must not stop us
        return None
    return instance if isinstance(instance, MessageClass) else None


class _Reading:
    """Reads properties, each of which may raise or have the wrong type.

    datanommer has seen both ("workaround schemas misbehaving").
    """

    def __init__(self, instance: MessageClass) -> None:
        self._instance = instance
        #: Whether a property has raised.
        self.failed = False

    def read(self, name: str) -> object:
        """The value of a property, None if it raises or the class does not have it."""
        try:
            return getattr(self._instance, name, None)
        except Exception:  # noqa: BLE001  a publisher's mistake must not stop us
            self.failed = True
            return None

    def finds_all(self, name: str, body: dict[Any, Any]) -> bool:
        """Whether the body has everything that a property reads.

        Koji's agent depends on the state of a build, and Copr's reads nothing: when they
        name nobody, they mean it. A class whose agent is missing from the body just does
        not know.
        """
        missed: list[object] = []
        self._instance.body = _Watched(body, missed)
        self.read(name)
        self._instance.body = body
        return not missed


class _Watched(dict[Any, Any]):
    """A body that records whether anything read from it was missing or blank."""

    def __init__(self, body: Mapping[Any, Any], missed: list[object]) -> None:
        super().__init__(body)
        self._missed = missed

    def __getitem__(self, key: object) -> object:
        try:
            return self._seen(key, super().__getitem__(key))
        except KeyError:
            self._missed.append(key)
            raise

    def get(self, key: object, default: object = None) -> object:
        """Read a value, and note whether it is missing."""
        return self._seen(key, super().get(key, default))

    def _seen(self, key: object, value: object) -> object:
        if value is None or (isinstance(value, str) and blank(value)):
            self._missed.append(key)
        return _Watched(value, self._missed) if type(value) is dict else value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, _SEVERAL):
        return ()
    return tuple(item for item in value if isinstance(item, str))
