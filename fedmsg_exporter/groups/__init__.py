"""Keeping the groups right while the exporter runs: a file, FASJSON, and the bus.

The members come from a file, which is read again when it changes, or from
FASJSON, which is asked every hour. In between, the bus tells who joined a group
and who left. Whatever goes wrong, the last good state stays.
"""

from collections.abc import Callable

from ..attribution import Attribution
from ..config import Config
from ..ledger import Ledger
from .fasjson import FasjsonClient, require
from .fasjson_keeper import FasjsonKeeper, in_thread
from .file_keeper import FileKeeper
from .keeper import Keeper

__all__ = ["Keeper", "keeper", "require"]


def keeper(
    config: Config, attribution: Attribution, ledger: Ledger, clock: Callable[[], float]
) -> Keeper | None:
    """What keeps an attribution's membership right; None without groups.

    Where FASJSON is asked, the last good copy is served from now on.
    """
    if config.groups_file:
        return FileKeeper(config, attribution, ledger, clock)
    if config.fasjson:
        client = FasjsonClient(config.fasjson)
        return FasjsonKeeper(config, attribution, ledger, clock, client, in_thread)
    return None
