"""The service: a source, the exporter and its HTTP server on one reactor.

Importing this module installs Twisted's reactor.
"""

import logging
import signal
from typing import Any, Protocol, cast

from twisted.internet import reactor as _reactor
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.web import server

from ..sources.status import Status
from .exporter import Exporter

log = logging.getLogger(__name__)
reactor: Any = _reactor


class Source(Protocol):
    """What delivers messages. ``stop`` may return a Deferred that fires when done."""

    def start(self) -> None:
        """Begin to deliver."""

    def stop(self) -> Any:
        """Finish what is in hand and deliver no more."""


class ListenError(Exception):
    """The HTTP server cannot listen where the config says."""


def listen(exporter: Exporter, status: Status, source: str) -> IListeningPort:
    """Serve the pages at the config's ``listen``. Raises ListenError."""
    host, port = exporter.config.listen
    site = server.Site(exporter.site(status, source))
    # Prometheus logs its scrapes well enough.
    site.noisy = False
    site.log = lambda _: None  # type: ignore[method-assign, assignment]
    try:
        listening: IListeningPort = reactor.listenTCP(port, site, interface=host)
    except CannotListenError as error:
        raise ListenError(
            f"cannot listen on {host}:{port}: {error.socketError}; "
            "stop what does, or set `listen` to another address"
        ) from error
    address: Any = cast(Any, listening).getHost()
    log.info("listening on http://%s:%s/", address.host, address.port)
    return listening


def keep_groups(exporter: Exporter) -> None:
    """Keep the groups right until the end. Raises DocumentError."""
    exporter.keep_groups(reactor)
    if exporter.groups:
        reactor.addSystemEventTrigger("before", "shutdown", exporter.groups.stop)


class Service:
    """Runs a source until a signal comes or the source gives up."""

    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter
        self._exit_status = 0

    def run(self, source: Source) -> int:
        """Run the reactor until the end; returns the process's exit status."""
        reactor.callWhenRunning(source.start)
        # Before the shutdown: Twisted would close the connections first, and the
        # batch in hand could not be acked any more.
        reactor.addSystemEventTrigger("before", "shutdown", source.stop)
        reactor.addSystemEventTrigger("after", "shutdown", self._exporter.close)
        signal.signal(signal.SIGINT, self._signalled)
        signal.signal(signal.SIGTERM, self._signalled)
        reactor.run(installSignalHandlers=False)
        return self._exit_status

    def stop(self, exit_status: int = 0, reason: str = "") -> None:
        """End the process with an exit status, telling why if there is a reason."""
        if reason:
            log.error("%s", reason)
        self._exit_status = exit_status
        if reactor.running:
            reactor.stop()

    def _signalled(self, number: int, _frame: object) -> None:
        log.info("%s: finishing the batch in hand", signal.Signals(number).name)
        reactor.callFromThread(self.stop)
