"""What to query from datagrepper next: only the plan for filling a gap. Pure.

Time is an argument, and the next query is a return value.

datagrepper counts all rows of a query for each of its pages, so a long gap is cut
into windows. A window is queried only once everything sent in it has had time to
arrive, so that its pages do not shift. Even so, rows sent in the same second have no
order, and one may be on two pages and another on none: a window is read again until
as many distinct rows have arrived as it has.
"""

import logging
from math import ceil, floor
from typing import NamedTuple

from ...message import Message
from ...retry import Backoff

log = logging.getLogger(__name__)

#: The longest window, and the shortest that errors reduce it to, in seconds.
WINDOW = 3600.0
SHORTEST = 60.0

#: The largest number of rows that datagrepper returns at once.
ROWS = 100

#: The longest wait after trouble, in seconds, and the longest that datagrepper may
#: ask for.
MAX_DELAY = 900.0
MAX_RETRY_AFTER = 3600.0

#: How often a query is repeated unchanged before its window shrinks.
_STUBBORN = 2
#: How often an incomplete window is read again in a row without anything new.
_PATIENCE = 10


class Pace(NamedTuple):
    """How to fill, in seconds.

    ``delay`` is how long a message may take to arrive at datagrepper, ``max_age``
    how far back to go, ``request_interval`` the wait between two queries.
    """

    delay: float
    max_age: float
    request_interval: float


class Query(NamedTuple):
    """A query: one page of what was sent from ``start`` to ``end``, both included.

    With ``newest``, only the newest message instead.
    """

    start: int
    end: int
    page: int = 1
    newest: bool = False

    def parameters(self) -> dict[str, str | int]:
        """The query's parameters in datagrepper's API.

        Start and end are always given: without one of them, datagrepper assumes a day.
        """
        order, rows = ("desc", 1) if self.newest else ("asc", ROWS)
        return {
            "start": self.start,
            "end": self.end,
            "order": order,
            "rows_per_page": rows,
            "page": self.page,
        }


class Wait(NamedTuple):
    """Nothing to query for some seconds."""

    seconds: float


class Skip(NamedTuple):
    """A span that is skipped because it is too old to be filled."""

    start: float
    end: float


class Page(NamedTuple):
    """A response: messages, and the numbers of pages and rows in the whole window."""

    messages: tuple[Message, ...]
    pages: int
    total: int


class Trouble(NamedTuple):
    """Why there is no page, and datagrepper's Retry-After, in seconds."""

    reason: str
    retry_after: float = 0
    #: Whether there was not even a connection.
    is_unreachable: bool = False


class Filling:
    """The filling of one gap. ``position`` is the time up to which it is filled."""

    def __init__(self, start: float, end: float, pace: Pace) -> None:
        self.position = start
        self.end = end
        self._pace = pace
        self._length = WINDOW
        self._reached = 0.0
        self._backoff = Backoff(max(1.0, pace.request_interval), MAX_DELAY)
        self._not_before = 0.0
        # The open window: its end, the next page, what has arrived, how much of that in
        # earlier readings, and how many of those brought nothing new.
        self._until: float | None = None
        self._page = 1
        self._seen: set[tuple[str, float | None]] = set()
        self._seen_before = 0
        self._fruitless = 0

    def until(self, end: float) -> None:
        """Continue to another end: there is another gap, or a clock was wrong."""
        self.end = max(self.position, end)
        if self._until is not None and self._until > self.end:
            self._close()

    def next(self, now: float, heard: float) -> Query | Wait | Skip | None:
        """What to do at ``now``, None once everything is filled.

        ``heard`` is when the latest counted message was sent. If that is after the
        window, datagrepper is first queried for its newest message. If that one is
        older than the end of the window, datagrepper is behind, and its response
        would be incomplete.
        """
        if self.position >= self.end:
            return None
        max_age = self._pace.max_age
        if self.position < now - max_age:
            return self._skip(now - max_age * (1 - 1 / 64) if max_age else self.end)
        if self._until is None:
            self._until = min(self.position + self._length, self.end)
        ready = max(self._not_before, self._until + self._pace.delay)
        if now < ready:
            return Wait(ready - now)
        if self._reached < self._until < heard:
            since = max(self._until, heard - WINDOW)
            return Query(floor(since), ceil(heard), newest=True)
        return Query(floor(self.position), ceil(self._until), self._page)

    def answered(self, query: Query, page: Page, now: float) -> Trouble | None:
        """Accept a page whose messages are safe; returns what is wrong with it, if anything."""
        trouble = self._take_newest(page) if query.newest else self._take(page)
        if trouble:
            return self.failed(trouble, now)
        self._backoff.succeed()
        self._not_before = now + self._pace.request_interval
        return None

    def failed(self, trouble: Trouble, now: float) -> Trouble:
        """Wait longer with each failure, and eventually query less."""
        asked_for = min(trouble.retry_after, MAX_RETRY_AFTER)
        self._not_before = now + max(self._backoff.fail(), asked_for)
        if self._backoff.failures > _STUBBORN:
            self._shrink()
        return trouble

    def _skip(self, until: float) -> Skip:
        """Skip what is too old, and a little more, so as not to race the clock."""
        skipped = Skip(self.position, min(until, self.end))
        self.position = skipped.end
        self._close()
        return skipped

    def _take_newest(self, page: Page) -> Trouble | None:
        self._reached = max((one.sent_at or 0 for one in page.messages), default=0)
        if self._until is not None and self._reached < self._until:
            return Trouble("it does not have the latest messages yet")
        return None

    def _take(self, page: Page) -> Trouble | None:
        self._seen.update((one.id, one.sent_at) for one in page.messages)
        if self._page < page.pages:
            if not page.messages:
                return Trouble("an empty page before the last one")
            self._page += 1
            return None
        if len(self._seen) < page.total and self._may_read_again():
            return None
        if len(self._seen) < page.total:
            what = "%s of %s rows did not appear on any page in repeated readings"
            log.warning(what, page.total - len(self._seen), page.total)
        self._advance()
        return None

    def _may_read_again(self) -> bool:
        """Go back to the first page, unless that has too often brought nothing new."""
        self._fruitless = self._fruitless + 1 if len(self._seen) == self._seen_before else 0
        self._seen_before = len(self._seen)
        self._page = 1
        return self._fruitless < _PATIENCE

    def _advance(self) -> None:
        assert self._until is not None  # noqa: S101  answered() follows a Query
        self.position = self._until
        self._length = min(WINDOW, self._length * 2)
        self._close()

    def _shrink(self) -> None:
        """Start the window over with half its length."""
        self._length = max(SHORTEST, self._length / 2)
        self._close()

    def _close(self) -> None:
        self._until = None
        self._page = 1
        self._seen = set()
        self._seen_before = self._fruitless = 0
