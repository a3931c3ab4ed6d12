"""Accepts connections on a unix socket without changing the socket itself.

Twisted's own port makes the socket accessible to everyone and removes it at the end,
even if it belongs to systemd.
"""

import logging
import socket
from typing import Any

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]

log = logging.getLogger(__name__)

# Seconds to wait after a failure, such as too many open files.
_PAUSE = 1.0


@implementer(IReadDescriptor)
class Acceptor:
    """Accepts on a non-blocking listening socket as soon as it is created."""

    def __init__(self, listening: socket.socket, factory: Any, reactor: Any) -> None:
        self._listening = listening
        self._factory = factory
        self._reactor = reactor
        factory.doStart()
        reactor.addReader(self)

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._listening.fileno()

    def logPrefix(self) -> str:  # noqa: N802  Twisted's name
        """The name that Twisted logs."""
        return "unix socket"

    def doRead(self) -> None:  # noqa: N802
        """Accept a connection."""
        try:
            accepted, _ = self._listening.accept()
        except BlockingIOError:
            return
        except OSError as error:
            log.warning("cannot accept a connection: %s", error.strerror)
            self._reactor.removeReader(self)
            self._reactor.callLater(_PAUSE, self._reactor.addReader, self)
            return
        with accepted:
            accepted.setblocking(False)
            self._reactor.adoptStreamConnection(accepted.fileno(), socket.AF_UNIX, self._factory)

    def connectionLost(self, reason: Failure) -> None:  # noqa: ARG002, N802
        """Close the socket when the reactor stops."""
        self._listening.close()
        self._factory.doStop()
