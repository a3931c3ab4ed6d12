"""What one event, and the outcome of a batch, add to which series. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..event import Event
from ..families import (
    DUPLICATES,
    ERRORS,
    GROUPS,
    LAST_MESSAGE,
    MESSAGES,
    MISDATED,
    PACKAGES,
    REJECTED,
    TOPICS,
    UNIDENTIFIED,
    USER_FIRST,
    USER_LAST,
    USERS,
    Change,
    Family,
)
from ..sink import Recorded
from .moment import sent

_NONE_DECLARED: Mapping[str, Family] = {}


def changes(
    event: Event, now: float, declared: Mapping[str, Family] = _NONE_DECLARED
) -> Iterator[Change]:
    """All that one event adds. ``now`` is for events without a time of sending.

    A time that cannot be right is not recorded: it would remain as somebody's
    first permanently. ``declared`` are the families of the mapping's own metrics,
    by name.
    """
    if not event.id:
        yield Change(UNIDENTIFIED, (), 1)
    for stage in event.errors:
        yield Change(ERRORS, (stage,), 1)
    if event.rejected:
        yield Change(REJECTED, (event.rejected,), 1)
        return
    if event.misdated:
        yield Change(MISDATED, (), 1)
    yield from _counted(event, now, declared)


def _counted(event: Event, now: float, declared: Mapping[str, Family]) -> Iterator[Change]:
    place = (event.domain, event.category)
    yield Change(MESSAGES, place, 1)
    # A wrong clock must not pin the gauges to a time before the bus or in the future.
    sent_at = sent(event, now)
    if not event.misdated:
        yield Change(LAST_MESSAGE, place, sent_at)
    yield Change(TOPICS, (event.category, event.short_topic), 1)
    for user in event.users:
        yield Change(USERS, (event.category, user.name, user.kind), 1)
        if user.kind in ("person", "bot") and not event.misdated:
            yield Change(USER_FIRST, tuple(user), sent_at)
            yield Change(USER_LAST, tuple(user), sent_at)
    for group in event.groups:
        yield Change(GROUPS, (event.category, group), 1)
    for package in event.packages:
        yield Change(PACKAGES, (event.category, package), 1)
    for measure in event.measures:
        amount = sent_at if measure.value is None else measure.value
        if measure.value is not None or not event.misdated:
            yield Change(declared[measure.metric], measure.labels, amount)


class Tally(NamedTuple):
    """The counters for the outcome of a batch, None for none."""

    counted: Family | None = None
    duplicates: Family | None = None

    def changes(self, recorded: Recorded) -> Iterator[Change]:
        """What the outcome of a batch adds."""
        for family, number in zip(self, recorded, strict=True):
            if family and number:
                yield Change(family, (), number)


#: How messages that a source delivers are counted.
ARRIVED = Tally(duplicates=DUPLICATES)
