"""A short form of the trial by Prometheus in benchmarks/trial.py."""

from pathlib import Path

import pytest

from benchmarks.traffic import traffic
from benchmarks.trial import USERS, Mishaps, Trial

pytestmark = pytest.mark.servers

SEED = 4


def test_prometheus_has_the_right_numbers(tmp_path: Path) -> None:
    """After kills, one of them during a commit, and duplicates, every series is exactly right."""
    sent = traffic(SEED, messages=600, duration=20, again=0.05)
    mishaps = Mishaps(kills=2, commit_kills=["during"], broker_restarts=0)
    with Trial(tmp_path, SEED, plain=False) as trial:
        trial.run(sent, mishaps)
        verdict = trial.verdict(USERS, sent)
    assert verdict.difference.total == sent.truth.total()
    assert verdict.difference.right == verdict.difference.series == len(sent.truth)
    assert verdict.off_by_more_than_one() == []
    assert verdict.forgotten() == []
