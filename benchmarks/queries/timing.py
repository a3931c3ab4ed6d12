"""Sends queries, and times them."""

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from harness import Prometheus
from tools.preview.asking import Asked

from .asked import Board, Group

#: The number of connections that a browser opens to a server.
_AT_ONCE = 6


class Answer(NamedTuple):
    """The result of a query: seconds in total, seconds to evaluate, and its size."""

    seconds: float
    evaluated: float
    series: int
    #: The peak number of samples in memory.
    peak: int


class GroupCost(NamedTuple):
    """The results of each rule of a group, round by round."""

    group: Group
    rounds: list[list[Answer]]

    def seconds(self, first: int = 0) -> list[float]:
        """An evaluation of all of them, in each round."""
        return [sum(answer.evaluated for answer in one) for one in self.rounds[first:]]


class BoardCost(NamedTuple):
    """How long a board took to load in each round, and each of its queries by itself."""

    board: Board
    loads: list[float]
    alone: list[list[Answer]]

    def slowest(self) -> tuple[float, str]:
        """The query that takes longest by itself, and its panel."""
        medians = [
            statistics.median(answer.seconds for answer in answers)
            for answers in zip(*self.alone, strict=True)
        ]
        longest = max(medians)
        return longest, self.board.queries[medians.index(longest)].where


def of_group(server: Prometheus, group: Group, rounds: int) -> GroupCost:
    """Evaluate the rules of a group, one after another, as Prometheus does."""
    return GroupCost(group, [_all(server, group.queries) for _ in range(rounds)])


def of_board(server: Prometheus, board: Board, rounds: int) -> BoardCost:
    """Load a board as a browser does; then run each of its queries by itself."""
    loads = [_load(server, board) for _ in range(rounds)]
    return BoardCost(board, loads, [_all(server, board.queries) for _ in range(rounds)])


def _load(server: Prometheus, board: Board) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(_AT_ONCE) as browser:
        for _ in browser.map(lambda query: ask(server, query), board.queries):
            pass
    return time.perf_counter() - started


def _all(server: Prometheus, queries: Sequence[Asked]) -> list[Answer]:
    return [ask(server, query) for query in queries]


def ask(server: Prometheus, query: Asked) -> Answer:
    """Run one query. Raises ValueError if Prometheus refuses it."""
    started = time.perf_counter()
    path, times = "query", {"time": query.end}
    if query.step is not None:
        path, times = "query_range", {"start": query.start, "end": query.end, "step": query.step}
    parameters: dict[str, Any] = {"query": query.expr, "stats": "all", **times}
    response = server.get(f"/api/v1/{path}", **parameters)
    took = time.perf_counter() - started
    answer: dict[str, Any] = response.json()
    if answer["status"] != "success":
        raise ValueError(f"{query.where}: {answer['error']}")
    stats, result = answer["data"]["stats"], answer["data"]["result"]
    evaluated, peak = stats["timings"]["execTotalTime"], stats["samples"]["peakSamples"]
    return Answer(took, evaluated, len(result), peak)
