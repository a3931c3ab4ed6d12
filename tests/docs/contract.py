"""The tables of the documentation and the example config, as the code would write them.

A test holds the files against these. After a change of the code,

    python -m tests.docs.contract

writes them again; `git diff` shows what changed.
"""

import re
import tempfile
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import yaml
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from fedmsg_exporter import config, document
from fedmsg_exporter.attribution import STAGES
from fedmsg_exporter.commands import main
from fedmsg_exporter.commands.exit_status import EXIT_STATUSES, Commands
from fedmsg_exporter.config import fixed
from fedmsg_exporter.document import Document
from fedmsg_exporter.exposition.depths import DepthCollector
from fedmsg_exporter.exposition.telemetry import CLOSED
from fedmsg_exporter.families import Family
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.service.parts import REASONS
from fedmsg_exporter.sources.rabbitmq.depths import Depth

ROOT = Path(__file__).parents[2]
PROGRAM = "fedmsg-exporter"

EXAMPLE = ROOT / "deploy" / "fedmsg-exporter.yml"
_EXAMPLE_HEAD = """\
# The exporter's config: /etc/fedmsg-exporter/config.yml. Every key is here with
# its default; uncomment what you change. `fedmsg-exporter check` finds mistakes.
#
# Durations are seconds, or a number with s, m, h, d or w. The systemd unit and
# the container image name the ledger on the command line, which takes
# precedence over `state`.
"""

_TABLE = re.compile(r"^\|.*\n(?:\|.*\n)*", re.MULTILINE)
_NONE = "none"
_OF_LIBRARY = ("process_", "python_")
_OF_EXPORTER = "fedmsg_exporter_"


class Table(NamedTuple):
    """A table, and where it is: the first under a heading of a page."""

    page: str
    heading: str
    text: str


def tables() -> Iterator[Table]:
    """Every table that the code decides."""
    metrics = scraped()
    own = [one for one in metrics if one.name.startswith(_OF_EXPORTER)]
    others = [one for one in metrics if one not in own]
    yield Table("docs/metrics.md", "## What happens on the bus", _metrics(others))
    yield Table("docs/metrics.md", "## The exporter about itself", _metrics(own))
    yield Table("docs/metrics.md", "### Reasons to reject a message", _named("reason", REASONS))
    yield Table(
        "docs/metrics.md", "### Stages of attribution that may fail", _named("stage", STAGES)
    )
    yield Table("docs/metrics.md", "### Reasons to close a connection", _named("reason", CLOSED))
    yield Table("docs/configuration.md", "## All keys", _config_keys())
    for heading, path in _MAPPING.items():
        yield Table("docs/attribution.md", heading, _mapping_keys(path))
    for name, command in commands().items():
        yield Table("docs/commands.md", f"## `{name}`", _options(command))
    statuses = {str(status): meaning for status, meaning in EXIT_STATUSES.items()}
    yield Table("docs/commands.md", "## Exit statuses", _named("status", statuses))


def section(text: str, heading: str) -> re.Match[str] | None:
    """Find the text between a heading and the next one."""
    return re.search(rf"^{re.escape(heading)}\n(?:(?!#+ ).*\n)*", text, re.MULTILINE)


def found(table: Table) -> str | None:
    """The present table of a page, None if it has none."""
    part = section((ROOT / table.page).read_text("utf-8"), table.heading)
    there = _TABLE.search(part[0]) if part else None
    return there[0].rstrip("\n") if there else None


def commands() -> Mapping[str, click.Command]:
    """All commands as typed, including the program itself."""
    return {PROGRAM: main} | dict(_subcommands(PROGRAM, main))


