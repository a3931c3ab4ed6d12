"""Reports of one person and of teams, by the definitions and by a slow reference."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.report.formats.grid import grid_of
from fedmsg_exporter.report.model import Mark, MemberList, Report, Section, Value
from fedmsg_exporter.report.refusal import ReportError
from fedmsg_exporter.report.request import Request
from fedmsg_exporter.report.stored import Stored
from fedmsg_exporter.report.team import team
from fedmsg_exporter.report.user import Logged, user
from fedmsg_exporter.statistics.calendar import day, iso, monday, start_of, week
from fedmsg_exporter.statistics.coverage import Coverage, Span, covering
from tests.activity import Row, stored

MONDAY = day("2026-01-05")
W = week(MONDAY)
ALWAYS = covering([Span(0, start_of(MONDAY + 1000))])


def ask(start: int, end: int, **options: object) -> Request:
    """A request that is made when its range is over."""
    return Request(start, end, start_of(end))._replace(**options)  # type: ignore[arg-type]


def weeks(before: int, **options: object) -> Request:
    """The last weeks up to the report's, made on the Monday after it."""
    return ask(monday(W - before + 1), monday(W + 1), **options)


def section(report: Report, key: str) -> Section:
    (found,) = (one for one in report.sections if one.key == key)
    return found


def facts(report: Report) -> dict[str, Value]:
    """The summary, by metric."""
    found = section(report, "summary")
    (row,) = found.rows
    return dict(zip((one.metric for one in found.columns), row.values, strict=True))


def column(found: Section, metric: str) -> list[Value]:
    at = [one.metric for one in found.columns].index(metric)
    return [row.values[at] for row in found.rows]


def on(*several: tuple[str, str, int, str]) -> list[Row]:
    """Rows by person, date, messages and category."""
    return [(person, day(date), messages, topic) for person, date, messages, topic in several]


@contextmanager
def known(rows: Iterable[Row], coverage: Coverage = ALWAYS) -> Iterator[Stored]:
    with stored(rows, coverage, bots=("bot",)) as found:
        yield found


def about(
    rows: Iterable[Row], request: Request, name: str = "ann", coverage: Coverage = ALWAYS
) -> Report:
    with known(rows, coverage) as found:
        return user(found, request, name)


def of_team(
    rows: Iterable[Row], request: Request, *who: str, coverage: Coverage = ALWAYS
) -> Report:
    with known(rows, coverage) as found:
        return team(found, request, "list", who, MemberList("team", len(who), None))


# One person


def test_categories_with_share_and_change() -> None:
    """Messages, share to one decimal, and change to the equal span before; from none it is new."""
    before = on(("ann", "2025-12-29", 2, "bodhi"), ("ann", "2026-01-04", 2, "wiki"))
    now = on(
        ("ann", "2026-01-05", 4, "bodhi"),
        ("ann", "2026-01-06", 2, "wiki"),
        ("ann", "2026-01-11", 1, "git"),
        ("ann", "2026-01-12", 9, "git"),
        ("bob", "2026-01-06", 9, "git"),
    )
    found = section(about([*before, *now], weeks(1)), "categories")
    assert [(row.category, *row.values) for row in found.rows] == [
        ("bodhi", 4, 57.1, 100.0),
        ("wiki", 2, 28.6, 0.0),
        ("git", 1, 14.3, "new"),
    ]


def test_change_is_unknown_where_the_span_before_is() -> None:
    """History that begins with the range has nothing to compare with, and says so."""
    rows = on(("ann", "2026-01-06", 4, "bodhi"))
    late = covering([Span(start_of(MONDAY - 3), start_of(MONDAY + 7))])
    report = about(rows, weeks(1), coverage=late)
    found = section(report, "categories")
    assert column(found, "change") == [None]
    assert found.notes == (
        "Change: n/a, as not all of 2025-12-29 to 2026-01-04, the span before, is known "
        "(missing: 2025-12-29 to 2026-01-01).",
    )
    assert facts(report)["change"] is None


