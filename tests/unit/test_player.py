"""Playing messages that are generated or read, on a clock that the tests control."""

import logging
from collections.abc import Iterator, Sequence
from itertools import count, islice

import pytest
from twisted.internet.task import Clock

from fedmsg_exporter.message import Message
from fedmsg_exporter.sink import NotRecorded, Recorded
from fedmsg_exporter.sources.player import MAX_BATCH, Batches, Player, recorded, simulated
from fedmsg_exporter.sources.recording import Damage
from fedmsg_exporter.sources.simulation import Sent
from fedmsg_exporter.sources.status import Status

START = 1_000_000.0
NOW = 2_000_000.0


def message(number: int, sent_at: float | None = None) -> Message:
    """A message with a number for an id."""
    return Message("org.fedoraproject.prod.planet.post.new", str(number), {}, {}, sent_at)


def every(seconds: float) -> Iterator[Sent]:
    """A bus with a message at regular intervals, forever."""
    return (Sent(message(n, START + n * seconds)) for n in count())


def ids(batch: Sequence[Message]) -> list[int]:
    """The numbers of a batch's messages."""
    return [int(one.id) for one in batch]


class Sink:
    """Takes batches, and refuses a given number of times."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.offered: list[list[int]] = []
        self.taken: list[int] = []

    def __call__(self, batch: Sequence[Message], /) -> Recorded:
        self.offered.append(ids(batch))
        if self.refusals:
            self.refusals -= 1
            raise NotRecorded("the disk is full")
        self.taken.extend(ids(batch))
        return Recorded(len(batch), 0)


class Stage:
    """A player with all that it needs."""

    def __init__(self, batches: Batches, sink: Sink | None = None) -> None:
        self.clock = Clock()
        self.sink = sink or Sink()
        self.connected: list[bool] = []
        self.status = Status("starting", self.connected.append)
        self.player = Player(
            batches, self.sink, self.status, self.clock, interval=0.1, end="the end"
        )

    def tick(self, times: int = 1) -> None:
        """Let the time of some ticks pass."""
        for _ in range(times):
            self.clock.advance(0.1)


@pytest.mark.parametrize(("speed", "delivered"), [(1, 1), (60, 60), (0.5, 0), (3600, 1000)])
def test_simulated_time(speed: float, delivered: int) -> None:
    """With a speed of 60 a minute of the simulation passes in a second."""
    clock = Clock()
    batches = simulated(every(1), lambda: NOW + clock.seconds(), START, speed)
    assert ids(next(batches)) == [0]
    clock.advance(1)
    assert ids(next(batches)) == list(range(1, delivered + 1))


def test_simulated_messages_bear_the_real_time() -> None:
    """What is delivered was sent just now, whatever the simulated time."""
    clock = Clock()
    batches = simulated(every(10), lambda: NOW + clock.seconds(), START, 100)
    next(batches)
    clock.advance(0.3)
    assert [(one.id, one.sent_at) for one in next(batches)] == [
        ("1", NOW + 0.3),
        ("2", NOW + 0.3),
        ("3", NOW + 0.3),
    ]


def test_simulated_batches_are_clipped() -> None:
    """However much is due, no batch is larger than the largest, and none is lost."""
    clock = Clock()
    batches = simulated(every(0.001), clock.seconds, START, 1)
    found = [next(batches)]
    clock.advance(2.5005)
    found += islice(batches, 4)
    assert list(map(len, found)) == [1, MAX_BATCH, MAX_BATCH, 500, 0]
    assert [number for batch in found for number in ids(batch)] == list(range(2501))


def test_recorded_batches(caplog: pytest.LogCaptureFixture) -> None:
    """A recording comes in batches of the largest size; damage is logged on the way."""
    found: list[Message | Damage] = [message(n) for n in range(MAX_BATCH + 1)]
    found.insert(7, Damage("r.jsonl", 8, "is not JSON"))
    first, second = recorded(found)
    assert ids(first) + ids(second) == list(range(MAX_BATCH + 1))
    assert len(first) == MAX_BATCH
    assert caplog.messages == ["r.jsonl:8: is not JSON"]


def test_a_batch_each_tick() -> None:
    """The first batch is delivered at once, each other at its tick."""
    stage = Stage(iter([[message(1)], [message(2), message(3)]]))
    assert not stage.status.ready
    stage.player.start()
    assert stage.status.ready
    assert stage.sink.taken == [1]
    stage.clock.advance(0.09)
    assert stage.sink.taken == [1]
    stage.clock.advance(0.02)
    assert stage.sink.taken == [1, 2, 3]


def test_empty_batches_are_not_delivered() -> None:
    """While nothing happens the ledger is left alone, and the player continues."""
    stage = Stage(iter([[], [], [message(1)]]))
    stage.player.start()
    stage.tick(2)
    assert stage.sink.offered == [[1]]
    assert stage.status.ready


def test_end() -> None:
    """Once everything is delivered, the status says so, and nothing more happens."""
    stage = Stage(iter([[message(1)]]))
    stage.player.start()
    stage.tick(5)
    assert stage.sink.taken == [1]
    assert (stage.status.ready, stage.status.why_not) == (False, "the end")
    assert stage.connected == [False, True, False]
    assert stage.clock.getDelayedCalls() == []


def test_the_same_batch_again_while_the_ledger_refuses(caplog: pytest.LogCaptureFixture) -> None:
    """A refused batch is delivered again at each tick until it is accepted, then the next one."""
    caplog.set_level(logging.INFO)
    stage = Stage(iter([[message(1), message(2)], [message(3)]]), Sink(refusals=3))
    stage.player.start()
    stage.tick(2)
    assert stage.sink.taken == []
    assert (stage.status.ready, stage.status.why_not) == (False, "the disk is full")
    stage.tick()
    assert (stage.status.ready, stage.status.why_not) == (True, "")
    stage.tick()
    assert stage.sink.offered == [[1, 2], [1, 2], [1, 2], [1, 2], [3]]
    assert stage.sink.taken == [1, 2, 3]
    assert caplog.messages == [
        "cannot count messages, which will wait: the disk is full",
        "counting messages again",
    ]


def test_the_last_batch_is_not_lost() -> None:
    """A batch that was refused as the source ended is still delivered."""
    stage = Stage(iter([[message(1)]]), Sink(refusals=2))
    stage.player.start()
    stage.tick(3)
    assert stage.sink.taken == [1]
    assert stage.status.why_not == "the end"


def test_source_that_breaks(caplog: pytest.LogCaptureFixture) -> None:
    """A source that raises has ended; the status has the reason, the log the traceback."""

    def breaking() -> Batches:
        yield [message(1)]
        raise ValueError("no such page")

    stage = Stage(breaking())
    stage.player.start()
    stage.tick(3)
    assert stage.sink.taken == [1]
    assert stage.status.why_not == "the source failed: no such page"
    (logged,) = caplog.messages
    assert logged.startswith("the source failed: Traceback")
    assert stage.clock.getDelayedCalls() == []


def test_stop() -> None:
    """After a stop nothing more is delivered; a second one does no harm."""
    stage = Stage(iter([[message(1)], [message(2)]]))
    stage.player.start()
    stage.player.stop()
    stage.player.stop()
    stage.tick(3)
    assert stage.sink.taken == [1]
    assert stage.status.why_not == "shutting down"
    assert stage.clock.getDelayedCalls() == []


def test_stop_before_the_start() -> None:
    """A player that never began can be stopped."""
    stage = Stage(iter([[message(1)]]))
    stage.player.stop()
    assert stage.sink.offered == []


def test_status_names_all_obstacles() -> None:
    """A status is ready only when messages arrive and can be counted."""
    connected: list[bool] = []
    status = Status("starting", connected.append)
    status.fail("the disk is full")
    assert status.why_not == "starting; the disk is full"
    status.up()
    assert (status.ready, status.why_not) == (False, "the disk is full")
    status.recover()
    assert (status.ready, status.why_not) == (True, "")
    status.down("no broker")
    assert (status.ready, status.why_not) == (False, "no broker")
    assert connected == [False, True, False]
