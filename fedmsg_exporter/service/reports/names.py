"""Whose report it is: names as they are typed, turned into names as activity has them."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ...attribution.names import fas_name
from ...config import Config
from ...event import INVALID, User
from ...groups import Membership, Roster
from ...groups.membership import load, load_configured
from ...ledger.reader import Reader
from ...report.known import Known
from ...report.near import alike
from ...report.refusal import ReportError
from ...statistics.calendar import day_at, iso
from ..history.past import exposure
from ..parts import kinds, load_mapping


class Typed(NamedTuple):
    """A name as it was typed, and where if it was in a file, like ``@names.txt, line 3``."""

    name: str
    place: str = ""


class Group(NamedTuple):
    """The members of a group, and when the list was made."""

    members: Collection[str]
    date: str


class Names:
    """Turns names as people type them into those of the activity."""

    def __init__(self, config: Config) -> None:
        """Read mapping, groups and the ledger's key. Raises DocumentError, LedgerError."""
        self._expose = config.expose
        self._kinds = kinds(config, load_mapping(config))
        self._exposure = exposure(config, Roster(_counted(config)))

    def shown(self, typed: str) -> str:
        """The name under which a person is counted. Raises ReportError."""
        name = fas_name(typed)
        if name in (None, INVALID):
            raise ReportError(f"{typed!r} is not a valid FAS name")
        user: User = self._kinds.of(str(name))
        if user.kind == "bot":
            raise ReportError(_BOT.format(name))
        if self._expose == "none":
            return user.name
        shown = self._exposure.name(user)
        if shown is None:
            raise ReportError(_HIDDEN.format(name=name, expose=self._expose))
        return shown

    def every(self, typed: Iterable[Typed]) -> list[str]:
        """The same of several people, each once. Raises ReportError with all that is wrong."""
        found, wrong = [], []
        for one in typed:
            try:
                found.append(self.shown(one.name))
            except ReportError as error:
                wrong.append(f"{one.place}: {error}" if one.place else str(error))
        if wrong:
            raise ReportError("\n".join(wrong))
        return list(dict.fromkeys(found))

    def people(self, members: Iterable[str]) -> list[str]:
        """The members of a group who are people, under the names that are counted."""
        users = (self._kinds.of(one) for one in sorted(members))
        people = [user for user in users if user.kind == "person"]
        if self._expose == "none":
            return [user.name for user in people]
        return list(filter(None, map(self._exposure.name, people)))


def require_seen(known: Known, typed: str, shown: str) -> None:
    """Raise ReportError if a person was never seen, with the names that are most alike."""
    if known.expose == "none" or shown in known.first():
        return
    if not known.first_coverage().spans:
        return  # The report itself says that nothing is known.
    since = iso(day_at(known.first_coverage().spans[0].start))
    similar = "" if known.expose == "hashed" else alike(shown, known.first())
    raise ReportError(f"{typed}: never seen since {since}; check the spelling{similar}")


def group_of(config: Config, name: str) -> Group:
    """A group's members as the config knows them. Raises ReportError, DocumentError."""
    members, date = _groups(config)
    if name not in members:
        raise ReportError(f"{name}: not a known group{alike(name, members)}")
    if not members[name]:
        raise ReportError(f"{name}: the group has no members, so there is nothing to report")
    return Group(members[name], date)


def _counted(config: Config) -> Membership:
    """The counted groups: whom `members` shows."""
    if config.fasjson and config.expose == "members":
        return Membership(_from_ledger(config.state, config.fasjson.url)[0])
    return load_configured(config) or Membership()


def _groups(config: Config) -> tuple[Mapping[str, Collection[str]], str]:
    if config.groups_file:
        # Also what is not counted: who asks for a group by name means it.
        members = load(config.groups_file, ["*"], []).members()
        return members, _date(config.groups_file.stat().st_mtime)
    if config.fasjson:
        return _from_ledger(config.state, config.fasjson.url)
    raise ReportError(_NO_GROUPS)


def _from_ledger(state: Path | None, url: str) -> tuple[Mapping[str, Collection[str]], str]:
    """What an exporter last read from FASJSON, with what the bus has reported since."""
    copy = {}
    if state and state.exists():
        with Reader(state) as reader:
            copy = json.loads(reader.noted("groups") or "{}")
    if copy.get("url") != url:
        raise ReportError(_NOT_READ.format(url))
    return copy["groups"], _date(copy["at"])


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


_BOT = "{}: a bot by today's list (`users.bots`, and the mapping's); reports are about people"
_HIDDEN = "{name}: not shown with `users.expose: {expose}`, so there is no report"
_NO_GROUPS = (
    "no groups are known: set `groups.file` or `groups.fasjson.url` in the config, or name the "
    "people with `report list`"
)
_NOT_READ = "no groups are known yet: no exporter on this ledger has read them from {}"