@pytest.mark.parametrize(
    ("gap", "now", "why"),
    [
        (0, 7, "not all of the range is known (missing: 2026-01-05 to 2026-01-05)"),
        (-7, 7, "the span before, is known (missing: 2025-12-29 to 2025-12-29)"),
        (90, 6, "the range is not over"),
    ],
)
def test_unequal_spans_are_not_compared(gap: int, now: int, why: str) -> None:
    """A gap in either span, or a range that is not over, leaves no change but the reason."""
    rows = on(("ann", "2026-01-01", 4, "bodhi"), ("ann", "2026-01-06", 4, "bodhi"))
    cut = ALWAYS.without(start_of(MONDAY + gap), start_of(MONDAY + gap + 1))
    request = weeks(1, now=start_of(MONDAY + now))
    for report in (about(rows, request, coverage=cut), of_team(rows, request, "ann", coverage=cut)):
        assert facts(report)["change"] is None
        assert column(section(report, "categories"), "change") == [None]
        assert why in "".join(section(report, "summary").notes)


def test_last_day_of_all_is_not_cut_at_the_range() -> None:
    """A person's first and last day are of all that was seen by the time of the report."""
    rows = on(("ann", "2025-12-01", 1, "git"), ("ann", "2026-02-01", 1, "git"))
    found = facts(about(rows, weeks(1, now=start_of(day("2026-03-01")))))
    assert (found["first_day"], found["last_day"]) == ("2025-12-01", "2026-02-01")
    assert facts(about(rows, weeks(1)))["last_day"] == "2025-12-01"


def test_facts_of_a_person() -> None:
    """Active days and weeks, the longest run of weeks, and the first and last day of all."""
    rows = on(
        ("ann", "2025-01-01", 1, "bodhi"),
        ("ann", "2025-12-15", 1, "bodhi"),
        ("ann", "2025-12-21", 2, "wiki"),
        ("ann", "2025-12-22", 1, "bodhi"),
        ("ann", "2026-01-05", 3, "bodhi"),
        ("ann", "2026-02-01", 3, "bodhi"),
    )
    assert facts(about(rows, weeks(4))) == {
        "messages": 7,
        "change": "new",
        "active_days": 4,
        "active_weeks": 3,
        "longest_run": 2,
        "first_day": "2025-01-01",
        "last_day": "2026-01-05",
    }


def test_weeks_of_a_person_are_marked() -> None:
    """Weeks that touch a gap, that are cut, and the one that is running."""
    rows = on(("ann", "2026-01-05", 3, "bodhi"), ("ann", "2026-01-13", 2, "bodhi"))
    gap = ALWAYS.without(start_of(MONDAY - 6), start_of(MONDAY - 5))
    request = ask(MONDAY - 6, MONDAY + 7, now=start_of(MONDAY + 9))
    found = section(about(rows, request, coverage=gap), "weeks")
    assert [(row.period, row.values, row.marks) for row in found.rows] == [
        ("2026-W01", (0, 0), (Mark.PART, Mark.GAP)),
        ("2026-W02", (3, 1), ()),
        ("2026-W03", (2, 1), (Mark.SO_FAR,)),
    ]


def test_what_is_not_known_is_no_number() -> None:
    """Weeks and days before history began are n/a, not 0."""
    rows = on(("ann", "2026-01-09", 3, "bodhi"))
    late = covering([Span(start_of(MONDAY), start_of(MONDAY + 7))])
    report = about(rows, weeks(2), coverage=late)
    assert column(section(report, "weeks"), "messages") == [None, 3]
    assert column(section(report, "calendar"), "messages") == [None] * 7 + [0, 0, 0, 0, 3, 0, 0]


def test_calendar_has_the_weeks_of_the_request() -> None:
    """A line of the calendar begins on the first day of a week, and is called as in the weeks."""
    rows = on(("ann", "2026-01-04", 3, "bodhi"), ("ann", "2026-01-09", 2, "bodhi"))
    request = ask(day("2026-01-04"), day("2026-01-11"), week_start="sunday")
    report = about(rows, request)
    found = grid_of(section(report, "calendar"))
    assert [head.title for head in found.heads][:2] == ["Sun", "Mon"]
    assert [(line.keys, line.values) for line in found.lines] == [
        (("2026-01-04",), (3, 0, 0, 0, 0, 2, 0))
    ]
    assert section(report, "weeks").rows[0].period == "2026-01-04"


