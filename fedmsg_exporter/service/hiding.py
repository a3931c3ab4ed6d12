"""Hides and forgets people in history as in the ledger."""

from contextlib import closing
from pathlib import Path

from ..config import Config
from ..history.store import History
from ..privacy import Exposure

_FILE = "history.sqlite"


def history_path(config: Config) -> Path | None:
    """Where history is: next to the ledger. None without a ledger."""
    return config.state.with_name(_FILE) if config.state else None


def hide_in_history(config: Config, exposure: Exposure) -> None:
    """Rename people who must not be shown from now on, if there is history. Raises HistoryError."""
    path = history_path(config)
    if path is not None and path.exists():
        with closing(History(path)) as history:
            history.hide(config.expose, exposure.rename)


def forget_in_history(config: Config, exposure: Exposure) -> bool:
    """Rename people who are forgotten; returns whether any were in history. Raises HistoryError."""
    path = history_path(config)
    if path is None or not path.exists():
        return False
    with closing(History(path)) as history:
        return history.rename(exposure.rename) > 0
