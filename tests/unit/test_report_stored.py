"""What reports ask of ledger and history, held to sums made by hand."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.report.asked import before, complete_weeks, marks_of, running
from fedmsg_exporter.report.community.scan import cut
from fedmsg_exporter.report.model import LeftOut, Mark
from fedmsg_exporter.report.periods import period_of, periods
from fedmsg_exporter.report.request import Request
from fedmsg_exporter.report.store import Store
from fedmsg_exporter.report.stored import Stored
from fedmsg_exporter.statistics.calendar import day, start_of, week
from fedmsg_exporter.statistics.coverage import Span, covering
from fedmsg_exporter.wildcard import matches
from tests.events import event

BEGIN = day("2026-01-01")
NOW = start_of(BEGIN + 60)
ALL = covering([Span(0, NOW)])


class Act(NamedTuple):
    """A message: day, user, category and topic; and whether the ledger or history has it."""

    day: int
    user: str
    category: str
    topic: str
    live: bool

    @property
    def short_topic(self) -> str:
        return f"{self.category}.{self.topic}"


acts = st.lists(
    st.builds(
        Act,
        st.integers(BEGIN, BEGIN + 40),
        st.sampled_from(["ann", "bob", "cat", "bot", ""]),
        st.sampled_from(["bodhi", "wiki"]),
        st.sampled_from(["update.comment", "update.edit", "edit"]),
        st.booleans(),
    ),
    max_size=40,
)


@contextmanager
def stored(several: list[Act]) -> Iterator[Stored]:
    """Activity in two stores, as the acts say."""
    stores = {True: Ledger(), False: Ledger()}
    for one in several:
        at = start_of(one.day) + 3600
        made = event(one.category, one.user or None, topic=one.topic, sent_at=at)
        stores[one.live].record([made], NOW)
    named = [Store(str(live), ledger.activity, ALL) for live, ledger in stores.items()]
    yield Stored(named, lambda name: name != "bot")
    for ledger in stores.values():
        ledger.close()


def ask(start: int = BEGIN, end: int = BEGIN + 60, **given: object) -> Request:
    return Request(start, end, NOW)._replace(**given)  # type: ignore[arg-type]


def counts(one: Act, request: Request) -> bool:
    """The slow reference: whether an act passes a request's filters and lies in its range."""
    return (
        request.start <= one.day < request.end
        and (not request.categories or one.category in request.categories)
        and (not request.topics or any(matches(p, one.short_topic) for p in request.topics))
    )


@given(
    acts,
    st.sampled_from([(), ("bodhi",), ("none",)]),
    st.sampled_from([(), ("#.edit",), ("bodhi.*.comment", "wiki.#")]),
    st.sampled_from(["monday", "sunday"]),
    st.integers(BEGIN - 1, BEGIN + 20),
    st.integers(BEGIN + 10, BEGIN + 50),
)
def test_sums_are_those_made_by_hand(
    several: list[Act],
    categories: tuple[str, ...],
    topics: tuple[str, ...],
    week_start: str,
    start: int,
    end: int,
) -> None:
    """Ledger and history added up are what a sum over all messages is."""
    request = ask(start, end, categories=categories, topics=topics, week_start=week_start)
    people = ("ann", "bob", "nobody-knows")
    ours = [one for one in several if counts(one, request)]
    persons = [one for one in ours if one.user in ("ann", "bob", "cat")]
    with stored(several) as known:
        days = list(known.days(request, start, end))
        assert {row[:3]: row.messages for row in days} == Counter(
            (one.day, one.user, one.category) for one in persons
        )
        assert len({row[:3] for row in days}) == len(days)
        assert [row.day for row in days] == sorted(row.day for row in days)
        some = list(known.days(request, start, end, people))
        assert sorted(some) == sorted(row for row in days if row.person in people)
        assert known.totals(request, start, end) == Counter(one.user for one in persons)
        numbers = {"ann": 0, "bob": 1, "cat": 2}
        cuts = cut(request, start, end)
        stretches = list(known.stretches(request, cuts, numbers))
        assert [(one.start, one.end) for one in stretches] == cuts
        for stretch in stretches:
            here = [one for one in persons if stretch.start <= one.day < stretch.end]
            assert stretch.sums == Counter(numbers[one.user] for one in here)
            active = {
                (who, stretch.start + bit)
                for who, days_ in stretch.days.items()
                for bit in range(62)
                if days_ >> bit & 1
            }
            assert active == {(numbers[one.user], one.day) for one in here}
        by_category = known.by_category(request, cuts, numbers)
        for (first, last), sums in zip(cuts, by_category, strict=True):
            assert {(c, who): n for c, of in sums.items() for who, n in of.items()} == Counter(
                (one.category, numbers[one.user]) for one in persons if first <= one.day < last
            )
        found = list(known.topics(request, start, end, people))
        assert {(category, topic): number for category, topic, number in found} == Counter(
            (one.category, one.short_topic) for one in persons if one.user in people
        )
        everyone = known.topics(request, start, end)
        assert {(category, topic): number for category, topic, number in everyone} == Counter(
            (one.category, one.short_topic) for one in persons
        )
        nobody = Counter(one.user for one in ours)
        assert known.left_out(request) == LeftOut(bots=nobody["bot"], uncredited=nobody[""])
        everything = [one for one in several if one.user in ("ann", "bob", "cat")]
        assert known.first() == {
            who: min(one.day for one in everything if one.user == who)
            for who in {one.user for one in everything}
        }
        assert known.last() == {
            who: max(one.day for one in everything if one.user == who)
            for who in {one.user for one in everything}
        }


