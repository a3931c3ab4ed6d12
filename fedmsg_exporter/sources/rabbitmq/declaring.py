"""Declares queues, and knows what it means when the broker refuses."""

from collections.abc import Generator
from typing import Any

from fedora_messaging import exceptions
from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByBroker
from twisted.internet import defer

from ..status import Status
from .connection import Protocol

#: The broker's reply codes: access is refused, the queue does not exist, another
#: connection holds it.
_REFUSED = 403
_NOT_FOUND = 404
_LOCKED = 405
#: The broker shuts down, or an operator closed the connection.
_FORCED = 320


@defer.inlineCallbacks
def declare(
    protocol: Protocol, name: str, settings: Any, status: Status
) -> Generator[defer.Deferred[Any], Any, str]:
    """Declare a queue; fires with the broker's name for it, or fails with BadDeclaration.

    Checks first whether it exists: messages sent while it did not are lost.
    """
    if name:
        try:
            yield protocol.declare_queue(settings | {"queue": name, "passive": True})
        except exceptions.BadDeclaration as refusal:
            if _code(refusal) == _NOT_FOUND:
                status.lose(f"the queue {name} did not exist")
    try:
        queue: str = yield protocol.declare_queue(settings | {"queue": name})
    except ConnectionClosedByBroker as closed:
        # Declaring something deprecated closes the whole connection.
        if closed.reply_code == _FORCED:
            raise
        raise exceptions.BadDeclaration("queue", {"queue": name}, closed) from closed
    return queue


def exit_status(trouble: BaseException) -> int:
    """The exit status for a refusal at the first start; 0 if a retry may help."""
    if isinstance(trouble, exceptions.BadDeclaration):
        return 0 if _code(trouble) == _LOCKED else 10
    if isinstance(trouble, ChannelClosedByBroker):
        return 15 if trouble.reply_code == _REFUSED else 0
    return 0


def _code(refusal: Exception) -> int:
    """The broker's reply code for a refusal; 0 if there is none."""
    reason = getattr(refusal, "reason", None) or refusal
    return getattr(reason, "reply_code", 0)
