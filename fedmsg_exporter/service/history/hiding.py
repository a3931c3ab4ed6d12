"""Hides and forgets people in history as in the ledger."""

from contextlib import closing

from ...config import Config
from ...history.store import History
from ...privacy import Exposure


def hide_in_history(config: Config, exposure: Exposure) -> None:
    """Rename people who must not be shown from now on, if there is history. Raises HistoryError."""
    path = config.history
    if path is not None and path.exists():
        with closing(History(path)) as history:
            history.hide(config.expose, exposure.rename)


def forget_in_history(config: Config, exposure: Exposure) -> bool:
    """Rename people who are forgotten; returns whether any were in history. Raises HistoryError."""
    path = config.history
    if path is None or not path.exists():
        return False
    with closing(History(path)) as history:
        return history.rename(exposure.rename) > 0
