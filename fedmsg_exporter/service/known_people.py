"""The activity that reports answer from: that of ledger and history, or of files.

An exporter may be using the ledger: it is only read.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from ..config import Config
from ..history.store import HistoryReader
from ..ledger import LedgerError
from ..ledger.errors import explained
from ..ledger.reader import Reader
from ..report.refusal import ReportError
from ..report.stored import Store, Stored
from ..statistics.coverage import Coverage
from .parts import kinds, load_mapping

_NO_PLACE = "no activity to report from: set `state` in the config, or use --state or --files"
_NOTHING_THERE = (
    "{}: no such file; start the exporter on it once, or import the past with "
    "`fedmsg-exporter history import`"
)
_HIDES_MORE = (
    "{}: imported while `users.expose` showed fewer people, or by an older exporter; it is left "
    "out: `history drop` it and import again"
)


class Opened(NamedTuple):
    """Activity, and remarks about what of it is left out."""

    known: Stored
    remarks: tuple[str, ...] = ()


@contextmanager
def opened(config: Config, history: Path | None) -> Iterator[Opened]:
    """The activity of ledger and history, each at one moment.

    Raises ReportError, LedgerError, DocumentError.
    """
    is_person = person(config)
    with ExitStack() as stack:
        stores = list(_stores(config, history, stack))
        if not stores:
            if where := config.state or history:
                raise LedgerError(_NOTHING_THERE.format(where))
            raise ReportError(_NO_PLACE)
        known = Stored(stores, is_person, credit=config.credit, expose=config.expose)
        hidden = (one.name for one in stores if history and one.name == str(history))
        remarks = (_HIDES_MORE.format(name) for name in hidden if name not in known.sources)
        yield Opened(known, tuple(remarks) if config.expose != "none" else ())


def _stores(config: Config, history: Path | None, stack: ExitStack) -> Iterator[Store]:
    if config.state and config.state.exists():
        ledger = stack.enter_context(Reader(config.state))
        coverage = ledger.people_coverage() if config.expose != "none" else Coverage()
        yield Store(str(config.state), ledger.activity, coverage)
    if history and history.exists():
        past = stack.enter_context(closing(HistoryReader(history, config.expose)))
        with explained(history):
            yield Store(str(history), past.activity, past.people_coverage())


def person(config: Config) -> Callable[[str], bool]:
    """What distinguishes people from bots as of today. Raises DocumentError."""
    known = kinds(config, load_mapping(config))
    return lambda name: known.of(name).kind == "person"
