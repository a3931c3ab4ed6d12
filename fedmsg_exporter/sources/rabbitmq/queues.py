"""What the configured queues keep, and which topics they receive.

``queues`` and ``bindings`` are those in fedora-messaging's config.
"""

from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any

from ...wildcard import matches
from .batches import DELIVERY_LIMIT

#: Arguments that bound how long a queue keeps a message, in milliseconds.
_TIMES = ("x-message-ttl", "x-expires")
#: Arguments that bound how much a queue keeps.
_SIZES = ("x-max-length", "x-max-length-bytes")


def keeps(queues: Mapping[str, Mapping[str, Any]], *, passive: bool) -> float:
    """For how many seconds queues lose nothing without a consumer; infinity if they are durable.

    A queue that is declared passively was created elsewhere, to last; its settings in
    the config are not even sent to the broker.
    """
    return min((_keeps(name, queue, passive) for name, queue in queues.items()), default=inf)


def _keeps(name: str, queue: Mapping[str, Any], passive: bool) -> float:
    if not name:  # the broker creates a new one each time
        return 0.0
    if passive:
        return inf
    arguments = queue.get("arguments") or {}
    if not _lasts(queue) or is_stream(queue) or is_bounded(queue):
        return 0.0
    times = [arguments[one] for one in _TIMES if one in arguments]
    return min((one / 1000 if isinstance(one, int) else 0.0 for one in times), default=inf)


def _lasts(queue: Mapping[str, Any]) -> bool:
    fleeting = queue.get("auto_delete", True) or queue.get("exclusive", True)
    return bool(queue.get("durable", False)) and not fleeting


def is_bounded(queue: Mapping[str, Any]) -> bool:
    """Whether a queue drops messages beyond a length."""
    return any(one in (queue.get("arguments") or {}) for one in _SIZES)


def is_stream(queue: Mapping[str, Any]) -> bool:
    """Whether a queue is a stream, which is read from its end: what was sent before is skipped."""
    return _type(queue) == "stream"


def is_quorum(queue: Mapping[str, Any]) -> bool:
    """Whether a queue is a quorum queue, which drops what it has delivered too often."""
    return _type(queue) == "quorum"


def _type(queue: Mapping[str, Any]) -> object:
    return (queue.get("arguments") or {}).get("x-queue-type")


def delivery_limit(queue: Mapping[str, Any]) -> int:
    """How often a queue delivers a message, according to the config."""
    limit = (queue.get("arguments") or {}).get("x-delivery-limit")
    return limit if isinstance(limit, int) and limit > 0 else DELIVERY_LIMIT


def is_weight(routing_key: str) -> bool:
    """Whether a routing key is a weight at a consistent-hash exchange: no topic is a number."""
    return routing_key.isascii() and routing_key.isdigit()


def bindings(name: str, queue: str, configured: Iterable[Mapping[str, Any]]) -> list[Any]:
    """The configured bindings of a queue, one per routing key, in pika's form.

    ``name`` is the queue's name in the config, ``queue`` its name at the broker.
    """
    return [
        {
            "queue": queue,
            "routing_key": key,
            **{k: v for k, v in binding.items() if k not in ("queue", "routing_keys")},
        }
        for binding in configured
        if binding.get("queue", "") == name
        for key in binding["routing_keys"]
    ]


def wanted(
    queues: Mapping[str, Any], bindings: Iterable[Mapping[str, Any]]
) -> Callable[[str], bool]:
    """A predicate on topics: whether any of the queues receives messages on a topic.

    A queue without a binding in the config was bound elsewhere, to unknown topics.
    """
    keys: dict[str, set[str]] = {name: set() for name in queues}
    for binding in bindings:
        keys.setdefault(binding.get("queue", ""), set()).update(binding["routing_keys"])
    patterns = {key for name in queues for key in keys[name] or {"#"}}
    if "#" in patterns:
        return lambda _: True
    return lambda topic: any(matches(pattern, topic) for pattern in patterns)
