"""Who is hidden or forgotten in the ledger is so in history, too."""

from pathlib import Path

from ..config import Config
from ..history.store import History
from ..privacy import Exposure

_FILE = "history.sqlite"


def history_path(config: Config) -> Path | None:
    """Where history is: next to the ledger. None without a ledger."""
    return config.state.with_name(_FILE) if config.state else None


def hide_in_history(config: Config, exposure: Exposure) -> int:
    """Rename who must not be seen, where there is history. Raises HistoryError."""
    path = history_path(config)
    if path is None or not path.exists():
        return 0
    history = History(path)
    try:
        return history.rename(exposure.rename)
    finally:
        history.close()
