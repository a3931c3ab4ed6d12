"""Events for tests: short to write, complete to read."""

from itertools import count

from fedmsg_exporter.event import Event, User

_numbers = count(1)


def event(
    category: str = "bodhi",
    user: str | None = "ralph",
    *,
    id: str | None = None,  # noqa: A002  the event's own name for it
    groups: tuple[str, ...] = (),
    topic: str = "update.comment",
    sent_at: float | None = 1_000_000.0,
    rejected: str | None = None,
    kind: str = "person",
    misdated: bool = False,
) -> Event:
    """An event with a unique id, unless one is given."""
    return Event(
        id=f"id-{next(_numbers)}" if id is None else id,
        topic=f"org.fedoraproject.prod.{category}.{topic}",
        domain="org.fedoraproject",
        environment="prod",
        category=category,
        short_topic=f"{category}.{topic}",
        users=(User(user, kind),) if user else (),
        groups=groups,
        sent_at=sent_at,
        rejected=rejected,
        misdated=misdated,
    )
