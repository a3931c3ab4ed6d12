"""The same messages give the same report, whichever way they came."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import groupby, takewhile
from pathlib import Path

import pytest

from fedmsg_exporter import config
from fedmsg_exporter.commands.simulate import _record
from fedmsg_exporter.config import Config
from fedmsg_exporter.history.importing import Outcome
from fedmsg_exporter.report.community import community
from fedmsg_exporter.report.event import Participants, event
from fedmsg_exporter.report.formats import FORMATS, render
from fedmsg_exporter.report.known import Known
from fedmsg_exporter.report.model import LeftOut, MemberList, Report
from fedmsg_exporter.report.request import Request
from fedmsg_exporter.report.team import team
from fedmsg_exporter.report.user import user
from fedmsg_exporter.report.week import week
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.service.reports.activity import opened
from fedmsg_exporter.service.reports.files import of_files
from fedmsg_exporter.sources.simulation import Sent, Simulation
from fedmsg_exporter.statistics.calendar import day, day_at, start_of
from tests.calling import invoke
from tests.unit.test_simulation import COUNTED_OTHERWISE

START = day("2025-12-01")
WEEKS = 5
#: A Wednesday: the week in which it is has begun.
END = START + 7 * WEEKS + 3
JOIN = START + 17
SIMULATION = Simulation(seed=4, people=30, rate=0.001)
REQUEST = Request(START + 14, START + 7 * WEEKS, start_of(END), each_category=True, names=True)


def sent() -> Iterator[Sent]:
    end = start_of(END)
    return takewhile(
        lambda one: (one.message.sent_at or 0) < end, SIMULATION.messages(start_of(START))
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All messages, and those before the join by themselves."""
    folder = tmp_path_factory.mktemp("recording")
    for name, end in (("all.jsonl", END), ("early.jsonl", JOIN)):
        with (folder / name).open("w", encoding="utf-8") as file:
            for one in sent():
                if (one.message.sent_at or 0) < start_of(end):
                    file.write(json.dumps(_record(one.message)) + "\n")
    return folder


def settings(folder: Path) -> Config:
    (folder / "config.yml").write_text(
        # The join is known by ids, which are remembered for a week by default.
        "state: ledger.sqlite\nkeep_ids: 60d\nschemas: false\n"
    )
    return config.load(folder / "config.yml")


def count_live(folder: Path, since: int) -> None:
    """Let an exporter count what was sent from a day on, hour by hour, while it was sent."""
    now = [start_of(since)]
    exporter = Exporter(settings(folder), clock=lambda: now[0])
    messages = (one.message for one in sent() if (one.message.sent_at or 0) >= start_of(since))
    for hour, batch in groupby(messages, lambda one: int((one.sent_at or 0) // 3600)):
        now[0] = 3600.0 * (hour + 1)
        exporter.pipeline.take(list(batch))
    exporter.close()


def ledger(folder: Path, _recording: Path) -> AbstractContextManager[Known]:
    count_live(folder, START)
    return _known(settings(folder))


def history(folder: Path, recording: Path) -> AbstractContextManager[Known]:
    _import(folder, recording / "all.jsonl")
    return _known(settings(folder))


def both(folder: Path, recording: Path) -> AbstractContextManager[Known]:
    """Live from the join on; history has the time before, and a file that reaches past it."""
    count_live(folder, JOIN)
    _import(folder, recording / "early.jsonl")
    _import(folder, recording / "all.jsonl")
    return _known(settings(folder))


@contextmanager
def files(folder: Path, recording: Path) -> Iterator[Known]:
    with of_files(settings(folder), [str(recording / "all.jsonl")], _whole) as found:
        yield found.known


def _whole(outcome: Outcome) -> None:
    assert (outcome.reason, outcome.damage) == ("", ())


@contextmanager
def _known(config_: Config) -> Iterator[Known]:
    with opened(config_, config_.history) as found:
        yield found.known


def _import(folder: Path, file: Path) -> None:
    settings(folder)
    done = invoke("history", "import", "--config", str(folder / "config.yml"), str(file))
    assert done.exit_code == 0, done.output


WAYS = (ledger, history, both, files)


def all_reports(known: Known) -> Iterator[Report]:
    """A report of every kind."""
    people = sorted(known.first())
    yield user(known, REQUEST, people[0])
    yield team(known, REQUEST, "list", people[:5], MemberList("five", 5, None))
    yield community(known, REQUEST)
    yield event(known, REQUEST._replace(end=JOIN + 1), Participants("git", topics=("git.#",)), 7)
    yield week(known, REQUEST._replace(start=REQUEST.end - 7))


def rendered(way: Callable[[Path, Path], AbstractContextManager[Known]], *paths: Path) -> list[str]:
    """Every report in every format, without where the numbers are from."""
    with way(*paths) as known:
        reports = [*all_reports(known)]
    same = {"coverage": (), "sources": (), "gaps": ()}
    return [
        render(report._replace(basis=report.basis._replace(**same)), format_)  # type: ignore[arg-type]
        for report in reports
        for format_ in FORMATS
    ]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory, recording: Path) -> list[str]:
    return rendered(ledger, tmp_path_factory.mktemp("reference"), recording)


@pytest.mark.parametrize("way", WAYS[1:])
def test_same_numbers_whichever_way(
    way: Callable[[Path, Path], AbstractContextManager[Known]],
    tmp_path: Path,
    recording: Path,
    reference: list[str],
) -> None:
    """Live, imported, half of each, or out of files: every report in every format is the same."""
    assert rendered(way, tmp_path, recording) == reference


def test_reports_know_what_the_simulation_knows(tmp_path: Path) -> None:
    """Each person has as many messages as the simulation says, and so has who is left out."""
    truth: Counter[str | None] = Counter()
    left: Counter[str | None] = Counter()
    with (tmp_path / "all.jsonl").open("w", encoding="utf-8") as file:
        for one in sent():
            if COUNTED_OTHERWISE.search(one.message.topic):
                continue
            file.write(json.dumps(_record(one.message)) + "\n")
            if REQUEST.start <= day_at(one.message.sent_at or 0) < REQUEST.end:
                truth[one.user] += one.kind == "person"
                left[one.kind] += 1
    people = [one for one in truth if one and truth[one]]
    with files(tmp_path, tmp_path) as known:
        report = team(known, REQUEST, "list", people, MemberList("all", len(people), None))
    (members,) = (one for one in report.sections if one.key == "members")
    assert {row.subject: row.values[0] for row in members.rows} == +truth
    assert report.basis.left_out == LeftOut(bots=left["bot"], uncredited=left[None])
