"""How gaps are filled: what is queried when, how responses are handled, what is recorded."""

import json
from collections.abc import Iterator, Sequence
from math import inf
from typing import Any

import pytest
from twisted.internet import defer, task

from fedmsg_exporter.config import Config, build
from fedmsg_exporter.document import Document
from fedmsg_exporter.families import GAP_SECONDS, LAST_MESSAGE, MESSAGES, RECOVERED
from fedmsg_exporter.gaps import SETTLE, Clocks, Extent, Gap, Gaps, Watched, restored
from fedmsg_exporter.http import Response
from fedmsg_exporter.ledger import LedgerError
from fedmsg_exporter.message import Message
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.sink import Recorded
from fedmsg_exporter.sources.datagrepper.client import page_in
from fedmsg_exporter.sources.datagrepper.filler import GapFiller
from fedmsg_exporter.sources.datagrepper.plan import (
    MAX_DELAY,
    ROWS,
    WINDOW,
    Filling,
    Pace,
    Page,
    Query,
    Skip,
    Trouble,
    Wait,
)
from fedmsg_exporter.sources.rabbitmq import queues
from fedmsg_exporter.sources.status import Status

NOW = 1_800_000_000.0
DAY = 86_400.0
HOUR = 3600.0
PACE = Pace(delay=60, max_age=7 * DAY, request_interval=1)
EMPTY = Page((), 0, 0)
TOPIC = "org.fedoraproject.prod.bodhi.update.comment"


def message(number: int, sent_at: float = NOW - DAY, topic: str = TOPIC) -> Message:
    return Message(topic, f"id-{number}", {}, {"agent": f"user{number}"}, sent_at)


def messages(*numbers: int) -> tuple[Message, ...]:
    return tuple(map(message, numbers))


def windows(filling: Filling, now: float, heard: float = 0) -> Iterator[Query]:
    """The queries, when there are no messages anywhere."""
    while step := filling.next(now, heard):
        assert isinstance(step, Query)
        yield step
        filling.answered(step, EMPTY, now - 10)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 0, []),
        (5, 0, []),
        (0, 100, [(0, 100)]),
        (0.4, 99.6, [(0, 100)]),
        (0, HOUR, [(0, HOUR)]),
        (0, 2.5 * HOUR, [(0, HOUR), (HOUR, 2 * HOUR), (2 * HOUR, 2.5 * HOUR)]),
    ],
    ids=["nothing", "less", "short", "in whole seconds", "one window", "several"],
)
def test_windows(start: float, end: float, expected: list[tuple[float, float]]) -> None:
    """A gap is queried in closed windows without a hole between them."""
    base = NOW - DAY
    asked = list(windows(Filling(base + start, base + end, PACE), NOW))
    assert [(one.start - base, one.end - base) for one in asked] == expected


def test_query() -> None:
    """A query always has a start, an end, the oldest first, and a limit on rows."""
    assert Query(1, 2, 3).parameters() == {
        "start": 1,
        "end": 2,
        "page": 3,
        "order": "asc",
        "rows_per_page": ROWS,
    }


@pytest.mark.parametrize(
    ("answers", "asked", "position"),
    [
        ([Page(messages(1, 2), 1, 2)], [1], WINDOW),
        ([Page(messages(1), 3, 3), Page(messages(2), 3, 3)], [1, 2], 0),
        ([Page(messages(n), 3, 3) for n in (1, 2, 3)], [1, 2, 3], WINDOW),
        ([Page(messages(1), 2, 2), Page(messages(2), 3, 3)], [1, 2], 0),
        ([Page(messages(1, 2), 2, 3), Page(messages(2), 2, 3)], [1, 2], 0),
        (
            [Page(messages(*n), 2, 3) for n in ((1, 2), (2,), (1, 2), (3,))],
            [1, 2, 1, 2],
            WINDOW,
        ),
        ([Page(messages(1), 2, 2), EMPTY], [1, 2], WINDOW),
    ],
    ids=[
        "one page",
        "not all pages yet",
        "all pages",
        "a page more meanwhile",
        "a row on no page",
        "found when read again",
        "rows gone",
    ],
)
def test_pages(answers: list[Page], asked: list[int], position: float) -> None:
    """A window is done once all its rows were on some page; until then it is read again."""
    filling = Filling(NOW - DAY, NOW - DAY + 9 * HOUR, PACE)
    seen = []
    for answer in answers:
        query = filling.next(NOW, 0)
        assert isinstance(query, Query)
        seen.append(query.page)
        assert filling.answered(query, answer, NOW - 10) is None
    assert seen == asked
    assert filling.position - (NOW - DAY) == position


