"""The report on the community: worked examples, a slow reference, and what cannot be known."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedmsg_exporter.report.community import community
from fedmsg_exporter.report.model import Chart, Mark, Report, Section, Value
from fedmsg_exporter.report.periods import Period, between, month_of, period_of
from fedmsg_exporter.report.refusal import ReportError
from fedmsg_exporter.report.request import Request
from fedmsg_exporter.statistics import shares
from fedmsg_exporter.statistics.calendar import LEADS, day, iso, monday, start_of, week
from fedmsg_exporter.statistics.coverage import Coverage, Span, covering
from fedmsg_exporter.statistics.people import days
from fedmsg_exporter.statistics.weekly import closed_week
from tests.activity import Row as Act
from tests.activity import stored

W = week(day("2026-01-05"))  # 2026-W02
EVER = Coverage((Span(0, start_of(day("2030-01-01"))),))


def ask(start: str | int, end: str | int, now: str | None = None, **options: object) -> Request:
    """A request for days, made two months after the last one unless said otherwise."""
    first, last = (one if isinstance(one, int) else day(one) for one in (start, end))
    made = start_of(day(now)) if now else start_of(last + 60)
    return Request(first, last, made)._replace(**options)  # type: ignore[arg-type]


def report(acts: Iterable[Act], request: Request, coverage: Coverage = EVER) -> Report:
    with stored(acts, coverage) as known:
        return community(known, request)


def section(found: Report, key: str) -> Section:
    (one,) = (one for one in found.sections if one.key == key)
    return one


def values(found: Report, key: str, metric: str) -> dict[str, Value]:
    """A column of a section, by period."""
    one = section(found, key)
    at = [column.metric for column in one.columns].index(metric)
    return {row.period: row.values[at] for row in one.rows}


def of_week(found: Report, key: str, label: str = "2026-W02") -> dict[str, Value]:
    """All columns of a section in a week."""
    one = section(found, key)
    (row,) = (row for row in one.rows if row.period == label)
    return dict(zip((column.metric for column in one.columns), row.values, strict=True))


def in_weeks(*seen: tuple[str, Iterable[int], int]) -> list[Act]:
    """Messages of people in weeks, 0 being the report's."""
    return [(who, monday(W + one), number, "wiki") for who, weeks, number in seen for one in weeks]


THIS_WEEK = ask(monday(W), monday(W + 1))


def test_active_people_and_newcomers_by_week_and_month() -> None:
    """The first second of a week belongs to it; a month counts each person once."""
    acts: list[Act] = [
        ("ann", day("2026-01-04"), 1, "wiki"),
        ("ann", day("2026-01-05"), 1, "wiki"),
        ("bob", day("2026-01-11"), 2, "wiki"),
        ("cat", day("2026-01-12"), 1, "wiki"),
    ]
    found = report(acts, ask("2025-12-29", "2026-01-19"))
    assert values(found, "people", "active_people") == {
        "2026-W01": 1,
        "2026-W02": 2,
        "2026-W03": 1,
    }
    assert values(found, "people", "newcomers") == {"2026-W01": 1, "2026-W02": 1, "2026-W03": 1}
    found = report(acts, ask("2026-01-01", "2026-02-01", by="month"))
    assert values(found, "people", "active_people") == {"2026-01": 3}


def test_regular_people() -> None:
    """Four weeks of 52, however often in each; those of this week by row, all in the year."""
    acts = in_weeks(
        ("ann", (-51, -30, -10, 0), 1), ("bob", (-52, -30, -10, 0), 1), ("dan", range(-4, 0), 1)
    )
    acts += [("cat", monday(W - w) + one, 5, "wiki") for w in (0, 1, 2) for one in (0, 1)]
    found = report(acts, ask(monday(W), monday(W + 2)))
    assert values(found, "people", "regular_people") == {"2026-W02": 1, "2026-W03": 0}
    assert of_week(report(acts, THIS_WEEK), "year")["regular_people"] == 2
    assert of_week(found, "year", "2026-W03")["regular_people"] == 1


def test_tenure() -> None:
    """Regular people are new for 53 weeks, old after 104."""
    ago = {"n0": 0, "n52": 52, "m53": 53, "m104": 104, "o105": 105}
    acts = in_weeks(*((who, {-one, -3, -2, -1, 0} if one else {0}, 1) for who, one in ago.items()))
    row = of_week(report(acts, THIS_WEEK), "tenure")
    assert row == {"active_people": 5, "regular_old": 1, "regular_mid": 2, "regular_new": 1}


