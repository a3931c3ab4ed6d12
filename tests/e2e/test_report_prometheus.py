"""A report's numbers are those of exact PromQL, on a real Prometheus."""

import csv
import io
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from fedmsg_exporter import config
from fedmsg_exporter.message import Message
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.sources.simulation import Simulation
from fedmsg_exporter.statistics.calendar import day, day_at, iso, start_of
from harness import Prometheus
from harness.prometheus import promtool
from tests.calling import invoke

pytestmark = pytest.mark.servers

USERS = "fedmsg_user_messages_total"
WEEK = 7 * 86400
START = start_of(day("2026-01-05"))
#: The end of a week is a scrape.
SCRAPE = 3600
#: Two weeks that have one before them, and a day.
END = START + 3 * WEEK + 86400
EXACT = f'sum by ({{}}) ({USERS}{{{{kind="person"}}}} - ({USERS} offset 1w or 0 * {USERS})) > 0'


def messages() -> Iterator[Message]:
    """A small bus, silent at the end of each week: all of it has been scraped by then."""
    simulated = Simulation(seed=3, people=15, rate=0.0012).messages(START)
    for one in takewhile(lambda one: (one.message.sent_at or 0) < END, simulated):
        if ((one.message.sent_at or 0) - START) % WEEK < WEEK - 3 * SCRAPE:
            yield one.message


def scraped(folder: Path) -> Iterator[str]:
    """Let an exporter count the bus while it is scraped; what the scrapes gave, with times."""
    now = [START]
    settings = config.load(folder / "config.yml")
    exporter = Exporter(settings, clock=lambda: now[0], ticks=lambda: now[0])
    every = messages()
    batch = [next(every)]
    while now[0] < END:
        now[0] += SCRAPE
        while batch and (batch[-1].sent_at or 0) <= now[0]:
            batch.append(next(every, Message("", "", {}, {}, END + WEEK)))
        exporter.pipeline.take(batch[:-1])
        batch = batch[-1:]
        for line in exporter.metrics(names=frozenset({USERS})).splitlines():
            if line.startswith(USERS):
                yield f"{line} {now[0]:.0f}"
    exporter.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger, and blocks with what Prometheus scraped of it."""
    made = tmp_path_factory.mktemp("report")
    (made / "config.yml").write_text("state: ledger.sqlite\nschemas: false\nsynchronous: 'off'\n")
    (made / "scraped.txt").write_text("\n".join([*scraped(made), "# EOF\n"]))
    done = promtool(
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        str(made / "scraped.txt"),
        str(made / "blocks"),
    )
    assert done.returncode == 0, done.stderr
    return made


def reported(folder: Path, report: str, *names: str, week: int) -> dict[tuple[str, ...], str]:
    """The values of a report on a week, by section, subject, category and metric."""
    monday = day_at(START) + 7 * week
    span = ("--from", iso(monday), "--to", iso(monday + 6), "--now", iso(day_at(END)))
    path = str(folder / "config.yml")
    done = invoke("report", report, *names, "--config", path, "--format", "csv", *span)
    assert done.exit_code == 0, done.output
    rows = csv.reader(io.StringIO(done.stdout))
    return {(row[0], row[2], row[3], row[4]): row[5] for row in rows}


@pytest.mark.parametrize("week", [1, 2])
def test_report_equals_promql(folder: Path, tmp_path: Path, week: int) -> None:
    """Each person's messages of a week, and each category's, as PromQL subtracts them."""
    end = START + (week + 1) * WEEK
    with Prometheus(tmp_path, data=folder / "blocks", retention="100y") as prometheus:
        by_user, by_category = (
            {one.labels[label]: one.value for one in prometheus.query(EXACT.format(label), end)}
            for label in ("user", "category")
        )
    assert len(by_user) > 5
    team = reported(folder, "list", *by_user, week=week)
    assert by_user == {
        key[1]: float(one) for key, one in team.items() if key[::3] == ("members", "messages")
    }
    everyone = reported(folder, "community", week=week)
    assert by_category == {
        key[2]: float(one)
        for key, one in everyone.items()
        if key[::3] == ("categories", "messages")
    }
