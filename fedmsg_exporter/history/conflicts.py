"""Where two units know different numbers of messages for the same time. Pure."""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..ledger.moment import DAY, HOUR
from ..statistics.calendar import iso
from ..statistics.coverage import Coverage, Span


class Conflict(NamedTuple):
    """A day of which two units know different numbers of messages, in the hours that both know."""

    source: str
    day: int
    hours: int
    here: int
    known: int

    def __str__(self) -> str:
        """The difference as text."""
        hours = "" if self.hours == DAY else f", in the {self.hours} hours that both cover,"
        return (
            f"{self.source}: {iso(self.day)}{hours} has {self.here:,} "
            f"{'message' if self.here == 1 else 'messages'} here but {self.known:,} in history, "
            "which are kept"
        )


def conflicts(
    source: str, here: Mapping[int, int], known: Mapping[int, int], both: Coverage
) -> Iterator[Conflict]:
    """Days that differ, by messages an hour here and in history; ``both`` cover some hours."""
    days: dict[int, list[int]] = {}
    for span in both.spans:
        for hour in hours_in(span):
            days.setdefault(hour // DAY, []).append(hour)
    for day, hours in sorted(days.items()):
        ours, theirs = (sum(one.get(hour, 0) for hour in hours) for one in (here, known))
        if ours != theirs:
            yield Conflict(source, day, len(hours), ours, theirs)


def hours_in(span: Span) -> range:
    """The whole hours in a span."""
    return range(math.ceil(span.start / HOUR), math.floor(span.end / HOUR))