@pytest.mark.parametrize(
    ("messages", "core", "factor"),
    [
        ((4, 2, 2, 1), 2, 2),
        ((3, 3, 3), 2, 2),
        ((4, 2), 1, 1),
        ((1000, 202, 90, 33, 332, 343, 42, 433), 3, 2),
    ],
)
def test_core_and_absence_factor(messages: tuple[int, ...], core: int, factor: int) -> None:
    """The fewest who sent two thirds, and half."""
    acts = in_weeks(*((f"p{at}", (0,), number) for at, number in enumerate(messages)))
    row = of_week(report(acts, THIS_WEEK), "people")
    assert (row["core_people"], row["absence_factor"]) == (core, factor)


def test_people_are_drawn() -> None:
    """The chart of the section People draws its first column: people, not messages."""
    found = section(report(in_weeks(("ann", (0,), 5)), THIS_WEEK), "people")
    assert (found.chart, found.columns[0].metric) == (Chart.LINE, "active_people")


TEN = (20, 9, 9, 5, 4, 3, 3, 2, 1, 1)


def test_cohorts() -> None:
    """Ten people: one, none, four and five, with 20, 0, 27 and 10 messages."""
    acts = in_weeks(*((f"p{at}", (0,), number) for at, number in enumerate(TEN)))
    found = report(acts, THIS_WEEK)
    assert [*of_week(found, "cohort_people").values()] == [10, 1, 0, 4, 5]
    assert [*of_week(found, "cohort_messages").values()] == [57, 20, 0, 27, 10]


def test_cohorts_rank_by_thirteen_weeks() -> None:
    """Six weeks to either side count for the rank, the seventh does not."""
    acts = in_weeks(("ann", (0,), 3), ("bob", (0,), 1), ("bob", (6, -6), 2), ("ann", (7, -7), 9))
    request = ask(monday(W), monday(W + 1), now=iso(monday(W + 8)))
    row = of_week(report(acts, request), "cohort_messages")
    assert (row["cohort_top1"], row["cohort_rest"]) == (1, 3)
    assert section(report(acts, request), "cohort_people").rows[0].marks == ()


def test_last_six_weeks_of_cohorts_are_provisional() -> None:
    """What is still to come changes the rank."""
    acts = in_weeks(("ann", range(-20, 0), 1))
    found = report(acts, ask(monday(W - 10), monday(W), now=iso(monday(W))))
    marks = [row.marks for row in section(found, "cohort_people").rows[:10]]
    assert marks == [()] * 4 + [(Mark.PROVISIONAL,)] * 6


def test_messages_by_age() -> None:
    """Of this week, of the four before, of the year, or older."""
    acts = in_weeks(("ann", (0,), 2), ("bob", (-4, 0), 1), ("cat", (-5,), 1), ("cat", (0,), 3))
    acts += in_weeks(("dan", (-53,), 1), ("dan", (0,), 4))
    assert of_week(report(acts, THIS_WEEK), "ages") == {
        "messages": 10,
        "messages_new": 2,
        "messages_month": 1,
        "messages_year": 3,
        "messages_older": 4,
    }


SEPTEMBER: list[Act] = [
    *(("ann", day("2025-09-01") + one, 1, "wiki") for one in (0, 28, 84)),
    ("bob", day("2025-09-10"), 1, "wiki"),
    *(("cat", day("2025-09-30") + one, 3, "wiki") for one in (0, 55, 56)),
]


def test_retention_and_outcome() -> None:
    """Two of three after 28 days, one of three after 56, one of two after 84; two came back."""
    found = report(SEPTEMBER, ask("2025-09-01", "2026-01-05"))
    row = of_week(found, "retention", "2025-09")
    assert [row[f"retained_{k}"] for k in (1, 2, 3, 4)] == [66.7, 33.3, 50.0, None]
    row = of_week(found, "newcomers", "2025-09")
    assert (row["newcomers"], row["came_back"], row["became_regular"]) == (3, 2, 0)
    assert row["came_back_share"] == 66.7


def test_newcomers_of_a_year_are_followed_in_a_short_report() -> None:
    """It takes a year to see who stays: a report of a week shows those who came since."""
    found = report(SEPTEMBER, ask("2025-12-29", "2026-01-05"))
    assert of_week(found, "retention", "2025-09")["retained_1"] == 66.7
    assert section(found, "retention").rows[0].period == "2025-01"


