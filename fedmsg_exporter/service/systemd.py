"""Notifies systemd: sd_notify's protocol and the watchdog, over a datagram socket.

A page of code instead of a library: sdnotify has had no release since 2017, and
systemd-python needs a compiler and systemd's headers. Without systemd nothing is sent.
"""

import faulthandler
import logging
import os
import socket
import time
from collections.abc import Mapping
from typing import Any

from twisted.internet import task

from ..sources.status import Status

log = logging.getLogger(__name__)

#: How long a message to systemd may take, in seconds.
_PATIENCE = 1.0


class Systemd:
    """Reports to the service manager; see sd_notify(3)."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Read where to report, and how often the watchdog expects a sign of life."""
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        #: The watchdog's time limit between two signs of life, in seconds; 0 without a watchdog.
        self.patience = _patience(environment) if self._address else 0.0
        self._beat = task.LoopingCall(self.send, "WATCHDOG=1")

    def start(self, reactor: Any, status: Status) -> None:
        """Report that the service is up, whether it is consuming, and that it is alive."""
        if not self._address:
            return
        status.follow(lambda _: self._show(status))
        self.send("READY=1")
        self._show(status)
        if self.patience:
            # The watchdog kills a hanging process with SIGABRT: the log then shows where it hung.
            faulthandler.enable()
            self._beat.clock = reactor
            self._beat.start(self.patience / 2)

    def reloading(self) -> None:
        """Report that a reload has begun, until `reloaded`."""
        self.send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def reloaded(self) -> None:
        """Report that the reload is over."""
        self.send("READY=1")

    def stop(self) -> None:
        """Report that the service is stopping; signs of life go on, since that takes time."""
        self.send("STOPPING=1")

    def send(self, *lines: str) -> None:
        """Send a message; a failure is only logged."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as one:
                one.settimeout(_PATIENCE)
                one.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            log.warning("cannot report to systemd: %s", error)

    def _show(self, status: Status) -> None:
        self.send(f"STATUS={_line(status)}")


def _line(status: Status) -> str:
    """The status on one line, as `systemctl status` shows it."""
    return "consuming" if status.ready else f"not consuming: {' '.join(status.why_not.split())}"


def _address(name: str) -> str:
    """The address of a socket: a path or an abstract name, otherwise ""."""
    if name.startswith("@"):
        return f"\0{name[1:]}"
    return name if name.startswith("/") else ""


def _patience(environment: Mapping[str, str]) -> float:
    """The watchdog's time limit in seconds, 0 if it does not watch this process."""
    pid, limit = environment.get("WATCHDOG_PID"), environment.get("WATCHDOG_USEC", "")
    is_ours = pid in (None, "", str(os.getpid()))
    return int(limit) / 1e6 if is_ours and limit.isdecimal() else 0.0
