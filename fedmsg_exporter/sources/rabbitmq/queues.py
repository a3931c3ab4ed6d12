"""What the configured queues keep, and which topics they get.

``queues`` and ``bindings`` are those of fedora-messaging's config.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...wildcard import matches


def outlive(queues: Mapping[str, Mapping[str, Any]], *, passive: bool) -> bool:
    """Whether every queue is still there, and fills, while nobody is connected.

    A queue that is declared passively was made by somebody else, to last; what
    the config says of it is not so much as sent to the broker.
    """
    return all(
        name and (passive or _lasts(queue))  # a queue without a name has a new one each time
        for name, queue in queues.items()
    )


def _lasts(queue: Mapping[str, Any]) -> bool:
    fleeting = queue.get("auto_delete", True) or queue.get("exclusive", True)
    return bool(queue.get("durable", False)) and not fleeting


def wanted(
    queues: Mapping[str, Any], bindings: Iterable[Mapping[str, Any]]
) -> Callable[[str], bool]:
    """A test of topics: whether a queue gets what is sent under one.

    A queue without a binding here was bound by somebody else, nobody knows to what.
    """
    keys: dict[str, set[str]] = {name: set() for name in queues}
    for binding in bindings:
        keys.setdefault(binding.get("queue", ""), set()).update(binding["routing_keys"])
    patterns = {key for name in queues for key in keys[name] or {"#"}}
    if "#" in patterns:
        return lambda _: True
    return lambda topic: any(matches(pattern, topic) for pattern in patterns)
