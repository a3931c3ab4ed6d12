"""The parts of the exporter, put together as a config says."""

import json
import secrets
import time
from collections.abc import Callable

from .attribution import STAGES, Attribution, groups, mapping
from .attribution.schemas import SchemaClasses
from .config import Config
from .exposition import Exposition
from .families import (
    DROPPED,
    ERRORS,
    FAMILIES,
    MESSAGES,
    PACKAGES,
    REJECTED,
    Family,
    Labels,
)
from .ledger import Ledger
from .message import FAULTS
from .pipeline import Pipeline
from .privacy import Exposure
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
            families=[f for f in FAMILIES if f is not PACKAGES or config.packages],
            keep_ids=config.keep_ids,
            synchronous=config.synchronous,
        )
        self.exposure = exposure(config, self.ledger, self._is_member)
        self.ledger.relabel(self.exposure.relabel)
        self._open_closed_sets(self._known_places())
        self.exposition = Exposition(self.ledger, hold=config.new_series_hold)
        self.pipeline = Pipeline(
            self.attribution, self.ledger, self.telemetry, clock, self.exposure.apply
        )
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

    def _is_member(self, user: str) -> bool:
        return bool(self.attribution.membership.groups_of(user))

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


def exposure(config: Config, ledger: Ledger, is_member: Callable[[str], bool]) -> Exposure:
    """What may be seen of people, by a config and by who asked to be forgotten.

    The key of the stand-ins is made once and stays in the ledger.
    """
    key = ledger.noted("key")
    if key is None:
        key = secrets.token_hex(32)
        ledger.note("key", key)
    return Exposure(
        config.expose,
        key=bytes.fromhex(key),
        is_member=is_member,
        forgotten=json.loads(ledger.noted("forgotten") or "[]"),
    )


def forget(config: Config, user: str) -> int:
    """Forget a user for good: what is counted goes to `OTHER`, and all that is to come.

    Returns how many series there were. Raises LedgerError, also while an
    exporter uses the ledger.
    """
    families = [f for f in FAMILIES if f is not PACKAGES or config.packages]
    ledger = Ledger(config.state, families=families, limits=config.limits)
    try:
        before = exposure(config, ledger, lambda _: True)
        forgotten = set(json.loads(ledger.noted("forgotten") or "[]")) | {before.stand_in(user)}
        ledger.note("forgotten", json.dumps(sorted(forgotten)))
        shown = Exposure("all", key=before.key, forgotten=forgotten)
        return ledger.relabel(shown.relabel)
    finally:
        ledger.close()


def load_mapping(config: Config) -> mapping.MessageMapping:
    """The mapping that a config names, or the packaged one. Raises DocumentError."""
    return mapping.load(config.mapping) if config.mapping else mapping.packaged()


def load_membership(config: Config) -> groups.Membership | None:
    """The membership file that a config names, or None. Raises DocumentError."""
    if config.groups_file is None:
        return None
    return groups.load(config.groups_file, config.groups_track, config.groups_exclude)


def attribution(config: Config) -> Attribution:
    """The attribution that a config asks for. Raises DocumentError."""
    return Attribution(
        load_mapping(config),
        load_membership(config),
        environments=config.environments,
        domains=config.domains,
        credit=config.credit,
        bots=config.bots,
        schemas=SchemaClasses() if config.schemas else None,
    )
