"""Runs a command again and again, killed at random points of its work.

    python -m tests.killing KILLS SEED LONGEST ARGUMENT...

Each run is a process of its own, forked from one that has imported everything, and
ended by SIGKILL. Prints how many of them ended before they were killed. The parts of an
import are committed as often as possible, so that each kill finds another state.
"""

import os
import random
import signal
import sys
import time

from fedmsg_exporter.commands import main as command
from fedmsg_exporter.history import reading


def main(kills: int, seed: int, longest: float, arguments: list[str]) -> None:
    """Start and kill a command."""
    reading.COMMIT_EVERY = 0.0
    chance = random.Random(seed)
    ended = 0
    for _ in range(kills):
        process = os.fork()
        if not process:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
            command(arguments)
        time.sleep(longest * chance.random())
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        ended += os.WIFEXITED(status)
    print(ended)


if __name__ == "__main__":
    kills_, seed_, longest_, *rest = sys.argv[1:]
    main(int(kills_), int(seed_), float(longest_), rest)
