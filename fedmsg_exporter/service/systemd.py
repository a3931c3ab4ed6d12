"""What systemd wants to know: sd_notify's protocol and the watchdog, over a datagram socket.

A page of code in place of a library: sdnotify has had no release since 2017, and
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
        """Read where to report, and how often to show life."""
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        #: How often the watchdog wants to hear from this process, in seconds; 0 for never.
        self.patience = _patience(environment) if self._address else 0.0
        self._beat = task.LoopingCall(self.send, "WATCHDOG=1")

    def start(self, reactor: Any, status: Status) -> None:
        """Report that the service runs, whether it consumes, and that the reactor turns."""
        if not self._address:
            return
        status.follow(lambda _: self._show(status))
        self.send("READY=1")
        self._show(status)
        if self.patience:
            # The watchdog ends a process that hangs by SIGABRT: the log then says where.
            faulthandler.enable()
            self._beat.clock = reactor
            self._beat.start(self.patience / 2)

    def reloading(self) -> None:
        """Report that a reload begins; `reloaded` ends it."""
        self.send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def reloaded(self) -> None:
        """Report that the reload is over."""
        self.send("READY=1")

    def stop(self) -> None:
        """Report that the service ends, and beat on: its end takes time."""
        self.send("STOPPING=1")

    def send(self, *lines: str) -> None:
        """Send a message; a failure is logged, as systemd may have gone."""
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
    """The address of a socket: a path, or a name that Linux keeps apart from files; else ""."""
    if name.startswith("@"):
        return f"\0{name[1:]}"
    return name if name.startswith("/") else ""


def _patience(environment: Mapping[str, str]) -> float:
    """The watchdog's time limit, if it watches this process, in seconds."""
    pid, limit = environment.get("WATCHDOG_PID"), environment.get("WATCHDOG_USEC", "")
    is_ours = pid in (None, "", str(os.getpid()))
    return int(limit) / 1e6 if is_ours and limit.isdecimal() else 0.0