def test_rows_that_never_appear(caplog: pytest.LogCaptureFixture) -> None:
    """A window that stays incomplete is eventually abandoned, and that is reported."""
    filling = Filling(NOW - DAY, NOW - DAY + HOUR, PACE)
    asked = 0
    while query := filling.next(NOW, 0):
        assert isinstance(query, Query)
        filling.answered(query, Page(messages(1), 1, 2), NOW - 10)
        asked += 1
    assert asked == 11
    assert "1 of 2 rows did not appear on any page" in caplog.text


def test_page_that_is_empty_before_the_end() -> None:
    """An empty page before the last one is an error, and is queried again."""
    filling = Filling(NOW - DAY, NOW, PACE)
    query = filling.next(NOW, 0)
    assert isinstance(query, Query)
    assert filling.answered(query, Page((), 2, 200), NOW) == Trouble(
        "an empty page before the last one"
    )
    assert filling.next(NOW + 1, 0) == query


@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [
        (0, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, MAX_DELAY, MAX_DELAY]),
        (30, [30, 30, 30, 30, 30, 32, 64]),
        (1e9, [3600, 3600]),
    ],
)
def test_waits_after_trouble(retry_after: float, waits: list[float]) -> None:
    """The waits double up to a limit; datagrepper's Retry-After takes precedence, up to another."""
    filling = Filling(NOW - DAY, NOW, PACE)
    for wait in waits:
        filling.failed(Trouble("no", retry_after), NOW)
        assert filling.next(NOW, 0) == Wait(wait)
        assert isinstance(filling.next(NOW + wait, 0), Query)


def test_trouble_does_not_restart_the_window() -> None:
    """After a failure the same page is queried again, not the first."""
    filling = Filling(NOW - DAY, NOW, PACE)
    first = filling.next(NOW, 0)
    assert isinstance(first, Query)
    filling.answered(first, Page(messages(1), 5, 5), NOW - 10)
    second = filling.next(NOW, 0)
    filling.failed(Trouble("no"), NOW)
    assert filling.next(NOW + 1, 0) == second == first._replace(page=2)


def test_window_shrinks_with_trouble_and_grows_without() -> None:
    """What fails repeatedly is queried in smaller windows, down to a minute."""
    filling = Filling(NOW - DAY, NOW - HOUR, PACE)

    def length() -> int:
        query = filling.next(NOW, 0)
        assert isinstance(query, Query)
        return query.end - query.start

    lengths = []
    for _ in range(9):
        lengths.append(length())
        filling.failed(Trouble("no"), NOW - 1e5)
    assert lengths == [3600, 3600, 3600, 1800, 900, 450, 225, 113, 60]
    grown = [one.end - one.start for one in windows(filling, NOW)]
    assert grown[:8] == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_window_waits_until_it_is_settled() -> None:
    """A window is queried only once everything sent in it can have arrived."""
    filling = Filling(NOW - 100, NOW + 300, PACE)
    assert filling.next(NOW, 0) == Wait(300 + 60)
    assert filling.next(NOW + 360, 0) == Query(int(NOW - 100), int(NOW + 300))


def test_pause_between_queries() -> None:
    """There is a pause between two queries."""
    filling = Filling(NOW - DAY, NOW, PACE)
    query = filling.next(NOW, 0)
    assert isinstance(query, Query)
    filling.answered(query, EMPTY, NOW)
    assert filling.next(NOW, 0) == Wait(1)


@pytest.mark.parametrize(
    ("heard", "newest", "then"),
    [
        (NOW - 200, None, "asked"),
        (NOW - 90, NOW - 95, "asked"),
        (NOW - 90, NOW - 101, "waits"),
        (NOW - 90, None, "waits"),
    ],
    ids=["nothing heard since", "up to date", "behind", "knows of nothing"],
)
def test_datagrepper_may_be_behind(heard: float, newest: float | None, then: str) -> None:
    """If later messages came by the bus, datagrepper must have some, or is queried later."""
    filling = Filling(NOW - 500, NOW - 100, PACE)
    query = filling.next(NOW, heard)
    assert isinstance(query, Query)
    if query.newest:
        assert query == Query(int(NOW - 100), int(heard), newest=True)
        known = () if newest is None else (message(1, newest),)
        trouble = filling.answered(query, Page(known, 1, 1), NOW - 10)
        assert bool(trouble) == (then == "waits")
    step = filling.next(NOW - 9.5, heard) if then == "waits" else filling.next(NOW, heard)
    assert isinstance(step, Wait if then == "waits" else Query)
    assert not getattr(step, "newest", False)


