"""The weekly post."""

import pytest

from fedmsg_exporter.report.model import Report, Section
from fedmsg_exporter.report.refusal import ReportError
from fedmsg_exporter.report.request import Request
from fedmsg_exporter.report.week import week
from fedmsg_exporter.report.week.activities import ACTIVITIES
from fedmsg_exporter.statistics.calendar import day, monday, start_of
from fedmsg_exporter.statistics.calendar import week as week_of_day
from fedmsg_exporter.statistics.coverage import Coverage, Span
from tests.activity import Row as Act
from tests.activity import stored

W = week_of_day(day("2026-01-05"))  # 2026-W02
EVER = Coverage((Span(0, start_of(monday(W + 9))),))
REQUEST = Request(monday(W), monday(W + 1), start_of(monday(W + 1)) + 3600)


def act(who: str, at: int, messages: int, topic: str) -> Act:
    return who, monday(W + at), messages, topic


ACTS = [
    act("ann", -1, 4, "wiki.article.edit"),
    act("ann", 0, 6, "wiki.article.edit"),
    act("bob", 0, 2, "wiki.article.edit"),
    act("bob", 0, 3, "forgejo.push"),
    act("cat", -1, 1, "planet.post.new"),
    act("releng", 0, 99, "buildsys.build.state.change"),
]


def report(request: Request = REQUEST, coverage: Coverage = EVER) -> Report:
    with stored(ACTS, coverage, bots=("releng",)) as known:
        return week(known, request)


def section(found: Report, key: str) -> Section:
    (one,) = (one for one in found.sections if one.key == key)
    return one


def test_activities_next_to_the_week_before() -> None:
    """Each activity of either week, with its change; what bots did is in the footer."""
    found = report()
    assert {row.subject: row.values for row in section(found, "activities").rows} == {
        "Pushes": (3, "new"),
        "Wiki edits": (8, 100.0),
        "Blog posts on the planet": (0, -100.0),
    }
    assert found.basis.left_out.bots == 99
    assert found.title == "Week 2026-W02 in numbers"


def test_summary_and_top_apps() -> None:
    """Messages and people next to the week before, and who is new as a number."""
    found = report()
    assert section(found, "summary").rows[0].values == (11, 120.0, 2, 0.0, 1)
    assert [(row.category, row.values) for row in section(found, "apps").rows] == [
        ("wiki", (8, 72.7, 100.0)),
        ("forgejo", (3, 27.3, "new")),
    ]


def test_names_only_where_asked_for() -> None:
    """Nobody is named unless asked for; then the most active of each app, and newcomers."""
    assert "ann" not in repr(report())
    found = report(REQUEST._replace(names=True))
    rows = section(found, "most_active").rows
    assert [(row.category, row.subject, row.values) for row in rows] == [
        ("wiki", "ann", (6,)),
        ("wiki", "bob", (2,)),
        ("forgejo", "bob", (3,)),
    ]
    assert [row.subject for row in section(found, "newcomer_names").rows] == ["bob"]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (monday(W - 2), monday(W + 1)),
        (monday(W), monday(W) + 6),
        (monday(W) + 1, monday(W + 1) + 1),
    ],
)
def test_only_one_week(start: int, end: int) -> None:
    """A post is on exactly one week: another range is refused, with what to write instead."""
    with pytest.raises(ReportError, match=r"is not one week, .*: use --from 20"):
        report(REQUEST._replace(start=start, end=end))


def test_no_week_is_over() -> None:
    """On a Tuesday there is no post on the week that has just begun."""
    begun = REQUEST._replace(now=start_of(monday(W) + 1))
    with pytest.raises(ReportError, match="2026-W02 is not over yet"):
        report(begun)


def test_what_is_not_known() -> None:
    """No change to a week with a gap, and no newcomers without a year before."""
    known = Coverage((Span(start_of(monday(W - 1)) + 60, start_of(monday(W + 1))),))
    found = report(coverage=known)
    assert section(found, "summary").rows[0].values == (11, None, 2, None, None)
    assert {row.values[1] for row in section(found, "activities").rows} == {None}
    notes = "".join(section(found, "summary").notes)
    assert "not all of this week and the one before is known" in notes
    assert "history begins 2025-12-29" in notes


def test_cut_list_says_what_it_leaves_out() -> None:
    """Ten apps are shown; of the others the number is, and how many are equal to the last."""
    acts: list[Act] = [act("ann", 0, 20 - n if n < 10 else 11, f"app{n:02}") for n in range(12)]
    with stored(acts, EVER) as known:
        apps = section(week(known, REQUEST), "apps")
    assert len(apps.rows) == 10
    assert apps.notes == ("2 more apps, 2 of them also with 11.",)


def test_activities_are_of_their_own_topics() -> None:
    """No topic counts for two activities."""
    patterns = [pattern for _, several in ACTIVITIES for pattern in several]
    assert len(set(patterns)) == len(patterns)