def test_conversion() -> None:
    """Four weeks within 52 of the first make a regular, the 53rd does not count."""
    acts = in_weeks(("ann", (-60, -50, -40, -9), 1), ("bob", (-60, -50, -40, -8), 1))
    found = report(acts, ask(monday(W - 60), monday(W)))
    assert sum(int(one or 0) for one in values(found, "newcomers", "became_regular").values()) == 1


def test_concentration() -> None:
    """Gini and long tail as worked out by hand."""
    for messages, gini, tail in (((4, 2, 1, 1), 0.3125, 0.875), (TEN, 0.4719, 5.75)):
        acts = in_weeks(*((f"p{at}", (0,), number) for at, number in enumerate(messages)))
        row = of_week(report(acts, THIS_WEEK), "concentration")
        assert (row["gini"], row["long_tail"], row["top_ten_share"]) == (gini, tail, 100)


def test_quarter_to_quarter() -> None:
    """Of two who were active in the third quarter, one is in the fourth."""
    dates = ("ann", "2025-08-01"), ("ann", "2025-11-01"), ("bob", "2025-09-30")
    more = ("bob", "2026-01-01"), ("cat", "2025-10-01")
    acts: list[Act] = [(who, day(date), 1, "wiki") for who, date in (*dates, *more)]
    found = report(acts, ask("2025-10-01", "2026-01-01"))
    assert of_week(found, "quarters", "2025-Q4") == {
        "active_people": 2,
        "active_before": 2,
        "stayed": 1,
        "stayed_share": 50.0,
    }


def test_categories_next_to_the_span_before() -> None:
    """Share to one decimal, change to as many weeks before, `new` from nothing."""
    counts = {"bodhi": (2, 4), "wiki": (2, 2), "git": (0, 1)}
    acts: list[Act] = [
        ("ann", monday(W + at - 1), number, name)
        for name, pair in counts.items()
        for at, number in enumerate(pair)
        if number
    ]
    one = section(report(acts, THIS_WEEK), "categories")
    assert [(row.category, row.values) for row in one.rows] == [
        ("bodhi", (4, 57.1, 100.0)),
        ("wiki", (2, 28.6, 0.0)),
        ("git", (1, 14.3, "new")),
    ]


NEEDS = {
    ("people", "messages"): 0,
    ("people", "core_people"): 0,
    ("concentration", "gini"): 0,
    ("people", "regular_people"): 52,
    ("people", "newcomers"): 52,
    ("tenure", "regular_new"): 52,
    ("ages", "messages_new"): 52,
    ("tenure", "regular_mid"): 104,
    ("tenure", "regular_old"): 104,
    ("core", "core_old"): 104,
    ("ages", "messages_older"): 104,
    ("cohort_people", "cohort_top1"): 6,
    ("year", "active_people"): 51,
    ("year", "regular_new"): 52,
    ("year", "core_old"): 104,
}


@pytest.mark.parametrize(("key", "metric"), NEEDS)
def test_statistics_need_history(key: str, metric: str) -> None:
    """One week less than what a number needs, and it is not known: never a number."""
    needed = NEEDS[key, metric]
    for weeks in {needed, needed - 1} - {-1}:
        known = Coverage((Span(start_of(monday(W - weeks)), start_of(monday(W + 1))),))
        found = report(in_weeks(("ann", (0,), 1)), THIS_WEEK, known)
        value = of_week(found, key)[metric]
        assert (value is None) == (weeks < needed)
        if value is None:
            assert iso(monday(W - weeks)) in "".join(section(found, key).notes)


def test_retention_needs_history() -> None:
    """Whoever was there before history began is not a newcomer of its first months."""
    begin = day("2024-09-03")
    known = Coverage((Span(start_of(begin), start_of(day("2026-01-05"))),))
    found = report(SEPTEMBER, ask("2025-08-04", "2026-01-05"), known)
    assert of_week(found, "retention", "2025-09")["retained_1"] is None
    assert of_week(found, "newcomers", "2025-09")["newcomers"] is None
    assert of_week(found, "newcomers", "2025-10")["newcomers"] == 0
    assert "history begins 2024-09-03" in "".join(section(found, "retention").notes)


