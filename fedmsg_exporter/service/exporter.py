"""The exporter: everything from a message to a scrape, put together in the order of the line."""

import logging
import time
from collections.abc import Callable
from typing import Any

from ..attribution.names import Kinds
from ..config import Config
from ..exposition import Exposition
from ..exposition.members import MemberInfo
from ..exposition.telemetry import StateCollector, Telemetry
from ..exposition.weekly import WeeklyCollector
from ..groups import Membership, Roster, keeper, load_configured, require
from ..history.store import HistoryError
from ..pipeline import Pipeline
from ..privacy import Exposure
from ..sources.status import Status
from ..web.pages import Site
from . import parts
from .hiding import hide_in_history
from .weekly import WeeklyKeeper, computing

log = logging.getLogger(__name__)


class Exporter:
    """Everything from a message to a scrape, except where messages come from."""

    def __init__(self, config: Config, *, clock: Callable[[], float] = time.time) -> None:
        """Open the ledger, read mapping and groups. Raises DocumentError, LedgerError."""
        self.config = config
        self._clock = clock
        self.telemetry = Telemetry()
        self.roster = Roster(load_configured(config) or Membership())
        self.attribution = parts.attribution(config, self.roster)
        self.ledger = parts.ledger(config, self.attribution.mapping)
        # Restores the last good copy of FASJSON, before non-members are hidden.
        self.groups = keeper(config, self.roster, self.ledger, clock)
        exposure = parts.exposure(config, self.ledger, self.roster.has)
        parts.note_exposure(config, self.ledger, clock())
        if self._knows_whom_to_hide():
            self.ledger.relabel(exposure.relabel, exposure.rename)
            self._hide_in_history(exposure)
        self.exposition = Exposition(self.ledger, hold=config.new_series_hold)
        self.pipeline = Pipeline(self.attribution, exposure, self.ledger, self.telemetry, clock)
        kinds = parts.kinds(config, self.attribution.mapping)
        self.weekly = self._weekly(kinds)
        self._members = MemberInfo(self.roster.members, lambda name: exposure.name(kinds.of(name)))
        self._show_state()

    def status(self, reason: str) -> Status:
        """A status that the gauges follow, not ready for a reason."""
        status = Status(reason, self.telemetry.connected.set)
        self.telemetry.ledger_failing.set_function(lambda: float(status.failure is not None))
        return status

    def site(self, status: Status, source: str) -> Site:
        """The pages of the HTTP server. ``source`` is for people to read."""
        return Site(self.metrics, status, self.ledger.counts, source)

    def metrics(self, openmetrics: bool = False) -> str:
        """The text of one scrape."""
        counts = self.exposition.render(self._clock(), openmetrics=openmetrics)
        members = self.config.groups_members and self._members.render(openmetrics=openmetrics)
        return counts + (members or "") + self.telemetry.render(openmetrics=openmetrics)

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

    def _hide_in_history(self, exposure: Exposure) -> None:
        try:
            hide_in_history(self.config, exposure, mode=self.config.expose)
        except HistoryError as error:
            log.warning("history stays as it is: %s", error)

    def _weekly(self, kinds: Kinds) -> WeeklyKeeper:
        """The weekly gauges, without a sample until they are computed."""
        collector = WeeklyCollector()
        self.telemetry.registry.register(collector)

        def is_person(name: str) -> bool:
            return kinds.of(name).kind == "person"

        compute = computing(self.ledger, self.config, is_person)
        return WeeklyKeeper(self.ledger, collector, compute, self._clock)

    def _show_state(self) -> None:
        """Show what is read off the parts at each scrape."""
        self.telemetry.ledger_start.set(self.ledger.begun(self._clock()))
        if self.groups:
            self.telemetry.show_groups_age(self.groups.age)
        state = StateCollector(self.ledger.counts, self.exposition.held, self.roster.sizes)
        self.telemetry.registry.register(state)
