"""``fedmsg-exporter run``: the source that is asked for, and the process around it.

Importing this module installs Twisted's reactor.
"""

import logging
import time
from typing import NamedTuple

from fedora_messaging import config as bus_config
from fedora_messaging.exceptions import ConfigurationException
from twisted.python.log import PythonLoggingObserver

from ..config import Config
from ..gaps import Extent, Gaps
from ..sources import recording
from ..sources.datagrepper.client import DatagrepperClient
from ..sources.datagrepper.filler import GapFiller
from ..sources.datagrepper.plan import Pace
from ..sources.player import Player, recorded, simulated
from ..sources.rabbitmq import queues
from ..sources.rabbitmq.bus import Bus
from ..sources.simulation import Simulation
from ..sources.status import Status
from ..web.server import ListenError
from .described import described
from .exporter import Exporter
from .process import Process, Runnable, reactor, serve

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
    simulation = Simulation(play.seed) if source == "simulation" else None
    exporter = Exporter(config, groups=simulation.community.groups if simulation else {})
    if not exporter.ledger.durable:
        log.warning("counts live in memory only and end with the process; set `state` to keep them")
    status = exporter.status("starting")
    process = Process()
    if simulation:
        chosen = _player(simulation, play, exporter, status)
    else:
        chosen = _source(source, exporter, status, process)
    serve(exporter, status, described(source))
    return process.run(chosen)


def _player(simulation: Simulation, play: Play, exporter: Exporter, status: Status) -> Runnable:
    batches = simulated(simulation.messages(play.start), time.time, play.start, play.speed)
    return Player(batches, exporter.pipeline.take, status, reactor, interval=_TICK, end="")


def _source(name: str, exporter: Exporter, status: Status, process: Process) -> Runnable:
    sink = exporter.pipeline.take
    if name == "bus":
        _load_bus_config()
        return _with_gaps(Bus(sink, status, reactor, process.stop), exporter, status)
    _require_readable(name)
    batches = recorded(recording.read(name))
    return Player(batches, sink, status, reactor, interval=0, end="the recording has ended")


def _require_readable(name: str) -> None:
    """Raise OSError with a way out if nothing of a recording can be read."""
    if reason := recording.unreadable(name):
        raise OSError(f"{reason}; --source takes bus, simulation or a recording")


def _with_gaps(bus: Bus, exporter: Exporter, status: Status) -> Runnable:
    """The bus, with its gaps counted and filled, as its queues and the config want it."""
    settings, conf = exporter.config.gaps, bus_config.conf
    lossy = not queues.outlive(conf["queues"], passive=conf["passive_declares"])
    if settings.fill != "always" and not lossy:
        return bus
    wanted = queues.wanted(conf["queues"], conf["bindings"])
    extent = Extent(lossy, wanted, settings.overlap)
    counts = exporter.ledger.counts
    gaps = Gaps(bus, extent, exporter.pipeline, counts, exporter.telemetry, reactor)
    if settings.fill != "never":
        client = DatagrepperClient(settings.url, settings.timeout, reactor)
        pace = Pace(settings.delay, settings.max_age, settings.request_interval)
        gaps.fill_from(GapFiller(client, pace, gaps, reactor))
    status.follow(gaps.follow)
    return gaps


def _load_bus_config() -> None:
    """Load fedora-messaging's config; it names us to the broker unless it names somebody."""
    try:
        bus_config.conf.load_config()
    except ConfigurationException as error:
        raise BusConfigError(f"fedora-messaging's config: {error}") from error
    properties = bus_config.conf["client_properties"]
    if properties.get("app") == "Unknown":
        properties["app"] = "fedmsg_exporter"
