"""The activity of sources that are read for one report, without ledger and history.

They are imported as `history import` would, into a private temporary file: what
counts, and how, is the same.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from ...config import Config
from ...event import Event
from ...history.forms import opened as opened_file
from ...history.importing import Here, Importer, Outcome
from ...history.reading import How, Open, Tell
from ...history.store import History, HistoryReader
from ...message import Message
from ...report.store import Store
from ...report.stored import Stored
from ..history.past import past
from .activity import Opened, person

#: Is called with each message and its event.
Hear = Callable[[Message, Event], None]


@contextmanager
def of_files(
    config: Config,
    sources: Sequence[str],
    done: Callable[[Outcome], None],
    *,
    tell: Tell = lambda _: None,
    hear: Hear | None = None,
    open_: Open = opened_file,
) -> Iterator[Opened]:
    """The activity of some sources.

    ``done`` gets the outcome of each, ``tell`` how far it is, ``hear`` every message
    that counts. ``open_`` opens a source. Raises DocumentError, LedgerError.
    """
    how = How(_heard(past(config).how.attribute, hear))
    with tempfile.TemporaryDirectory(prefix="fedmsg-exporter-") as folder:
        file = Path(folder) / "history.sqlite"
        with closing(History(file)) as history:
            history.hide(config.expose, lambda user: user)
            for outcome in Importer(history, Here(how, tell, open_)).add(sources):
                done(outcome)
        with closing(HistoryReader(file, config.expose)) as reader:
            store = Store(str(file), reader.activity, reader.people_coverage())
            known = Stored([store], person(config), credit=config.credit, expose=config.expose)
            known.sources = tuple(sources)
            yield Opened(known)


def _heard(attribute: Callable[[Message], Event], hear: Hear | None) -> Callable[[Message], Event]:
    if hear is None:
        return attribute

    def both(message: Message) -> Event:
        event = attribute(message)
        hear(message, event)
        return event

    return both
