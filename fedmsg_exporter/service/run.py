"""``fedmsg-exporter run``: the source that is asked for, and the service around it.

Importing this module installs Twisted's reactor.
"""

import logging
import time
from pathlib import Path
from typing import NamedTuple

from fedora_messaging import config as bus_config
from fedora_messaging.exceptions import ConfigurationException
from twisted.python.log import PythonLoggingObserver

from ..config import Config
from ..gaps import Gaps
from ..sources import recording
from ..sources.datagrepper.client import HTTPClient
from ..sources.datagrepper.filler import Datagrepper
from ..sources.datagrepper.plan import Rules
from ..sources.player import Player, recorded, simulated
from ..sources.rabbitmq import queues
from ..sources.rabbitmq.bus import Bus
from ..sources.simulation import Simulation
from ..sources.status import Status
from .exporter import Exporter
from .process import ListenError, Service, Source, keep_groups, listen, reactor

__all__ = ["BusConfigError", "ListenError", "Play", "run"]

log = logging.getLogger(__name__)

_TICK = 0.1


class BusConfigError(Exception):
    """fedora-messaging cannot use its config; the message says why."""


class Play(NamedTuple):
    """How the simulation is played: which, how fast, from when (epoch seconds)."""

    seed: int
    speed: float
    start: float


def run(config: Config, source: str, play: Play) -> int:
    """Run until a signal comes; returns the exit status.

    Raises DocumentError, LedgerError, ListenError, BusConfigError, and OSError
    for a recording that cannot be opened.
    """
    PythonLoggingObserver("fedmsg_exporter.twisted").start()
    exporter = Exporter(config)
    if not exporter.ledger.durable:
        log.warning("counts live in memory only and end with the process; set `state` to keep them")
    status = exporter.status("starting")
    service = Service(exporter)
    chosen = _source(source, play, exporter, status, service)
    keep_groups(exporter)
    listen(exporter, status, source)
    return service.run(chosen)


def _source(name: str, play: Play, exporter: Exporter, status: Status, service: Service) -> Source:
    sink = exporter.pipeline.take
    if name == "bus":
        _load_bus_config()
        return _with_gaps(Bus(sink, status, reactor, service.stop), exporter, status)
    if name == "simulation":
        sent = Simulation(play.seed).messages(play.start)
        batches = simulated(sent, time.time, play.start, play.speed)
        return Player(batches, sink, status, reactor, interval=_TICK, end="")
    _require_readable(name)
    batches = recorded(recording.read(name))
    return Player(batches, sink, status, reactor, interval=0, end="the recording has ended")


def _require_readable(name: str) -> None:
    """Raise OSError with a way out, where a recording cannot be opened."""
    if name == recording.STDIN:
        return
    try:
        Path(name).open("rb").close()
    except OSError as error:
        raise OSError(
            f"{name}: cannot be read: {error.strerror}; --source takes bus, simulation or a file"
        ) from error


def _with_gaps(bus: Bus, exporter: Exporter, status: Status) -> Source:
    """The bus, with its gaps told and filled, as its queues and the config want it."""
    settings, conf = exporter.config.gaps, bus_config.conf
    lossy = not queues.outlive(conf["queues"], passive=conf["passive_declares"])
    if settings.fill != "always" and not lossy:
        return bus
    wanted = queues.wanted(conf["queues"], conf["bindings"])
    gaps = Gaps(bus, exporter, reactor, lossy=lossy, wanted=wanted)
    if settings.fill != "never":
        client = HTTPClient(settings.url, settings.timeout, reactor)
        rules = Rules(settings.settle, settings.longest, settings.pause)
        gaps.fill_from(Datagrepper(client, rules, gaps, reactor))
    status.follow(gaps.follow)
    return gaps


def _load_bus_config() -> None:
    try:
        bus_config.conf.load_config()
    except ConfigurationException as error:
        raise BusConfigError(f"fedora-messaging's config: {error}") from error
