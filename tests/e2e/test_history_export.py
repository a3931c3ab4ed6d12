"""History as blocks, made by a real promtool and read by a real Prometheus."""

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from benchmarks.alerts.rules import Rules
from fedmsg_exporter import config
from fedmsg_exporter.commands import main
from fedmsg_exporter.event import Event
from fedmsg_exporter.history.export.blocks import find
from fedmsg_exporter.history.export.errors import ExportError
from fedmsg_exporter.history.export.exporting import How, export
from fedmsg_exporter.history.export.lines import Target
from fedmsg_exporter.history.export.plan import DAY, DENSE, HOUR, WEEK
from fedmsg_exporter.history.export.recorded import ALWAYS
from fedmsg_exporter.history.export.recorded import DENSE as DENSE_ONLY
from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.service.history.outgoing import outgoing
from fedmsg_exporter.statistics.calendar import day, start_of
from fedmsg_exporter.statistics.coverage import Span
from harness import Prometheus, Sample, require
from harness.programs import INSTALLED
from tests.events import event
from tests.past import fill
from tools.preview.filled import RULES

from .disks import Disk, mounted

pytestmark = [pytest.mark.servers, pytest.mark.editions]

WEEKS = 10
START = start_of(day("2026-01-05"))
END = START + WEEKS * WEEK + 10 * HOUR + 100
#: Where exact queries reach from.
TAIL = START + 2 * WEEK
USERS = "fedmsg_user_messages_total"
EXACT = "{0} - ({0} offset 1w or 0 * {0})"


class Sent(NamedTuple):
    """What was sent, and the folder that has it as history."""

    events: list[Event]
    folder: Path

    def within(self, start: float, end: float) -> list[Event]:
        """What was sent after a moment up to another."""
        return [one for one in self.events if start < (one.sent_at or 0) <= end]


