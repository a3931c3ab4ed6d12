"""docs/statistics.md has every number of the reports of the community, of events and of weeks."""

import re

import pytest

from fedmsg_exporter.report.community import community
from fedmsg_exporter.report.event import Participants, event
from fedmsg_exporter.report.model import Report
from fedmsg_exporter.report.request import Request
from fedmsg_exporter.report.week import week
from fedmsg_exporter.statistics.calendar import day, start_of
from fedmsg_exporter.statistics.coverage import Coverage, Span
from tests.activity import stored
from tests.docs.contract import ROOT

PAGE = (ROOT / "docs" / "statistics.md").read_text("utf-8")
END = day("2026-01-05")
REQUEST = Request(END - 91, END, start_of(END + 30))
EVER = Coverage((Span(0, start_of(END + 30)),))


def reports() -> list[Report]:
    with stored([("ann", END - 3, 2, "wiki")], EVER) as known:
        return [
            community(known, REQUEST),
            event(known, REQUEST, Participants("Flock", ["ann"])),
            week(known, REQUEST._replace(start=END - 7)),
        ]


@pytest.mark.parametrize("found", reports(), ids=lambda one: one.kind)
def test_every_metric_has_its_meaning(found: Report) -> None:
    """Each metric of the report is in a table of the page."""
    explained = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", PAGE, re.M))))
    explained |= {f"retained_{step}" for step in range(2, 12)}
    metrics = {column.metric for section in found.sections for column in section.columns}
    assert metrics - explained == set()


def test_example() -> None:
    """The numbers of the example are what the report says."""
    acts = [(f"p{at}", END - 7, n, "wiki") for at, n in enumerate((20, 9, 9, 5, 4, 3, 3, 2, 1, 1))]
    with stored(acts, EVER) as known:
        sections = {
            one.key: one.rows[-1].values
            for one in community(known, REQUEST._replace(start=END - 7)).sections
            if one.rows
        }
    assert sections["people"][2:4] == (3, 2)
    assert sections["cohort_people"][1:] == (1, 0, 4, 5)
    assert sections["cohort_messages"][1:] == (20, 0, 27, 10)
    assert sections["concentration"][:2] == (0.4719, 5.75)
    for text in ("three people (38 of 57", "1, 0, 4 and 5 people", "20, 0, 27 and 10", "0.4719"):
        assert text in " ".join(PAGE.split())
