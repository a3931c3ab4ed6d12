"""The exporter's own config: what it counts, and where it stores and serves the counts.

``schema.yml`` is the only place that defines keys, defaults and meanings; tests
compare the table in the documentation and this package with it. ``addresses``,
``durations`` and ``paths`` parse values, ``problems`` finds what the schema cannot,
``origin`` knows where a config came from, ``fixed`` which settings a reload leaves alone.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import document
from ..document import Document, DocumentError
from . import addresses, durations, paths, problems
from .addresses import Address

#: Where the config is if neither the command line nor the environment names it.
DEFAULT_PATH = Path("/etc/fedmsg-exporter/config.yml")
VARIABLE = "FEDMSG_EXPORTER_CONFIG"

_COMMAND_LINE = "the command line"
_HISTORY = "history.sqlite"


@dataclass(frozen=True)
class Gaps:
    """How gaps are filled: ``gaps`` of the config. Durations are in seconds."""

    fill: str
    url: str
    overlap: float
    delay: float
    max_age: float
    request_interval: float
    timeout: float


@dataclass(frozen=True)
class Fasjson:
    """How FASJSON is queried: ``groups.fasjson`` of the config. Durations are in seconds."""

    url: str
    auth: str
    refresh: float
    timeout: float


@dataclass(frozen=True)
class Config:
    """All settings, checked and with defaults filled in. Durations are in seconds."""

    listen: tuple[Address, ...]
    web_config: Path | None
    open_probes: bool
    lifecycle: bool
    state: Path | None
    history: Path | None
    synchronous: str
    keep_ids: float
    keep_activity: float
    new_series_hold: float
    environments: tuple[str, ...]
    domains: tuple[str, ...]
    mapping: Path | None
    aliases: bool
    schemas: bool
    packages: bool
    expose: str
    credit: str
    bots: tuple[str, ...]
    logins: Path | Mapping[str, Any] | None
    groups_file: Path | None
    groups_track: tuple[str, ...]
    groups_exclude: tuple[str, ...]
    groups_members: bool
    fasjson: Fasjson | None
    gaps: Gaps
    limits: Mapping[str, int]


def load(path: Path | None, overrides: Mapping[str, Any] | None = None) -> Config:
    """Read the config from a file or its usual place, or use the defaults.

    ``overrides`` are values of top-level keys, which take precedence over those in
    the file; None means not given. A path among them is relative to the working
    directory. The usual place is the path in the environment variable
    FEDMSG_EXPORTER_CONFIG, or else `DEFAULT_PATH` if it exists. Raises DocumentError.
    """
    if path is None and os.environ.get(VARIABLE):
        path = Path(os.environ[VARIABLE])
    if path is None and DEFAULT_PATH.exists():
        path = DEFAULT_PATH
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    _require_valid(Document(_COMMAND_LINE, given, {}))
    source = document.read(path) if path else Document(_COMMAND_LINE, {}, {})
    for part, key in ((given, "state"), (given.get("web", {}), "config_file")):
        if part.get(key):
            part[key] = str(Path(part[key]).absolute())
    if isinstance(source.data, dict):
        _override(source.data, given)
    return build(source)


def _override(data: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Replace values; in a section, only the keys that are given."""
    for key, value in given.items():
        there = data.get(key)
        merged = isinstance(value, dict) and isinstance(there, dict)
        data[key] = {**there, **value} if merged else value  # type: ignore[dict-item]


def build(source: Document) -> Config:
    """Make a config from a document. Raises DocumentError with every problem in it."""
    _require_valid(source)
    base = Path(source.file).parent
    value = _filled(source.data, schema())
    return Config(
        listen=tuple(addresses.parse(value["listen"], base)),
        web_config=_path(base, value["web"]["config_file"]),
        open_probes=value["web"]["probes"] == "open",
        lifecycle=value["web"]["enable_lifecycle"],
        state=_path(base, value["state"]),
        history=_history(base, value),
        synchronous=value["synchronous"],
        keep_ids=durations.seconds(value["keep_ids"]),
        keep_activity=durations.seconds(value["activity"]["keep"]),
        new_series_hold=durations.seconds(value["new_series_hold"]),
        environments=tuple(value["environments"]),
        domains=tuple(value["domains"]),
        mapping=_path(base, value["mapping"]),
        aliases=value["aliases"],
        schemas=value["schemas"],
        packages=value["packages"],
        expose=value["users"]["expose"],
        credit=value["users"]["credit"],
        bots=tuple(value["users"]["bots"]),
        logins=_logins(base, value["users"]["logins"]),
        groups_file=_path(base, value["groups"]["file"]),
        groups_track=tuple(value["groups"]["track"]),
        groups_exclude=tuple(value["groups"]["exclude"]),
        groups_members=value["groups"]["members"],
        fasjson=_fasjson(value["groups"]["fasjson"]),
        gaps=_gaps(value["gaps"], durations.seconds(value["keep_ids"])),
        limits=value["limits"],
    )


def schema() -> Mapping[str, Any]:
    """The JSON schema of the config."""
    data: Mapping[str, Any] = document.packaged("config/schema.yml").data
    return data


def keys() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every key, dotted, with its part of the schema."""
    yield from _keys(schema()["properties"], "")


def _keys(parts: Mapping[str, Any], above: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, part in parts.items():
        inner = part.get("properties")
        if inner is None:
            yield above + name, part
        else:
            yield from _keys(inner, f"{above}{name}.")


def _fasjson(value: Mapping[str, Any]) -> Fasjson | None:
    """FASJSON is queried at most once a second, and gets at least a second to respond."""
    seconds = {name: max(1.0, durations.seconds(value[name])) for name in ("refresh", "timeout")}
    return Fasjson(url=value["url"], auth=value["auth"], **seconds) if value["url"] else None


def _gaps(value: Mapping[str, Any], keep_ids: float) -> Gaps:
    """Nothing older than ``keep_ids`` is requested: it could be counted a second time."""
    names = ("overlap", "delay", "max_age", "request_interval", "timeout")
    seconds = {name: durations.seconds(value[name]) for name in names}
    seconds["max_age"] = min(seconds["max_age"], keep_ids)
    return Gaps(fill=value["fill"], url=value["url"], **seconds)


def _require_valid(source: Document) -> None:
    if found := problems.problems(source, schema()):
        raise DocumentError(found)


def _filled(data: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _filled(data.get(name) or {}, inner)
        if "properties" in inner
        else data.get(name, inner["default"])
        for name, inner in part["properties"].items()
    }


def _logins(base: Path, value: Any) -> Path | Mapping[str, Any] | None:
    return _path(base, value) if isinstance(value, str) else value


def _history(base: Path, value: Mapping[str, Any]) -> Path | None:
    """The history file: next to the ledger unless the config names another."""
    state, wanted = _path(base, value["state"]), value["history"]
    if isinstance(wanted, str):
        return _path(base, wanted)
    return state.with_name(_HISTORY) if state and wanted else None


def _path(base: Path, value: str | None) -> Path | None:
    return None if value is None else paths.resolve(base, value)