def test_probe_covers_an_hour_only() -> None:
    """The query for the newest message never spans a long time, as its rows are counted too."""
    filling = Filling(NOW - 3 * DAY, NOW - 2 * DAY, PACE)
    query = filling.next(NOW, NOW - 5)
    assert query == Query(int(NOW - 5 - WINDOW), int(NOW - 5), newest=True)


def test_what_is_too_old_is_skipped() -> None:
    """Anything older than allowed is skipped, with time to query the rest."""
    filling = Filling(NOW - 20 * DAY, NOW, PACE)
    skip = filling.next(NOW, 0)
    assert isinstance(skip, Skip)
    assert skip.start == NOW - 20 * DAY
    assert skip.end == pytest.approx(NOW - 7 * DAY * 63 / 64)
    assert isinstance(filling.next(NOW + HOUR, 0), Query)


def test_all_too_old() -> None:
    """A gap that is too old as a whole is skipped as a whole."""
    filling = Filling(NOW - 20 * DAY, NOW - 19 * DAY, PACE)
    assert filling.next(NOW, 0) == Skip(NOW - 20 * DAY, NOW - 19 * DAY)
    assert filling.next(NOW, 0) is None


def test_nothing_is_young_enough() -> None:
    """If nothing may be filled the gap is over at once, even if its end is in the future."""
    filling = Filling(NOW - 100, NOW + 300, Pace(delay=0, max_age=0, request_interval=0))
    assert filling.next(NOW, 0) == Skip(NOW - 100, NOW + 300)
    assert filling.next(NOW, 0) is None


def test_window_that_grows_too_old_while_it_fails() -> None:
    """A window that could not be queried in time is abandoned, whatever page it was at."""
    filling = Filling(NOW - 6 * DAY, NOW, PACE)
    first = filling.next(NOW, 0)
    assert isinstance(first, Query)
    filling.answered(first, Page(messages(1), 5, 5), NOW)
    assert isinstance(filling.next(NOW + 2 * DAY, 0), Skip)
    again = filling.next(NOW + 2 * DAY, 0)
    assert isinstance(again, Query)
    assert (again.page, again.start > first.end) == (1, True)


def test_extended_while_a_window_is_open() -> None:
    """A later end does not move the window whose pages are being read."""
    filling = Filling(NOW - 500, NOW - 400, PACE)
    first = filling.next(NOW, 0)
    assert isinstance(first, Query)
    filling.answered(first, Page(messages(1), 2, 2), NOW - 10)
    filling.until(NOW - 100)
    second = filling.next(NOW, 0)
    assert second == first._replace(page=2)
    filling.answered(first._replace(page=2), Page(messages(2), 2, 2), NOW - 10)
    assert filling.next(NOW, 0) == Query(int(NOW - 400), int(NOW - 100))


HEADERS = {"sent-at": "2027-01-15T08:00:00"}


def response(status: int, body: bytes) -> Response:
    """A response without headers."""
    return Response(status, {}, body)


ROW = {"id": "a", "topic": TOPIC, "headers": HEADERS, "body": {}}


def test_response_is_a_page() -> None:
    """A response of datagrepper is a page of messages, as they came over the bus."""
    body = json.dumps({"raw_messages": [ROW], "pages": 7, "total": 601, "arguments": {}})
    expected = Message(TOPIC, "a", HEADERS, {}, NOW)
    assert page_in(response(200, body.encode())) == Page((expected,), 7, 601)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b'{"error": "oops"}', 'unexpected status 500: \'{"error": "oops"}\''),
        (504, b"<html>" + b"x" * 10_000, "unexpected status 504: '<html>x"),
        (200, b"<html>", "not a page of messages: JSONDecodeError"),
        (200, b"", "not a page of messages: JSONDecodeError"),
        (200, b"\xff\xfe", "not a page of messages"),
        (200, b"[" * 100_000, "not a page of messages: RecursionError"),
        (200, b"[]", "not a page of messages: TypeError"),
        (200, b"{}", "not a page of messages: KeyError('raw_messages')"),
        (200, b'{"raw_messages": {}, "pages": 1, "total": 1}', "not a list of objects"),
        (200, b'{"raw_messages": [1], "pages": 1, "total": 1}', "not a list of objects"),
        (200, b'{"raw_messages": [], "pages": "x", "total": 1}', "ValueError"),
        (200, b'{"raw_messages": [], "pages": null, "total": 1}', "TypeError"),
        (200, b'{"raw_messages": [], "pages": 1e999, "total": 1}', "OverflowError"),
    ],
)
def test_response_is_trouble(status: int, body: bytes, reason: str) -> None:
    """Any other response is an error in a short sentence, never an exception."""
    trouble = page_in(response(status, body))
    assert isinstance(trouble, Trouble)
    assert reason in trouble.reason
    assert len(trouble.reason) < 300


