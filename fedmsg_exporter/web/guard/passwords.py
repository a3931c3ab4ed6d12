"""Checks passwords against bcrypt hashes, which are slow by design.

One hash takes some 50 ms, so a thread computes them one at a time, outside the reactor.
Results are cached, the right passwords separately from the wrong ones, so that a
flood of wrong passwords does not make a known client wait.
"""

import hashlib
import os
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import bcrypt
from twisted.internet import defer
from twisted.internet.defer import Deferred

from ...http import in_thread

_REMEMBERED = 100
#: The maximum number of waiting checks, in total and per address.
MOST, MOST_OF_PEER = 64, 8
# bcrypt accepts no more bytes, and Go's implementation ignores the rest.
_LONGEST = 72
_NICE = 10


class BusyError(Exception):
    """Too many passwords are waiting to be checked."""


class _Check(NamedTuple):
    key: bytes
    hashed: str
    password: bytes


class Passwords:
    """Checks passwords, one address after the other. Lives in the reactor's thread."""

    def __init__(self, reactor: Any, verify: Callable[[str, bytes], bool] | None = None) -> None:
        self._reactor = reactor
        self._verify = verify or _verify
        self._right: OrderedDict[bytes, bool] = OrderedDict()
        self._wrong: OrderedDict[bytes, bool] = OrderedDict()
        self._queues: OrderedDict[str, deque[_Check]] = OrderedDict()
        self._asking: dict[bytes, list[Deferred[bool]]] = {}
        self._working = False

    def check(self, user: str, hashed: str, password: bytes, peer: str) -> "Deferred[bool]":
        """Whether the password matches the hash. Raises BusyError."""
        key = hashlib.sha256(repr((user, hashed, password)).encode()).digest()
        if key in self._right or key in self._wrong:
            return defer.succeed(key in self._right)
        if key not in self._asking:
            self._enqueue(_Check(key, hashed, password), peer)
        verdict: Deferred[bool] = Deferred()
        self._asking[key].append(verdict)
        self._work()
        return verdict

    def _enqueue(self, check: _Check, peer: str) -> None:
        waiting = len(self._queues.get(peer, ()))
        if waiting >= MOST_OF_PEER or len(self._asking) >= MOST:
            raise BusyError
        self._queues.setdefault(peer, deque()).append(check)
        self._asking[check.key] = []

    def _work(self) -> None:
        """Check the next password; addresses take turns."""
        if self._working or not self._queues:
            return
        self._working = True
        peer, queue = self._queues.popitem(last=False)
        check = queue.popleft()
        if queue:
            self._queues[peer] = queue
        outcome = in_thread(self._reactor, lambda: self._verify(check.hashed, check.password))
        outcome.addErrback(lambda _: False)
        outcome.addCallback(lambda fits: self._report(check.key, fits))

    def _report(self, key: bytes, fits: bool) -> None:
        self._working = False
        verdicts = self._right if fits else self._wrong
        verdicts[key] = fits
        if len(verdicts) > _REMEMBERED:
            verdicts.popitem(last=False)
        for one in self._asking.pop(key):
            one.callback(fits)
        self._work()


def _verify(hashed: str, password: bytes) -> bool:
    # On Linux each thread has its own priority; counting messages takes precedence.
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
    return bcrypt.checkpw(password[:_LONGEST], hashed.encode())
