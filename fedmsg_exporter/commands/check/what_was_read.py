"""What ``check`` read, in a few lines: shows when a file is emptier than intended."""

from collections.abc import Iterator, Sized
from pathlib import Path

from ... import document
from ...attribution.mapping import MessageMapping
from ...config import Config
from ...config.origin import Origin
from ...groups.membership import counted, listing
from ...service.parts import load_logins
from ...web.guard import web_config

_WIDTH = 10


def what_was_read(config: Config, origin: Origin, mapping: MessageMapping) -> Iterator[str]:
    """A line for each file, with how much is in it. The files must be valid."""
    yield _line("config", str(origin.path) if origin.path else "no file; every key has its default")
    yield _line("mapping", _source(config, mapping))
    if config.mapping:
        yield _line("", f"with the packaged one: {_size(mapping)}")
    yield _line("groups", _groups(config))
    if (logins := load_logins(config)) is not None:
        yield _line("logins", f"of {_number(logins, 'app')}: {', '.join(logins) or 'none'}")
    if config.web_config:
        yield _line("web", _web(config.web_config))


def _line(name: str, text: str) -> str:
    return f"  {name:{_WIDTH}}{text}"


def _source(config: Config, mapping: MessageMapping) -> str:
    return _own(config.mapping) if config.mapping else f"the packaged one: {_size(mapping)}"


def _size(mapping: MessageMapping) -> str:
    rules = [rule for app in mapping.rules.values() for rule in app]
    return (
        f"{_number(rules, 'rule')} for {_number(mapping.rules, 'app')}, "
        f"{_number(mapping.metrics, 'metric')}"
    )


def _own(path: Path) -> str:
    data = document.read(path).data
    apps, metrics = data.get("apps", {}), data.get("metrics", {})
    rules = [rule for app in apps.values() for rule in app["rules"]]
    return (
        f"{path}: {_number(rules, 'rule')} for {_number(apps, 'app')}, {_number(metrics, 'metric')}"
    )


def _groups(config: Config) -> str:
    if config.fasjson:
        return f"from {config.fasjson.url}, queried by `run`"
    if config.groups_file is None:
        return "none; set groups.file or groups.fasjson.url to count by group"
    groups = listing(config.groups_file).groups
    membership = counted(groups, config.groups_track, config.groups_exclude)
    tracked = membership.members()
    people = frozenset().union(*tracked.values())
    left_out = len(groups) - len(tracked)
    return f"{config.groups_file}: {_number(tracked, 'group')} with {_number(people, 'member')}" + (
        f"; {_number(range(left_out), 'more group')} not tracked" if left_out else ""
    )


def _web(path: Path) -> str:
    found = web_config.read(path)
    return f"{path}: {'TLS' if found.tls else 'no TLS'}, {_number(found.users, 'user')}"


def _number(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