def test_running_week_is_shown_but_not_averaged() -> None:
    """The week that is not over is marked, and no average or comparison has it."""
    acts = in_weeks(("ann", (-2, -1), 4), ("ann", (0,), 1))
    request = ask(monday(W - 2), monday(W), now=iso(monday(W) + 2))
    found = report(acts, request, covering([Span(0, start_of(monday(W) + 2))]))
    rows = section(found, "people").rows
    assert [(row.period, row.values[-1], row.marks) for row in rows] == [
        ("2025-W52", 4, ()),
        ("2026-W01", 4, ()),
        ("2026-W02", 1, (Mark.SO_FAR,)),
    ]
    average = section(found, "average")
    assert average.rows[0].values[0] == 4.0
    assert average.notes == ("The average of 2 complete weeks, 2025-W52 to 2026-W01.",)
    assert (found.basis.start, found.basis.end) == (monday(W - 2), monday(W))
    assert section(found, "categories").rows[0].values[0] == 8


def test_weeks_with_a_gap_are_marked() -> None:
    """A gap marks its week, and the cohorts that rank by it; averages leave the week out."""
    acts = in_weeks(("ann", range(-20, 1), 2))
    hour = start_of(monday(W - 1)) + 3600
    found = report(acts, ask(monday(W - 9), monday(W + 1)), EVER.without(hour, hour + 60))
    marks = {row.period: row.marks for row in section(found, "people").rows}
    assert [label for label, one in marks.items() if one] == ["2026-W01"]
    cohorts = section(found, "cohort_people").rows
    assert [Mark.GAP in row.marks for row in cohorts] == [False] * 2 + [True] * 8
    assert section(found, "average").notes == (
        "The average of 9 complete weeks, 2025-W45 to 2026-W02.",
    )


@pytest.mark.parametrize("week", [W - 1, W - 3])
def test_categories_across_a_gap_have_no_change(week: int) -> None:
    """A gap in the range, or in the span before, makes one shorter than the other."""
    acts = in_weeks(("ann", range(-4, 1), 2))
    request = ask(monday(W - 1), monday(W + 1))
    whole = section(report(acts, request), "categories")
    assert [row.values[-1] for row in whole.rows] == [0.0]
    gap = EVER.without(start_of(monday(week)), start_of(monday(week) + 1))
    found = section(report(acts, request, gap), "categories")
    assert [row.values[-1] for row in found.rows] == [None]
    assert iso(monday(week)) in "".join(found.notes)


def test_reason_says_of_which_weeks_and_names_the_gap() -> None:
    """Where only some weeks lack a number, these are named, with the gap that is the reason."""
    gap = EVER.without(start_of(monday(W - 53)), start_of(monday(W - 52)))
    found = report(in_weeks(("ann", (0,), 1)), ask(monday(W - 2), monday(W + 1)), gap)
    notes = "".join(section(found, "people").notes)
    assert "Newcomers, 2025-W52 to 2026-W01: n/a (nothing is known about 2024-12-30 to" in notes


def test_retention_that_rests_on_some_of_a_month_is_provisional() -> None:
    """A share of those few whose 28 days are over will change, and is marked."""
    found = report(SEPTEMBER, ask("2025-09-01", "2026-01-05"))
    marks = {row.period: row.marks for row in section(found, "retention").rows}
    assert marks["2025-09"] == (Mark.PROVISIONAL,)
    later = report(SEPTEMBER, ask("2025-09-01", "2026-11-02"))
    assert {row.period: row.marks for row in section(later, "retention").rows}["2025-09"] == ()


def test_week_of_which_nothing_is_known_has_no_numbers() -> None:
    """Silence and ignorance are not the same."""
    acts = in_weeks(("ann", (-2, 0), 1))
    unknown = EVER.without(start_of(monday(W - 1)), start_of(monday(W)))
    found = report(acts, ask(monday(W - 2), monday(W + 1)), unknown)
    assert values(found, "people", "messages") == {"2025-W52": 1, "2026-W01": None, "2026-W02": 1}
    assert values(found, "people", "regular_people")["2026-W02"] is None


