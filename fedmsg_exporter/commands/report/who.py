"""Whose report it is: names, files of names, standard input, and groups."""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ...config import Config
from ...report.model import MemberList
from ...service.reports.names import Names, Typed, group_of
from ..exit_status import fail

#: Stands for standard input.
STDIN = "-"
#: How many names of a list are its title, before it is only their number.
_TITLE = 3


class Listed(NamedTuple):
    """Names as they are spelled; the file that they are from, if they are, and its date."""

    names: tuple[Typed, ...]
    file: str | None = None
    date: str | None = None

    def shown(self, config: Config) -> tuple[list[str], MemberList]:
        """The names that activity has, and what list it is. Raises ReportError."""
        shown = Names(config).every(self.names)
        title = ", ".join(shown) if len(shown) <= _TITLE else f"{len(shown)} people"
        return shown, MemberList(self.file or title, len(shown), self.date)


def in_group(config: Config, name: str) -> tuple[list[str], MemberList]:
    """The members of a group that are people, and what list it is. Raises ReportError."""
    found = group_of(config, name)
    return Names(config).people(found.members), MemberList(name, len(found.members), found.date)


def listed(arguments: Iterable[str]) -> Listed:
    """The names in some arguments: NAME, @FILE or -. Ends with status 2 if there are none."""
    arguments = list(arguments)
    names = tuple(name for one in arguments for name in _names(one))
    if not names:
        fail(2, f"{', '.join(arguments)}: no names; write one to a line")
    if len(arguments) == 1 and arguments[0].startswith("@"):
        path = Path(arguments[0][1:])
        made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return Listed(names, path.name, made.date().isoformat())
    return Listed(names)


def _names(argument: str) -> Iterator[Typed]:
    if argument == STDIN:
        yield from _lines(sys.stdin.read(), "standard input")
    elif argument.startswith("@"):
        yield from _lines(_text(argument[1:]), argument)
    else:
        yield Typed(argument)


def _lines(text: str, source: str) -> Iterator[Typed]:
    """A name to a line; blank lines and what follows a # do not count."""
    for number, line in enumerate(text.splitlines(), 1):
        name = line.partition("#")[0].strip()
        if name:
            yield Typed(name, f"{source}, line {number}")


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        fail(2, f"@{name}: cannot be read: {error.strerror or error}")
    except UnicodeDecodeError:
        fail(2, f"@{name}: not UTF-8 text; write one name to a line")
