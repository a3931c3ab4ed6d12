"""A short form of the benchmark of the seam between history and the live counters."""

from pathlib import Path

import pytest

from benchmarks.seam import questions, recorded
from benchmarks.seam.__main__ import of_moments, wrong
from benchmarks.seam.known import DAY, L0, Size, traffic
from benchmarks.seam.trial import Trial
from benchmarks.seam.truth import Truth
from harness.programs import INSTALLED
from tools.preview import filled
from tools.preview import questions as page

#: Few people, no more weeks than a baseline needs, and two hours after the join.
SMALL = Size(people=60, weeks=4, days=0.1)
MOMENTS = (-DAY, 240, 1680, 7200)
#: What is recorded of the exporter itself, of which the traffic says nothing.
OF_THE_EXPORTER = ("job:fedmsg_exporter_message_age", "family:fedmsg_exporter")


@pytest.mark.servers
def test_history_joins_the_live_counters(tmp_path: Path) -> None:
    """Every question and every recorded series is right on both sides, and no alert fires."""
    trial = Trial(tmp_path, traffic(SMALL), MOMENTS)
    (result,) = trial.results([INSTALLED])
    assert wrong(result) == []
    assert result.fired == []
    assert of_moments([result]).count("\n| ") == len(MOMENTS) + 1  # the rule below the header


def test_every_question_is_judged() -> None:
    """What history or the known traffic cannot answer is named with its reason."""
    numbers = {one.number for one in questions.asked(L0)}
    assert numbers | questions.WITHOUT.keys() == set(range(1, len(list(page.read())) + 1))
    assert numbers - {one.number for one in questions.asked(L0 - 1)} == questions.SINCE_L0.keys()


def test_every_recorded_series_is_judged() -> None:
    """The reference has all that the rules record of messages and people."""
    known = traffic(Size(people=3, weeks=2, days=0.01))
    judged = {rule.name for rule in recorded.everything(Truth(known), L0)}
    shipped = {rule["record"] for rule in filled.rules() if "record" in rule}
    assert {one for one in shipped if not one.startswith(OF_THE_EXPORTER)} == judged
    assert shipped >= recorded.IN_HISTORY