@pytest.mark.parametrize(
    ("value", "expected"),
    [("120", 120), ("0", 0), ("-5", 0), ("1e9", 0), ("²", 0), ("Wed, 21 Oct 2027 07:28:00 GMT", 0)],
)
def test_retry_after(value: str, expected: float) -> None:
    """The seconds of datagrepper's Retry-After; a date is not understood."""
    assert page_in(Response(429, {"retry-after": value}, b"")) == Trouble(
        "unexpected status 429: ''", expected
    )


class Asked:
    """A client that keeps its queries, to be answered by the test."""

    def __init__(self) -> None:
        self.asks: list[Query] = []
        self.answers: list[defer.Deferred[Page | Trouble]] = []
        self.closed = False

    def search(self, query: Query) -> "defer.Deferred[Page | Trouble]":
        self.asks.append(query)
        self.answers.append(defer.Deferred())
        return self.answers[-1]

    def close(self) -> None:
        self.closed = True

    def answer(self, answer: Page | Trouble) -> None:
        self.answers[-1].callback(answer)


class Taken:
    """A receiver that keeps what it gets, and refuses a given number of times."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.until = 0.0
        self.left_out: list[tuple[float, float]] = []
        self.refuse = 0

    def take(self, messages: Sequence[Message]) -> Recorded:
        if self.refuse:
            self.refuse -= 1
            raise LedgerError("the disk is full")
        self.messages += messages
        return Recorded(len(messages), 0)

    def filled(self, until: float) -> None:
        self.until = until

    def skipped(self, start: float, end: float) -> None:
        self.left_out.append((start, end))
        self.until = end

    def heard(self) -> float:
        return 0.0


class Fill:
    """A GapFiller with all that it works with, on a clock of the test's."""

    def __init__(self) -> None:
        self.clock: Any = task.Clock()
        self.client = Asked()
        self.taken = Taken()
        self.source = GapFiller(
            self.client, PACE, self.taken, self.clock, lambda: NOW + self.clock.seconds()
        )


@pytest.fixture
def fill() -> Fill:
    return Fill()


def test_fill_hands_pages_on(fill: Fill, caplog: pytest.LogCaptureFixture) -> None:
    """Each page is handed on as it comes, and the end of each window is reported."""
    caplog.set_level("INFO")
    fill.source.fill(NOW - DAY, NOW - DAY + 100)
    fill.client.answer(Page(messages(1, 2), 2, 3))
    assert (len(fill.taken.messages), fill.taken.until) == (2, 0)
    fill.clock.advance(1)
    fill.client.answer(Page(messages(3), 2, 3))
    assert (len(fill.taken.messages), fill.taken.until) == (3, NOW - DAY + 100)
    assert "filled: 3 messages recovered" in caplog.text


def test_fill_keeps_what_it_got(fill: Fill, caplog: pytest.LogCaptureFixture) -> None:
    """Trouble is logged once, may last any time, and costs no page already received."""
    caplog.set_level("INFO")
    fill.source.fill(NOW - DAY, NOW - DAY + 100)
    fill.client.answer(Page(messages(1), 2, 2))
    for wait in (1, 1, 2):
        fill.clock.advance(wait)
        fill.client.answer(Trouble("unexpected status 504"))
    fill.clock.advance(4)
    fill.client.answer(Page(messages(1), 2, 2))
    fill.clock.advance(1)
    fill.client.answer(Page(messages(2), 2, 2))
    assert [one.page for one in fill.client.asks] == [1, 2, 2, 2, 1, 2]
    assert caplog.text.count("unexpected status 504") == 1
    assert "back to normal" in caplog.text


def test_fill_never_queries_in_a_hot_loop(fill: Fill) -> None:
    """A day of immediate failures makes less than one query in ten minutes."""
    fill.source.fill(NOW - DAY, NOW)
    for _ in range(24 * 60):
        fill.clock.advance(60)
        if not fill.client.answers[-1].called:
            fill.client.answer(Trouble("refused"))
    assert 90 < len(fill.client.asks) < 120