def _subcommands(above: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    several = group.every() if isinstance(group, Commands) else group.commands
    for name, command in several.items():
        yield f"{above} {name}", command
        if isinstance(command, click.Group):
            yield from _subcommands(f"{above} {name}", command)


def usage(name: str) -> str:
    """The line that click prints after "Usage:"."""
    context = _context(commands()[name])
    return " ".join([name, *context.command.collect_usage_pieces(context)])


def _context(command: click.Command) -> click.Context:
    parent = None if command is main else _context(main)
    return click.Context(command, parent, **command.context_settings)


def example_config() -> str:
    """Make deploy/fedmsg-exporter.yml: sections as they are, all keys commented out."""
    return _EXAMPLE_HEAD + "".join(_example_lines(config.schema(), ""))


def _example_lines(part: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, inner in part["properties"].items():
        if "properties" in inner:
            yield f"\n{indent}{name}:\n"
            yield from _example_lines(inner, f"{indent}  ")
            continue
        comment = f"{indent}# "
        yield "\n" if not indent else ""
        yield textwrap.fill(
            inner["description"], 80, initial_indent=comment, subsequent_indent=comment
        )
        yield f"\n{indent}#{name}: {_yaml(inner['default'])}\n"


class Scraped(NamedTuple):
    """One metric, as a scrape shows it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    limit: str
    meaning: str


def scraped() -> list[Scraped]:
    """Every metric of a scrape, except those of the library."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "groups.yml").write_text("packager: [alice]\n")
        groups = {"file": "groups.yml", "members": True}
        settings = {"groups": groups, "packages": True, "schemas": False}
        exporter = Exporter(config.build(Document(f"{folder}/config.yml", settings, {})))
        exporter.status("starting")
        exporter.telemetry.show_certificate(lambda: 0.0)
        exporter.telemetry.registry.register(DepthCollector(lambda: {"queue": Depth(0, 1)}))
        try:
            exporter.weekly.take({0: {"regular_new": 1}}, 0)
            families = {family.name: family for family in exporter.ledger.counts.families()}
            text = exporter.metrics()
        finally:
            exporter.close()
    return [
        _scraped(one, families.get(_name(one)))
        for one in text_string_to_metric_families(text)
        if not one.name.startswith(_OF_LIBRARY)
    ]


def _scraped(metric: Metric, family: Family | None) -> Scraped:
    """What a scrape says of a metric, and what the ledger's family says of it."""
    name, kind, meaning = _name(metric), metric.type, metric.documentation
    if family is None:
        seen = {label for sample in metric.samples for label in sample.labels} - {"le"}
        return Scraped(name, kind, tuple(sorted(seen)), _NONE, meaning)
    key = f"limits.{family.limit}"
    known = key in dict(config.keys())
    limit = _code(key) if known else "the mapping's" if family.limit else _NONE
    return Scraped(name, kind, family.labels, limit, meaning)


def _name(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else str(metric.name)


def _metrics(metrics: Iterable[Scraped]) -> str:
    rows = [
        (
            _code(one.name),
            one.kind,
            ", ".join(map(_code, one.labels)) or _NONE,
            one.limit,
            re.sub(r"__\w+__", r"`\g<0>`", one.meaning),
        )
        for one in metrics
    ]
    return _table(["metric", "type", "labels", "limit", "meaning"], rows)


def _config_keys() -> str:
    keys = config.keys()
    rows = [
        (
            _code(key),
            _type(part),
            _code(_yaml(part["default"])),
            "restart" if fixed.is_fixed(key) else "reload",
            part["description"],
        )
        for key, part in keys
    ]
    return _table(["key", "type", "default", "changes at", "meaning"], rows)


def _type(part: Mapping[str, Any]) -> str:
    if "enum" in part:
        return " or ".join(_code(_yaml(value)) for value in part["enum"])
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return _TYPES.get(name) or _type(config.schema()["$defs"][name])
    types: list[str] = part["type"] if isinstance(part["type"], list) else [part["type"]]
    return " or ".join(_TYPES.get(name, name) for name in types)


_TYPES = {
    "duration": "duration",
    "texts": "list of texts",
    "string": "text",
    "integer": "whole number",
    "boolean": "`true` or `false`",
    "null": "`null`",
    "array": "list",
}


def _yaml(value: object) -> str:
    """A value as it is written in YAML, on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000)
    return text.strip().removesuffix("\n...")


_MAPPING = {
    "### Keys of the file": "properties",
    "### Keys of an app": "properties.apps.additionalProperties.properties",
    "### Keys of a rule": (
        "properties.apps.additionalProperties.properties.rules.items.properties"
    ),
    "### Keys of a metric": "properties.metrics.additionalProperties.properties",
    "### Keys of an example": "$defs.examples.items.properties",
}


def _mapping_keys(path: str) -> str:
    schema = document.packaged("attribution/mapping/schema.yml").data
    keys = schema
    for name in path.split("."):
        keys = keys[name]
    meanings = {key: part.get("description", "rules, in order") for key, part in keys.items()}
    return _named("key", meanings)


def _options(command: click.Command) -> str:
    """A command's options, in click's own words."""
    context = _context(command)
    options = [one for one in command.get_params(context) if isinstance(one, click.Option)]
    return _named("option", dict(filter(None, (one.get_help_record(context) for one in options))))


def _named(head: str, meanings: Mapping[str, str]) -> str:
    return _table([head, "meaning"], [(_code(name), text) for name, text in meanings.items()])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def _code(text: str) -> str:
    return f"`{text}`"


def _write() -> None:
    EXAMPLE.write_text(example_config(), "utf-8")
    for table in tables():
        page = ROOT / table.page
        text = page.read_text("utf-8")
        part = section(text, table.heading)
        there = _TABLE.search(text, *part.span()) if part else None
        if there is None:
            print(f"{table.page} has no table under {table.heading!r}: write one, be it empty")
        else:
            text = f"{text[: there.start()]}{table.text}\n{text[there.end() :]}"
            page.write_text(text, "utf-8")


if __name__ == "__main__":
    _write()