def test_months_and_sundays() -> None:
    """The range is divided as it is asked for."""
    rows = on(("ann", "2026-01-04", 3, "bodhi"), ("ann", "2026-01-05", 2, "bodhi"))
    months = section(about(rows, ask(day("2025-12-01"), day("2026-02-01"), by="month")), "months")
    assert [(row.period, row.values[0]) for row in months.rows] == [("2025-12", 0), ("2026-01", 5)]
    sundays = ask(day("2025-12-28"), day("2026-01-11"), week_start="sunday")
    found = section(about(rows, sundays), "weeks")
    assert [(row.period, row.values[0]) for row in found.rows] == [
        ("2025-12-28", 0),
        ("2026-01-04", 5),
    ]


def test_topics_and_filters() -> None:
    """Topics with their share; of a filter, all numbers but the first and last day of all."""
    rows = on(
        ("ann", "2026-01-05", 3, "bodhi.update.comment"),
        ("ann", "2026-01-06", 1, "bodhi.update.edit"),
        ("ann", "2026-01-07", 1, "wiki.article.edit"),
    )
    report = about(rows, weeks(1))
    assert [(row.category, row.subject, *row.values) for row in section(report, "topics").rows] == [
        ("bodhi", "bodhi.update.comment", 3, 60.0),
        ("bodhi", "bodhi.update.edit", 1, 20.0),
        ("wiki", "wiki.article.edit", 1, 20.0),
    ]
    edits = about(rows, weeks(1, topics=("#.edit",), categories=("bodhi",)))
    assert facts(edits)["messages"] == 1
    assert facts(edits)["first_day"] == "2026-01-05"
    assert edits.basis.topics == ("#.edit",)


def test_log_is_in_order_of_time() -> None:
    """What each message says, with its time; only where the messages are at hand."""
    rows = on(("ann", "2026-01-05", 2, "bodhi"))
    at = start_of(MONDAY)
    log = [Logged(at + 61, "wiki", "ann edited"), Logged(at, "bodhi", "ann commented")]
    with known(rows) as found:
        report = user(found, weeks(1), "ann", log)
        without = user(found, weeks(1), "ann")
    assert [(row.period, row.category, *row.values) for row in section(report, "log").rows] == [
        ("2026-01-05", "bodhi", "00:00:00", "ann commented"),
        ("2026-01-05", "wiki", "00:01:01", "ann edited"),
    ]
    assert "log" not in [one.key for one in without.sections]


def test_each_category_by_week() -> None:
    """On request, a line for each category."""
    rows = on(("ann", "2025-12-30", 3, "bodhi"), ("ann", "2026-01-05", 1, "wiki"))
    found = section(about(rows, weeks(2, each_category=True)), "categories_by_week")
    assert [(row.category, row.period, row.values[0]) for row in found.rows] == [
        ("bodhi", "2026-W01", 3),
        ("bodhi", "2026-W02", 0),
        ("wiki", "2026-W01", 0),
        ("wiki", "2026-W02", 1),
    ]


# Teams


def test_total_and_members() -> None:
    """The team's total and change, and each member, silent ones included."""
    rows = on(
        ("ann", "2025-12-30", 1, "bodhi"),
        ("ann", "2026-01-05", 3, "bodhi"),
        ("bob", "2026-01-06", 1, "wiki"),
        ("eve", "2026-01-06", 9, "wiki"),
    )
    report = of_team(rows, weeks(1), "ann", "bob", "cat")
    assert facts(report) == {
        "messages": 4,
        "change": 300.0,
        "active_people": 2,
        "members": 3,
        "silent_people": 1,
        "active_days": 2,
        "active_weeks": 1,
    }
    found = section(report, "members")
    assert [(row.subject, *row.values[:3]) for row in found.rows] == [
        ("ann", 3, 75.0, 200.0),
        ("bob", 1, 25.0, "new"),
        ("cat", 0, 0.0, None),
    ]
    matrix = section(report, "members_by_week")
    assert [(row.subject, row.period, row.values) for row in matrix.rows] == [
        ("ann", "2026-W02", (3,)),
        ("bob", "2026-W02", (1,)),
    ]
    assert report.basis.members == MemberList("team", 3, None)


def test_inactivity() -> None:
    """Whole days from the last act to the last day of the report, in the policy's bins."""
    end = day("2026-03-01")
    since = {"ann": 1, "bob": 7, "cat": 30, "dan": 400}
    rows = [(person, end - days, 1, "bodhi") for person, days in since.items()]
    report = of_team([*rows, ("ann", end + 5, 1, "wiki")], ask(end - 28, end), *since, "eve")
    found = section(report, "members")
    inactive = zip((row.subject for row in found.rows), column(found, "inactive_days"), strict=True)
    assert dict(inactive) == {"ann": 0, "bob": 6, "cat": 29, "dan": 399, "eve": None}
    bins = section(report, "inactivity")
    assert [row.subject for row in bins.rows] == [
        "0-6", "7-29", "30-89", "90-179", "180-364", "365+", "never",
    ]  # fmt: skip
    assert column(bins, "members") == [2, 1, 0, 0, 0, 1, 1]


