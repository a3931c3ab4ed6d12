"""The exporter's own config: what it counts, where it keeps and shows it.

``config/schema.yml`` is the one place that has keys, defaults and meanings; tests
compare the documentation's table and this module with it.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import document
from ..document import Document, DocumentError, Key, Problem
from . import addresses
from .addresses import Address

#: Where the config is by default.
DEFAULT_PATH = Path("/etc/fedmsg-exporter/config.yml")
VARIABLE = "FEDMSG_EXPORTER_CONFIG"

_COMMAND_LINE = "the command line"
_HISTORY = "history.sqlite"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


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
    """Read the config from a file, or from its usual place, or take the defaults.

    ``overrides`` are values for top-level keys that take precedence over those
    of the file, None for none; a path among them is relative to the working
    folder. The usual place is that of the environment variable
    FEDMSG_EXPORTER_CONFIG, else `DEFAULT_PATH`, if it exists. Raises DocumentError.
    """
    if path is None and os.environ.get(VARIABLE):
        path = Path(os.environ[VARIABLE])
    if path is None and DEFAULT_PATH.exists():
        path = DEFAULT_PATH
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    _require_sound(Document(_COMMAND_LINE, given, {}))
    source = document.read(path) if path else Document(_COMMAND_LINE, {}, {})
    for part, key in ((given, "state"), (given.get("web", {}), "config_file")):
        if part.get(key):
            part[key] = str(Path(part[key]).absolute())
    if isinstance(source.data, dict):
        _override(source.data, given)
    return build(source)


def _override(data: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Replace values; in a section only the keys that are given."""
    for key, value in given.items():
        there = data.get(key)
        merged = isinstance(value, dict) and isinstance(there, dict)
        data[key] = {**there, **value} if merged else value  # type: ignore[dict-item]


def build(source: Document) -> Config:
    """Make a config from a document. Raises DocumentError with every problem in it."""
    _require_sound(source)
    base = Path(source.file).parent
    value = _filled(source.data, schema())
    return Config(
        listen=tuple(addresses.parse(_list(value["listen"]), base)),
        web_config=_path(base, value["web"]["config_file"]),
        open_probes=value["web"]["probes"] == "open",
        lifecycle=value["web"]["enable_lifecycle"],
        state=_path(base, value["state"]),
        history=_history(base, value),
        synchronous=value["synchronous"],
        keep_ids=_seconds(value["keep_ids"]),
        keep_activity=_seconds(value["activity"]["keep"]),
        new_series_hold=_seconds(value["new_series_hold"]),
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
        gaps=_gaps(value["gaps"], _seconds(value["keep_ids"])),
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
    seconds = {name: max(1.0, _seconds(value[name])) for name in ("refresh", "timeout")}
    return Fasjson(url=value["url"], auth=value["auth"], **seconds) if value["url"] else None


def _gaps(value: Mapping[str, Any], keep_ids: float) -> Gaps:
    """Nothing older than ``keep_ids`` is requested: it could be counted a second time."""
    durations = ("overlap", "delay", "max_age", "request_interval", "timeout")
    seconds = {name: _seconds(value[name]) for name in durations}
    seconds["max_age"] = min(seconds["max_age"], keep_ids)
    return Gaps(fill=value["fill"], url=value["url"], **seconds)


def _require_sound(source: Document) -> None:
    problems = document.check(source, schema())
    if isinstance(source.data, dict):
        problems += _listen_problems(source)
    problems = problems or [*_path_problems(source), *_group_problems(source)]
    if problems:
        raise DocumentError(sorted(problems, key=lambda problem: problem.line or 0))


def _filled(data: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _filled(data.get(name) or {}, inner)
        if "properties" in inner
        else data.get(name, inner["default"])
        for name, inner in part["properties"].items()
    }


def _listen_problems(source: Document) -> Iterator[Problem]:
    given = source.data.get("listen", [])
    for index, text in enumerate(_list(given)):
        message = addresses.problem(text) if isinstance(text, str) else None
        if message:
            key: Key = ("listen", index) if isinstance(given, list) else ("listen",)
            yield source.problem(key, message)


def _path_problems(source: Document) -> Iterator[Problem]:
    groups, users = source.data.get("groups") or {}, source.data.get("users") or {}
    web = source.data.get("web") or {}
    files: dict[Key, Any] = {
        ("state",): source.data.get("state"),
        ("history",): source.data.get("history"),
        ("mapping",): source.data.get("mapping"),
        ("web", "config_file"): web.get("config_file"),
        ("groups", "file"): groups.get("file"),
        ("users", "logins"): users.get("logins"),
    }
    for key, value in files.items():
        if isinstance(value, dict | bool):
            continue
        if "\0" in (value or ""):
            yield source.problem(key, f"{value!r} has a NUL byte, which no file's name may have")
            continue
        try:
            _path(Path(), value)
        except RuntimeError:
            yield source.problem(key, f"{value!r} names an unknown user's home; write the path out")


def _group_problems(source: Document) -> Iterator[Problem]:
    groups = source.data.get("groups") or {}
    if groups.get("file") and (groups.get("fasjson") or {}).get("url"):
        message = "members come from a file or from FASJSON; delete this, or `groups.file`"
        yield source.problem(("groups", "fasjson"), message)


def _logins(base: Path, value: Any) -> Path | Mapping[str, Any] | None:
    return _path(base, value) if isinstance(value, str) else value


def _history(base: Path, value: Mapping[str, Any]) -> Path | None:
    """The file of history: next to the ledger unless it is named."""
    state, wanted = _path(base, value["state"]), value["history"]
    if isinstance(wanted, str):
        return _path(base, wanted)
    return state.with_name(_HISTORY) if state and wanted else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _path(base: Path, value: str | None) -> Path | None:
    """A path resolved relative to the config that names it."""
    return None if value is None else base / Path(value).expanduser()


def _seconds(value: str | float) -> float:
    if isinstance(value, str):
        text = value.strip()
        number, unit = (text[:-1], text[-1]) if text[-1] in _UNITS else (text, "s")
        value = float(number) * _UNITS[unit]
    return int(value) if float(value).is_integer() else value
