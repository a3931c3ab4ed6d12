"""``fedmsg-exporter run``: the requested source, and the process around it.

Importing this module installs Twisted's reactor.
"""

import logging
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fedora_messaging import config as bus_config
from fedora_messaging.exceptions import ConfigurationException
from twisted.python.log import PythonLoggingObserver

from ..config import Config
from ..exposition.depths import DepthCollector
from ..gaps import Extent, Gaps, Watched
from ..sources import recording
from ..sources.datagrepper.client import DatagrepperClient
from ..sources.datagrepper.filler import GapFiller
from ..sources.datagrepper.plan import Pace
from ..sources.player import Player, recorded, simulated
from ..sources.rabbitmq import queues, settings
from ..sources.rabbitmq.broker import Broker
from ..sources.rabbitmq.bus import Bus
from ..sources.rabbitmq.tls import TLSError, expiry
from ..sources.simulation import Simulation
from ..sources.status import Status
from ..web.server import ListenError
from .described import described
from .exporter import Exporter
from .process import Process, Runnable, reactor, serve
from .reload import Reading

__all__ = ["BusConfigError", "ListenError", "Play", "run"]

log = logging.getLogger(__name__)

_TICK = 0.1
_CONF = "FEDORA_MESSAGING_CONF"
_DEFAULT_CONF = "/etc/fedora-messaging/config.toml"


class BusConfigError(Exception):
    """fedora-messaging cannot use its config; the message says why."""


class Play(NamedTuple):
    """How to play the simulation.

    ``rate`` is in messages per second, ``start`` in epoch seconds.
    """

    seed: int
    people: int
    rate: float
    speed: float
    start: float


def run(config: Config, source: str, play: Play, reading: Reading) -> int:
    """Run until a signal arrives; returns the exit status.

    ``reading`` reads the config again for a reload.

    Raises DocumentError, LedgerError, ListenError, BusConfigError, and OSError
    for a recording that cannot be opened.
    """
    PythonLoggingObserver("fedmsg_exporter.twisted").start()
    simulation = Simulation(play.seed, play.people, play.rate) if source == "simulation" else None
    exporter = Exporter(config, groups=simulation.community.groups if simulation else {})
    if not exporter.ledger.durable:
        log.warning("counts are in memory only and will be lost at exit; set `state` to keep them")
    status = exporter.status("starting")
    process = Process()
    if simulation:
        chosen = _player(simulation, play, exporter, status)
    else:
        chosen = _source(source, exporter, status, process)
    serve(exporter, status, described(source), reading)
    return process.run(chosen)


def _player(simulation: Simulation, play: Play, exporter: Exporter, status: Status) -> Runnable:
    batches = simulated(simulation.messages(play.start), time.time, play.start, play.speed)
    return Player(batches, exporter.pipeline.take, status, reactor, interval=_TICK, end="")


def _source(name: str, exporter: Exporter, status: Status, process: Process) -> Runnable:
    sink = exporter.pipeline.take
    if name == "bus":
        _load_bus_config()
        return _with_gaps(_bus(exporter, status, process), exporter, status)
    _require_readable(name)
    batches = recorded(recording.read(name))
    return Player(batches, sink, status, reactor, interval=0, end="the recording has ended")


def _require_readable(name: str) -> None:
    """Raise OSError, with advice, if nothing of a recording can be read."""
    if reason := recording.unreadable(name):
        raise OSError(f"{reason}; --source takes bus, simulation or a recording")


def _bus(exporter: Exporter, status: Status, process: Process) -> Bus:
    """The bus that fedora-messaging's config describes. Raises BusConfigError."""
    file, conf = _bus_file(), bus_config.conf
    if wrong := settings.errors(conf, bus_config.DEFAULTS):
        raise _refused(wrong)
    for sentence in settings.warnings(conf):
        log.warning("%s: %s", file, sentence)
    try:
        broker = Broker(conf, file)
        broker.check()
    except TLSError as error:
        raise BusConfigError(f"{file}: {error}") from error
    except (ValueError, TypeError, LookupError) as error:
        raise BusConfigError(f"{file}: amqp_url is not a valid URL: {error}") from error
    if expiry(conf["tls"]):
        exporter.telemetry.show_certificate(lambda: _timestamp(conf["tls"]))
    pipeline = exporter.pipeline
    bus = Bus(pipeline.take, pipeline.probe, status, broker, conf, reactor, process.stop)
    exporter.telemetry.registry.register(DepthCollector(bus.depths))
    return bus


def _timestamp(tls: Mapping[str, Any]) -> float:
    expires = expiry(tls)
    return expires.timestamp() if expires else 0.0


def _with_gaps(bus: Bus, exporter: Exporter, status: Status) -> Runnable:
    """The bus, with its gaps counted and filled as its queues and the config require.

    Raises BusConfigError if they cannot be filled as configured.
    """
    wanted, conf = exporter.config.gaps, bus_config.conf
    if wanted.fill != "never" and (wrong := settings.unfillable(conf)):
        raise _refused(wrong)
    extent = Extent(
        queues.keeps(conf["queues"], passive=conf["passive_declares"]),
        queues.wanted(conf["queues"], conf["bindings"]),
        wanted.overlap,
        always=wanted.fill == "always",
    )
    parts = exporter.pipeline, exporter.ledger.counts, exporter.telemetry
    gaps = Gaps(Watched(bus, status), extent, *parts, reactor)
    if wanted.fill != "never":
        client = DatagrepperClient(wanted.url, wanted.timeout, reactor)
        pace = Pace(wanted.delay, wanted.max_age, wanted.request_interval)
        gaps.fill_from(GapFiller(client, pace, gaps, reactor, gaps.now))
    return gaps


def _refused(sentences: Iterable[str]) -> BusConfigError:
    file = _bus_file()
    return BusConfigError("\n".join(f"{file}: {one}" for one in sentences))


def _bus_file() -> str:
    """The path of fedora-messaging's config, or words for its defaults."""
    file = os.environ.get(_CONF, _DEFAULT_CONF)
    return file if Path(file).exists() else "fedora-messaging's defaults"


def _load_bus_config() -> None:
    """Load fedora-messaging's config, and set the app's name for the broker unless it has one."""
    named = os.environ.get(_CONF)
    if named is not None and not Path(named).is_file():
        raise BusConfigError(f"{named}, named in {_CONF}, does not exist")
    try:
        bus_config.conf.load_config()
    except (ConfigurationException, OSError, UnicodeDecodeError) as error:
        raise BusConfigError(f"{_bus_file()}: {error}") from error
    properties = bus_config.conf["client_properties"]
    if properties.get("app") == "Unknown":
        properties["app"] = "fedmsg_exporter"
