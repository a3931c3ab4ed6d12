"""Several processes that read sources into parts, one source each at a time.

Only the process that started them writes history. They end with it, however it
ends; what they have read until then stays in their parts.
"""

import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, NamedTuple, Self

from ..sink import NotRecorded
from .errors import HistoryError, explained
from .reading import How, Reading, Step, Task, Tell, read
from .units import Numbers

#: How many sources are read ahead for each process.
_AHEAD = 2
#: How often a process reports its progress, in seconds.
_EVERY = 0.2

# A fresh interpreter: a copy of this one would share its files and threads.
_SPAWN = multiprocessing.get_context("spawn")


class Failed(NamedTuple):
    """The part could not be written, for a reason."""

    reason: str


class _Worker:
    """A process, and what it reads."""

    def __init__(self, make: Callable[[], How]) -> None:
        self.connection, theirs = _SPAWN.Pipe()
        self.process: SpawnProcess = _SPAWN.Process(target=work, args=(theirs, make), daemon=True)
        self.process.start()
        theirs.close()
        self.task: Task | None = None

    def begin(self, task: Task) -> None:
        self.task = task
        self.connection.send(task)

    def stop(self) -> None:
        self.process.terminate()
        self.process.join()
        self.connection.close()


class Workers:
    """Reads sources in a number of processes. ``make`` is called in each of them."""

    def __init__(self, make: Callable[[], How], jobs: int, tell: Tell) -> None:
        self._make = make
        self._tell = tell
        self._waiting: list[Task] = []
        self._results: dict[str, Reading | Failed] = {}
        self._workers = [_Worker(make) for _ in range(jobs)]
        self.ahead = _AHEAD * jobs

    def begin(self, task: Task) -> None:
        """Have a source read by the next process that is free."""
        self._waiting.append(task)
        self._hand_out()

    def end(self, task: Task) -> Reading:
        """Wait until a source has been read. Raises HistoryError."""
        while task.source not in self._results:
            busy = [one for one in self._workers if one.task]
            ready = wait([one.connection for one in busy])
            for one in busy:
                if one.connection in ready:
                    self._hear(one)
            self._hand_out()
        result = self._results.pop(task.source)
        if isinstance(result, Failed):
            raise HistoryError(result.reason)
        return result

    def close(self) -> None:
        """End all processes, whatever they are doing."""
        for one in self._workers:
            one.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hand_out(self) -> None:
        for number, one in enumerate(self._workers):
            if self._waiting and one.task is None:
                if not one.process.is_alive():
                    one.stop()
                    one = self._workers[number] = _Worker(self._make)  # noqa: PLW2901
                one.begin(self._waiting.pop(0))

    def _hear(self, worker: _Worker) -> None:
        task = worker.task
        assert task is not None  # noqa: S101  only busy ones are heard
        try:
            said = worker.connection.recv()
        except (EOFError, OSError):
            self._replace(worker, task)
            return
        if isinstance(said, Step):
            self._tell(said)
        else:
            worker.task = None
            self._results[task.source] = said

    def _replace(self, worker: _Worker, task: Task) -> None:
        """Start a process in place of one that ended."""
        worker.stop()
        reason = (
            f"{task.source}: the process that read it {_ended(worker.process.exitcode)}; run the "
            "same command to resume"
        )
        reading = Reading(task.source, task.known, task.known, 0, Numbers(), reason=reason)
        self._results[task.source] = reading._replace(crashed=True)
        self._workers[self._workers.index(worker)] = _Worker(self._make)


def work(connection: "Connection[Any, Any]", make: Callable[[], How]) -> None:
    """Read what is asked for, until the other end is closed. Runs in a separate process."""
    # Ctrl-C reaches every process of a terminal: the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    how = make()
    tell = _seldom(connection.send)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(_read(task, how, tell))


def _read(task: Task, how: How, tell: Tell) -> Reading | Failed:
    try:
        return read(task, how, tell)
    except (sqlite3.Error, OSError) as error:
        return Failed(explained(task.part, error))
    except NotRecorded as error:
        return Failed(str(error))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _seldom(tell: Tell) -> Tell:
    before = 0.0

    def show(step: Step) -> None:
        nonlocal before
        if time.monotonic() - before >= _EVERY:
            before = time.monotonic()
            tell(step)

    return show


def _ended(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        name = signal.Signals(-exitcode).name
        return f"was killed by {name}, perhaps because memory ran out"
    return "ended because of a bug in the exporter (please report it)"