def test_fill_waits_for_the_ledger(fill: Fill) -> None:
    """A page that the ledger refuses is not done: it is queried again."""
    fill.source.fill(NOW - DAY, NOW - DAY + 100)
    fill.taken.refuse = 1
    fill.client.answer(Page(messages(1), 1, 1))
    assert fill.taken.until == 0
    fill.clock.advance(1)
    fill.client.answer(Page(messages(1), 1, 1))
    assert fill.taken.until == NOW - DAY + 100


def test_second_gap_extends_the_first(fill: Fill) -> None:
    """A gap that begins while another is being filled is filled with it."""
    fill.source.fill(NOW - DAY, NOW - DAY + 100)
    fill.source.fill(NOW - DAY, NOW - DAY + 200)
    fill.client.answer(EMPTY)
    fill.clock.advance(1)
    fill.client.answer(EMPTY)
    assert [one.end - (NOW - DAY) for one in fill.client.asks] == [100, 200]
    assert fill.taken.until == NOW - DAY + 200
    fill.source.fill(NOW - DAY + 300, NOW - DAY + 400)
    assert len(fill.client.asks) == 3


@pytest.mark.parametrize("waiting", [False, True])
def test_stopped_fill_queries_no_more(fill: Fill, waiting: bool) -> None:
    """Stopped during a query or a wait, it ends without a log line, a timer or another query."""
    fill.source.fill(NOW - DAY, NOW)
    if waiting:
        fill.client.answer(Page(messages(1), 2, 2))
    fill.source.stop()
    fill.clock.advance(1e6)
    assert (len(fill.client.asks), fill.client.closed) == (1, True)
    assert fill.clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("gap", "at", "counted", "expected"),
    [
        (Gap(0, 100, 150), 900, 880, Gap(900, 100, 830)),
        (Gap(50, 100, 150), 900, 0, Gap(900, 100, 50)),
        (Gap(50, 100, 120), 900, 880, Gap(900, 100, 120)),
        (Gap(200, 100, 150), 200, 880, Gap(200, 100, 150)),
        (Gap(100, 100, 150), 100, 880, Gap(100, 100, 150)),
        (Gap(), 900, 880, Gap(900, 0, 830)),
    ],
    ids=[
        "counted since",
        "nothing counted since",
        "not filled yet",
        "begun before a restart",
        "begun at once",
        "first",
    ],
)
def test_gap_begins(gap: Gap, at: float, counted: float, expected: Gap) -> None:
    """A gap reaches back to the last message counted, or to what is not yet filled."""
    assert gap.begun(at, counted, 50) == expected


@pytest.mark.parametrize(
    ("gap", "fill", "expected", "unfilled"),
    [
        (Gap(900, 100, 830), True, Gap(900, 1000, 830), 220),
        (Gap(900, 100, 830), False, Gap(900, 1000, 1050), 0),
        (Gap(), True, Gap(0, 1000, 1050), 0),
    ],
    ids=["filled", "told only", "nothing before"],
)
def test_gap_ends(gap: Gap, fill: bool, expected: Gap, unfilled: float) -> None:
    """A gap is filled with an overlap after its end, or not at all."""
    ended = gap.ended(1000, 50, fill=fill)
    assert (ended, ended.unfilled(50)) == (expected, unfilled)


class Source:
    """A source that does nothing."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Told:
    """Gaps of an exporter in memory, and the times to fill."""

    def __init__(self, *, keeps: float = 0, always: bool = False, fills: bool = True) -> None:
        self.clock: Any = task.Clock()
        self.wrong = 0.0  # how far off the machine's clock is
        self.exporter = Exporter(settings(), clock=self.time)
        self.fills: list[tuple[float, float]] = []
        self._keeps, self._always, self._fills = keeps, always, fills
        self.gaps = self.made()

    def now(self) -> float:
        """The true time."""
        return NOW + float(self.clock.seconds())

    def time(self) -> float:
        """The time by the machine's clock."""
        return self.now() + self.wrong

    def made(self) -> Gaps:
        """The gaps as seen by a restarted process."""
        self.status = Status("starting")
        gaps = Gaps(
            Watched(Source(), self.status),
            Extent(self._keeps, lambda topic: "bodhi" in topic, 300, always=self._always),
            self.exporter.pipeline,
            self.exporter.ledger.counts,
            self.exporter.telemetry,
            self.clock,
            Clocks(self.time, self.clock.seconds),
        )
        if self._fills:
            filler: Any = self
            gaps.fill_from(filler)
        self.gaps = gaps
        return gaps

    def settled(self) -> None:
        """Let the time pass after which a clock is trusted."""
        self.clock.advance(SETTLE)

    def fill(self, start: float, end: float) -> None:
        self.fills.append((start - NOW, end - NOW))

    def live(self, number: int) -> None:
        self.exporter.pipeline.take([message(number, self.now())])

    def seconds(self) -> float:
        return self.exporter.ledger.counts.family(GAP_SECONDS)[()].value


