"""The statistics of people, by examples worked by hand and by a slow reference."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.statistics import shares, spans, standing
from fedmsg_exporter.statistics.calendar import (
    day,
    day_at,
    iso,
    label,
    last_complete_week,
    monday,
    month,
    start_of,
    week,
)
from fedmsg_exporter.statistics.coverage import Coverage, Span, covering
from fedmsg_exporter.statistics.people import Days, Totals, Weeks, days
from fedmsg_exporter.statistics.weekly import closed_week

W = week(day("2026-01-05"))  # 2026-W02
EVERYTHING = Coverage((Span(0, start_of(monday(W + 100))),))

Row = tuple[str, int, int]


def on(*seen: tuple[str, str, int]) -> Days:
    """Activity from people, dates and messages."""
    return days((person, day(date), number) for person, date, number in seen)


def in_weeks(**seen: Iterable[int]) -> Weeks:
    """Activity of one message in each week per person, 0 being the report's week."""
    rows = ((person, monday(W + one), 1) for person, weeks in seen.items() for one in weeks)
    return days(rows).by_week()


@pytest.mark.parametrize(
    ("date", "named", "starts"),
    [
        ("2026-01-05", "2026-W02", "2026-01-05"),
        ("2026-01-04", "2026-W01", "2025-12-29"),
        ("2026-01-01", "2026-W01", "2025-12-29"),
        ("2020-12-31", "2020-W53", "2020-12-28"),
        ("1970-01-01", "1970-W01", "1969-12-29"),
    ],
)
def test_weeks_run_from_monday(date: str, named: str, starts: str) -> None:
    """A week begins on Monday and is named as ISO 8601 does."""
    assert (label(week(day(date))), iso(monday(week(day(date))))) == (named, starts)


@pytest.mark.parametrize(
    ("moment", "starts"),
    [
        (start_of(day("2026-01-12")), "2026-01-05"),
        (start_of(day("2026-01-12")) - 1, "2025-12-29"),
        (start_of(day("2026-01-18")) + 86399, "2026-01-05"),
    ],
)
def test_last_complete_week(moment: float, starts: str) -> None:
    """A week is complete at the first second of the next Monday."""
    assert iso(monday(last_complete_week(moment))) == starts


def test_months_are_those_of_the_calendar() -> None:
    """A month is the days from its first to the first of the next."""
    for date, first, following in (
        ("2024-02-29", "2024-02-01", "2024-03-01"),
        ("2025-12-31", "2025-12-01", "2026-01-01"),
    ):
        assert tuple(map(iso, month(day(date)))) == (first, following)
    assert day_at(start_of(7) - 0.5) == 6


def test_categories_with_share_and_change() -> None:
    """Row 1: messages, share to one decimal, change to the equal span before."""
    found = spans.table({"bodhi": 4, "wiki": 2, "git": 1}, {"bodhi": 2, "wiki": 2})
    assert list(found.items()) == [
        ("bodhi", (4, 57.1, 100.0)),
        ("wiki", (2, 28.6, 0.0)),
        ("git", (1, 14.3, None)),
    ]


def test_active_people() -> None:
    """Row 2: who did something in a week or month; the first second belongs to the later one."""
    activity = on(
        ("ann", "2026-01-04", 1),
        ("ann", "2026-01-05", 1),
        ("bob", "2026-01-11", 2),
        ("cat", "2026-01-12", 1),
    )
    weeks = activity.by_week()
    assert [len(weeks.active(W + one)) for one in (-1, 0, 1)] == [1, 2, 1]
    assert len(activity.active(*month(day("2026-01-20")))) == 3


def test_regular_people() -> None:
    """Row 3: active in four distinct weeks of 52, however often in each."""
    rows = [(p, monday(W + w), 1) for p, ws in _REGULAR.items() for w in ws]
    rows += [("cat", monday(W - w) + one, 5) for w in (0, 1, 2) for one in (0, 1)]
    weeks = days(rows).by_week()
    assert standing.regular(weeks, W) == {"ann", "dan"}
    assert standing.regular(weeks, W) & weeks.active(W) == {"ann"}
    assert standing.regular(weeks, W + 1) == {"dan"}


