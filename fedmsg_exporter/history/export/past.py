"""All series of history, piece by piece."""

from collections.abc import Iterator

from .counters import runs
from .lines import Series
from .people import People
from .plan import Piece, Plan, Size
from .sources import Known
from .volumes import Volumes
from .weekly import Weekly

#: About how many series there are of weekly gauges and of the exporter itself.
_OTHERS = 9


class Past:
    """Everything that is exported; pieces must come in order."""

    def __init__(self, known: Known, weekly: Weekly, plan: Plan) -> None:
        self._known = known
        self._volumes = Volumes(known, plan)
        self._people = People(known, plan) if known.people.spans else None
        self._weekly = weekly

    def size(self) -> Size:
        """About how many series there are."""
        volumes = self._volumes.size()
        people = self._people.size() if self._people else Size(0, 0)
        return Size(
            volumes.sparse + people.sparse + _OTHERS, volumes.dense + people.dense + _OTHERS
        )

    def series(self, piece: Piece) -> Iterator[Series]:
        """Every series of a piece."""
        times = piece.times()
        yield from self._exporter(times)
        yield from self._volumes.series(piece)
        if self._people:
            yield from self._people.series(piece)
            yield from self._weekly.series(times)

    def _exporter(self, times: range) -> Iterator[Series]:
        """That there was an exporter that counted, where everything is known."""
        spans = self._known.coverage.spans
        there = [1 if any(a <= time <= b for a, b in spans) else None for time in times]
        yield Series("up", (), runs(there))
        yield Series("job:fedmsg_exporter_counting:min", (), runs(there))
