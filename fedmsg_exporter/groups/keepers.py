"""Chooses the keeper for a config. Keepers import Twisted, which a report does not need."""

from collections.abc import Callable

from ..config import Config
from ..ledger import Ledger
from .fasjson import FasjsonReader
from .fasjson_keeper import FasjsonKeeper
from .file_keeper import FileKeeper
from .keeper import Keeper
from .roster import Roster


def are_alike(one: Config, other: Config) -> bool:
    """Whether two configs keep groups in the same way, so that a keeper can go on."""
    return _settings(one) == _settings(other)


def _settings(config: Config) -> tuple[object, ...]:
    return (
        config.groups_file,
        config.groups_track,
        config.groups_exclude,
        config.fasjson,
        config.environments[:1],
    )


def keeper(
    config: Config, roster: Roster, ledger: Ledger, clock: Callable[[], float]
) -> Keeper | None:
    """The keeper of a roster, None if no groups are configured.

    With FASJSON, the last good copy is served at once. Raises LedgerError.
    """
    if config.groups_file:
        return FileKeeper(config, roster, ledger, clock)
    if config.fasjson:
        return FasjsonKeeper(config, roster, ledger, clock, FasjsonReader(config.fasjson))
    return None
