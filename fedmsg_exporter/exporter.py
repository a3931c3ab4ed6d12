"""The parts of the exporter, put together as a config says."""

import time
from collections.abc import Callable

from .attribution import STAGES, Attribution, groups, mapping
from .attribution.schemas import SchemaClasses
from .config import Config
from .exposition import Exposition
from .families import DROPPED, ERRORS, FAMILIES, MESSAGES, REJECTED, Family, Labels
from .ledger import Ledger
from .message import FAULTS
from .pipeline import Pipeline
from .sources.status import Status
from .telemetry import StateCollector, Telemetry
from .web import Site

#: Why a message is rejected, besides that it cannot be read.
REASONS = FAULTS | {
    "environment": "it belongs to an environment that is not to be counted",
}


class Exporter:
    """Everything from a message to a scrape, but for where messages come from."""

    def __init__(self, config: Config, *, clock: Callable[[], float] = time.time) -> None:
        """Open the ledger, read mapping and groups. Raises DocumentError, LedgerError."""
        self.config = config
        self._clock = clock
        self.telemetry = Telemetry()
        self.attribution = attribution(config)
        self.ledger = Ledger(
            config.state,
            limits=config.limits,
            keep_ids=config.keep_ids,
            synchronous=config.synchronous,
        )
        self._open_closed_sets(self._known_places())
        self.exposition = Exposition(self.ledger, hold=config.new_series_hold)
        self.pipeline = Pipeline(self.attribution, self.ledger, self.telemetry, clock)
        self.telemetry.registry.register(
            StateCollector(
                self.ledger.counts, self.exposition.held, lambda: self.attribution.membership
            )
        )

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
        return counts + self.telemetry.render(openmetrics=openmetrics)

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def _known_places(self) -> list[tuple[str, str]]:
        return list(load_mapping(self.config).places)

    def _open_closed_sets(self, places: list[tuple[str, str]]) -> None:
        """Let every series that is known beforehand stand at 0 from the start."""
        for family, labels in closed_sets(places):
            self.ledger.counts.open(family, labels)


def closed_sets(places: list[tuple[str, str]]) -> list[tuple[Family, Labels]]:
    """The series that are known before any message: apps, reasons, stages, families."""
    return [
        *((MESSAGES, place) for place in places),
        *((REJECTED, (reason,)) for reason in REASONS),
        *((ERRORS, (stage,)) for stage in STAGES),
        *((DROPPED, (family.name,)) for family in FAMILIES if family.limit),
        *((family, ()) for family in FAMILIES if not family.labels),
        (DROPPED, (MESSAGES.name,)),
    ]


def load_mapping(config: Config) -> mapping.MessageMapping:
    """The mapping that a config names, or the packaged one. Raises DocumentError."""
    return mapping.load(config.mapping) if config.mapping else mapping.packaged()


def attribution(config: Config) -> Attribution:
    """The attribution that a config asks for. Raises DocumentError."""
    membership = None
    if config.groups_file:
        membership = groups.load(config.groups_file, config.groups_track, config.groups_exclude)
    return Attribution(
        load_mapping(config),
        membership,
        environments=config.environments,
        domains=config.domains,
        credit=config.credit,
        bots=config.bots,
        schemas=SchemaClasses() if config.schemas else None,
    )