def test_deleted_weeks_show_what_was_kept() -> None:
    """Weeks whose days were deleted have the numbers of when they closed, and say so."""
    with stored(in_weeks(("ann", (-1, 0), 3)), EVER) as known:
        tables = known._stores[0].store.activity
        tables.keep_week(W - 1, {"messages": 70, "active": 9, "regular_new": 2, "regular_mid": 1})
        tables.select(f"INSERT INTO pruned VALUES ({monday(W)})")
        found = community(known, ask(monday(W - 1), monday(W + 1)))
        filtered = community(known, ask(monday(W - 1), monday(W + 1), categories=("wiki",)))
    assert values(found, "people", "messages") == {"2026-W01": 70, "2026-W02": 3}
    assert of_week(found, "people", "2026-W01")["regular_people"] is None
    assert of_week(found, "tenure", "2026-W01")["regular_new"] == 2
    assert of_week(found, "concentration", "2026-W01")["gini"] is None
    assert "Up to 2026-W01: what was kept" in "".join(section(found, "people").notes)
    assert [row.marks for row in section(found, "people").rows] == [(), ()]
    assert values(filtered, "people", "messages") == {"2026-W01": None, "2026-W02": 3}


def test_names_only_where_asked_for() -> None:
    """Without a request for names, none is anywhere in the report."""
    acts = in_weeks(("ann", (-60, 0), 4), ("bob", (0,), 2), ("cat", (0,), 2), ("dan", (0,), 1))
    assert "ann" not in repr(report(acts, THIS_WEEK))
    found = report(acts, THIS_WEEK._replace(names=True))
    assert [row.subject for row in section(found, "core_names").rows] == ["ann", "bob"]
    assert section(found, "core_names").notes == ("1 more with 2.",)
    assert [row.subject for row in section(found, "newcomer_names").rows] == ["bob", "cat", "dan"]


def test_range_is_widened_to_whole_weeks() -> None:
    """A range that begins on a Wednesday begins on its Monday."""
    found = report(in_weeks(("ann", (0,), 3)), ask(monday(W) + 2, monday(W) + 3, now="2026-02-01"))
    assert values(found, "people", "messages") == {"2026-W02": 3}
    assert (found.basis.start, found.basis.end) == (monday(W), monday(W + 1))


@pytest.mark.parametrize("by", ["week", "month"])
def test_nothing_is_known(by: str) -> None:
    """Where nothing of the range is known, or nobody may be, there is a reason and no report."""
    request = THIS_WEEK._replace(by=by)
    with pytest.raises(ReportError, match="no activity of people is known yet"):
        report([], request, Coverage())
    later = Coverage((Span(start_of(monday(W + 20)), start_of(monday(W + 30))),))
    with pytest.raises(ReportError, match="nothing is known from 202"):
        report([], request, later)
    with stored([], EVER, expose="none") as known, pytest.raises(ReportError, match="none"):
        community(known, request)


acts_of_people = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.integers(monday(W - 90), monday(W + 2)),
        st.integers(1, 9),
        st.sampled_from(["wiki", "bodhi", "git"]),
    ),
    max_size=60,
)
requests = st.builds(
    lambda weeks, by, start: ask(
        monday(W - weeks), monday(W), now="2026-03-01", by=by, week_start=start
    ),
    st.integers(1, 20),
    st.sampled_from(["week", "month"]),
    st.sampled_from(["monday", "sunday"]),
)


class Slow:
    """The definitions once more, as short and slow as they can be."""

    def __init__(self, acts: list[Act], request: Request) -> None:
        self.first = {u: min(d for who, d, _, _ in acts if who == u) for u, _, _, _ in acts}
        self.acts = [one for one in acts if not request.categories or one[3] in request.categories]
        self.lead = LEADS[request.week_start]

    def totals(self, start: int, end: int) -> dict[str, int]:
        mine = [(u, n) for u, d, n, _ in self.acts if start <= d < end]
        return {u: sum(n for who, n in mine if who == u) for u, _ in mine}

    def regular(self, one: Period) -> dict[str, str]:
        w = week(one.end, self.lead) - 1
        weeks = {
            u: {week(d, self.lead) for who, d, _, _ in self.acts if who == u} for u in self.first
        }
        often = {u for u, ws in weeks.items() if sum(w - 52 < v <= w for v in ws) >= 4}
        since = {u: w - week(self.first[u], self.lead) for u in often & set(self.totals(*one[1:]))}
        return {u: "new" if n <= 52 else "old" if n > 104 else "mid" for u, n in since.items()}

    def ages(self, one: Period) -> list[int]:
        found = [0, 0, 0, 0]
        for u, d, n, _ in self.acts:
            if one.start <= d < one.end:
                since = week(d, self.lead) - week(self.first[u], self.lead)
                found[(since > 0) + (since > 4) + (since > 52)] += n
        return found

    def cohorts(self, one: Period, around: Period) -> list[int]:
        of, totals = shares.cohorts(self.totals(*around[1:])), self.totals(*one[1:])
        return [sum(n for u, n in totals.items() if of[u] == k) for k in (1, 2, 3, 4)]

    def kept(self, month: Period, step: int, end: int) -> float | None:
        near = {u: self.totals(self.first[u], self.first[u] + 28) for u in self.first}
        new = [u for u, d in self.first.items() if month.start <= d < month.end and u in near[u]]
        could = [u for u in new if self.first[u] + 28 * (step + 1) <= end]
        did = [
            u for u in could if u in self.totals(*(self.first[u] + 28 * (step + k) for k in (0, 1)))
        ]
        return round(100 * len(did) / len(could), 1) if could else None


