"""History for tests: filled at once, without files to import."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from fedmsg_exporter.event import Event
from fedmsg_exporter.history.part import Basis, Part, delete, path_of
from fedmsg_exporter.history.store import History, Imported
from fedmsg_exporter.statistics.coverage import Coverage, Span, covering


def fill(path: Path, events: Iterable[Event], *covered: Span, mode: str = "all") -> None:
    """History with some events, and the time that it covers."""
    history = History(path)
    history.hide(mode, lambda user: user)
    everything = list(events)
    file = path_of(path, "test")
    with closing(Part(file, Basis("test", 0, 0, "", Coverage(), Coverage()))) as part:
        part.add(everything, 4e9, 4e9)
        part.commit()
    numbers = len(everything), 0, 0, 0
    imported = Imported("test", 0, "complete", *numbers, covered[0].start, covered[-1].end)
    history.merge(file, imported, covering(covered))
    delete(file)
    history.close()