def settings() -> Config:
    return build(Document("test", {"schemas": False, "gaps": {"overlap": 300}}, {}))


@pytest.fixture
def told() -> Told:
    return Told()


def test_first_start_has_no_gap(told: Told) -> None:
    """With nothing in the ledger there is no gap to report or fill, though there was no queue."""
    told.gaps.start()
    told.clock.advance(5)
    told.status.lose("there was no queue")
    told.status.up()
    assert (told.seconds(), told.fills, told.gaps.gap.lossy) == (0, [], 0)


def test_lost_connection_is_a_gap(told: Told) -> None:
    """The time from the end of consuming to its beginning is reported, and filled with overlaps."""
    told.gaps.start()
    told.status.up()
    told.clock.advance(100)
    told.live(1)
    told.clock.advance(10)
    told.status.down("lost")
    told.clock.advance(20)
    told.status.down("still lost")
    told.live(2)
    told.status.up()
    told.status.up()
    assert told.seconds() == 20
    assert told.fills == [(100 - 300, 130 + 300)]
    assert told.exporter.telemetry.gap_unfilled._value.get() == 630
    told.gaps.filled(NOW + 430)
    assert told.exporter.telemetry.gap_unfilled._value.get() == 0


@pytest.mark.parametrize("orderly", [True, False])
def test_restart_is_a_gap(told: Told, orderly: bool) -> None:
    """After a kill the gap begins with the last message counted, else when consuming ended."""
    told.gaps.start()
    told.status.up()
    told.clock.advance(1000)
    told.live(1)
    told.clock.advance(10)
    if orderly:
        told.status.down("shutting down")
    told.clock.advance(90)
    told.made().start()
    told.live(2)
    told.status.up()
    assert told.seconds() == (90 if orderly else 100)
    assert told.fills == [(1000 - 300, 1100 + 300)]


def known(told: Told) -> list[tuple[float, float]]:
    """The spans in which statistics may count on everything, in seconds from the start."""
    spans = told.exporter.ledger.activity.known().spans
    return [(one.start - NOW, min(one.end, told.now()) - NOW) for one in spans]


@pytest.mark.parametrize(
    ("fills", "left_out"), [(False, (10, 30)), (True, None)], ids=["not filled", "filled"]
)
def test_what_stays_missing_is_not_known(fills: bool, left_out: tuple[float, float] | None) -> None:
    """A gap that is never filled is outside the coverage of statistics; a filled one is inside."""
    told = Told(fills=fills)
    told.gaps.start()
    told.settled()
    told.status.up()
    told.live(1)
    begun = told.now() - NOW
    told.clock.advance(10)
    told.status.down("lost")
    told.clock.advance(20)
    told.status.up()
    told.live(2)
    end = told.now() - NOW
    if left_out:
        assert known(told)[0][1] == begun + left_out[0]
        assert known(told)[1] == (begun + left_out[1], end)
        return
    assert len(known(told)) == 1
    told.gaps.skipped(NOW + end - 5, NOW + end)
    assert (known(told)[0][1], known(told)[1][0]) == (end - 5, end)


def test_killed_while_it_fills(told: Told) -> None:
    """What is not yet filled is filled after the next start, although newer messages came."""
    told.gaps.start()
    told.status.up()
    told.live(1)
    told.status.down("lost")
    told.clock.advance(10 * HOUR)
    told.status.up()
    told.gaps.filled(NOW + HOUR)
    told.live(2)
    told.clock.advance(60)
    told.made().start()
    told.settled()
    until = 10 * HOUR + 300
    assert told.fills == [(-300, until), (HOUR, until)]
    told.status.up()
    assert told.fills[-1] == (HOUR, until + 60 + SETTLE)


def test_killed_before_consuming_is_known(told: Told) -> None:
    """Messages that come before the gap's end is noted do not hide it from the next start."""
    told.gaps.start()
    told.status.up()
    told.live(1)
    told.status.down("lost")
    told.clock.advance(HOUR)
    told.live(2)
    for _ in range(2):
        told.made().start()
    told.status.up()
    told.settled()
    assert told.fills[-1] == (-300, HOUR + 300)


