"""An event: what attribution makes of a message, and the only value passed on from there."""

from typing import NamedTuple

#: Label values that do not name a single thing. They cannot clash with a FAS name, a
#: category or a topic, none of which starts with an underscore.
OTHER = "__other__"
INVALID = "__invalid__"


class User(NamedTuple):
    """Who did it: a FAS name, `OTHER` or `INVALID`, and its kind.

    ``kind`` is ``person``, ``bot``, ``other`` or ``invalid``.
    """

    name: str
    kind: str


class Measure(NamedTuple):
    """What a message adds to a metric that the mapping declares.

    ``labels`` are the values in the order of the metric's labels; ``value`` is
    None where the metric keeps the time at which messages were sent.
    """

    metric: str
    labels: tuple[str, ...]
    value: float | None


class Event(NamedTuple):
    """One message, attributed.

    ``topic`` is the whole topic, ``short_topic`` the topic without domain and
    environment. ``rejected`` is why the message is not counted elsewhere (a key of
    `message.UNREADABLE`, or ``environment``). ``errors`` are the stages of attribution
    that failed. ``why`` explains the attribution to people, step by step.
    ``misdated`` means that the message states a sending time that cannot be right;
    ``sent_at`` is None then.
    """

    id: str
    topic: str
    domain: str
    environment: str
    category: str
    short_topic: str
    users: tuple[User, ...] = ()
    groups: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    sent_at: float | None = None
    rejected: str | None = None
    errors: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    misdated: bool = False