def around(request: Request, one: Period) -> Period:
    if request.by == "week":
        return one._replace(start=one.start - 42, end=one.end + 42)
    return one._replace(start=month_of(one.start - 1).start, end=month_of(one.end).end)


@settings(deadline=None, max_examples=50)
@given(acts_of_people, requests, st.sampled_from([(), ("wiki",), ("wiki", "git")]))
def test_report_is_that_of_the_slow_reference(
    acts: list[Act], request: Request, categories: tuple[str, ...]
) -> None:
    """Every number of every period is what its definition says, however it was added up."""
    request = request._replace(categories=categories)
    slow, found = Slow(acts, request), report(acts, request)
    for one in between(request.start, request.end, lambda at: period_of(request, at)):
        totals, regular = slow.totals(*one[1:]), slow.regular(one)
        new = [u for u in totals if one.start <= slow.first[u] < one.end]
        assert [*of_week(found, "people", one.label).values()] == [
            *(len(totals), len(regular), len(shares.core(totals))),
            *(shares.absence_factor(totals), len(new), sum(totals.values())),
        ]
        core = [regular.get(u) for u in shares.core(totals)]
        for key, tenures in ("tenure", [*regular.values()]), ("core", core):
            row = [*of_week(found, key, one.label).values()][1:]
            assert row == [tenures.count(name) for name in ("old", "mid", "new")]
        assert [*of_week(found, "ages", one.label).values()][:0:-1] == slow.ages(one)
        by_cohort = [*of_week(found, "cohort_messages", one.label).values()][1:]
        assert by_cohort == slow.cohorts(one, around(request, one))
    end = found.basis.end
    for month in between(request.start, end, month_of):
        cut = month._replace(end=min(month.end, end))
        if month.start + 56 > end:  # nobody could have been retained yet
            assert month.label not in values(found, "retention", "retained_1")
            continue
        retained = of_week(found, "retention", month.label).values()
        assert [*retained] == [slow.kept(cut, step, end) for step in range(1, 13)]


@settings(deadline=None, max_examples=50)
@given(acts_of_people, st.integers(0, 110))
def test_report_says_what_the_weekly_gauges_say(acts: list[Act], since: int) -> None:
    """A closed week has the same numbers in a report as at the exporter, and the same unknown."""
    known = Coverage((Span(start_of(monday(W - since)), start_of(monday(W + 1))),))
    weeks = days((who, at, number) for who, at, number, _ in acts).by_week()
    gauges = closed_week(weeks, known, W)
    found = report(acts, THIS_WEEK, known)
    row = of_week(found, "people") | of_week(found, "tenure")
    named = {"active": "active_people", "core": "core_people"}
    names = ("messages", "active", "core", "absence_factor", "newcomers")
    for name in (*names, "regular_new", "regular_mid", "regular_old"):
        assert row[named.get(name, name)] == gauges.get(name)


@settings(deadline=None, max_examples=20)
@given(acts_of_people, requests)
def test_each_category_is_a_report_of_its_own(acts: list[Act], request: Request) -> None:
    """The numbers of a category are those of a report on that category alone."""
    found = report(acts, request._replace(each_category=True))
    for category in [row.category for row in section(found, "categories").rows]:
        alone = report(acts, request._replace(categories=(category,)))
        mine = section(found, f"people_{category}")
        assert {row.category for row in mine.rows} == {category}
        for key in ("people", "tenure", "concentration"):
            for metric in (column.metric for column in section(alone, key).columns):
                assert values(found, mine.key, metric) == values(alone, key, metric)
