"""The HTTP server, on the reactor that reads the bus."""

import logging
import socket
from typing import Any, cast

from twisted.protocols.tls import TLSMemoryBIOFactory

from ..config import Config
from ..config.addresses import Unix
from ..exposition.telemetry import Telemetry
from .acceptor import Acceptor
from .connections import Connections
from .guard.gate import Gate
from .guard.tls import Handshakes
from .guard.web_config import WebConfig
from .pages import Site
from .sockets import ListenError, is_local, name, sockets

__all__ = ["ListenError", "listen"]

log = logging.getLogger(__name__)


def listen(site: Site, config: Config, telemetry: Telemetry, reactor: Any) -> list[Any]:
    """Serve pages at the addresses in a config; returns the reactor's ports.

    Raises ListenError, and DocumentError for the web config file.
    """
    gate, factory = _guarded(site, config, telemetry, reactor)
    opened = _opened(config)
    tls = isinstance(factory, TLSMemoryBIOFactory)
    for one in opened:
        log.info("listening on %s", name(one, tls=tls))
    if _shows_names(config, gate.config if gate else None):
        _warn_of_exposure(opened)
    for address in config.listen:
        if isinstance(address, Unix):
            reactor.addSystemEventTrigger("after", "shutdown", address.path.unlink, True)
    return [_adopt(one, factory, reactor) for one in opened]


def _guarded(
    site: Site, config: Config, telemetry: Telemetry, reactor: Any
) -> tuple[Gate | None, Any]:
    """The site that answers requests, and the factory of its connections. Raises DocumentError."""
    path = config.web_config
    if path is None:
        return None, Connections(site, telemetry.count_closed, reactor)
    gate = Gate(site, path, reactor, open_probes=config.open_probes)
    connections = Connections(gate, telemetry.count_closed, reactor)
    if gate.config.tls is None:
        return gate, connections
    # TLS is set up for each connection, from the files as they are at that time.
    handshakes = Handshakes(path)
    telemetry.web_certificate_expiry.set_function(handshakes.expiry)
    return gate, TLSMemoryBIOFactory(cast(Any, handshakes), False, cast(Any, connections))


def _opened(config: Config) -> list[socket.socket]:
    """The sockets of all addresses, or none. Raises ListenError."""
    opened: list[socket.socket] = []
    try:
        for address in config.listen:
            opened.extend(sockets(address))
    except ListenError:
        for one in opened:
            one.close()
        raise
    return opened


def _shows_names(config: Config, web: WebConfig | None) -> bool:
    """Whether anyone who connects can see names of people."""
    tls = web.tls if web else None
    knows_clients = bool(web and web.users) or bool(tls and tls.client_auth.startswith("Require"))
    return config.expose in ("all", "members") and not knows_clients


def _warn_of_exposure(opened: list[socket.socket]) -> None:
    for one in opened:
        if not is_local(one):
            log.warning(
                "%s shows names of people to anyone who can reach it; to prevent that, set "
                "`web.config_file` with basic_auth_users, or `users.expose`",
                name(one, tls=False),
            )


def _adopt(one: socket.socket, factory: Any, reactor: Any) -> Any:
    """Let the reactor accept on a socket."""
    if one.family == socket.AF_UNIX:
        return Acceptor(one, factory, reactor)
    # The reactor takes a duplicate.
    with one:
        return reactor.adoptStreamPort(one.fileno(), one.family, factory)
