"""Checks of passwords: remembered, bounded and fair."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import bcrypt
import pytest
from twisted.internet.defer import Deferred

from fedmsg_exporter.web.guard import passwords
from fedmsg_exporter.web.guard.passwords import BusyError, Passwords


class Reactor:
    """Runs what threads hand over, on request."""

    def __init__(self) -> None:
        self._calls: queue.Queue[Callable[[], object]] = queue.Queue()

    def callFromThread(self, call: Callable[..., object], *arguments: Any) -> None:  # noqa: N802
        self._calls.put(lambda: call(*arguments))

    def run_one(self) -> None:
        """Wait for the next call and run it."""
        self._calls.get(timeout=10)()


class Checking:
    """Passwords whose checks wait for permission, and are recorded."""

    def __init__(self) -> None:
        self.reactor = Reactor()
        self.done: list[bytes] = []
        self._may = threading.Semaphore(0)
        self.passwords = Passwords(self.reactor, self._verify)

    def _verify(self, hashed: str, password: bytes) -> bool:
        assert self._may.acquire(timeout=10)
        self.done.append(password)
        return password.decode() == hashed

    def check(self, password: str, peer: str = "a", user: str = "alice") -> "Deferred[bool]":
        return self.passwords.check(user, "right", password.encode(), peer)

    def go(self, number: int = 1) -> None:
        """Let a number of checks happen."""
        for _ in range(number):
            self._may.release()
            self.reactor.run_one()


@pytest.fixture
def checking() -> Iterator[Checking]:
    made = Checking()
    yield made
    for _ in range(1000):
        made._may.release()


def verdict(check: "Deferred[bool]") -> bool | None:
    """The result of a check, None while it waits."""
    return bool(check.result) if check.called else None


def test_verdicts_are_remembered(checking: Checking) -> None:
    """A password is checked once; others who send it meanwhile wait for the same check."""
    asked = [checking.check("right") for _ in range(3)]
    assert list(map(verdict, asked)) == [None] * 3
    checking.go()
    assert list(map(verdict, asked)) == [True] * 3
    assert verdict(checking.check("right")) is True
    wrong = checking.check("wrong")
    checking.go()
    assert (verdict(wrong), verdict(checking.check("wrong"))) == (False, False)
    assert checking.done == [b"right", b"wrong"]


def test_a_verdict_is_of_user_and_hash(checking: Checking) -> None:
    """The same password of another user, or for another hash, is checked again."""
    first = checking.check("right")
    checking.go()
    assert verdict(first) is True
    assert verdict(checking.check("right", user="bob")) is None
    changed = checking.passwords.check("alice", "changed", b"right", "a")
    checking.go(2)
    assert verdict(changed) is False


def test_wrong_passwords_do_not_push_out_a_right_one(checking: Checking) -> None:
    """However many wrong ones come, a known client is let in at once."""
    checking.check("right")
    checking.go()
    for number in range(3 * passwords._REMEMBERED):
        checking.check(f"wrong{number}")
        checking.go()
    assert verdict(checking.check("right")) is True
    assert len(checking.passwords._wrong) <= passwords._REMEMBERED


def test_addresses_take_turns(checking: Checking) -> None:
    """A flood from one address delays another by one check, not by all of them."""
    for number in range(8):
        checking.check(f"flood{number}", "flooder")
    honest = checking.check("right", "prometheus")
    checking.go(3)
    assert verdict(honest) is True


def test_waiting_checks_are_bounded(checking: Checking) -> None:
    """The number of waiting checks is limited per address and in total; known ones do not count."""
    checking.check("right")
    checking.go()
    taken = [accepted(checking, f"wrong{number}", "flooder") for number in range(20)]
    assert 1 < sum(taken) < 12
    taken = [accepted(checking, f"wrong{number}", f"peer{number}") for number in range(200)]
    assert not taken[-1]
    assert len(checking.passwords._asking) <= passwords.MOST
    assert verdict(checking.check("right", "flooder")) is True


def accepted(checking: Checking, password: str, peer: str) -> bool:
    """Whether a password may wait for its check."""
    try:
        checking.check(password, peer)
    except BusyError:
        return False
    return True


@pytest.mark.parametrize("prefix", ["$2a", "$2b", "$2y"])
@pytest.mark.parametrize("password", [b"secret", b"caf\xc3\xa9", b"x" * 100, b"\xff", b""])
def test_real_hashes(prefix: str, password: bytes) -> None:
    """Hashes of every tool's prefix are checked, as are passwords beyond bcrypt's 72 bytes."""
    hashed = bcrypt.hashpw(password[:72], bcrypt.gensalt(4)).decode().replace("$2b", prefix)
    reactor = Reactor()
    checked = [
        Passwords(reactor).check("alice", hashed, one, "a") for one in (password, password + b"!")
    ]
    reactor.run_one()
    reactor.run_one()
    assert list(map(verdict, checked)) == [True, len(password) >= 72]


def test_what_bcrypt_refuses_is_wrong() -> None:
    """A check that fails in bcrypt lets nobody in, and does not stop other checks."""
    reactor = Reactor()
    checker = Passwords(reactor)
    broken = checker.check("alice", "no hash", b"secret", "a")
    reactor.run_one()
    assert verdict(broken) is False