@pytest.mark.parametrize(
    ("keeps", "always", "fills", "seconds", "filled"),
    [
        (0, False, False, 20, False),
        (0, False, True, 20, True),
        (inf, False, True, 0, False),
        (inf, True, True, 0, True),
        (19, False, True, 20, True),
        (21, False, True, 0, False),
    ],
    ids=["counted only", "fleeting", "lasting", "always", "past its TTL", "within its TTL"],
)
def test_counting_and_filling_are_apart(
    keeps: float, always: bool, fills: bool, seconds: float, filled: bool
) -> None:
    """A gap counts if the queue keeps messages for less time; it is filled then, or always."""
    told = Told(keeps=keeps, always=always, fills=fills)
    told.gaps.start()
    told.status.up()
    told.live(1)
    told.status.down("lost")
    told.clock.advance(20)
    told.status.up()
    assert (told.seconds(), bool(told.fills)) == (seconds, filled)


@pytest.mark.parametrize("restarted", [False, True])
def test_lasting_queue_that_was_deleted(restarted: bool) -> None:
    """If the broker lost the queue in the meantime, the gap counts and is filled, even later."""
    told = Told(keeps=inf)
    told.gaps.start()
    told.status.up()
    told.live(1)
    told.status.lose("no such queue")
    told.status.down("refused")
    told.clock.advance(20)
    if restarted:
        told.made().start()
    told.status.up()
    told.settled()
    assert (told.seconds(), told.fills) == (20, [(-300, 320)])
    told.gaps.filled(NOW + 320)
    told.status.down("lost")
    told.clock.advance(20)
    told.status.up()
    assert told.seconds() == 20


@pytest.mark.parametrize("fixed", ["by messages", "by the clock"])
def test_clock_that_is_behind_at_boot(told: Told, fixed: str) -> None:
    """An end before the start is wrong, so the gap extends to its true end."""
    told.gaps.start()
    told.status.up()
    told.clock.advance(HOUR)
    told.live(1)
    told.status.down("shutting down")
    told.clock.advance(120)
    told.wrong = -DAY
    gaps = told.made()
    gaps.start()
    told.status.up()
    if fixed == "by the clock":
        told.clock.advance(40)
        told.wrong = 0
        told.live(2)
    else:
        told.clock.advance(3)
        told.live(2)
    start, end = told.fills[-1]
    assert start == HOUR - 300
    assert end == pytest.approx(HOUR + 120 + 300, abs=5)
    assert told.seconds() == pytest.approx(120, abs=5)
    assert gaps.now() == pytest.approx(told.now(), abs=5)


@pytest.mark.parametrize("orderly", [False, True])
def test_clock_that_was_ahead_at_the_first_start(told: Told, orderly: bool) -> None:
    """Times in the future are ignored: the gap begins with the latest message counted."""
    told.wrong = 365 * DAY
    told.gaps.start()
    told.status.up()
    told.settled()
    told.live(1)
    told.clock.advance(10)
    if orderly:
        told.status.down("shutting down")
    told.clock.advance(120)
    told.wrong = 0
    told.made().start()
    told.status.up()
    told.settled()
    assert told.fills[-1] == (SETTLE - 300, 130 + SETTLE + 300)
    assert 120 <= told.seconds() <= 130


def test_clock_that_is_ahead_is_judged_before_anything_is_filled(told: Told) -> None:
    """A clock that is ahead neither fills the future nor abandons anything as too old."""
    told.gaps.start()
    told.status.up()
    told.live(1)
    told.status.down("shutting down")
    told.fills.clear()
    told.clock.advance(120)
    told.wrong = 365 * DAY
    told.made().start()
    told.status.up()
    told.clock.advance(SETTLE / 2)
    assert told.fills == []
    told.live(2)
    ((start, end),) = told.fills
    assert (start, round(end, -1)) == (-300, 120 + 300)
    assert told.seconds() == pytest.approx(120, abs=2)


def test_what_is_recovered_counts_once(told: Told) -> None:
    """Missed messages count, others are not duplicates, unwanted ones are left out."""
    told.live(1)
    wiki = message(3, topic="org.fedoraproject.prod.wiki.article.edit")
    nameless = message(4)._replace(id="")
    told.gaps.take([message(1), message(2), wiki, nameless])
    told.gaps.take([message(1), message(2)])
    text = told.exporter.metrics()
    assert "fedmsg_exporter_messages_duplicate_total 0" in text
    assert told.exporter.ledger.counts.family(RECOVERED)[()].value == 1
    assert told.exporter.ledger.counts.family(MESSAGES)["org.fedoraproject", "bodhi"].value == 2
    assert "fedmsg_exporter_message_age_seconds_count 1.0" in text


