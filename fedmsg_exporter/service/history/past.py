"""What history needs from the parts: attribution and privacy as in the exporter."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from ...config import Config
from ...event import Event
from ...groups import Membership, Roster, load_configured
from ...history.errors import HistoryError
from ...history.reading import How, Live
from ...ledger.reader import Reader
from ...message import Message
from ...privacy import Exposure
from ...version import __version__
from .. import parts

_NO_KEY = "`users.expose: hashed` needs the ledger's key: start the exporter on it once"
_NO_GROUPS = "`users.expose: members` needs `groups.file`: without it everyone would be hidden"


class Past(NamedTuple):
    """How the past is counted: what makes events, hides people, and is counted live."""

    how: How
    exposure: Exposure


def past(config: Config) -> Past:
    """All of it, as in the exporter. Raises DocumentError, LedgerError, HistoryError.

    The ledger is read while an exporter uses it, for the key of the pseudonyms,
    who is forgotten, and what was counted live.
    """
    roster = Roster(load_configured(config) or Membership())
    # Activity is by user: groups are derived from it later, and the rest not at all.
    attribution = parts.attribution(config, measured=False)
    hiding = exposure(config, roster)
    live = _live(config.state) if config.state and config.state.exists() else Live()

    def attribute(message: Message) -> Event:
        return hiding.apply(attribution.attribute(message))

    return Past(How(attribute, live, _name(config)), hiding)


def how(config: Config) -> How:
    """How messages count, for a process that only reads. Raises as `past`."""
    return past(config).how


def _name(config: Config) -> str:
    """What decides how messages count: the version, the config, and the files it names."""
    files = filter(None, (config.mapping, config.groups_file, config.logins))
    texts = [one.read_text() if isinstance(one, Path) else repr(one) for one in files]
    whole = "\0".join([__version__, repr(config), *texts])
    return sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()


def _live(state: Path) -> Live:
    def counted(digests: Sequence[bytes]) -> set[bytes]:
        # Open only for a moment: the ledger keeps what a reader may still see.
        with Reader(state) as reader:
            return reader.counted(digests)

    with Reader(state) as reader:
        begun = float(reader.noted("start") or 0) or None
        return Live(reader.coverage(), counted, begun)


def exposure(config: Config, roster: Roster) -> Exposure:
    """What may be shown of people, for who only reads the ledger. Raises LedgerError."""
    key, forgotten = "", "[]"
    if config.state and config.state.exists():
        with Reader(config.state) as reader:
            key = reader.noted("key") or ""
            forgotten = reader.noted("forgotten") or "[]"
    if config.expose == "hashed" and not key:
        raise HistoryError(_NO_KEY)
    if config.expose == "members" and not roster.sizes():
        raise HistoryError(_NO_GROUPS)
    return Exposure(
        config.expose,
        key=bytes.fromhex(key),
        is_member=roster.has,
        forgotten=json.loads(forgotten),
    )
