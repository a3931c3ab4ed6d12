"""Makes the parts of the exporter from a config. Nothing here keeps state."""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..attribution import STAGES, Attribution, logins, mapping
from ..attribution.members import Members, NoMembers
from ..attribution.names import Kinds
from ..config import Config
from ..families import DROPPED, ERRORS, FAMILIES, MESSAGES, PACKAGES, REJECTED, Family, Labels
from ..ledger import Ledger
from ..ledger.known import PEOPLE
from ..message import UNREADABLE
from ..privacy import Exposure, knows_more
from .history.hiding import forget_in_history

#: Why a message is rejected, apart from being unreadable.
REASONS = UNREADABLE | {
    "environment": "it belongs to an environment that is not counted",
}

_NO_MEMBERS = NoMembers()


def load_mapping(config: Config) -> mapping.MessageMapping:
    """The mapping that a config names, or else the packaged one. Raises DocumentError."""
    return mapping.load(config.mapping) if config.mapping else mapping.packaged()


def load_logins(config: Config) -> Mapping[str, Any] | None:
    """The logins that a config declares, None if it declares none. Raises DocumentError."""
    return logins.load(config.logins) if isinstance(config.logins, Path) else config.logins


def attribution(
    config: Config,
    members: Members = _NO_MEMBERS,
    *,
    detailed: bool = False,
    measured: bool = True,
) -> Attribution:
    """The attribution for a config. Raises DocumentError.

    ``detailed`` makes it explain each event in full; without ``measured`` packages
    and the metrics of the mapping are left out.
    """
    # This imports fedora-messaging, which a report does not need.
    from ..attribution.message_classes import SchemaClasses  # noqa: PLC0415

    known = load_mapping(config)
    return Attribution(
        known if measured else known._replace(metrics={}),
        members,
        environments=config.environments,
        domains=config.domains,
        credit=config.credit,
        bots=config.bots,
        schemas=SchemaClasses() if config.schemas else None,
        logins=load_logins(config),
        renamed=config.aliases,
        # Looking for packages takes time.
        packages=detailed or (measured and config.packages),
        detailed=detailed,
    )


def ledger(config: Config, known: mapping.MessageMapping) -> Ledger:
    """The ledger, with every series that is known in advance. Raises LedgerError."""
    opened = Ledger(
        config.state,
        limits=limits(config, known),
        families=families(config, known),
        keep_ids=config.keep_ids,
        keep_activity=config.keep_activity,
        synchronous=config.synchronous,
    )
    opened.open(known_series(known))
    return opened


def limits(config: Config, known: mapping.MessageMapping) -> Mapping[str, int]:
    """The series limit of each family, including the mapping's metrics."""
    return {**config.limits, **{name: one.limit for name, one in known.metrics.items()}}


def known_series(known: mapping.MessageMapping) -> list[tuple[Family, Labels]]:
    """Every series that is known before the first message, given a mapping."""
    return closed_sets(known.places, [metric.family for metric in known.metrics.values()])


def families(config: Config, known: mapping.MessageMapping | None = None) -> list[Family]:
    """The families to keep: the exporter's own, and those that a mapping declares."""
    ours = [family for family in FAMILIES if family is not PACKAGES or config.packages]
    return [*ours, *(metric.family for metric in (known.metrics.values() if known else ()))]


def closed_sets(
    places: Iterable[tuple[str, str]], declared: Iterable[Family] = ()
) -> list[tuple[Family, Labels]]:
    """The series that are known before the first message: apps, reasons, stages, families."""
    declared = list(declared)
    return [
        *((MESSAGES, place) for place in places),
        *((REJECTED, (reason,)) for reason in REASONS),
        *((ERRORS, (stage,)) for stage in STAGES),
        *((DROPPED, (family.name,)) for family in (*FAMILIES, *declared) if family.limit),
        *((family, ()) for family in FAMILIES if not family.labels),
        # A gauge declared by the mapping has no value before its first message.
        *((family, ()) for family in declared if not family.labels and family.keeps == "sum"),
        (DROPPED, (MESSAGES.name,)),
    ]


def exposure(config: Config, kept: Ledger, is_member: Callable[[str], bool]) -> Exposure:
    """What may be shown of people, by the config and by who asked to be forgotten.

    The key of the pseudonyms is created once and stays in the ledger.
    """
    key = kept.noted("key")
    if key is None:
        key = secrets.token_hex(32)
        kept.note("key", key)
    return Exposure(
        config.expose,
        key=bytes.fromhex(key),
        is_member=is_member,
        forgotten=json.loads(kept.noted("forgotten") or "[]"),
    )


def kinds(config: Config, known: mapping.MessageMapping) -> Kinds:
    """How to tell people from bots, by the mapping and the config."""
    return Kinds([*known.bots, *config.bots], known.people)


def note_exposure(config: Config, kept: Ledger, now: float) -> None:
    """Record whom the config shows, and since when it distinguishes people.

    People who were hidden before would seem new, so statistics of people start over then.
    """
    noted = json.loads(kept.noted(PEOPLE) or "null")
    since = noted["since"] if noted else 0
    if config.expose == "none":
        since = None
    elif noted and knows_more(config.expose, noted["mode"]):
        since = now
    kept.note(PEOPLE, json.dumps({"mode": config.expose, "since": since}))


class Forgotten(NamedTuple):
    """What was found of a user: the number of series, and whether history had the name."""

    series: int
    in_history: bool


def forget(config: Config, user: str) -> Forgotten:
    """Forget a user permanently: their counts move to `OTHER`, and later messages count there.

    Raises LedgerError, among other reasons while an exporter is using the ledger or
    history is being imported.
    """
    kept = Ledger(config.state, families=families(config), limits=config.limits)
    try:
        before = exposure(config, kept, lambda _: True)
        forgotten = set(json.loads(kept.noted("forgotten") or "[]")) | {before.stand_in(user)}
        kept.note("forgotten", json.dumps(sorted(forgotten)))
        after = Exposure("all", key=before.key, forgotten=forgotten)
        series = kept.relabel(after.relabel, after.rename)
        return Forgotten(series, forget_in_history(config, after))
    finally:
        kept.close()
