"""Reload: another config, mapping, groups and logins between two batches, all or nothing.

What the config names is read in a thread while messages are counted as before. Then
everything is replaced in one step in the reactor's thread, where batches are counted
too. A config that cannot be used changes nothing.
"""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from ..config import Config, fixed
from ..document import DocumentError
from ..ledger import LedgerError
from ..web.lifecycle import Outcome
from .exporter import Exporter, Prepared
from .systemd import Systemd

log = logging.getLogger(__name__)


class Reading(Protocol):
    """Reads the config as it is now."""

    def load(self) -> Config:
        """The config. Raises DocumentError."""

    def traced(self, error: DocumentError) -> DocumentError:
        """An error in which a missing file is reported at the line that names it."""


class Settled(NamedTuple):
    """A config that is not read again, although the files that it names are."""

    config: Config

    def load(self) -> Config:
        """The same config every time."""
        return self.config

    def traced(self, error: DocumentError) -> DocumentError:
        """The error as it is."""
        return error


class Reload:
    """Reloads an exporter, one reload at a time.

    A request during a reload gets another one afterwards, because the files may have
    been read already; all requests that wait for it share it. ``clock`` returns epoch
    seconds, ``systemd`` is notified when a reload begins and ends.
    """

    def __init__(
        self,
        exporter: Exporter,
        reading: Reading,
        reactor: Any,
        clock: Callable[[], float],
        systemd: Systemd,
    ) -> None:
        self._exporter = exporter
        self._reading = reading
        self._reactor = reactor
        self._clock = clock
        self._systemd = systemd
        self._is_running = False
        self._waiting: list[Deferred[Outcome]] = []

    def __call__(self, who: str) -> "Deferred[Outcome]":
        """Reload, and log who requested it; the Deferred fires with the outcome."""
        log.info("%s: reloading", who)
        asked: Deferred[Outcome] = Deferred()
        self._waiting.append(asked)
        if not self._is_running:
            self._begin()
        return asked

    def _begin(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._is_running = True
        self._systemd.reloading()
        pool = self._reactor.getThreadPool()
        prepared = deferToThreadPool(self._reactor, pool, self._prepare)
        outcome = prepared.addCallback(self._adopt).addErrback(self._fail)
        outcome.addCallback(self._end, waiting)

    def _prepare(self) -> Prepared:
        return self._exporter.prepare(self._reading.load())

    def _adopt(self, prepared: Prepared) -> Outcome:
        exporter = self._exporter
        waits = fixed.changed(exporter.config, prepared.config)
        gone = exporter.adopt(prepared)
        exporter.telemetry.reloaded(self._clock())
        remarks = [*map(_waits, waits), *map(_gone, gone)]
        log.info("the config was reloaded")
        for remark in remarks:
            log.warning("%s", remark)
        return Outcome(True, "\n".join(["Reloaded.", *remarks]))

    def _fail(self, failure: Failure) -> Outcome:
        self._exporter.telemetry.reload_successful.set(0)
        problems = self._problems(failure)
        for problem in problems:
            log.error("not reloaded: %s", problem)
        return Outcome(False, "\n".join(["Not reloaded; nothing has changed:", *problems]))

    def _problems(self, failure: Failure) -> list[str]:
        error = failure.value
        if isinstance(error, DocumentError):
            return [str(one) for one in self._reading.traced(error).problems]
        if isinstance(error, LedgerError):
            return [str(error)]
        log.error("a bug in the exporter, please report it: %s", failure.getTraceback())
        return [f"a bug in the exporter: {error!r}"]

    def _end(self, outcome: Outcome, waiting: "list[Deferred[Outcome]]") -> None:
        self._is_running = False
        self._systemd.reloaded()
        if self._waiting:
            self._begin()
        for one in waiting:
            one.callback(outcome)


def _waits(key: str) -> str:
    return f"{key} has changed, which takes effect when the exporter is restarted"


def _gone(family: str) -> str:
    return (
        f"{family} is no longer shown: alerts and panels that use it will have no data; "
        "its counts are kept in case it returns"
    )
