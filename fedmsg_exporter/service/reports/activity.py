"""The activity that reports answer from: that of ledger and history, or of files.

An exporter may be using the ledger: it is only read.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from ...config import Config
from ...history.store import HistoryReader
from ...ledger import LedgerError
from ...ledger.errors import explained
from ...ledger.reader import Reader
from ...report.refusal import ReportError
from ...report.store import Store
from ...report.stored import Stored
from ..parts import kinds, load_mapping

_NO_PLACE = "no activity to report from: set `state` in the config, or use --state or --files"
_NOTHING_THERE = (
    "{}: no such file; start the exporter on it once, or import the past with "
    "`fedmsg-exporter history import`"
)
_HIDES_MORE = (
    "{}: nothing of it counts: imported while `users.expose` showed fewer people, or not "
    "completely; `history drop` it and import again"
)


class Opened(NamedTuple):
    """Activity, and remarks about what of it is left out."""

    known: Stored
    remarks: tuple[str, ...] = ()
    #: Whether some of what was read for it was damaged.
    is_damaged: bool = False


@contextmanager
def opened(config: Config, history: Path | None) -> Iterator[Opened]:
    """The activity of ledger and history, each at one moment.

    Raises ReportError, LedgerError, DocumentError.
    """
    is_person = person(config)
    with ExitStack() as stack:
        stores, remarks = [], []
        if config.state and config.state.exists():
            stores.append(_ledger(config.state, stack))
        if history and history.exists():
            past = _history(history, config.expose, stack)
            if past.coverage.spans or config.expose == "none":
                stores.append(past)
            else:
                remarks.append(_HIDES_MORE.format(history))
        if not stores:
            where = config.state or history
            raise _nothing(where, remarks)
        known = Stored(stores, is_person, credit=config.credit, expose=config.expose)
        yield Opened(known, tuple(remarks))


def _ledger(path: Path, stack: ExitStack) -> Store:
    reader = stack.enter_context(Reader(path))
    return Store(str(path), reader.activity, reader.people_coverage())


def _history(path: Path, mode: str, stack: ExitStack) -> Store:
    reader = stack.enter_context(closing(HistoryReader(path, mode)))
    with explained(path):
        return Store(str(path), reader.activity, reader.people_coverage())


def _nothing(where: Path | None, remarks: list[str]) -> Exception:
    if remarks:
        return LedgerError(" ".join(remarks))
    return LedgerError(_NOTHING_THERE.format(where)) if where else ReportError(_NO_PLACE)


def person(config: Config) -> Callable[[str], bool]:
    """What distinguishes people from bots as of today. Raises DocumentError."""
    known = kinds(config, load_mapping(config))
    return lambda name: known.of(name).kind == "person"
