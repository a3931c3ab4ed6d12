"""Checks fedora-messaging's config before the broker is contacted.

Pure: a config goes in, sentences come out. fedora-messaging itself accepts most of
these errors, and later fails with a traceback or never receives a message.
"""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from . import queues

_MOST_PREFETCH = 65535
_LONGEST_KEY = 255

Conf = Mapping[str, Any]


def errors(conf: Conf, defaults: Conf) -> list[str]:
    """What cannot work, one sentence each, with the key and what to do."""
    return list(_type_errors(conf)) or [
        *_qos_errors(conf["qos"]),
        *_binding_errors(conf, defaults),
        *_tls_errors(conf),
    ]


def warnings(conf: Conf) -> list[str]:
    """What may be intended but is suspicious, one sentence each."""
    return [*_unbound(conf), *_losing(conf), *_unlimited(conf)]


def unfillable(conf: Conf) -> list[str]:
    """Why gaps of these queues cannot be filled, one sentence each, with what to do.

    datagrepper has all messages, but only the broker knows which of them a hash would
    have routed to a queue.
    """
    shares = ((one, key) for one in conf["bindings"] for key in one["routing_keys"])
    return [
        f"[[bindings]] routing_keys: {key!r} is a weight at a consistent-hash exchange "
        f"({binding.get('exchange')!r}), so the queue gets a share of the messages, and "
        "datagrepper does not know which: set `gaps.fill: never` in the exporter's config"
        for binding, key in shares
        if queues.is_weight(key)
    ]


def _type_errors(conf: Conf) -> Iterator[str]:
    """Values that AMQP cannot express, or whose type fedora-messaging takes for granted."""
    if not isinstance(conf["passive_declares"], bool):
        yield f"passive_declares: {conf['passive_declares']!r} is not true or false"
    if not isinstance(conf["tls"], Mapping):
        yield f"[tls]: {conf['tls']!r} is not a table"
    for name, queue in conf["queues"].items():
        arguments = queue.get("arguments") or {}
        if not isinstance(arguments, Mapping):
            yield f"[queues] {name!r} arguments: {arguments!r} is not a table"
            continue
        for key, value in arguments.items():
            if not _is_argument(value):
                yield (
                    f"[queues] {name!r} arguments: {key} = {value!r} is not text, a 64-bit "
                    "integer, true or false"
                )
    for binding in conf["bindings"]:
        for key in binding["routing_keys"]:
            if not isinstance(key, str) or len(key.encode()) > _LONGEST_KEY:
                yield (
                    f"[[bindings]] routing_keys: {key!r} is not text of at most "
                    f"{_LONGEST_KEY} bytes"
                )


def _is_argument(value: object) -> bool:
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return isinstance(value, str | Mapping | list)


def _qos_errors(qos: Conf) -> Iterator[str]:
    count = qos.get("prefetch_count")
    if count is None:
        yield "[qos]: prefetch_count is missing; 1000 reads fast"
    elif isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= _MOST_PREFETCH:
        yield f"[qos] prefetch_count: {count!r} is not a number from 0 to {_MOST_PREFETCH}"
    if qos.get("prefetch_size", 0) != 0:
        yield "[qos] prefetch_size: RabbitMQ only supports 0"


def _binding_errors(conf: Conf, defaults: Conf) -> Iterator[str]:
    if conf["bindings"] == defaults["bindings"]:
        return
    for binding in conf["bindings"]:
        name = binding.get("queue", "")
        if name not in conf["queues"]:
            known = ", ".join(map(repr, conf["queues"])) or "none"
            yield f"[[bindings]] queue: {name!r} is not a queue in [queues], which has {known}"


def _tls_errors(conf: Conf) -> Iterator[str]:
    tls = conf["tls"]
    for key, other in (("keyfile", "certfile"), ("certfile", "keyfile")):
        if tls.get(key) and not tls.get(other):
            yield f"[tls] {key}: {other} is missing; they only work together"


def _unbound(conf: Conf) -> Iterator[str]:
    if conf["passive_declares"]:
        return
    bound = {binding.get("queue", "") for binding in conf["bindings"] if binding["routing_keys"]}
    for name in conf["queues"]:
        if name not in bound:
            yield (
                f"[queues] {name!r} has no [[bindings]]: no messages arrive unless the queue is "
                "bound elsewhere"
            )


def _losing(conf: Conf) -> Iterator[str]:
    for name, queue in conf["queues"].items():
        if conf["passive_declares"]:
            continue
        if queues.is_stream(queue):
            yield (
                f"[queues] {name!r} is a stream and is read from its end: what is sent while "
                "nothing is consumed counts as a gap; use a classic or quorum queue to keep it"
            )
        elif queues.is_bounded(queue):
            yield f"[queues] {name!r} drops messages beyond its length: gaps count as lossy"
        elif 0 < (kept := queues.keeps({name: queue}, passive=False)) < inf:
            yield f"[queues] {name!r} loses messages once nothing is consumed for {kept:g} s"
        elif kept and queues.is_quorum(queue) and "x-delivery-limit" not in queue["arguments"]:
            yield (
                f"[queues] {name!r} is a quorum queue without x-delivery-limit: RabbitMQ 4 drops "
                "a message after 20 deliveries unless a policy sets another limit"
            )


def _unlimited(conf: Conf) -> Iterator[str]:
    if conf["qos"].get("prefetch_count") == 0:
        yield "[qos] prefetch_count: with 0, memory is not bounded while a backlog is read"
