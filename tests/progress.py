"""A line of progress at least every 30 seconds, whatever the tests are waiting for."""

import threading
import time

import pytest

#: How often to report, in seconds.
EVERY = 25.0


class Progress:
    """Counts finished tests in the controlling process, and reports from a thread."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal
        self._begun = time.monotonic()
        self._done = 0
        self._running: set[str] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._report, daemon=True)

    def pytest_sessionstart(self) -> None:
        self._thread.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running.add(nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._running.discard(nodeid)
        self._done += 1

    def pytest_sessionfinish(self) -> None:
        self._ended.set()
        self._thread.join()

    def _report(self) -> None:
        while not self._ended.wait(EVERY):
            seconds = time.monotonic() - self._begun
            waiting = next(iter(sorted(self._running)), "") or "servers"
            line = f"{seconds:.0f} s: {self._done} tests done, now at {waiting}"
            self._terminal.ensure_newline()
            self._terminal.write_line(line)


@pytest.hookimpl(trylast=True)  # after the terminal's own
def pytest_configure(config: pytest.Config) -> None:
    """Report from the process that writes to the terminal, not from its workers."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Progress(terminal), "progress")
