"""Walks through a span of the past, page by page, for a command that may block.

``plan`` decides what to query; the queries are sent here, without a reactor.
"""

import math
import time
from collections.abc import Callable, Iterator
from math import ceil, floor
from typing import NamedTuple

from ...message import Message
from ...statistics.coverage import Span
from .plan import ROWS, Filling, Pace, Page, Query, Trouble, Wait

#: How often a query may fail in a row; the last waits are then a quarter of an hour.
PATIENCE = 12
#: The same for an estimate, when nothing has been read that would be lost.
_IMPATIENCE = 6
#: How often without a connection: somebody waits at a laptop that is offline.
_OFFLINE = 2
#: How many windows an estimate looks at.
_SAMPLES = 8

#: Sends a query, and waits for the outcome.
Search = Callable[[Query], Page | Trouble]


class Unavailable(Exception):  # noqa: N818  it is an outcome
    """datagrepper gave no usable response to repeated queries."""


class Estimate(NamedTuple):
    """How many pages some spans have, and how many seconds it takes to read them."""

    pages: int
    seconds: float


class Walk:
    """Sends queries at a given pace. ``report`` is called with each trouble and its count."""

    def __init__(
        self,
        search: Search,
        request_interval: float,
        report: Callable[[str], object],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._search = search
        # Nothing is too old, and everything in the past has arrived.
        self._pace = Pace(delay=0, max_age=math.inf, request_interval=request_interval)
        self._report = report
        self._clock = clock
        self._sleep = sleep

    def pages(self, span: Span) -> Iterator[tuple[Message, ...]]:
        """Every page of a span, some more than once. Raises Unavailable."""
        filling = Filling(*span, self._pace)
        failures = 0
        while step := filling.next(self._clock(), 0.0):
            if isinstance(step, Wait):
                self._sleep(step.seconds)
                continue
            assert isinstance(step, Query)  # noqa: S101  nothing is too old
            outcome = self._search(step)
            if isinstance(outcome, Page):
                yield outcome.messages
                trouble = filling.answered(step, outcome, self._clock())
            else:
                trouble = filling.failed(outcome, self._clock())
            failures = failures + 1 if trouble else 0
            self._judge(trouble, failures, PATIENCE)

    def estimate(self, spans: list[Span]) -> Estimate:
        """Estimate what reading some spans takes, from a few of them. Raises Unavailable."""
        sample = spans[:: ceil(len(spans) / _SAMPLES)]
        began = self._clock()
        totals = [self._total(one) for one in sample]
        response = (self._clock() - began) / len(sample)
        pages = sum(max(1, ceil(total / ROWS)) for total in totals) / len(sample) * len(spans)
        # The response times include the pauses between the queries.
        return Estimate(ceil(pages), pages * max(response, self._pace.request_interval))

    def is_behind(self, until: float, now: float) -> bool:
        """Whether it has nothing that was sent after a time. Raises Unavailable."""
        return self._total(Span(until, now)) == 0

    def _total(self, span: Span) -> int:
        query = Query(floor(span.start), ceil(span.end), newest=True)
        for failures in range(1, _IMPATIENCE + 1):
            outcome = self._search(query)
            self._sleep(self._pace.request_interval)
            if isinstance(outcome, Page):
                return outcome.total
            self._judge(outcome, failures, _OFFLINE if outcome.is_unreachable else _IMPATIENCE)
            self._sleep(max(2.0**failures, outcome.retry_after))
        raise AssertionError  # the last judgement raises

    def _judge(self, trouble: Trouble | None, failures: int, most: int) -> None:
        if trouble is None:
            return
        if failures >= most:
            raise Unavailable(f"{trouble.reason}, {failures} times in a row")
        if failures > 0:
            self._report(f"{trouble.reason}, {failures} of {most} times")
