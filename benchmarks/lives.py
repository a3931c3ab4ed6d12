"""Many short lives of a program: forked from a process that has imported it already.

A program in Python spends half a second on its imports. The server from which
`Lives` forks is that of multiprocessing; it imports all but what installs
Twisted's reactor, which two processes cannot share.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_PRELOADED = [
    "fedmsg_exporter.service.exporter",
    "fedmsg_exporter.commands",
    "pika.connection",
    "twisted.application.service",
    "twisted.internet.ssl",
    "twisted.internet.threads",
]
_PR_SET_PDEATHSIG = 1


class Lives:
    """Starts a program, ``module:function``, any number of times."""

    def __init__(self, log: Path, environment: Mapping[str, str]) -> None:
        self.log = log
        self._environment = dict(environment)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_PRELOADED)

    def start(self, program: str, arguments: Sequence[str]) -> ForkServerProcess:
        """Begin a life, appending to the log of earlier ones."""
        life = self._context.Process(
            target=_live,
            args=(program, list(arguments), self.log, self._environment),
            daemon=True,
        )
        life.start()
        return life

    def report(self) -> str:
        """How the log ends."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-25:])


def _live(program: str, arguments: list[str], log: Path, environment: Mapping[str, str]) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The fork server ignores it; a separate program does not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(environment)
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    module, _, function = program.partition(":")
    getattr(import_module(module), function)(arguments)
