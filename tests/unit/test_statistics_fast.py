"""The fast statistics are the same as the plain ones, and as slow references."""

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.statistics import shares, spans, standing
from fedmsg_exporter.statistics.arrivals import Arrivals, Outcome
from fedmsg_exporter.statistics.calendar import day, monday, month, week
from fedmsg_exporter.statistics.numbered import (
    Stretch,
    by_cohort,
    numbered,
    ranked,
    smallest,
    spread,
)
from fedmsg_exporter.statistics.people import Days, days
from fedmsg_exporter.statistics.sliding import Around, Year

W = week(day("2026-01-05"))

totals_of_people = st.dictionaries(st.integers(0, 400), st.integers(1, 50), max_size=30)
rows_of_people = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 7 * 110), st.integers(1, 9)), max_size=60
)


def named(sums: Mapping[int, int]) -> dict[str, int]:
    return {f"{person:03}": number for person, number in sums.items()}


def by_week(activity: Days) -> Iterable[tuple[int, dict[int, int]]]:
    """Every week up to the last, and messages by number."""
    numbers, weeks = numbered(activity.first).numbers, activity.by_week()
    for one in range(max(weeks.messages, default=0) + 1):
        yield one, {numbers[who]: n for who, n in weeks.messages.get(one, {}).items()}


def test_numbers_are_in_the_order_of_names() -> None:
    """A lower number is an earlier name, by code point."""
    people = numbered({"bob": 3, "Ann": 10, "ann": 11}, lead=3)
    assert list(people.names) == ["Ann", "ann", "bob"]
    assert (people.first, people.first_week) == ([10, 11, 3], [1, 2, 0])
    assert people.numbers["ann"] == 1


@given(totals_of_people)
def test_spread_is_that_of_the_plain_functions(sums: dict[int, int]) -> None:
    """One sort gives what each of the plain functions gives."""
    totals, found = named(sums), spread(sums)
    assert [f"{one:03}" for one in ranked(sums)] == shares.ranked(totals)
    assert (found.messages, found.people) == (sum(sums.values()), len(sums))
    assert (found.core, found.absence_factor) == (
        len(shares.core(totals)),
        shares.absence_factor(totals),
    )
    assert found.gini == pytest.approx(shares.gini(sums.values()))
    assert found.long_tail == pytest.approx(shares.long_tail(sums.values()))
    assert found.top_ten == (pytest.approx(shares.top_share(totals)) if sums else None)


@given(st.lists(st.integers(1, 9), max_size=20), st.integers(1, 5), st.integers(0, 4))
def test_smallest_part(values: list[int], whole: int, less: int) -> None:
    """The fewest that make up a part, found without going through them."""
    part, falling = max(1, whole - less), sorted(values, reverse=True)
    slow = next(
        k for k in range(len(falling) + 1) if whole * sum(falling[:k]) >= part * sum(falling)
    )
    assert smallest(falling, part, whole) == slow


@given(totals_of_people, totals_of_people)
def test_cohorts_rank_by_one_span_and_count_another(
    ranking: dict[int, int], sums: dict[int, int]
) -> None:
    """Each cohort's people and messages are those of the plain cohorts."""
    ranking = {**sums, **ranking}
    people, messages = by_cohort(ranking, sums)
    of = shares.cohorts(named(ranking))
    for cohort in (1, 2, 3, 4):
        mine = [n for who, n in named(sums).items() if of[who] == cohort]
        assert (people[cohort - 1], messages[cohort - 1]) == (len(mine), sum(mine))


@pytest.mark.parametrize(
    ("values", "people", "messages"),
    [
        ((20, 9, 9, 5, 4, 3, 3, 2, 1, 1), [1, 0, 4, 5], [20, 0, 27, 10]),
        ((1,) * 200, [2, 18, 80, 100], [2, 18, 80, 100]),
        ((), [0, 0, 0, 0], [0, 0, 0, 0]),
    ],
)
def test_cohorts_by_hand(values: tuple[int, ...], people: list[int], messages: list[int]) -> None:
    """Cohorts of 1, 9, 40 and 50 per cent, cut from the top and rounded up."""
    sums = dict(enumerate(values))
    assert by_cohort(sums, sums) == (people, messages)


