"""Reports as they are built, in every format: the same numbers, marks and keys, and the schema."""

import json
import random
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator

from fedmsg_exporter.report.community import community
from fedmsg_exporter.report.event import Participants, event
from fedmsg_exporter.report.formats import FORMATS, render, schema
from fedmsg_exporter.report.model import MemberList, Report
from fedmsg_exporter.report.request import Request
from fedmsg_exporter.report.stored import Stored
from fedmsg_exporter.report.team import team
from fedmsg_exporter.report.user import user
from fedmsg_exporter.report.week import week
from fedmsg_exporter.statistics.calendar import day, start_of
from fedmsg_exporter.statistics.coverage import Coverage, Span

from .. import activity
from ..report_facts import READERS, facts, marks, marks_of

END = day("2026-01-12")
BEGIN = END - 7 * 120
#: Two days into the week that is running.
NOW = start_of(END) + 2 * 86400
PEOPLE = [f"person{number:02}" for number in range(40)]
TOPICS = ("bodhi.update.comment", "copr.build.end", "git.receive", "wiki.article.edit")


def rows() -> Iterator[activity.Row]:
    """Some are always there, most seldom, some come late or leave early."""
    chance = random.Random(1)
    for number, person in enumerate(PEOPLE):
        first, last = sorted(chance.sample(range(BEGIN, END + 2), 2))
        for one in range(first, last) if number > 9 else range(BEGIN, END + 2):
            if chance.random() < 0.6 / (1 + number % 10):
                yield person, one, chance.randrange(1, 9), chance.choice(TOPICS)


@pytest.fixture(scope="module")
def known() -> Iterator[Stored]:
    gap = start_of(END - 30)
    spans = (Span(start_of(BEGIN), gap), Span(gap + 9 * 3600, NOW))
    with activity.stored(rows(), Coverage(spans)) as found:
        yield found


def build(known: Stored, kind: str) -> Report:
    """A report of a kind, each with what may differ: months, Sundays, names, a cut week."""
    members = MemberList("some", 12, "2026-01-10")
    return {
        "user": lambda: user(known, Request(END - 91, END, NOW, each_category=True), PEOPLE[0]),
        "few days": lambda: user(known, Request(END - 10, END, NOW), PEOPLE[1]),
        "group": lambda: team(
            known, Request(END - 91, END, NOW, by="month"), "group", PEOPLE[:12], members
        ),
        "community": lambda: community(known, Request(END - 364, END, NOW, names=True)),
        "sunday": lambda: community(known, Request(END - 91, END, NOW, week_start="sunday")),
        "each": lambda: community(known, Request(END - 28, END, NOW, each_category=True)),
        "event": lambda: event(
            known,
            Request(END - 40, END - 37, NOW),
            Participants("Flock", PEOPLE[:12], members),
        ),
        "week": lambda: week(known, Request(END - 7, END, NOW, names=True)),
    }[kind]()


@pytest.mark.parametrize(
    "kind", ["user", "few days", "group", "community", "sunday", "each", "event", "week"]
)
def test_same_in_every_format(known: Stored, kind: str) -> None:
    """Each format says all values and marks, and nothing else; the JSON follows its schema."""
    report = build(known, kind)
    expected = facts(report)
    assert len(expected) > 25
    assert len({section.title for section in report.sections}) == len(report.sections)
    for format_ in FORMATS:
        text = render(report, format_, width=250)
        assert READERS[format_](text, report) == expected, format_
        if format_ in {"text", "md", "html"}:
            assert marks_of(format_, text, report) == marks(report), format_
    document = json.loads(render(report, "json"))
    Draft202012Validator(schema()).validate(document)