def test_gap_is_noted_when_the_ledger_takes_it_again(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the ledger cannot be written the gap is pending, and then it is reported once."""
    told.gaps.start()
    told.status.up()
    told.live(1)
    record = told.exporter.ledger.record

    def refuse(*_: object, **__: object) -> Recorded:
        raise LedgerError("the disk is full")

    monkeypatch.setattr(told.exporter.ledger, "record", refuse)
    told.status.down("lost")
    told.clock.advance(20)
    told.status.up()
    assert told.seconds() == 0
    monkeypatch.setattr(told.exporter.ledger, "record", record)
    told.clock.pump([1, 1, 1])
    assert told.seconds() == 20
    assert restored(told.exporter.ledger.counts) == told.gaps.gap


def test_latest_message_of_all_categories(told: Told) -> None:
    """The latest message is the latest of all categories."""
    assert told.gaps.heard() == 0
    told.exporter.pipeline.take([message(1, NOW - 5), message(2, NOW - 9, "a.b.prod.wiki.x")])
    assert len(told.exporter.ledger.counts.family(LAST_MESSAGE)) == 2
    assert told.gaps.heard() == NOW - 5


LASTING = {"durable": True, "auto_delete": False, "exclusive": False, "arguments": {}}


@pytest.mark.parametrize(
    ("name", "change", "passive", "expected"),
    [
        ("q", {}, False, inf),
        ("", {}, False, 0),
        ("q", {"durable": False}, False, 0),
        ("q", {"auto_delete": True}, False, 0),
        ("q", {"exclusive": True}, False, 0),
        ("q", {"durable": False}, True, inf),
        ("q", {"arguments": {"x-queue-type": "stream"}}, False, 0),
        ("q", {"arguments": {"x-queue-type": "quorum"}}, False, inf),
        ("q", {"arguments": {"x-max-length": 1000}}, False, 0),
        ("q", {"arguments": {"x-max-length-bytes": 1000}}, False, 0),
        ("q", {"arguments": {"x-expires": 3_600_000}}, False, 3600),
        ("q", {"arguments": {"x-expires": 3_600_000, "x-message-ttl": 5000}}, False, 5),
        ("q", {"arguments": {"x-message-ttl": "5000"}}, False, 0),
    ],
    ids=[
        *("lasting", "no name", "transient", "auto-delete", "exclusive", "declared by others"),
        *("stream", "quorum", "length", "bytes", "expires", "expires and TTL", "odd TTL"),
    ],
)
def test_how_long_queues_keep_messages(
    name: str, change: dict[str, Any], passive: bool, expected: float
) -> None:
    """A queue keeps what is sent meanwhile as long as all its settings say so."""
    assert queues.keeps({name: LASTING | change}, passive=passive) == expected
    assert queues.keeps({"other": LASTING, name: LASTING | change}, passive=passive) == expected


@pytest.mark.parametrize(
    ("bindings", "topic", "expected"),
    [
        ([], "a.b", True),
        ([("q", ["#"])], "a.b", True),
        ([("q", ["a.*", "c.#"])], "a.b", True),
        ([("q", ["a.*", "c.#"])], "a.b.c", False),
        ([("q", ["c.#"]), ("q", ["a.#"])], "a.b.c", True),
        ([("other", ["a.#"]), ("q", ["c.#"])], "a.b", False),
    ],
    ids=["bound by others", "all", "matches", "does not", "second binding", "another queue's"],
)
def test_topics_that_are_wanted(
    bindings: list[tuple[str, list[str]]], topic: str, expected: bool
) -> None:
    """What the queues would not have received is not filled in either."""
    configured = [{"queue": queue, "routing_keys": keys} for queue, keys in bindings]
    assert queues.wanted({"q": {}}, configured)(topic) is expected


@pytest.mark.parametrize(
    ("max_age", "keep_ids", "expected"), [("7d", "7d", 7 * DAY), ("7d", "1d", DAY)]
)
def test_nothing_is_filled_whose_id_may_be_forgotten(
    max_age: str, keep_ids: str, expected: float
) -> None:
    """However far back gaps are filled, filling stops where ids are forgotten."""
    data = {"keep_ids": keep_ids, "gaps": {"max_age": max_age}}
    assert build(Document("test", data, {})).gaps.max_age == expected
