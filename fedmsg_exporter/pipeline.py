"""The line that every message takes: attribution, then the ledger.

A source hands in batches; once `Pipeline.take` returns, they are safe.
"""

from collections.abc import Callable, Sequence
from time import perf_counter

from .attribution import Attribution
from .event import Event
from .exposition.telemetry import Telemetry
from .families import RECOVERED, Change
from .ledger import Ledger, Recorded
from .message import Message

#: What a source hands its batches to. Raises LedgerError when they are not safe.
Sink = Callable[[Sequence[Message]], object]

#: What hears of batches that are recorded: the messages, and their events in
#: the same order. It must not raise.
Listener = Callable[[Sequence[Message], Sequence[Event]], object]


class Pipeline:
    """Attributes messages and records them.

    ``clock`` gives seconds since the epoch; ``expose`` replaces what must not be seen.
    """

    def __init__(
        self,
        attribution: Attribution,
        ledger: Ledger,
        telemetry: Telemetry,
        clock: Callable[[], float],
        expose: Callable[[Event], Event] = lambda event: event,
    ) -> None:
        self._attribute = attribution.attribute
        self._expose = expose
        self._ledger = ledger
        self._telemetry = telemetry
        self._clock = clock
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Have something told of each batch from the bus, once it is recorded.

        What it does takes effect for later batches: this one is attributed already.
        """
        self._listeners.append(listener)

    def take(self, messages: Sequence[Message]) -> Recorded:
        """Count a batch, whole or not at all. Raises LedgerError."""
        events = [self._expose(self._attribute(message)) for message in messages]
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
        """Count what was missed and is asked for later. Raises LedgerError.

        What was not missed after all is no duplicate, and how old these
        messages are says nothing about the bus.
        """
        events = [self._expose(self._attribute(message)) for message in messages]
        return self._ledger.record(events, self._clock(), _tell_recovered)


def _tell_recovered(recorded: Recorded) -> list[Change]:
    return [Change(RECOVERED, (), recorded.counted)]
