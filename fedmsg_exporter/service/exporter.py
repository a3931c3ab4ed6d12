"""The exporter: everything from a message to a scrape, put together in the order of the line."""

import logging
import time
from collections.abc import Callable
from typing import Any

from ..config import Config
from ..exposition import Exposition
from ..exposition.telemetry import StateCollector, Telemetry
from ..groups import Membership, Roster, keeper, load_configured, require
from ..pipeline import Pipeline
from ..sources.status import Status
from ..web.pages import Site
from . import parts

log = logging.getLogger(__name__)


class Exporter:
    """Everything from a message to a scrape, except where messages come from."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the ledger, read mapping and groups. Raises DocumentError, LedgerError.

        ``clock`` gives seconds since the epoch; ``ticks`` only goes on, and is what the
        hold of new series goes by.
        """
        self.config = config
        self._clock = clock
        self._ticks = ticks
        self.telemetry = Telemetry()
        self.roster = Roster(load_configured(config) or Membership())
        self.attribution = parts.attribution(config, self.roster)
        self.ledger = parts.ledger(config, self.attribution.mapping)
        # Restores the last good copy of FASJSON, before non-members are hidden.
        self.groups = keeper(config, self.roster, self.ledger, clock)
        exposure = parts.exposure(config, self.ledger, self.roster.has)
        if self._knows_whom_to_hide():
            self.ledger.relabel(exposure.relabel)
        self.exposition = Exposition(self.ledger, hold=config.new_series_hold)
        self.pipeline = Pipeline(self.attribution, exposure, self.ledger, self.telemetry, clock)
        self._show_state()

    def status(self, reason: str) -> Status:
        """A status that the gauges follow, not ready for a reason."""
        status = Status(reason, self.telemetry.connected.set)
        self.telemetry.ledger_failing.set_function(lambda: float(status.failure is not None))
        self.telemetry.show_delivery_count(lambda: status.delivery_count)
        return status

    def site(self, status: Status, source: str) -> Site:
        """The pages of the HTTP server. ``source`` is for people to read."""
        return Site(self.metrics, status, self.ledger.counts, source)

    def metrics(self, openmetrics: bool = False) -> str:
        """The text of one scrape."""
        counts = self.exposition.render(self._ticks(), openmetrics=openmetrics)
        return counts + self.telemetry.render(openmetrics=openmetrics)

    def keep_groups(self, reactor: Any) -> None:
        """Keep the groups right from now on, until the end. Raises DocumentError."""
        require(self.config)
        if self.groups:
            self.pipeline.subscribe(self.groups.hear)
            self.groups.start(reactor)

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def _knows_whom_to_hide(self) -> bool:
        """Whether series of a more open setting can be folded.

        Not while no group is known: a first start with FASJSON would fold the
        members with the rest, and for good.
        """
        if self.config.expose == "members" and not self.roster.sizes():
            log.warning("no groups loaded yet; non-members will be hidden after the next restart")
            return False
        return True

    def _show_state(self) -> None:
        """Show what is read off the parts at each scrape."""
        self.telemetry.ledger_start.set(self.ledger.begun(self._clock()))
        if self.groups:
            self.telemetry.show_groups_age(self.groups.age)
        state = StateCollector(self.ledger.counts, self.exposition.held, self.roster.sizes)
        self.telemetry.registry.register(state)