_REGULAR = {"ann": (-51, -30, -10, 0), "bob": (-52, -30, -10, 0), "dan": (-1, -2, -3, -4)}


@pytest.mark.parametrize(
    ("since", "tenure"), [(0, "new"), (52, "new"), (53, "mid"), (104, "mid"), (105, "old")]
)
def test_tenure(since: int, tenure: str) -> None:
    """Row 4: new, mid or old by the week of the first message."""
    assert standing.tenure(W - since, W) == tenure


_CHAOSS = dict(zip("abcdefgh", (1000, 202, 90, 33, 332, 343, 42, 433), strict=True))


@pytest.mark.parametrize(
    ("totals", "core", "factor"),
    [
        ({"dan": 1, "cat": 2, "bob": 2, "ann": 4}, ["ann", "bob"], 2),
        ({"cat": 3, "bob": 3, "ann": 3}, ["ann", "bob"], 2),
        ({"ann": 4, "bob": 2}, ["ann"], 1),
        (_CHAOSS, ["a", "h", "f"], 2),
        ({}, [], 0),
    ],
)
def test_core_and_absence_factor(totals: Totals, core: list[str], factor: int) -> None:
    """Row 5: the fewest who did two thirds, and how many did half; exact, and equals by name."""
    assert (shares.core(totals), shares.absence_factor(totals)) == (core, factor)


TEN = (20, 9, 9, 5, 4, 3, 3, 2, 1, 1)


@pytest.mark.parametrize(
    ("number", "sizes"),
    [
        (1, [1, 0, 0, 0]),
        (2, [1, 0, 0, 1]),
        (10, [1, 0, 4, 5]),
        (100, [1, 9, 40, 50]),
        (101, [2, 9, 40, 50]),
        (200, [2, 18, 80, 100]),
    ],
)
def test_sizes_of_cohorts(number: int, sizes: list[int]) -> None:
    """Row 6: cohorts of 1, 9, 40 and 50 per cent, rounded up from the top."""
    found = list(shares.cohorts({f"{one:03}": 1 for one in range(number)}).values())
    assert [found.count(cohort) for cohort in (1, 2, 3, 4)] == sizes


def test_messages_of_cohorts() -> None:
    """Row 6: what each cohort did."""
    totals = {f"u{one:02}": number for one, number in enumerate(TEN)}
    of = shares.cohorts(totals)
    done = [sum(totals[one] for one in totals if of[one] == cohort) for cohort in (1, 2, 3, 4)]
    assert done == [20, 0, 27, 10]


def test_messages_by_age() -> None:
    """Row 7: messages of a week by how long ago their senders began."""
    rows = [("ann", 0, 2), ("bob", -4, 1), ("bob", 0, 1), ("cat", -5, 1), ("cat", 0, 3)]
    rows += [("dan", -53, 1), ("dan", 0, 4)]
    weeks = days((who, monday(W + one), number) for who, one, number in rows).by_week()
    found = standing.messages_by_age(weeks, W)
    assert found == {"new": 2, "month": 1, "year": 3, "older": 4}


def test_newcomers() -> None:
    """Row 8: whose very first message was in the span, whatever else is selected."""
    activity = days([("ann", 7, 1), ("bob", 9, 1)], {"ann": 3, "cat": 8, "bob": 12})
    assert standing.newcomers(activity.first, 7, 10) == {"bob", "cat"}
    assert standing.newcomers(activity.first, 3, 4) == {"ann"}


JULY = day("2025-09-01")
COHORT = days(
    [
        *(("ann", JULY + one, 1) for one in (0, 28, 84)),
        ("bob", JULY + 9, 1),
        *(("cat", JULY + 29 + one, 3) for one in (0, 55, 56)),
    ]
)