def bus() -> Iterator[Event]:
    """Seven categories, busier by day, and some users, of whom a few do most."""
    chance = random.Random(1)
    for hour in range(int((END - START) // HOUR) + 1):
        for category in range(7):
            for _ in range(chance.randint(4, 8) + 6 * (8 < hour % 24 < 20)):
                at = START + hour * HOUR + chance.random() * HOUR
                if at < END:
                    user = f"user{int(chance.paretovariate(0.7)) % 20}"
                    kind = "bot" if user == "user1" else "person"
                    topic = f"thing.{chance.randint(0, 3)}"
                    yield event(f"app{category}", user, topic=topic, sent_at=at, kind=kind)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """Ten weeks of history, up to where a ledger began."""
    folder = tmp_path_factory.mktemp("history")
    (folder / "config.yml").write_text(
        "state: ledger.sqlite\nschemas: false\ngroups: {file: groups.yml}\nusers: {bots: [user1]}\n"
    )
    (folder / "groups.yml").write_text("docs: [user2, user3]\npackager: [user1, user2]\n")
    ledger = Ledger(folder / "ledger.sqlite")
    ledger.begun(END)
    ledger.close()
    events = list(bus())
    fill(folder / "history.sqlite", events, Span(START, END))
    return Sent(events, folder)


def exported(sent: Sent, out: Path, *arguments: str) -> Path:
    """The blocks of it."""
    path = str(sent.folder / "config.yml")
    command = ["history", "export", "--config", path, "--promtool", require("promtool")]
    done = CliRunner().invoke(main, [*command, *arguments, str(out)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture(scope="module")
def past(
    sent: Sent, edition: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """A Prometheus that has them."""
    folder = tmp_path_factory.mktemp(edition)
    data = exported(sent, folder / "blocks")
    with Prometheus(folder / "server", data=data, retention="100y") as server:
        yield server


def by(samples: list[Sample], *names: str) -> dict[tuple[str, ...], float]:
    """Values by some labels."""
    return {tuple(one.labels[name] for name in names): one.value for one in samples}


@pytest.mark.parametrize("weeks", [3, 6.25, 9.9])
def test_differences_are_what_was_sent(sent: Sent, past: Prometheus, weeks: float) -> None:
    """A week's messages are exact at any hour; of each user, at midnight."""
    hour = START + int(weeks * WEEK) // HOUR * HOUR
    total = past.query(f"sum({EXACT.format('fedmsg_messages_total')})", hour)
    assert total == [Sample({}, len(sent.within(hour - WEEK, hour)))]
    users = past.query(f"sum({EXACT.format(USERS)})", hour)
    assert users == total
    topics = past.query(f"sum by (topic) ({EXACT.format('fedmsg_topic_messages_total')})", hour)
    assert sum(one.value for one in topics) == total[0].value
    midnight = START + int(weeks * WEEK) // DAY * DAY
    each = Counter(
        (one.category, one.users[0].name) for one in sent.within(midnight - WEEK, midnight)
    )
    found = by(past.query(f"{EXACT.format(USERS)} > 0", midnight), "category", "user")
    assert found == dict(each)
    docs = 'fedmsg_group_messages_total{group="docs"}'
    group = past.query(f"sum({EXACT.format(docs)})", midnight)
    members = sum(number for (_, user), number in each.items() if user in ("user2", "user3"))
    assert group == [Sample({}, members)]


def test_every_moment_of_eight_weeks_has_an_answer(past: Prometheus) -> None:
    """Within Prometheus' lookback there is a sample, whenever one looks."""
    for moment in (TAIL + 1, TAIL + 3 * WEEK + 77, END - 1):
        assert past.query(f"count({USERS})", moment)[0].value > 50
        assert past.query("up", moment)[0].value == 1
    assert past.query("up", END + 301) == []


def test_counters_are_zero_at_the_end(past: Prometheus) -> None:
    """All counters have risen to 0, short of the messages of the last minutes."""
    last = past.query('{__name__=~"fedmsg_.*_total"}', END - 1)
    assert len(last) > 50
    assert all(-5 <= one.value <= 0 for one in last)


MOMENTS = [TAIL + 7 * WEEK + offset for offset in (-DAY + 5 * HOUR, 13 * HOUR + 8 * DENSE)]


def recorded(server: Prometheus) -> list[str]:
    """The recorded series that were exported."""
    names = server.query('count by (__name__) ({__name__=~".+:.+:.+"})', MOMENTS[0])
    return sorted(one.labels["__name__"] for one in names)


def test_recorded_series_are_what_the_rules_record(past: Prometheus, edition: str) -> None:
    """Each exported series equals its rule as Prometheus evaluates it on the exported counters.

    `increase()` estimates since Prometheus 3: its ranges leave out their first sample.
    """
    rules = Rules(sorted(RULES.glob("*.yml")))
    names = recorded(past)
    assert {*ALWAYS, *DENSE_ONLY} <= set(names) <= rules.records.keys()
    for name in names:
        others = [other for other in names if other != name]
        is_estimate = edition != INSTALLED and "increase" in name and "ratio" not in name
        for moment in MOMENTS:
            expr = rules.inlined(rules.records[name], others)
            wanted = {_key(one): one.value for one in past.query(expr, moment)}
            found = {_key(one): one.value for one in past.query(name, moment)}
            assert wanted, name
            if name == "job:fedmsg_exporter_counting:min":
                assert found.keys() == wanted.keys()
                continue
            near = (0.1, 1.0) if is_estimate else (1e-9, 0.0)
            assert found == pytest.approx(wanted, *near), (name, moment)


def _key(one: Sample) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(item for item in one.labels.items() if item[0] != "__name__"))


def test_alerts_have_their_baseline_from_the_first_minute(past: Prometheus) -> None:
    """What the rules look back to is there for every category, at the end of history."""
    rules = Rules(sorted(RULES.glob("*.yml")))
    names = recorded(past)
    for window in ("1h", "3h", "1d", "1w"):
        low = rules.inlined(rules.records[f"category:fedmsg_messages:low{window}"], names)
        assert len(past.query(low, END - 1)) == 7, window
    for window in ("1h", "4h", "11h", "1d", "1w"):
        one = rules.inlined(rules.records[f"category:fedmsg_messages:expected{window}"], names)
        assert len(past.query(one, END - 1)) == 7, window
    people = rules.inlined(rules.records["kind:fedmsg_users:median1w"], names)
    assert {one.labels["kind"] for one in past.query(people, END - 1)} == {"person", "bot"}


def spans_of(folder: Path) -> list[tuple[int, int]]:
    """First and last time of each block, in milliseconds; the last is not in it."""
    metas = (json.loads(path.read_text()) for path in folder.glob("*/meta.json"))
    return sorted((one["minTime"], one["maxTime"]) for one in metas)


def within_ranges(folder: Path, hours: int) -> bool:
    """Whether blocks do not overlap, and each is within one range of some hours."""
    spans, length = spans_of(folder), hours * HOUR * 1000
    apart = all(before <= after for (_, before), (after, _) in pairwise(spans))
    return apart and all(start // length == (end - 1) // length for start, end in spans)


def test_blocks_do_not_reach_the_live_counters(past: Prometheus) -> None:
    """Each is within one of Prometheus' ranges, and the last ends where the ledger began."""
    assert within_ranges(past.data, 486)
    assert spans_of(past.data)[-1][1] <= END * 1000


def test_no_block_crosses_a_day_for_mimir(sent: Sent, tmp_path: Path) -> None:
    """With `--block 24h`, as Mimir's and Thanos' compactors want it."""
    out = exported(sent, tmp_path / "out", "--block", "24h", "--until", "2026-01-12T12:00:00Z")
    assert within_ranges(out, 24)
    assert len(spans_of(out)) == 8
    assert not (out / ".export").exists()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "disk") as one:
        yield one


@pytest.mark.parametrize("form", ["blocks", "openmetrics"])
def test_a_disk_that_fills_leaves_no_half_block(sent: Sent, disk: Disk, form: str) -> None:
    """The export ends with the reason, and what is there is whole."""
    settings = config.load(sent.folder / "config.yml")
    promtool = find(Path(require("promtool"))) if form == "blocks" else None
    how = How(promtool, 54 * HOUR, Target("j", "i"))
    out = disk.folder / "out"
    out.mkdir()
    with (
        outgoing(settings, sent.folder / "history.sqlite", None) as (past, plan, _),
        pytest.raises(ExportError, match=r"disk is full|no space left"),
    ):
        export(past, plan, out, how, lambda _: None)
    left = list(out.iterdir())
    if form == "blocks":
        assert all((one / "meta.json").stat().st_size for one in left)
    else:
        assert all(one.read_text().endswith("# EOF\n") for one in left)


def test_too_little_room_is_noticed_first(sent: Sent, disk: Disk) -> None:
    """Nothing is written if it cannot all be."""
    path = str(sent.folder / "config.yml")
    out = disk.folder / "out"
    command = ["history", "export", "--config", path, "--format", "openmetrics", str(out)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 5
    assert "MB are needed, but only 1" in done.output
    assert list(out.iterdir()) == []
    shutil.rmtree(out)
