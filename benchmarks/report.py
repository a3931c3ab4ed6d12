"""How long reports take over twelve years of 45,000 people, rendered as CSV.

Each runs in a separate process, on one file of history. The peer of the community's
twelve years are the plain functions of ``fedmsg_exporter.statistics``, week by week over
dicts of all rows, with fewer statistics than the report has.
"""

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fedmsg_exporter.ledger.tables import ActivityTables
from fedmsg_exporter.report.community import community
from fedmsg_exporter.report.event import Participants, event
from fedmsg_exporter.report.formats import render
from fedmsg_exporter.report.model import MemberList, Report
from fedmsg_exporter.report.periods import between, month_of
from fedmsg_exporter.report.request import Request
from fedmsg_exporter.report.store import Store
from fedmsg_exporter.report.stored import Stored
from fedmsg_exporter.report.team import team
from fedmsg_exporter.report.week import week as weekly_post
from fedmsg_exporter.statistics import shares, spans, standing
from fedmsg_exporter.statistics.calendar import day, start_of
from fedmsg_exporter.statistics.people import days

from . import years
from .memory import apart, peak
from .tables import table

#: The day after the last, a Monday.
END = day("2026-01-05")
TEAM, LARGE_TEAM = 25, 2000


class Taken(NamedTuple):
    """What a report took: seconds, seconds of CPU, megabytes, and bytes of CSV."""

    seconds: float
    cpu: float
    peak: float
    size: int


class Task(NamedTuple):
    """A report, over how many weeks, and what it may take in seconds and megabytes."""

    title: str
    name: str
    weeks: int
    goal: str


def _community(known: Stored, request: Request) -> Report:
    return community(known, request)


def _months(known: Stored, request: Request) -> Report:
    return community(known, request._replace(by="month"))


def _each(known: Stored, request: Request) -> Report:
    return community(known, request._replace(each_category=True))


def _team(size: int, known: Stored, request: Request) -> Report:
    everyone = sorted(known.first())
    who = everyone[:: max(1, len(everyone) // size)][:size]
    return team(known, request, "group", who, MemberList("team", len(who), None))


def _event(known: Stored, request: Request) -> Report:
    days_of_event = request._replace(start=request.end - 60, end=request.end - 57)
    return event(known, days_of_event, Participants("event", topics=("app01.#",)))


_REPORTS: dict[str, Callable[[Stored, Request], Report]] = {
    "community": _community,
    "months": _months,
    "each": _each,
    "team": partial(_team, TEAM),
    "large team": partial(_team, LARGE_TEAM),
    "event": _event,
    "week": weekly_post,
}


def take(path: Path, name: str, weeks: int) -> Taken:
    """Make a report from a file, in this process."""
    begun, cpu = time.perf_counter(), time.process_time()
    request = Request(END - 7 * weeks, END, start_of(END) + 3600)
    with closing(_reading(path)) as database:
        if name == "plain":
            size = len(repr(plain(database)))
        else:
            tables = ActivityTables(database)
            known = Stored([Store(str(path), tables, tables.known())], lambda _: True)
            size = len(render(_REPORTS[name](known, request), "csv"))
    return Taken(time.perf_counter() - begun, time.process_time() - cpu, peak(), size)


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def plain(database: sqlite3.Connection) -> list[object]:
    """Statistics of each week, each on its own, from dicts of all rows."""
    query = "SELECT name, day, messages FROM days JOIN users ON user = number"
    activity = days(database.execute(query))
    weeks = activity.by_week()
    found: list[object] = []
    for one in sorted(weeks.messages)[104:]:
        totals = weeks.messages[one]
        here = standing.regular(weeks, one) & weeks.active(one)
        cohorts = shares.cohorts(weeks.totals(one - 6, one + 7))
        by_tenure = {k: len(who) for k, who in standing.by_tenure(weeks, here, one).items()}
        done = [sum(n for u, n in totals.items() if cohorts[u] == k) for k in (1, 2, 3, 4)]
        ages = standing.messages_by_age(weeks, one)
        spread = shares.gini(totals.values()), shares.long_tail(totals.values())
        core = len(shares.core(totals)), shares.absence_factor(totals)
        found.append((sum(totals.values()), by_tenure, done, ages, spread, core))
    for cohort in between(min(activity.messages), END, month_of):
        new = standing.newcomers(activity.first, cohort.start, cohort.end)
        found.append([spans.retention(activity, new, step, END) for step in range(1, 13)])
    return found


def tasks(number: int) -> Sequence[Task]:
    """Every report that is measured, for a number of weeks of history."""
    return (
        Task("community, all weeks", "community", number, "30 s, 500 MB"),
        Task("community, all months", "months", number, "30 s, 500 MB"),
        Task("community, a year of weeks", "community", 52, "3 s"),
        Task("community, a year, each category", "each", 52, ""),
        Task(f"team of {TEAM}, 13 weeks", "team", 13, "1 s"),
        Task(f"team of {LARGE_TEAM:,}, 13 weeks", "large team", 13, "about 1 s"),
        Task("event by topic, 3 days", "event", 13, "1 s"),
        Task("weekly post", "week", 1, "1 s"),
        Task("plain functions, all weeks", "plain", number, "(peer)"),
    )


def main() -> None:
    """Write history, and make every report of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=45_000)
    options.add_argument("--weeks", type=int, default=52 * 12)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--history", type=Path, help="Use this file, or write it.")
    options.add_argument("--without-peer", action="store_true")
    given = options.parse_args()
    with TemporaryDirectory() as folder:
        path = given.history or Path(folder) / "history.sqlite"
        if not path.exists():
            rows = years.write(path, given.people, END - 7 * given.weeks, END)
            print(f"{rows:,} rows of a day, a person and a category; {_size(path):.0f} MB")
        chosen = [
            one for one in tasks(given.weeks) if not given.without_peer or one.goal != "(peer)"
        ]
        print(report_of(path, chosen, given.rounds))


def report_of(path: Path, chosen: Sequence[Task], rounds: int) -> str:
    """A table of what each took, medians of some rounds."""
    lines = []
    for one in chosen:
        # Twelve years of the peer take minutes.
        several = rounds if one.name != "plain" else 1
        taken = [apart(take, path, one.name, one.weeks) for _ in range(several)]
        middle = [median(values) for values in zip(*taken, strict=True)]
        lines.append((one.title, one.goal, *(f"{value:,.2f}" for value in middle[:2])))
        lines[-1] += (f"{middle[2]:.0f}", f"{middle[3] / 1024:,.0f}")
        print(*lines[-1], sep="; ", file=sys.stderr)
    return table(("report", "goal", "s", "cpu-s", "peak MB", "CSV kB"), lines)


def _size(path: Path) -> float:
    return path.stat().st_size / 1e6


if __name__ == "__main__":
    main()