@pytest.mark.parametrize(("step", "kept"), [(1, (2, 3)), (2, (1, 3)), (3, (1, 2))])
def test_retention(step: int, kept: tuple[int, int]) -> None:
    """Row 9: who is back 28 days later, of those for whom that time is over."""
    people = standing.newcomers(COHORT.first, *month(JULY))
    assert spans.retention(COHORT, people, step, day("2026-01-05")) == kept


def test_came_back_and_converted() -> None:
    """Row 10: who did something on a second day, and who became regular within a year."""
    assert spans.came_back(COHORT, COHORT.first) == {"ann", "cat"}
    assert spans.converted(COHORT, COHORT.first) == set()
    weekly = days(
        [("ann", 7 * one, 1) for one in (0, 10, 20, 51)]
        + [("bob", 7 * one, 1) for one in (0, 10, 20, 52)]
    )
    assert spans.converted(weekly, weekly.first) == {"ann"}


@pytest.mark.parametrize(
    ("values", "gini", "long_tail"),
    [
        ((4, 2, 1, 1), 0.3125, 0.875),
        ((4, 4, 4), 0, 0),
        (TEN, 0.4719, 5.75),
        ((1,), 0, 0),
        ((), 0, 0),
    ],
)
def test_concentration(values: tuple[int, ...], gini: float, long_tail: float) -> None:
    """Row 11: Gini's coefficient, and ralph's long tail."""
    assert round(shares.gini(values), 4) == gini
    assert round(shares.long_tail(values), 4) == long_tail


def test_share_of_the_top_and_ties() -> None:
    """Row 11: the share of the most active; where a list is cut, how many are equal."""
    totals = {f"u{one:02}": number for one, number in enumerate(TEN)}
    assert round(100 * (shares.top_share(totals, 3) or 0), 1) == 66.7
    assert shares.top_share({}) is None
    assert [shares.ties(totals, cut) for cut in (0, 1, 2, 9, 10)] == [0, 0, 1, 1, 0]


def test_event() -> None:
    """Row 12: before, during and after an event, the change, and who is new."""
    start, end = day("2026-02-01"), day("2026-02-02")
    rows = [("ann", start - 3, 2), ("ann", start, 1), ("ann", end + 1, 3), ("bob", start - 4, 9)]
    rows += [("bob", end, 1), ("cat", start + 1, 2), ("cat", end + 3, 1), ("dan", start - 1, 2)]
    activity = days(rows)
    assert spans.event(activity, activity.active(start, end + 1), start, end, 3) == {
        "ann": (2, 1, 3, 50.0, False),
        "bob": (0, 1, 0, None, False),
        "cat": (0, 2, 1, None, True),
    }
    assert spans.event(activity, ["eve"], start, end)["eve"] == (0, 0, 0, None, False)


def test_inactivity() -> None:
    """Row 13: whole days since the last active one, and how many people by bins."""
    end = day("2026-03-01")
    last = dict(zip("abcde", (end - 1, end - 7, end - 30, end - 400, None), strict=True))
    found = spans.inactive(last, end)
    assert list(found.values()) == [0, 6, 29, 399, None]
    assert spans.bins(found.values()) == [2, 1, 0, 0, 0, 1, 1]


def test_quiet_and_back() -> None:
    """Row 14: who was active week after week and no longer is, and who is active again."""
    ago = (-5, -6, -7, -8)
    weeks = in_weeks(ann=ago, bob=(-3, *ago), cat=ago[:3], dan=(-14, 0), eve=(-13, 0), fay=(0,))
    assert standing.quiet(weeks, W) == {"ann"}
    assert standing.back(weeks, W) == {"dan"}


def test_quarter_to_quarter() -> None:
    """Row 15: of those who were active in a quarter, how many were in the next."""
    activity = on(
        ("ann", "2025-08-01", 1),
        ("ann", "2025-11-01", 1),
        ("bob", "2025-09-30", 1),
        ("bob", "2026-01-01", 1),
        ("cat", "2025-10-01", 1),
    )
    first, second, third = map(day, ("2025-07-01", "2025-10-01", "2026-01-01"))
    assert spans.stayed(activity.active(second, third), activity.active(first, second)) == (1, 2)


