"""The parts of the exporter, put together as a config says."""

import json
import logging
import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..attribution import STAGES, Attribution, logins, mapping
from ..attribution.credit import Logins
from ..attribution.message_classes import SchemaClasses
from ..config import Config
from ..exposition import Exposition
from ..exposition.telemetry import StateCollector, Telemetry
from ..families import DROPPED, ERRORS, FAMILIES, MESSAGES, PACKAGES, REJECTED, Family, Labels
from ..groups import keeper, require
from ..groups import membership as groups
from ..ledger import Ledger
from ..message import UNREADABLE
from ..pipeline import Pipeline
from ..privacy import Exposure
from ..sources.status import Status
from ..web.pages import Site

log = logging.getLogger(__name__)

#: Why a message is rejected, besides that it cannot be read.
REASONS = UNREADABLE | {
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
            limits=limits(config, self.attribution.mapping),
            families=families(config, self.attribution.mapping),
            keep_ids=config.keep_ids,
            synchronous=config.synchronous,
        )
        self.telemetry.ledger_start.set(ledger_start(self.ledger, clock()))
        # Before anyone is hidden who is no member: the last good copy stands there.
        self.groups = keeper(config, self.attribution, self.ledger, clock)
        if self.groups:
            self.telemetry.show_groups_age(self.groups.age)
        self.exposure = exposure(config, self.ledger, self._is_member)
        self._hide_what_was_seen()
        self._open_closed_sets(self.attribution.mapping)
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

    def keep_groups(self, reactor: Any) -> None:
        """Keep the groups right from now on. Raises DocumentError."""
        require(self.config)
        if self.groups:
            self.pipeline.listen(self.groups.hear)
            self.groups.start(reactor)

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def _hide_what_was_seen(self) -> None:
        """Fold the series of people who were shown under a more open setting.

        Not while no group is known: a first start with FASJSON would fold the
        members with the rest, and for good.
        """
        if self.config.expose == "members" and not self.attribution.membership.sizes():
            log.warning("no group is known yet: who is no member is folded at the next start")
            return
        self.ledger.relabel(self.exposure.relabel)

    def _is_member(self, user: str) -> bool:
        return bool(self.attribution.membership.groups_of(user))

    def _open_closed_sets(self, known: mapping.MessageMapping) -> None:
        """Let every series that is known beforehand stand at 0 from the start."""
        declared = [metric.family for metric in known.metrics.values()]
        for family, labels in closed_sets(known.places, declared):
            self.ledger.counts.open(family, labels)


def families(config: Config, known: mapping.MessageMapping) -> list[Family]:
    """The families that are kept: by the config, and those that the mapping declares."""
    ours = [family for family in FAMILIES if family is not PACKAGES or config.packages]
    return [*ours, *(metric.family for metric in known.metrics.values())]


def limits(config: Config, known: mapping.MessageMapping) -> dict[str, int]:
    """The caps on series: by key of the config, and by name of a declared metric."""
    return {**config.limits, **{name: metric.limit for name, metric in known.metrics.items()}}


def closed_sets(
    places: Iterable[tuple[str, str]], declared: Iterable[Family] = ()
) -> list[tuple[Family, Labels]]:
    """The series that are known before any message: apps, reasons, stages, families."""
    declared = list(declared)
    return [
        *((MESSAGES, place) for place in places),
        *((REJECTED, (reason,)) for reason in REASONS),
        *((ERRORS, (stage,)) for stage in STAGES),
        *((DROPPED, (family.name,)) for family in (*FAMILIES, *declared) if family.limit),
        *((family, ()) for family in FAMILIES if not family.labels),
        # A gauge of the mapping's has no value before its first message.
        *((family, ()) for family in declared if not family.labels and family.keeps == "sum"),
        (DROPPED, (MESSAGES.name,)),
    ]


def ledger_start(ledger: Ledger, now: float) -> float:
    """When the ledger was begun, seconds since the epoch; 0 if before that was noted."""
    start = ledger.noted("start")
    if start is None:
        empty = not any(len(ledger.counts.family(one)) for one in ledger.counts.families())
        start = repr(now if empty else 0.0)
        ledger.note("start", start)
    return float(start)


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


def load_logins(config: Config) -> Logins | None:
    """The FAS names of logins elsewhere that a config names, or None. Raises DocumentError."""
    if isinstance(config.logins, Path):
        return logins.load(config.logins)
    return None if config.logins is None else logins.compile_logins(config.logins)


def attribution(config: Config, *, detailed: bool = False) -> Attribution:
    """The attribution that a config asks for. Raises DocumentError.

    ``detailed`` makes it tell whole stories, for people to read.
    """
    return Attribution(
        load_mapping(config),
        load_membership(config),
        environments=config.environments,
        domains=config.domains,
        credit=config.credit,
        bots=config.bots,
        schemas=SchemaClasses() if config.schemas else None,
        logins=load_logins(config),
        renamed=config.aliases,
        detailed=detailed,
    )
