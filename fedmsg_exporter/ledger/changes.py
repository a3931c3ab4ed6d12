"""What one event adds to which series. Pure: time comes in as an argument."""

from collections.abc import Iterator, Mapping

from ..event import Event
from ..families import (
    ERRORS,
    GROUPS,
    LAST_MESSAGE,
    MESSAGES,
    PACKAGES,
    REJECTED,
    TOPICS,
    UNDATED,
    UNIDENTIFIED,
    USER_FIRST,
    USER_LAST,
    USERS,
    Change,
    Family,
)

_NONE_DECLARED: Mapping[str, Family] = {}


def changes(
    event: Event, now: float, declared: Mapping[str, Family] = _NONE_DECLARED
) -> Iterator[Change]:
    """All that one event adds. ``now`` stands in where it says not when it was sent.

    ``declared`` are the families of the mapping's own metrics, by name.
    """
    if not event.id:
        yield Change(UNIDENTIFIED, (), 1)
    for stage in event.errors:
        yield Change(ERRORS, (stage,), 1)
    if event.rejected:
        yield Change(REJECTED, (event.rejected,), 1)
        return
    place = (event.domain, event.category)
    yield Change(MESSAGES, place, 1)
    if event.sent_at is None:
        yield Change(UNDATED, (), 1)
    # A clock that runs ahead must not pin the gauge to a time yet to come.
    sent_at = now if event.sent_at is None else min(event.sent_at, now)
    yield Change(LAST_MESSAGE, place, sent_at)
    yield Change(TOPICS, (event.category, event.short_topic), 1)
    yield from _of_users(event, sent_at)
    for group in event.groups:
        yield Change(GROUPS, (event.category, group), 1)
    for package in event.packages:
        yield Change(PACKAGES, (event.category, package), 1)
    for measure in event.measures:
        amount = sent_at if measure.value is None else measure.value
        yield Change(declared[measure.metric], measure.labels, amount)


def _of_users(event: Event, sent_at: float) -> Iterator[Change]:
    for user in event.users:
        yield Change(USERS, (event.category, user.name, user.kind), 1)
        if user.kind in ("person", "bot"):
            yield Change(USER_FIRST, tuple(user), sent_at)
            yield Change(USER_LAST, tuple(user), sent_at)