@pytest.mark.parametrize(
    ("since", "known"),
    [
        (0, {"messages", "active", "core", "absence_factor"}),
        (51, {"messages", "active", "core", "absence_factor"}),
        (52, {"messages", "active", "core", "absence_factor", "newcomers", "regular_new"}),
        (103, {"messages", "active", "core", "absence_factor", "newcomers", "regular_new"}),
        (
            104,
            {"messages", "active", "core", "absence_factor", "newcomers"}
            | {"regular_new", "regular_mid", "regular_old"},
        ),
    ],
)
def test_statistics_need_history(since: int, known: set[str]) -> None:
    """Newcomers and the new need a year of coverage, the rest of the regular two."""
    covered = Coverage((Span(start_of(monday(W - since)), start_of(monday(W + 1))),))
    assert set(closed_week(in_weeks(ann=(0,)), covered, W)) == known


@pytest.mark.parametrize(
    ("kept_since", "known"),
    [(monday(W - 51), 8), (monday(W - 51) + 1, 5), (monday(W), 5), (monday(W) + 1, 0)],
)
def test_deleted_days_do_not_count_as_silence(kept_since: int, known: int) -> None:
    """If the days of the year are no longer stored, nobody can be called regular."""
    assert len(closed_week(in_weeks(ann=(0,)), EVERYTHING, W, kept_since)) == known


def test_week_that_is_not_known_has_no_numbers() -> None:
    """A week with a gap, or one that is not over, has no statistics at all."""
    weeks = in_weeks(ann=(0,))
    hour = start_of(monday(W)) + 3600
    assert closed_week(weeks, EVERYTHING.without(hour, hour + 1), W) == {}
    assert closed_week(weeks, Coverage((Span(0, start_of(monday(W + 1)) - 1),)), W) == {}
    assert closed_week(weeks, Coverage(), W) == {}


def test_gap_of_an_hour_does_not_spoil_the_year() -> None:
    """A year with a short gap still counts as known; without a whole week it does not."""
    weeks, start = in_weeks(ann=(0,)), start_of(monday(W - 20))
    assert "newcomers" in closed_week(weeks, EVERYTHING.without(start, start + 3600), W)
    assert "newcomers" not in closed_week(weeks, EVERYTHING.without(start, start + 7 * 86400), W)


def test_numbers_of_a_closed_week() -> None:
    """The numbers of a week: the regular are those who were active in it."""
    weeks = in_weeks(
        ann=(0, -1, -2, -3),
        bob=(0, -20, -40, -60),
        cat=(0, -1, -50, -51, -200),
        dan=(-1, -2, -3, -4),
        eve=(0,),
        fay=(0, -1, -2, -3, -70),
    )
    assert closed_week(weeks, EVERYTHING, W) == {
        "messages": 5,
        "active": 5,
        "core": 4,
        "absence_factor": 3,
        "newcomers": 1,
        "regular_new": 1,
        "regular_mid": 1,
        "regular_old": 1,
    }


def test_coverage_without_gaps() -> None:
    """A gap cuts coverage in two; what is left of a span are its gaps."""
    covered = covering([Span(50, 100), Span(0, 50), Span(200, 300), Span(7, 7)])
    assert covered == Coverage((Span(0, 100), Span(200, 300)))
    assert covered.without(90, 210).spans == (Span(0, 90), Span(210, 300))
    assert covered.gaps(80, 400) == (Span(100, 200), Span(300, 400))
    assert covered.without(5, 5) == covered
    assert not covered.has(90, 210)


numbers = st.integers(0, 60)
pairs = st.lists(st.tuples(numbers, numbers), max_size=8)


