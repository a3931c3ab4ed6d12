"""The process: a source, the exporter and its HTTP server on one reactor.

Importing this module installs Twisted's reactor.
"""

import logging
import os
import signal
import threading
import time
from typing import Any, Protocol

from twisted.internet import reactor as _reactor
from twisted.internet import task

from ..sources.status import Status
from ..web import lifecycle, pulse
from ..web.server import listen
from .exporter import Exporter
from .reload import Reading, Reload
from .systemd import Systemd

log = logging.getLogger(__name__)
reactor: Any = _reactor


class Runnable(Protocol):
    """A source as the process runs it. ``stop`` may return a Deferred that fires when done."""

    def start(self) -> None:
        """Start delivering."""

    def stop(self) -> Any:
        """Finish the current batch and stop delivering."""


def serve(exporter: Exporter, status: Status, source: str, reading: Reading) -> None:
    """Keep the groups up to date, serve the pages and reload on request, until the end.

    ``source`` is shown to people. To be called from the main thread, which gets signals.
    Raises DocumentError, ListenError.
    """
    exporter.keep_groups(reactor)
    reactor.addSystemEventTrigger("before", "shutdown", exporter.groups.stop)
    exporter.weekly.start(reactor)
    reactor.addSystemEventTrigger("before", "shutdown", exporter.weekly.stop)
    systemd = Systemd()
    reload = Reload(exporter, reading, reactor, time.time, systemd)
    reactor.callWhenRunning(systemd.start, reactor, status)
    reactor.addSystemEventTrigger("before", "shutdown", systemd.stop)
    signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(reload, "SIGHUP"))
    site = exporter.site(status, source)
    page = lifecycle.page(reload, enabled=exporter.config.lifecycle)
    site.put(lifecycle.PATH, page, lifecycle.METHODS)
    listen(site, exporter.config, exporter.telemetry, reactor)
    task.LoopingCall(site.landing.look).start(pulse.EVERY)
    reactor.addSystemEventTrigger("after", "shutdown", exporter.close)


#: How long an orderly shutdown may take before the process exits anyway, in seconds.
DEADLINE = 8.0


class Process:
    """Runs a source until a signal arrives or the source gives up."""

    def __init__(self) -> None:
        self._exit_status = 0
        self._ending = False

    def run(self, source: Runnable) -> int:
        """Run the reactor until the end; returns the process's exit status."""
        reactor.callWhenRunning(source.start)
        # Before the shutdown proper, in which Twisted closes the connections: the
        # current batch could no longer be acked.
        reactor.addSystemEventTrigger("before", "shutdown", source.stop)
        signal.signal(signal.SIGINT, self._signalled)
        signal.signal(signal.SIGTERM, self._signalled)
        reactor.run(installSignalHandlers=False)
        return self._exit_status

    def stop(self, exit_status: int = 0, reason: str = "") -> None:
        """End the process with an exit status, and log the reason, if any."""
        if reason:
            log.error("%s", reason)
        self._exit_status = exit_status
        if reactor.running:
            reactor.stop()

    def _signalled(self, number: int, _frame: object) -> None:
        name = signal.Signals(number).name
        if self._ending:
            self._end_now(f"{name} again")
        self._ending = True
        log.info("%s: finishing the current batch", name)
        deadline = threading.Timer(DEADLINE, self._end_now, [f"not done after {DEADLINE:g} s"])
        deadline.daemon = True
        deadline.start()
        reactor.callFromThread(self.stop)

    def _end_now(self, why: str) -> None:
        """Exit immediately. What is counted is on disk, and the rest will be redelivered."""
        log.warning("%s: exiting immediately; nothing is lost", why)
        logging.shutdown()
        os._exit(self._exit_status)
