"""The report of an event, by the worked example and at the edges of what is known."""

import pytest

from fedmsg_exporter.report.event import Participants, event
from fedmsg_exporter.report.model import Mark, MemberList, Report, Row, Section
from fedmsg_exporter.report.refusal import ReportError
from fedmsg_exporter.report.request import Request
from fedmsg_exporter.statistics.calendar import day, iso, start_of
from fedmsg_exporter.statistics.coverage import Coverage, Span
from tests.activity import Row as Act
from tests.activity import stored

S, E = day("2026-02-01"), day("2026-02-02")
EVER = Coverage((Span(0, start_of(E + 400)),))
REQUEST = Request(S, E + 1, start_of(E + 100))
TALKS = "pagure.issue.new"
ACTS: list[Act] = [
    ("ann", S - 3, 2, "git"),
    ("ann", S, 1, TALKS),
    ("ann", E + 1, 3, "git"),
    ("bob", S - 4, 9, "git"),
    ("bob", E, 1, TALKS),
    ("cat", S + 1, 2, TALKS),
    ("cat", E + 3, 1, "git"),
    ("dan", S - 1, 2, "git"),
    ("eve", S, 7, "git"),
]
MEMBERS = MemberList("list", 3, None)
LIST = Participants("Flock", ("ann", "bob", "cat"), MEMBERS)
BY_TOPIC = Participants("Flock", topics=("pagure.issue.#",))


def report(
    participants: Participants, request: Request = REQUEST, coverage: Coverage = EVER
) -> Report:
    with stored(ACTS, coverage) as known:
        return event(known, request, participants, 3)


def section(found: Report, key: str) -> Section:
    (one,) = (one for one in found.sections if one.key == key)
    return one


def rows(found: Report, key: str) -> dict[str, Row]:
    return {row.subject: row for row in section(found, key).rows}


def test_before_during_and_after() -> None:
    """Ann from 2 over 1 to 3, bob from nothing within three days, cat is new."""
    found = rows(report(LIST), "participants")
    assert {who: row.values for who, row in found.items()} == {
        "cat": (0, 2, 1, None, "new"),
        "ann": (2, 1, 3, 50.0, ""),
        "bob": (0, 1, 0, None, ""),
    }
    assert list(found) == ["cat", "ann", "bob"]
    assert {row.marks for row in found.values()} == {()}


def test_participants_are_next_to_everyone() -> None:
    """What the whole community did in the same days, in messages and in people."""
    found = report(LIST)
    assert {who: row.values for who, row in rows(found, "messages_around").items()} == {
        "participants": (2, 4, 4, 100.0),
        "whole community": (4, 11, 4, 0.0),
    }
    assert {who: row.values for who, row in rows(found, "people_around").items()} == {
        "participants": (1, 3, 2, 100.0),
        "whole community": (2, 4, 2, 0.0),
    }
    assert section(found, "summary").rows[0].values == (3, 3, 1)
    assert found.basis.members == MEMBERS


def test_participants_by_topic_are_named_only_where_asked_for() -> None:
    """Who was active in a topic took part, with all that they do, and without a name."""
    found = report(BY_TOPIC)
    assert section(found, "summary").rows[0].values == (3, 3, 1)
    assert rows(found, "messages_around")["participants"].values == (2, 4, 4, 100.0)
    assert "ann" not in repr(found)
    named = report(BY_TOPIC, REQUEST._replace(names=True))
    assert section(named, "participants") == section(report(LIST), "participants")


def test_silent_participants_are_there() -> None:
    """Somebody of the list who did nothing has a row of zeros."""
    found = report(Participants("Flock", ("ann", "zoe"), MEMBERS))
    assert rows(found, "participants")["zoe"].values == (0, 0, 0, None, "")
    assert section(found, "summary").rows[0].values == (2, 1, 0)


def test_days_after_that_are_not_over_are_not_compared() -> None:
    """On the second day after an event there is no change yet."""
    found = report(LIST, REQUEST._replace(now=start_of(E + 2)))
    assert rows(found, "participants")["ann"].values == (2, 1, 3, None, "")
    assert rows(found, "participants")["ann"].marks == (Mark.SO_FAR,)
    assert "the time after the event is not over" in "".join(section(found, "participants").notes)


def test_what_is_not_known_before() -> None:
    """Without the days before there is no change, and without a year nobody is new."""
    known = Coverage((Span(start_of(S - 1), start_of(E + 400)),))
    found = report(LIST, coverage=known)
    assert rows(found, "participants")["ann"].values == (None, 1, 3, None, None)
    assert rows(found, "participants")["ann"].marks == (Mark.GAP,)
    assert section(found, "summary").rows[0].values == (3, 3, None)
    assert "history begins 2026-01-31" in "".join(section(found, "participants").notes)
    assert found.basis.gaps == ()
    why = "not all of the time before the event is known (missing: 2026-01-29 to 2026-01-30)."
    assert why in "".join(section(found, "messages_around").notes)


@pytest.mark.parametrize("gap", [S - 2, E + 2])
def test_time_with_a_gap_is_not_compared(gap: int) -> None:
    """Where a day before or after is not known, neither anybody nor everyone has a change."""
    found = report(LIST, coverage=EVER.without(start_of(gap), start_of(gap + 1)))
    keys = ("participants", "messages_around", "people_around")
    assert {row.values[3] for key in keys for row in rows(found, key).values()} == {None}
    assert f"Nothing is known about {iso(gap)} to {iso(gap)}." in section(found, keys[1]).notes
    whole = report(LIST, coverage=EVER.without(start_of(S), start_of(S + 1)))
    assert rows(whole, "participants")["ann"].values[3] == 50.0


def test_title_is_the_event() -> None:
    """The title of an event's page is not that of the group that took part."""
    assert report(LIST).title == "Event 2026-02-01 to 2026-02-02: Flock"


def test_filters_count_for_what_people_did() -> None:
    """Only messages that pass the filters count, before and after, too."""
    found = report(LIST, REQUEST._replace(categories=("git",)))
    assert rows(found, "participants")["ann"].values == (2, 0, 3, 50.0, "")


def test_event_in_the_future() -> None:
    """There is nothing to report of what has not happened."""
    with pytest.raises(ReportError, match="in the future"):
        report(LIST, REQUEST._replace(now=start_of(S - 9)))
