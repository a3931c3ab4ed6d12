"""Who is in which group: one roster, and the keepers that write it.

The members come from a file, which is read again when it changes, or from
FASJSON, which is queried every hour. In between, the bus says who joined a group
and who left. Whatever goes wrong, the last good state is kept.
"""

from collections.abc import Callable

from ..config import Config
from ..ledger import Ledger
from .fasjson import FasjsonReader, require
from .fasjson_keeper import FasjsonKeeper
from .file_keeper import FileKeeper
from .keeper import Keeper
from .membership import Membership, load_configured
from .roster import Roster

__all__ = ["Keeper", "Membership", "Roster", "keeper", "load_configured", "require"]


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
