"""Man pages from the commands' own help: ``python -m tools.manpages FOLDER``.

One page for the program and one for each command, as in git. Everything in them
comes from click's commands and ``EXIT_STATUSES``, so a page cannot differ from --help.
"""

import inspect
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click

from fedmsg_exporter.commands import main
from fedmsg_exporter.commands.exit_status import EXIT_STATUSES, Commands
from fedmsg_exporter.version import __version__

PROGRAM = "fedmsg-exporter"
SOURCE = "https://github.com/fedora-infra/fedmsg_exporter"


def pages() -> Mapping[str, str]:
    """Return the text of each page by its file name."""
    root = click.Context(main, info_name=PROGRAM, **main.context_settings)
    return {f"{_name(context)}.1": _page(context) for context in _walk(root)}


def _walk(context: click.Context) -> Iterator[click.Context]:
    yield context
    for child in _children(context):
        yield from _walk(child)


def _children(context: click.Context) -> list[click.Context]:
    """Return the contexts of a group's commands, as click makes them while it parses."""
    group = context.command
    commands = group.every() if isinstance(group, Commands) else getattr(group, "commands", {})
    return [
        click.Context(command, context, info_name=name, **command.context_settings)
        for name, command in sorted(commands.items())
        if not command.hidden
    ]


def _path(context: click.Context) -> str:
    """Return the command as typed: its name and those of the groups it is in."""
    names = [] if context.parent is None else [_path(context.parent)]
    return " ".join([*names, str(context.info_name)])


def _name(context: click.Context) -> str:
    return _path(context).replace(" ", "-")


def _page(context: click.Context) -> str:
    summary, _, rest = _help(context.command).partition("\n\n")
    lines = [
        f'.TH "{_name(context).upper()}" 1 "{_date()}" "{PROGRAM} {__version__}" "User Commands"',
        ".SH NAME",
        f"{_roff(_name(context))} \\- {_roff(' '.join(summary.split()).rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {_roff(_path(context))}",
        _roff(" ".join(context.command.collect_usage_pieces(context))),
        *([".SH DESCRIPTION", *_paragraphs(rest)] if rest else []),
        *_options(context),
        *_commands(_children(context)),
        *_endings(context),
    ]
    return "\n".join(lines) + "\n"


def _help(command: click.Command) -> str:
    """Return a command's help; click, too, ends it at a form feed."""
    return inspect.cleandoc((command.help or "").partition("\f")[0])


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield ".PP"
        yield _roff(" ".join(paragraph.replace("\b", "").split()))


def _options(context: click.Context) -> Iterator[str]:
    yield ".SH OPTIONS"
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record:
            yield from _item(*record)


def _commands(children: Iterable[click.Context]) -> Iterator[str]:
    for number, child in enumerate(children):
        if number == 0:
            yield ".SH COMMANDS"
        yield from _item(f"{_name(child)}(1)", child.command.get_short_help_str(200))


def _endings(context: click.Context) -> Iterator[str]:
    yield ".SH EXIT STATUS"
    for status, meaning in EXIT_STATUSES.items():
        yield from _item(str(status), f"{meaning}.")
    yield ".SH SEE ALSO"
    others = [*([context.parent] if context.parent else []), *_children(context)]
    yield " ,\n".join(f".BR {_roff(_name(one))} (1)" for one in others)
    yield ".PP"
    yield _roff(SOURCE)


def _item(term: str, text: str) -> list[str]:
    return [".TP", f"\\fB{_roff(term)}\\fR", _roff(text)]


def _roff(text: str) -> str:
    """Escape what roff would read as a request or an escape."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", escaped, flags=re.MULTILINE)


def _date() -> str:
    """Return today's date, or that of a reproducible build."""
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def write(folder: Path) -> None:
    """Write all pages into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