@given(rows_of_people)
def test_sliding_year_is_the_year_of_each_week(rows: list[tuple[str, int, int]]) -> None:
    """Sliding on week by week gives the same as starting over in each."""
    activity = days(rows)
    people, weeks = numbered(activity.first), activity.by_week()
    year = Year(people)
    for one, sums in by_week(activity):
        year.close(one, sums)
        found = year.regular(range(len(people.names)))
        assert {people.names[who] for who in found} == standing.regular(weeks, one)
        assert {people.names[who]: n for who, n in year.totals().items()} == weeks.totals(
            one - 51, one + 1
        )
        for who, tenure in found.items():
            assert tenure == standing.tenure(people.first_week[who], one)


@given(st.lists(st.dictionaries(st.integers(0, 5), st.integers(1, 9)), max_size=20))
def test_windows_reach_equally_far(periods: list[dict[int, int]]) -> None:
    """Around each period are the six before it and the six after it, as far as there are any."""
    around: Around[int] = Around(6)
    found = []
    for at, sums in enumerate(periods):
        if middle := around.push(at, sums):
            found.append((*middle, dict(around.sums)))
    found += [(*middle, dict(around.sums)) for middle in around.rest()]
    assert [at for at, _, _ in found] == list(range(len(periods)))
    for at, done, window in found:
        assert done == periods[at]
        slow: dict[int, int] = {}
        for one in periods[max(0, at - 6) : at + 7]:
            slow = {who: slow.get(who, 0) + one.get(who, 0) for who in {*slow, *one}}
        assert window == slow


def followed(activity: Days, start: int, end: int, length: int = 7) -> Arrivals:
    people = numbered(activity.first)
    arrivals = Arrivals(people, start, end, 12)
    for begin in range(0, max(activity.messages, default=0) + 1, length):
        stretch = Stretch(begin, begin + length, {}, {})
        for one in range(begin, begin + length):
            sums = {people.numbers[who]: n for who, n in activity.messages.get(one, {}).items()}
            stretch.add(Stretch(begin, begin + length, sums, dict.fromkeys(sums, 1 << one - begin)))
        arrivals.add(stretch)
    for number, sums in by_week(activity):
        arrivals.week(number, sums)
    return arrivals


@given(rows_of_people, st.integers(0, 7 * 110), st.integers(1, 28))
def test_newcomers_followed_to_the_day(
    rows: list[tuple[str, int, int]], end: int, length: int
) -> None:
    """Who came back, when, and who became regular, as the plain functions have it."""
    activity = days(rows)
    arrivals = followed(activity, 100, 400, length)
    names = standing.newcomers(activity.first, 150, 300)
    mine = arrivals.since(150, 300)
    assert {numbered(activity.first).names[one] for one in mine} == names
    for step in range(1, 13):
        assert arrivals.retained(mine, step, end) == spans.retention(activity, names, step, end)
    assert arrivals.outcome(mine) == (
        len(names),
        len(spans.came_back(activity, names)),
        len(spans.converted(activity, names)),
    )


def test_newcomers_by_hand() -> None:
    """Ann, bob and cat of September: two back after 28 days, then one of three, then one of two."""
    start = day("2025-09-01")
    rows = [("ann", start + one, 1) for one in (0, 28, 84)] + [("bob", start + 9, 1)]
    rows += [("cat", start + 29 + one, 3) for one in (0, 55, 56)]
    arrivals = followed(days(rows), *month(start))
    everyone = arrivals.since(*month(start))
    end = day("2026-01-05")
    assert [arrivals.retained(everyone, k, end) for k in (1, 2, 3)] == [(2, 3), (1, 3), (1, 2)]
    assert arrivals.outcome(everyone) == Outcome(3, 2, 0)


def test_year_needs_four_weeks() -> None:
    """Four weeks of 52 make a regular; the first of them leaves the window after 52."""
    rows = [("ann", monday(W - one), 1) for one in (51, 30, 10, 0)]
    activity = days(rows)
    year = Year(numbered(activity.first))
    for one in range(W - 51, W + 2):
        sums = activity.by_week().messages.get(one, {})
        year.close(one, dict.fromkeys(range(len(sums)), 1))
        assert year.regular([0]) == ({0: "new"} if one == W else {})
