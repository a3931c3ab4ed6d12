"""Outages, cut into copies of a series at many moments of the week."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from .chance import binomial
from .series import HOUR, STEP, WEEK, Window

#: How much is lost, and for how many hours.
LOSSES = (1.0, 0.6, 0.4)
HOURS = (1, 3, 12, 48)
#: Outages begin after the rules have history, and not twice at one hour of a week.
WARM_UP = 6 * WEEK
_APART = (17 * 24 + 7) * HOUR


class Kind(NamedTuple):
    """Outages of one kind: the share of messages that is lost, and for how long."""

    loss: float
    hours: int

    def __str__(self) -> str:
        loss = "total stop" if self.loss == 1 else f"-{self.loss:.0%}"
        return f"{loss}, {self.hours} h"


KINDS = tuple(Kind(loss, hours) for loss in LOSSES for hours in HOURS)


def windows(size: int, kind: Kind) -> Iterator[Window]:
    """When the outages of a copy take place: apart, and each kind at other moments."""
    # A start off the grid of hours, other for each kind.
    start = WARM_UP + (KINDS.index(kind) * 41 + 5) * HOUR // 2
    while (end := start + kind.hours * HOUR) + 24 * HOUR < size:
        yield Window(start, end)
        start += _APART


def cut(samples: list[int], kind: Kind, rng: Random) -> list[int]:
    """A copy of a series with the outages of a kind in it."""
    copy = list(samples)
    for start, end in windows(len(samples), kind):
        for at in range(start, end):
            copy[at] = binomial(rng, copy[at], 1 - kind.loss)
    return copy


def pace(samples: list[int], window: Window, minutes: int = 90) -> float:
    """How many messages an hour there would have been as an outage began."""
    first = samples[window.start : window.start + minutes * 60 // STEP]
    return sum(first) * HOUR / len(first)
