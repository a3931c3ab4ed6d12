"""The HTTP server's socket, on the reactor that reads the bus."""

import logging
from typing import Any, cast

from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.web import server

from .pages import Site

log = logging.getLogger(__name__)


class ListenError(Exception):
    """The HTTP server cannot listen where the config says."""


def listen(site: Site, address: tuple[str, int], reactor: Any) -> IListeningPort:
    """Serve pages at a host and port. Raises ListenError."""
    host, port = address
    factory = server.Site(site)
    # Prometheus logs its scrapes well enough.
    factory.noisy = False
    factory.log = lambda _: None  # type: ignore[method-assign, assignment]
    try:
        listening: IListeningPort = reactor.listenTCP(port, factory, interface=host)
    except CannotListenError as error:
        raise ListenError(
            f"cannot listen on {host}:{port}: {error.socketError}; "
            "stop what does, or set `listen` to another address"
        ) from error
    where: Any = cast(Any, listening).getHost()
    log.info("listening on http://%s:%s/", where.host, where.port)
    return listening
