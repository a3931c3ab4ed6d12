"""The exporter: everything from a message to a scrape, assembled in the order of the path."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ..attribution import Attribution
from ..config import Config, fixed
from ..exposition import Exposition, Names
from ..exposition.members import MemberInfo
from ..exposition.telemetry import StateCollector, Telemetry
from ..exposition.weekly import WeeklyCollector
from ..groups import Membership
from ..history.errors import HistoryError
from ..pipeline import Pipeline
from ..privacy import Exposure
from ..sources.status import Status
from ..web.landing import About, Landing
from ..web.pages import Site
from ..web.renderings import Metrics
from . import parts
from .history.hiding import hide_in_history
from .history.joining import Join
from .keeping import Groups
from .weekly import WeeklyKeeper, computing

log = logging.getLogger(__name__)

_NO_GROUPS: Mapping[str, Iterable[str]] = {}


class Prepared(NamedTuple):
    """A config and everything it names, read and ready to be adopted."""

    config: Config
    attribution: Attribution
    membership: Membership


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

        ``clock`` returns seconds since the epoch; ``ticks`` is monotonic, and times
        the hold of new series. ``groups`` come from a source that knows its people;
        those in the config take precedence.
        """
        self.config = config
        self._clock = clock
        self._ticks = ticks
        self.telemetry = Telemetry()
        self.groups = Groups(config, groups)
        self.roster = self.groups.roster
        self.attribution = parts.attribution(config, self.roster)
        self.ledger = parts.ledger(config, self.attribution.mapping)
        # Restores the last good copy from FASJSON, before non-members are hidden.
        self.groups.open(self.ledger, clock)
        exposure = self._exposure = parts.exposure(config, self.ledger, self.roster.has)
        parts.note_exposure(config, self.ledger, clock())
        if self._knows_whom_to_hide():
            self.ledger.relabel(exposure.relabel, exposure.rename)
            self._hide_in_history(exposure)
        kinds = parts.kinds(config, self.attribution.mapping)
        self._known_since = Join(config, kinds, exposure, self.roster).into(self.ledger, clock())
        self.exposition = Exposition(self.ledger, hold=config.new_series_hold)
        self.pipeline = Pipeline(self.attribution, exposure, self.ledger, self.telemetry, clock)
        self._kinds = kinds
        self.weekly = self._weekly()
        self._members = self._member_info()
        self._show_state()

    def status(self, reason: str) -> Status:
        """A status that the gauges follow; not ready at first, for the reason given."""
        status = Status(reason, self.telemetry.connected.set)
        self.telemetry.ledger_failing.set_function(lambda: float(status.failure is not None))
        self.telemetry.show_delivery_count(lambda: status.delivery_count)
        return status

    def site(self, status: Status, source: str) -> Site:
        """The pages of the HTTP server. ``source`` is shown to people."""
        since = self.ledger.begun(self._clock())
        people, shown = self.config.expose != "none", self.exposition
        about = About(source, people, since, lambda: shown.hold, shown.held)
        landing = Landing(status, self.ledger.counts, about, self._clock)
        return Site(Metrics(self.metrics), landing, status)

    def metrics(self, openmetrics: bool = False, names: Names = None) -> str:
        """The text of one scrape, with all metrics or only those named."""
        counts = self.exposition.render(self._ticks(), openmetrics=openmetrics, names=names)
        if self.config.groups_members:
            counts += self._members.render(openmetrics=openmetrics, names=names)
        return counts + self.telemetry.render(openmetrics=openmetrics, names=names)

    def keep_groups(self, reactor: Any) -> None:
        """Keep the groups up to date from now until the end. Raises DocumentError."""
        self.groups.start(reactor)
        self.pipeline.subscribe(self.groups.hear)

    def prepare(self, config: Config) -> Prepared:
        """Read what a config names, changing nothing; safe in any thread. Raises DocumentError."""
        membership = self.groups.read(config)
        return Prepared(config, parts.attribution(config, self.roster), membership)

    def adopt(self, prepared: Prepared) -> list[str]:
        """Switch to another config, from the next batch on; fixed settings stay.

        Returns the families that are no longer shown. Raises LedgerError, and changes
        nothing then.
        """
        config, mapping = fixed.without(self.config, prepared.config), prepared.attribution.mapping
        families = parts.families(config, mapping)
        limits, known = parts.limits(config, mapping), parts.known_series(mapping)
        before = {one.name for one in self.ledger.counts.families()}
        adopt = lambda: self.ledger.adopt(limits, families, known)  # noqa: E731
        self.groups.adopt(config, prepared.membership, adopt)
        self.config, self.attribution = config, prepared.attribution
        self.pipeline.adopt(prepared.attribution)
        self.exposition.adopt(config.new_series_hold)
        self._kinds = parts.kinds(config, mapping)
        self._members = self._member_info()
        return sorted(before - {one.name for one in families})

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def _knows_whom_to_hide(self) -> bool:
        """Whether series recorded under a more open setting can be folded.

        Not before any group is loaded: a first start with FASJSON would permanently
        fold the members along with everyone else.
        """
        if self.config.expose == "members" and not self.roster.sizes():
            log.warning("no groups loaded yet; non-members will be hidden after the next restart")
            return False
        return True

    def _hide_in_history(self, exposure: Exposure) -> None:
        try:
            hide_in_history(self.config, exposure)
        except HistoryError as error:
            log.warning("people are not hidden in the history: %s", error)

    def _weekly(self) -> WeeklyKeeper:
        """The weekly gauges, without samples until they are computed."""
        collector = WeeklyCollector()
        self.telemetry.registry.register(collector)
        compute = computing(self.ledger, self.config, self._is_person)
        return WeeklyKeeper(self.ledger, collector, compute, self._clock)

    def _is_person(self, name: str) -> bool:
        return self._kinds.of(name).kind == "person"

    def _member_info(self) -> MemberInfo:
        """Who is in which group, by the names that may be shown."""
        kinds, exposure = self._kinds, self._exposure
        return MemberInfo(self.roster.members, lambda name: exposure.name(kinds.of(name)))

    def _show_state(self) -> None:
        """Register what is read from the parts at each scrape."""
        self.telemetry.ledger_start.set(self._known_since)
        counts, shown = self.ledger.counts, self.exposition
        state = StateCollector(counts, shown.held, self.roster.sizes, self.groups.age)
        self.telemetry.registry.register(state)
        self.telemetry.reloaded(self._clock())
