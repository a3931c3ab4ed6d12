"""The HTTP server, on the reactor that reads the bus."""

import logging
import socket
from collections.abc import Callable, Sequence
from typing import Any

from ..config.addresses import Address, Unix
from .acceptor import Acceptor
from .connections import Connections, Service
from .sockets import ListenError, name, sockets

__all__ = ["ListenError", "listen"]

log = logging.getLogger(__name__)


def listen(
    service: Service, addresses: Sequence[Address], count: Callable[[str], None], reactor: Any
) -> list[Any]:
    """Serve pages at all addresses, or at none; returns the reactor's ports. Raises ListenError.

    ``count`` is told why connections are closed: a key of `telemetry.CLOSED`.
    """
    opened: list[socket.socket] = []
    try:
        for address in addresses:
            opened.extend(sockets(address))
    except ListenError:
        for one in opened:
            one.close()
        raise
    connections = Connections(service, count, reactor)
    for one in opened:
        log.info("listening on %s", name(one, tls=False))
    for address in addresses:
        if isinstance(address, Unix):
            reactor.addSystemEventTrigger("after", "shutdown", address.path.unlink, True)
    return [_adopt(one, connections, reactor) for one in opened]


def _adopt(one: socket.socket, connections: Connections, reactor: Any) -> Any:
    """Let the reactor accept on a socket."""
    if one.family == socket.AF_UNIX:
        return Acceptor(one, connections, reactor)
    # The reactor takes a duplicate.
    with one:
        return reactor.adoptStreamPort(one.fileno(), one.family, connections)
