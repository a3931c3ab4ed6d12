"""The exporter killed at random moments; benchmarks/kills.py does it a thousand times."""

from pathlib import Path

import pytest

from benchmarks.kills import Kills
from harness import RabbitMQ

pytestmark = pytest.mark.servers


@pytest.mark.parametrize(("program", "kills"), [("run", 25), ("consume", 5)])
def test_kills_lose_nothing_and_count_nothing_twice(
    rabbitmq: RabbitMQ, tmp_path: Path, program: str, kills: int
) -> None:
    """However often it is killed, its ledger has each message of the queue once."""
    result = Kills(rabbitmq, tmp_path, program, seed=7).run(kills, backlog=300)
    assert (result.lost, result.twice) == (0, 0)
    assert result.sent > 0
