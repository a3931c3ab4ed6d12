"""What history needs of the parts: attribution and privacy as the exporter has them."""

import json
from collections.abc import Callable

from ..config import Config
from ..event import Event
from ..groups import Membership, Roster, load_configured
from ..history.store import HistoryError
from ..ledger.reader import Reader
from ..message import Message
from ..privacy import Exposure
from . import parts

_NO_KEY = "`users.expose: hashed` needs the ledger's key: start the exporter once, then import"
_NO_GROUPS = "`users.expose: members` needs `groups.file`: without it everyone would be hidden"


def attributing(config: Config) -> Callable[[Message], Event]:
    """What makes an event of a message, as the exporter does it.

    The ledger is read while an exporter uses it: it has the key of the
    stand-ins, and who is forgotten. Raises DocumentError, LedgerError,
    HistoryError.
    """
    roster = Roster(load_configured(config) or Membership())
    attribution = parts.attribution(config, roster)
    exposure = _exposure(config, roster)
    return lambda message: exposure.apply(attribution.attribute(message))


def _exposure(config: Config, roster: Roster) -> Exposure:
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