def standing_of(report: Report) -> list[tuple[str, Value]]:
    return [(row.subject, row.values[0]) for row in section(report, "standing").rows]


_SEEN = {
    "ann": (5, 6, 7, 8),
    "bob": (3, 5, 6, 7, 8),
    "cat": (5, 6, 7),
    "dan": (0, 14),
    "eve": (0, 13),
    "fay": (0,),
}


def test_new_quiet_back_and_silent() -> None:
    """Who went quiet, came back, was first seen in the range, and was never seen."""
    rows = [(who, monday(W - one), 1, "bodhi") for who, several in _SEEN.items() for one in several]
    report = of_team(rows, weeks(1), *_SEEN, "gus")
    assert standing_of(report) == [
        ("fay", "new"),
        ("ann", "quiet"),
        ("dan", "back"),
        ("gus", "silent"),
    ]


def test_who_acts_in_the_running_week_is_not_quiet() -> None:
    """Quiet means not since either, in the week after; what came later changes no past report."""
    rows = [("ann", monday(W - one), 1, "bodhi") for one in (5, 6, 7, 8)]
    wednesday = weeks(1, now=start_of(monday(W + 1) + 2) + 60)
    assert standing_of(of_team(rows, wednesday, "ann")) == [("ann", "quiet")]
    again = [*rows, ("ann", monday(W + 1) + 1, 1, "bodhi")]
    assert standing_of(of_team(again, wednesday, "ann")) == []
    much_later = weeks(1, now=start_of(monday(W + 9)))._replace(
        start=wednesday.start, end=wednesday.end
    )
    later = [*rows, ("ann", monday(W + 5), 1, "bodhi")]
    assert ("ann", "quiet") in standing_of(of_team(later, much_later, "ann"))


def test_inactivity_through_a_gap_is_marked() -> None:
    """Days of a gap may have been active ones, so what is counted through them has a mark."""
    rows = on(("ann", "2026-01-11", 1, "git"), ("bob", "2026-01-01", 1, "git"))
    gap = ALWAYS.without(start_of(MONDAY), start_of(MONDAY + 1))
    report = of_team(rows, weeks(1), "ann", "bob", "cat", coverage=gap)
    assert {row.subject: row.marks for row in section(report, "members").rows} == {
        "ann": (),
        "bob": (Mark.GAP,),
        "cat": (Mark.GAP,),
    }
    bins = [row.subject for row in section(report, "inactivity").rows if row.marks]
    assert bins == ["7-29", "never"]


def test_reason_is_the_gap_where_there_is_history() -> None:
    """Where a gap is in the way, and not the beginning of history, it is named."""
    rows = [("ann", monday(W - one), 1, "bodhi") for one in (5, 6, 7, 8)]
    gap = ALWAYS.without(start_of(monday(W - 7)), start_of(monday(W - 3)))
    notes = section(of_team(rows, weeks(1), "ann", coverage=gap), "standing").notes
    nothing = "n/a (nothing is known about 2025-11-17 to 2025-12-14)"
    assert notes[:2] == (f"New: {nothing}.", f"Quiet and back: {nothing}.")


def test_misspelled_name_of_a_list_has_similar_ones() -> None:
    """Who was never seen may be misspelled: the names that are most alike are there."""
    notes = section(of_team(on(("annika", "2026-01-05", 1, "git")), weeks(1), "anika"), "standing")
    assert "anika was never seen; similar: annika." in notes.notes


def test_range_that_ends_before_today_is_in_part() -> None:
    """One day of the running week is neither a week, nor all of it up to now."""
    request = ask(MONDAY, MONDAY + 1, now=start_of(MONDAY + 3))
    (row,) = section(about(on(("ann", "2026-01-05", 1, "git")), request), "weeks").rows
    assert row.marks == (Mark.PART, Mark.SO_FAR)
    (row,) = section(about([], request._replace(end=MONDAY + 3)), "weeks").rows
    assert row.marks == (Mark.SO_FAR,)


