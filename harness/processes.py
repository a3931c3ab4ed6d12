"""Server programs as child processes: started, waited for, and reliably ended."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

# What a program with its own environment still gets: coverage's settings, and
# that the wheel is tested, not the folder.
_INHERITED = ("COVERAGE_PROCESS_CONFIG", "PYTHONSAFEPATH")
_POLL_SECONDS = 0.02
_TAIL_LINES = 25
# Below Linux's ephemeral ports: while a server is down between two starts, no
# outgoing connection can be given its port, nor connect to itself on it.
_PORTS = range(15_000, 32_000)
_given: set[int] = set()


class WaitError(AssertionError):
    """What was waited for did not happen."""


def free_port() -> int:
    """Return a free TCP port of 127.0.0.1, each only once."""
    while True:
        port = random.choice(_PORTS)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def has_ipv6() -> bool:
    """Whether this machine has IPv6, at least on its loopback interface."""
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::1", 0))
    except OSError:
        return False
    return True


def accepts(port: int) -> bool:
    """Whether something on 127.0.0.1 accepts connections on the port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(
    condition: Callable[[], T],
    timeout: float,
    what: str,
    server: "Process | None" = None,
) -> T:
    """Wait until the condition holds and return its (truthy) value.

    When the time is up, or the server has ended, the error says what was waited
    for and how the server's log ends.
    """
    deadline = time.monotonic() + timeout
    while not (answer := condition()):
        if server is not None and not server.running:
            raise WaitError(f"waited for {what}, but {server.report()}")
        if time.monotonic() > deadline:
            state = f"; {server.report()}" if server else ""
            raise WaitError(f"waited {timeout:g} s without success for {what}{state}")
        time.sleep(_POLL_SECONDS)
    return answer


class Process:
    """A program in its own process group, with its output in a log file.

    It is killed by the kernel when the thread that started it ends, and so when
    pytest is killed: start it from a thread that lives as long as it should.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.command = [str(part) for part in command]
        self.log = log
        self.environment = environment
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program, appending to the log of an earlier run."""
        if self.running:
            raise RuntimeError(f"{self.command[0]} is running already")
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                start_new_session=True,
            )

    def _environment(self) -> Mapping[str, str] | None:
        if self.environment is None:
            return None
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return {**inherited, **self.environment}

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        if self._child is None:
            raise RuntimeError(f"{self.command[0]} was never started")
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        return None if self._child is None else self._child.poll()

    def signal(self, number: int) -> None:
        """Send a signal to the program, though not to its children."""
        os.kill(self.pid, number)

    def terminate(self, timeout: float = 30) -> int | None:
        """Ask the program to end, kill what is left, and return its exit code."""
        if self._child is not None and self.running:
            self.signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout)
        self.kill()
        return self.exit_code

    def kill(self) -> None:
        """Kill the whole process group with SIGKILL and wait for its end."""
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()

    def restart(self) -> None:
        """End the program cleanly and start it again."""
        self.terminate()
        self.start()

    def tail(self, lines: int = _TAIL_LINES) -> str:
        """Return the last lines of the log."""
        if not self.log.exists():
            return ""
        text = self.log.read_text(errors="replace").replace("\0", "")
        return "\n".join(text.splitlines()[-lines:])

    def report(self) -> str:
        """Say whether the program runs, and how its log ends."""
        name = Path(self.command[0]).name
        state = "runs" if self.running else f"ended with {self.exit_code}"
        return f"{name} {state}; its log {self.log} ends:\n{self.tail()}"
