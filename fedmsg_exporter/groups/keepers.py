"""Which keeper a config asks for: each imports Twisted, which a report can do without."""

from collections.abc import Callable

from ..config import Config
from ..ledger import Ledger
from .fasjson import FasjsonReader
from .fasjson_keeper import FasjsonKeeper
from .file_keeper import FileKeeper
from .keeper import Keeper
from .roster import Roster


def keeper(
    config: Config, roster: Roster, ledger: Ledger, clock: Callable[[], float]
) -> Keeper | None:
    """What keeps a roster up to date; None without groups.

    With FASJSON, the last good copy is served from now on. Raises LedgerError.
    """
    if config.groups_file:
        return FileKeeper(config, roster, ledger, clock)
    if config.fasjson:
        return FasjsonKeeper(config, roster, ledger, clock, FasjsonReader(config.fasjson))
    return None