def test_title_says_what_it_is_a_report_of() -> None:
    """A person, a list or a group: the page of each has another title."""
    assert about([], weeks(1)).title == "User ann"
    assert of_team([], weeks(1), "ann").title == "List team"


def test_standing_needs_history() -> None:
    """Nobody is new where a year before is not known, nor quiet where 17 weeks are not."""
    rows = [(who, monday(W - one), 1, "bodhi") for who, several in _SEEN.items() for one in several]
    late = covering([Span(start_of(monday(W - 10)), start_of(monday(W + 1)))])
    report = of_team(rows, weeks(1), *_SEEN, "gus", coverage=late)
    assert standing_of(report) == [("gus", "silent")]
    begins = "n/a (history begins 2025-10-27)"
    assert section(report, "standing").notes[:2] == (
        f"New: {begins}.",
        f"Quiet and back: {begins}.",
    )


def test_team_without_members_is_refused() -> None:
    """There is nothing to say of nobody."""
    with pytest.raises(ReportError, match="team has no members"):
        of_team([], weeks(1))


@pytest.mark.parametrize(
    ("coverage", "request_", "expected"),
    [
        (covering([]), weeks(1), "no activity of people is known yet"),
        (ALWAYS, weeks(1)._replace(now=start_of(MONDAY - 1)), "2026-01-05 is in the future"),
        (
            covering([Span(start_of(MONDAY + 30), start_of(MONDAY + 60))]),
            weeks(1, now=start_of(MONDAY + 70)),
            "activity is known from 2026-02-04 to 2026-03-06",
        ),
        (
            ALWAYS.without(start_of(MONDAY - 3), start_of(MONDAY + 9)),
            weeks(1),
            "it is in the gap from 2026-01-02 to 2026-01-13; name days before or after",
        ),
    ],
)
def test_nothing_known_is_no_report(coverage: Coverage, request_: Request, expected: str) -> None:
    """Of a range about which nothing is known there is no report, but the reason."""
    for make in (about, of_team):
        with pytest.raises(ReportError, match=expected):
            make([], request_, "ann", coverage=coverage)


# The slow reference: twenty lines over plain rows


def slow_last(rows: list[Row], who: str, end: int) -> int | None:
    return max((one for person, one, _, _ in rows if person == who and one < end), default=None)


def slow_sum(rows: list[Row], who: set[str], start: int, end: int, category: str = "") -> int:
    return sum(
        number
        for person, one, number, topic in rows
        if person in who and start <= one < end and topic.startswith(category)
    )


def slow_run(rows: list[Row], who: str, start: int, end: int) -> int:
    active = {week(one) for person, one, _, _ in rows if person == who and start <= one < end}
    runs = [0]
    for one in range(week(start), week(end) + 1):
        runs.append(runs[-1] + 1 if one in active else 0)
    return max(runs)


activity = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cat", "bot"]),
        st.integers(MONDAY - 200, MONDAY + 20),
        st.integers(1, 5),
        st.sampled_from(["bodhi", "wiki"]),
    ),
    max_size=60,
)


@given(activity, st.integers(MONDAY - 100, MONDAY), st.integers(1, 100))
def test_reports_agree_with_the_slow_reference(rows: list[Row], start: int, days: int) -> None:
    """Every number of a person's and a team's report, from plain sums over all rows."""
    end = start + days
    request, everyone = ask(start, end), {"ann", "bob", "cat"}
    one, all_of_them = about(rows, request), of_team(rows, request, *everyone)
    for report, who in ((one, {"ann"}), (all_of_them, everyone)):
        total = slow_sum(rows, who, start, end)
        assert facts(report)["messages"] == total
        found = section(report, "categories")
        assert {row.category: row.values[0] for row in found.rows} == {
            name: number
            for name in ("bodhi", "wiki")
            if (number := slow_sum(rows, who, start, end, name))
        }
        shown = [value for value in column(section(report, "weeks"), "messages") if value]
        assert sum(map(int, map(str, shown))) == total
    assert facts(one)["longest_run"] == slow_run(rows, "ann", start, end)
    members = section(all_of_them, "members")
    for row in members.rows:
        last = slow_last(rows, row.subject, end)
        assert row.values[0] == slow_sum(rows, {row.subject}, start, end)
        assert row.values[-2] == (None if last is None else iso(last))
