"""The exporter: everything from a message to a scrape, put together in the order of the line."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..attribution.names import Kinds
from ..config import Config
from ..exposition import Exposition, Names
from ..exposition.members import MemberInfo
from ..exposition.telemetry import StateCollector, Telemetry
from ..exposition.weekly import WeeklyCollector
from ..groups import Membership, Roster, keeper, load_configured, require
from ..groups.membership import counted
from ..history.store import HistoryError
from ..pipeline import Pipeline
from ..privacy import Exposure
from ..sources.status import Status
from ..web.landing import About, Landing
from ..web.pages import Site
from ..web.renderings import Metrics
from . import parts
from .hiding import hide_in_history
from .weekly import WeeklyKeeper, computing

log = logging.getLogger(__name__)

_NO_GROUPS: Mapping[str, Iterable[str]] = {}


class Exporter:
    """Everything from a message to a scrape, except where messages come from."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
        groups: Mapping[str, Iterable[str]] = _NO_GROUPS,
    ) -> None:
        """Open the ledger, read mapping and groups. Raises DocumentError, LedgerError.

        ``clock`` gives seconds since the epoch; ``ticks`` is monotonic, and times
        the hold of new series. ``groups`` are those of a source that knows its
        people; the config's take precedence.
        """
        self.config = config
        self._clock = clock
        self._ticks = ticks
        self.telemetry = Telemetry()
        self.roster = Roster(load_configured(config) or _membership(config, groups))
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
        self.telemetry.show_delivery_count(lambda: status.delivery_count)
        return status

    def site(self, status: Status, source: str) -> Site:
        """The pages of the HTTP server. ``source`` is shown to people."""
        since = self.ledger.begun(self._clock())
        people, hold = self.config.expose != "none", self.config.new_series_hold
        about = About(source, people, since, hold, self.exposition.held)
        landing = Landing(status, self.ledger.counts, about, self._clock)
        return Site(Metrics(self.metrics), landing, status)

    def metrics(self, openmetrics: bool = False, names: Names = None) -> str:
        """The text of one scrape, of all metrics or of those with some names."""
        counts = self.exposition.render(self._ticks(), openmetrics=openmetrics, names=names)
        if self.config.groups_members:
            counts += self._members.render(openmetrics=openmetrics, names=names)
        return counts + self.telemetry.render(openmetrics=openmetrics, names=names)

    def keep_groups(self, reactor: Any) -> None:
        """Keep the groups up to date from now until the end. Raises DocumentError."""
        require(self.config)
        if self.groups:
            self.pipeline.subscribe(self.groups.hear)
            self.groups.start(reactor)

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def _knows_whom_to_hide(self) -> bool:
        """Whether series of a more open setting can be folded.

        Not while no group is known: a first start with FASJSON would permanently
        fold the members with the rest.
        """
        if self.config.expose == "members" and not self.roster.sizes():
            log.warning("no groups loaded yet; non-members will be hidden after the next restart")
            return False
        return True

    def _hide_in_history(self, exposure: Exposure) -> None:
        try:
            hide_in_history(self.config, exposure)
        except HistoryError as error:
            log.warning("history stays as it is: %s", error)

    def _weekly(self, kinds: Kinds) -> WeeklyKeeper:
        """The weekly gauges, without samples until they are computed."""
        collector = WeeklyCollector()
        self.telemetry.registry.register(collector)

        def is_person(name: str) -> bool:
            return kinds.of(name).kind == "person"

        compute = computing(self.ledger, self.config, is_person)
        return WeeklyKeeper(self.ledger, collector, compute, self._clock)

    def _show_state(self) -> None:
        """Show what is read from the parts at each scrape."""
        self.telemetry.ledger_start.set(self.ledger.begun(self._clock()))
        if self.groups:
            self.telemetry.show_groups_age(self.groups.age)
        state = StateCollector(self.ledger.counts, self.exposition.held, self.roster.sizes)
        self.telemetry.registry.register(state)


def _membership(config: Config, groups: Mapping[str, Iterable[str]]) -> Membership:
    """A source's groups, selected by the config; none if the config uses FASJSON."""
    if config.fasjson:
        return Membership()
    return counted(groups, config.groups_track, config.groups_exclude)
