"""Writes to the ledger what is known of a gap, as soon as the ledger can be written."""

import logging
from collections.abc import Iterable
from typing import Any

from ..exposition.telemetry import Telemetry
from ..families import Change
from ..pipeline import Pipeline
from ..sink import RETRY, NotRecorded
from .gap import Gap, noted

log = logging.getLogger(__name__)


class Notes:
    """The latest gap, and what the ledger does not have of it yet."""

    def __init__(
        self, pipeline: Pipeline, telemetry: Telemetry, reactor: Any, overlap: float
    ) -> None:
        """Take how far gaps are filled beyond both ends, in seconds."""
        self._pipeline = pipeline
        self._telemetry = telemetry
        self._reactor = reactor
        self._overlap = overlap
        self._gap = Gap()
        self._owed: list[Change] = []
        self._missed: list[tuple[float, float]] = []
        self._retry: Any = None

    def miss(self, start: float, end: float) -> None:
        """Have the next `write` note that messages may be missing from a span."""
        self._missed.append((start, end))

    def write(self, gap: Gap, changes: Iterable[Change] = ()) -> None:
        """Write a gap, and what else has changed; what the ledger refuses is written later."""
        self._gap = gap
        self._owed += changes
        self._telemetry.gap_unfilled.set(gap.unfilled(self._overlap))
        self._try()

    def _try(self) -> None:
        try:
            self._pipeline.note([*self._owed, *noted(self._gap)])
            self._owed.clear()
            while self._missed:
                self._pipeline.miss(*self._missed[0])
                del self._missed[0]
        except NotRecorded as refusal:
            log.debug("cannot note the gap yet: %s", refusal)
            if self._retry is None or not self._retry.active():
                self._retry = self._reactor.callLater(RETRY, self._try)