@given(pairs, pairs)
def test_coverage_is_a_set_of_moments(
    known: list[tuple[int, int]], lost: list[tuple[int, int]]
) -> None:
    """Spans and gaps give the same result as second by second."""
    covered = covering(Span(*one) for one in known)
    for start, end in lost:
        covered = covered.without(start, end)
    seconds = {at for start, end in known for at in range(start, end)}
    seconds -= {at for start, end in lost for at in range(start, end)}
    assert {at for one in covered.spans for at in range(int(one.start), int(one.end))} == seconds
    missing = {at for one in covered.gaps(0, 60) for at in range(int(one.start), int(one.end))}
    assert missing == set(range(60)) - seconds
    assert all(a.end < b.start for a, b in zip(covered.spans, covered.spans[1:], strict=False))


rows_of_people = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.integers(monday(W - 120), monday(W + 1) - 1),
        st.integers(1, 9),
    ),
    max_size=60,
)


class Slow:
    """The definitions again, written naively, to check the fast ones against."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.people = {who for who, _, _ in rows}

    def weeks(self, who: str) -> set[int]:
        return {(at + 3) // 7 for one, at, _ in self.rows if one == who}

    def regular(self, w: int) -> set[str]:
        return {u for u in self.people if sum(w - 52 < v <= w for v in self.weeks(u)) >= 4}

    def tenure(self, who: str, w: int) -> str:
        first = min(self.weeks(who))
        return "new" if first >= w - 52 else "old" if first < w - 104 else "mid"

    def totals(self, start: int, end: int) -> dict[str, int]:
        mine = [(who, n) for who, at, n in self.rows if start <= at < end]
        return {u: sum(n for who, n in mine if who == u) for u, _ in mine}

    def quiet(self, w: int) -> set[str]:
        return {
            u
            for u in self.people
            if sum(w - 17 < v <= w - 4 for v in self.weeks(u)) >= 4
            and not any(w - 4 < v <= w for v in self.weeks(u))
        }

    def back(self, w: int) -> set[str]:
        return {
            u
            for u in self.people
            if w in self.weeks(u)
            and not any(w - 13 <= v < w for v in self.weeks(u))
            and min(self.weeks(u)) < w
        }


@given(rows_of_people)
def test_standing_is_as_defined(rows: list[Row]) -> None:
    """Regular, tenure, quiet, back and totals equal those of the slow reference."""
    slow, quick = Slow(rows), days(rows)
    weeks = quick.by_week()
    for w in (W - 60, W - 1, W):
        assert standing.regular(weeks, w) == slow.regular(w)
        assert standing.quiet(weeks, w) == slow.quiet(w)
        assert standing.back(weeks, w) == slow.back(w)
        found = standing.by_tenure(weeks, slow.people, w)
        assert {u: t for t, people in found.items() for u in people} == {
            u: slow.tenure(u, w) for u in slow.people
        }
        assert quick.totals(monday(w - 9), monday(w)) == slow.totals(monday(w - 9), monday(w))
        assert weeks.totals(w - 9, w) == slow.totals(monday(w - 9), monday(w))
        assert quick.active(monday(w), monday(w + 1)) == weeks.active(w)


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 50), max_size=30))
def test_shares_are_as_defined(totals: dict[str, int]) -> None:
    """Core, cohorts, Gini and long tail equal those of the slow reference."""
    order = sorted(totals, key=lambda u: (-totals[u], u))
    whole, n = sum(totals.values()), len(totals)
    least = next(k for k in range(n + 1) if 3 * sum(totals[u] for u in order[:k]) >= 2 * whole)
    assert shares.core(totals) == order[:least]
    cuts = [-(-n // 100), -(-n // 10), -(-n // 2), n]
    assert shares.cohorts(totals) == {
        u: 1 + sum(rank > cut for cut in cuts) for rank, u in enumerate(order, 1)
    }
    if n:
        apart = sum(abs(a - b) for a in totals.values() for b in totals.values())
        assert shares.gini(totals.values()) == pytest.approx(apart / (2 * n * whole))
        values = [totals[u] for u in order]
        line = [values[0] + (values[-1] - values[0]) * i / n for i in range(n)]
        tail = sum(a - b for a, b in zip(line, values, strict=True)) / n
        assert shares.long_tail(totals.values()) == pytest.approx(tail)