def test_what_is_left_out_has_its_reason() -> None:
    """Users beyond the limit and invalid names are counted under their own reason."""
    ledger = Ledger()
    at = start_of(BEGIN) + 60
    users = (("__other__", "other"), ("__invalid__", "invalid"), ("ann", "person"))
    ledger.record([event(user=name, kind=kind, sent_at=at) for name, kind in users], NOW)
    known = Stored([Store("ledger", ledger.activity, ALL)], lambda _: True)
    assert known.left_out(ask()) == LeftOut(other=1, invalid=1)
    ledger.close()


def test_days_deleted_as_too_old_are_not_covered() -> None:
    """First messages are still known of days that were deleted, everything else is not."""
    ledger = Ledger(keep_activity=10 * 86400)
    for one in (0, 1, 30):
        now = start_of(BEGIN + one) + 3600
        ledger.record([event(user="ann", sent_at=now)], now)
    known = Stored([Store("ledger", ledger.activity, ALL)], lambda _: True)
    (since,) = known.coverage().spans
    assert since.start > start_of(BEGIN)
    assert known.first_coverage() == ALL
    assert known.first() == {"ann": BEGIN}
    ledger.close()


def test_complete_weeks_lie_in_the_range_and_are_over() -> None:
    """A week of which a day is missing, or still to come, is not complete."""
    thursday = day("2026-01-01")
    request = ask(thursday, thursday + 30)
    assert [one - week(thursday) for one in complete_weeks(request)] == [1, 2, 3]
    early = request._replace(now=start_of(day("2026-01-18")))
    assert len(complete_weeks(early)) == 1


def test_running_period_follows_the_range() -> None:
    """The week in which we are is there to be shown if the range ends where it begins."""
    request = ask(day("2026-01-05"), day("2026-01-12"))._replace(now=start_of(day("2026-01-14")))
    assert running(request) == ("2026-W03", day("2026-01-12"), day("2026-01-15"))
    assert running(request._replace(end=day("2026-01-05"))) is None


@pytest.mark.parametrize(
    ("by", "start", "end", "expected"),
    [
        ("week", "2026-01-05", "2026-01-19", ("2025-12-22", "2026-01-05")),
        ("month", "2026-02-01", "2026-04-01", ("2025-12-01", "2026-02-01")),
        ("month", "2026-02-02", "2026-02-03", ("2026-02-01", "2026-02-02")),
    ],
)
def test_span_before_is_equal(by: str, start: str, end: str, expected: tuple[str, str]) -> None:
    """As many days before, or as many calendar months before whole months."""
    assert before(ask(day(start), day(end), by=by)) == tuple(map(day, expected))


def test_periods_are_marked() -> None:
    """A period that is cut, not over, or not known as a whole says so."""
    request = ask(day("2026-01-07"), day("2026-02-03"))._replace(now=start_of(day("2026-02-02")))
    known = covering([Span(0, start_of(day("2026-01-14"))), Span(start_of(day("2026-01-15")), NOW)])
    found = [marks_of(request, known, one) for one in periods(request)]
    assert found == [(Mark.PART,), (Mark.GAP,), (), (), (Mark.SO_FAR,)]
    unknown = covering([])
    assert marks_of(request, unknown, period_of(request, day("2026-01-20"))) == (Mark.GAP,)
