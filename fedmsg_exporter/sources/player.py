"""Delivers messages that are generated or read, not received: a simulation, a recording."""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from twisted.internet import task
from twisted.python.failure import Failure

from ..message import Message
from ..sink import NotRecorded, Sink
from .recording import Damage
from .simulation import Sent
from .status import Status

log = logging.getLogger(__name__)

#: The most messages to deliver at once; scrapes are answered between batches.
MAX_BATCH = 1000

Batches = Iterator[list[Message]]
_END: list[Message] = []


class Player:
    """Delivers one batch at each tick, until there are no more.

    ``interval`` is the time between two ticks in seconds; ``end`` becomes the
    status once everything is delivered.
    """

    def __init__(
        self,
        batches: Batches,
        sink: Sink,
        status: Status,
        reactor: Any,
        *,
        interval: float,
        end: str,
    ) -> None:
        self._batches = batches
        self._sink = sink
        self._status = status
        self._interval = interval
        self._end = end
        self._waiting: list[Message] = []
        self._loop = task.LoopingCall(self._tick)
        self._loop.clock = reactor

    def start(self) -> None:
        """Start delivering."""
        self._status.up()
        self._loop.start(self._interval).addErrback(self._crashed)

    def stop(self) -> None:
        """Stop delivering."""
        self._status.down("shutting down")
        if self._loop.running:
            self._loop.stop()

    def _tick(self) -> None:
        batch = self._waiting or next(self._batches, _END)
        if batch is _END:
            self._status.down(self._end)
            self._loop.stop()
        elif batch:
            self._deliver(batch)

    def _deliver(self, batch: list[Message]) -> None:
        try:
            self._sink(batch)
        except NotRecorded as refusal:
            self._waiting = batch
            self._status.fail(str(refusal))
        else:
            self._waiting = []
            self._status.recover()

    def _crashed(self, failure: Failure) -> None:
        log.error("the source failed: %s", failure.getTraceback())
        self._status.down(f"the source failed: {failure.getErrorMessage()}")


def simulated(
    sent: Iterator[Sent], clock: Callable[[], float], start: float, speed: float
) -> Batches:
    """The simulation's messages as they fall due, at ``speed`` times real time.

    With a speed of 60, an hour of the simulated bus passes in a minute. Messages are
    stamped with the real time at delivery, as on a real bus.
    """
    began = clock()
    waiting = next(sent)
    while True:
        now = clock()
        until = start + (now - began) * speed
        batch: list[Message] = []
        while len(batch) < MAX_BATCH and (waiting.message.sent_at or 0) <= until:
            batch.append(waiting.message._replace(sent_at=now))
            waiting = next(sent)
        yield batch


def recorded(found: Iterable[Message | Damage]) -> Batches:
    """A recording's messages, as fast as they can be counted; damage is logged."""
    messages = iter(_undamaged(found))
    while batch := list(islice(messages, MAX_BATCH)):
        yield batch


def _undamaged(found: Iterable[Message | Damage]) -> Iterator[Message]:
    for item in found:
        if isinstance(item, Damage):
            log.error("%s", item)
        else:
            yield item
