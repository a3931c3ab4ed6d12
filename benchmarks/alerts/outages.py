"""Outages, cut into copies of a series at many moments of the week."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from .chance import binomial
from .series import HOUR, WEEK, Window


class Kind(NamedTuple):
    """Outages of one kind: the share of messages that is lost, and for how long."""

    loss: float
    hours: int

    def __str__(self) -> str:
        loss = "total stop" if self.loss == 1 else f"-{self.loss:.0%}"
        return f"{loss}, {self.hours} h"


#: A copy of the bus has these kinds in turn: long outages take up so much of the
#: past weeks that each has its own copy.
COPIES = (
    (Kind(1.0, 1), Kind(1.0, 3), Kind(0.6, 3)),
    (Kind(1.0, 12), Kind(0.6, 12), Kind(0.4, 12)),
    (Kind(1.0, 48),),
    (Kind(0.6, 48),),
    (Kind(0.4, 48),),
)
KINDS = tuple(sorted((kind for copy in COPIES for kind in copy), key=lambda k: (-k.loss, k.hours)))
#: Outages begin after the rules have history, and not twice at one hour of a week.
WARM_UP = 6 * WEEK
_APART = (17 * 24 + 7) * HOUR


def copy_of(kind: Kind) -> int:
    """Return the copy of the bus that has the outages of a kind."""
    return next(number for number, copy in enumerate(COPIES) if kind in copy)


def windows(size: int, kind: Kind, turn: float = 0) -> Iterator[Window]:
    """When the outages of a copy take place: apart, and each kind at other moments.

    ``turn``, from 0 to 1, is how far a category's outages come after the first
    one's, so that no two categories of a copy are down at once for long.
    """
    copy = COPIES[copy_of(kind)]
    # A start off the hourly grid, different for each kind.
    start = WARM_UP + (KINDS.index(kind) * 41 + 5) * HOUR // 2
    start += int(_APART * ((copy.index(kind) / len(copy) + turn) % 1))
    while (end := start + kind.hours * HOUR) + 24 * HOUR < size:
        yield Window(start, end)
        start += _APART


def cut(samples: Sequence[int], kinds: Sequence[Kind], rng: Random, turn: float = 0) -> list[int]:
    """A copy of a series with the outages of some kinds in it."""
    copy = list(samples)
    for kind in kinds:
        for start, end in windows(len(samples), kind, turn):
            for at in range(start, end):
                copy[at] = binomial(rng, copy[at], 1 - kind.loss)
    return copy


def pace(samples: Sequence[int], window: Window, minutes: int = 90) -> float:
    """How many messages an hour there would have been as an outage began."""
    first = samples[window.start : window.start + minutes * HOUR // 60]
    return sum(first) * HOUR / len(first)
