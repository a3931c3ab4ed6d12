"""The line that every message takes: attribute, hide, record, notify the listeners.

A source hands in batches; once `Pipeline.take` returns, they are safe.
"""

from collections.abc import Callable, Sequence
from time import perf_counter

from .attribution import Attribution
from .event import Event
from .exposition.telemetry import Telemetry
from .families import RECOVERED, Change
from .ledger import Ledger, Tally
from .message import Message
from .privacy import Exposure
from .sink import Recorded

#: Called for batches from the bus once they are recorded: the messages, and their
#: events in the same order. It must not raise.
Listener = Callable[[Sequence[Message], Sequence[Event]], object]

#: A message that turns out not to be missing is not counted as a duplicate.
_MISSED = Tally(counted=RECOVERED)


class Pipeline:
    """Attributes messages, hides what must not be shown, and records the events.

    ``clock`` returns seconds since the epoch.
    """

    def __init__(
        self,
        attribution: Attribution,
        exposure: Exposure,
        ledger: Ledger,
        telemetry: Telemetry,
        clock: Callable[[], float],
    ) -> None:
        self._attribution = attribution
        self._exposure = exposure
        self._ledger = ledger
        self._telemetry = telemetry
        self._clock = clock
        self._listeners: list[Listener] = []

    def adopt(self, attribution: Attribution) -> None:
        """Use another attribution, from the next batch on."""
        self._attribution = attribution

    def subscribe(self, listener: Listener) -> None:
        """Call a listener for each batch from the bus, once it is recorded.

        What it changes applies to later batches: this one is already attributed.
        """
        self._listeners.append(listener)

    def take(self, messages: Sequence[Message]) -> Recorded:
        """Count a batch from a source, whole or not at all. Raises NotRecorded."""
        events = self._events(messages)
        now = self._clock()
        started = perf_counter()
        recorded = self._ledger.record(events, now)
        self._telemetry.commit.observe(perf_counter() - started)
        for message in messages:
            if message.sent_at is not None:
                self._telemetry.message_age.observe(max(0.0, now - message.sent_at))
        for listener in self._listeners:
            listener(messages, events)
        return recorded

    def recover(self, messages: Sequence[Message]) -> Recorded:
        """Count messages that were missed and fetched later. Raises NotRecorded.

        Their age is not observed: it says nothing about the bus.
        """
        return self._ledger.record(self._events(messages), self._clock(), tally=_MISSED)

    def probe(self) -> None:
        """Find out whether a batch could be recorded now. Raises NotRecorded."""
        self._ledger.probe()

    def note(self, changes: Sequence[Change]) -> None:
        """Record changes that do not come from a message. Raises NotRecorded."""
        self._ledger.record([], self._clock(), more=changes)

    def miss(self, start: float, end: float) -> None:
        """Note that messages sent between two times may be missing. Raises NotRecorded."""
        self._ledger.miss(start, end)

    def _events(self, messages: Sequence[Message]) -> list[Event]:
        return [self._exposure.apply(self._attribution.attribute(one)) for one in messages]
