"""Who is hidden or forgotten in the ledger is so in history, too."""

from contextlib import closing
from pathlib import Path

from ..config import Config
from ..history.store import History
from ..privacy import Exposure

_FILE = "history.sqlite"


def history_path(config: Config) -> Path | None:
    """Where history is: next to the ledger. None without a ledger."""
    return config.state.with_name(_FILE) if config.state else None


def hide_in_history(config: Config, exposure: Exposure, *, mode: str | None = None) -> None:
    """Rename who must not be seen, where there is history. Raises HistoryError.

    ``mode`` is what `users.expose` is from now on, None for as it was.
    """
    path = history_path(config)
    if path is None or not path.exists():
        return
    with closing(History(path)) as history:
        if mode is None:
            history.rename(exposure.rename)
        else:
            history.hide(mode, exposure.rename)
