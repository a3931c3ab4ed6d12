"""The rules on VictoriaMetrics: vmalert computes them for the past, and exact ones are exact."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from harness.programs import NEWER
from harness.prometheus import Sample
from harness.victoria import VictoriaMetrics
from tools.preview.filled import RULES, layers, rules

pytestmark = [pytest.mark.servers, pytest.mark.editions(NEWER)]

MINUTES = 30 * 60
#: The ledger was created an hour after Prometheus began to scrape.
BEGUN = 60
#: Whole minutes, in the past: the last sample is from an hour ago.
START = (int(time.time()) // 60 - MINUTES - 60) * 60
END = START + MINUTES * 60

GAUGES = {"up": 1, "fedmsg_exporter_connected": 1, "fedmsg_exporter_ledger_failing": 0}
COUNTERS = {
    'fedmsg_messages_total{domain="org.fedoraproject",category="git"%s}': 2,
    'fedmsg_messages_total{domain="org.fedoraproject",category="quiet"%s}': 0,
    'fedmsg_topic_messages_total{category="git",topic="git.receive"%s}': 2,
    'fedmsg_user_messages_total{category="git",user="alice",kind="person"%s}': 2,
    'fedmsg_group_messages_total{category="git",group="packager"%s}': 2,
}
HERE = 'job="fedmsg_exporter",instance="a"'


def samples() -> Iterator[str]:
    """Two messages a minute for thirty hours, of which the ledger has twenty-nine."""
    for minute in range(MINUTES + 1):
        at = (START + 60 * minute) * 1000
        for name, value in GAUGES.items():
            yield f"{name}{{{HERE}}} {value} {at}"
        if minute < BEGUN:
            continue
        begun = START + 60 * BEGUN
        yield f"fedmsg_exporter_ledger_start_timestamp_seconds{{{HERE}}} {begun} {at}"
        for name, rate in COUNTERS.items():
            yield f"{name % (',' + HERE)} {rate * (minute - BEGUN)} {at}"


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def victoria(edition: str, tmp_path: Path) -> Iterator[VictoriaMetrics]:
    """A VictoriaMetrics with the samples, and what the rules make of them."""
    with VictoriaMetrics(tmp_path / "victoria") as server:
        server.load(samples())
        recording = [rule for rule in rules() if "record" in rule]
        # vmalert does not wait until what one rule records can be read by the next.
        for number, layer in enumerate(layers(recording)):
            path = tmp_path / f"layer{number}.yml"
            path.write_text(yaml.safe_dump({"groups": [{"name": path.stem, "rules": layer}]}))
            server.replay([path], moment(START), moment(END))
        server.replay([RULES / "drops.yml"], moment(START), moment(END))
        yield server


def value(found: list[Sample]) -> float:
    """The value of the only series."""
    (only,) = found
    return only.value


def test_rules_are_replayed(victoria: VictoriaMetrics) -> None:
    """All rules can be evaluated over the past, the ledger's beginning included."""
    git = 'category:fedmsg_messages:delta%s{category="git"}'
    assert value(victoria.query(git % "1d", START + 60 * (BEGUN + 90))) == 180
    assert value(victoria.query(git % "1d", END)) == 2 * 24 * 60
    assert value(victoria.query(git % "1w", END)) == 2 * 29 * 60
    assert value(victoria.query("category_topic:fedmsg_messages:delta1d", END)) == 2 * 24 * 60
    assert value(victoria.query('user_kind:fedmsg_messages:delta1w{user="alice"}', END)) == 3480
    assert value(victoria.query('kind:fedmsg_users:active1d{kind="person"}', END)) == 1
    assert value(victoria.query('category:fedmsg_messages:increase1h{category="git"}', END)) == 120
    assert value(victoria.query("job:fedmsg_messages:level1h", END)) == 1
    assert victoria.query('ALERTS{alertstate="firing"}', END) == []
