"""The weeks and months that reports divide the time into, and what is known of them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.report import basis
from fedmsg_exporter.report.model import Mark
from fedmsg_exporter.report.periods import (
    Period,
    marks,
    month_of,
    period_of,
    periods,
    quarter_of,
    week_of,
    whole,
)
from fedmsg_exporter.report.request import Request
from fedmsg_exporter.statistics.calendar import LEADS, day, iso, start_of
from fedmsg_exporter.statistics.coverage import Coverage, Span, covering


def request(start: str, end: str, now: str = "2026-06-01", **options: str) -> Request:
    return Request(day(start), day(end), start_of(day(now)), **options)  # type: ignore[arg-type]


def dates(period: Period) -> tuple[str, str, str]:
    return period.label, iso(period.start), iso(period.end)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (week_of(day("2026-01-04")), ("2026-W01", "2025-12-29", "2026-01-05")),
        (week_of(day("2026-01-04"), LEADS["sunday"]), ("2026-01-04", "2026-01-04", "2026-01-11")),
        (week_of(day("2026-01-10"), LEADS["sunday"]), ("2026-01-04", "2026-01-04", "2026-01-11")),
        (month_of(day("2024-02-29")), ("2024-02", "2024-02-01", "2024-03-01")),
        (quarter_of(day("2025-12-31")), ("2025-Q4", "2025-10-01", "2026-01-01")),
        (quarter_of(day("2026-01-01")), ("2026-Q1", "2026-01-01", "2026-04-01")),
        (quarter_of(day("2026-08-15")), ("2026-Q3", "2026-07-01", "2026-10-01")),
    ],
)
def test_names_and_days(found: Period, expected: tuple[str, str, str]) -> None:
    """Weeks from Monday have their ISO name, those from Sunday their date; months and quarters."""
    assert dates(found) == expected


def test_whole_periods_of_a_range() -> None:
    """A range that begins or ends within a week is widened, but never past today."""
    asked = request("2026-01-07", "2026-01-20", now="2026-01-21")
    assert [one.label for one in periods(asked)] == ["2026-W02", "2026-W03", "2026-W04"]
    widened = whole(asked)
    assert (iso(widened.start), iso(widened.end)) == ("2026-01-05", "2026-01-22")
    assert whole(request("2026-01-07", "2026-01-20")).end == day("2026-01-26")
    assert periods(request("2026-01-07", "2026-01-07")) == ()


@given(
    st.integers(16000, 21000),
    st.integers(1, 200),
    st.sampled_from(["week", "month"]),
    st.sampled_from(["monday", "sunday"]),
)
def test_periods_divide_the_time(start: int, days: int, by: str, week_start: str) -> None:
    """Every day is in one period, and each begins where the one before ends."""
    asked = Request(start, start + days, 0.0, by, week_start)
    several = periods(asked)
    assert several[0].start <= start
    assert several[-1].end >= start + days
    assert all(a.end == b.start for a, b in pairwise(several))
    assert len({one.label for one in several}) == len(several)
    for one in several:
        assert period_of(asked, one.start) == period_of(asked, one.end - 1) == one


WEEK = week_of(day("2026-01-05"))
START, END = start_of(WEEK.start), start_of(WEEK.end)


@pytest.mark.parametrize(
    ("known", "now", "expected"),
    [
        ([Span(0, END)], END, ()),
        ([Span(0, END - 1)], END, (Mark.GAP,)),
        ([Span(0, START + 9), Span(START + 10, END)], END, (Mark.GAP,)),
        ([], END, (Mark.GAP,)),
        ([Span(0, START + 3600)], START + 5000, (Mark.SO_FAR,)),
        ([Span(0, START)], START + 60, (Mark.SO_FAR,)),
        ([Span(START + 9, START + 3600)], START + 5000, (Mark.SO_FAR, Mark.GAP)),
    ],
)
def test_marks(known: list[Span], now: float, expected: tuple[Mark, ...]) -> None:
    """A period with a gap is marked; of the running one, only what lies behind counts."""
    assert marks(WEEK, covering(known), now) == expected


def test_gaps_of_a_range_end_with_the_latest_message() -> None:
    """The last hour, of which messages may still come, is not a gap; days without any are."""
    asked = Request(WEEK.start, WEEK.end, START + 86400)
    assert basis.gaps(Coverage((Span(0, START + 86400 - 3600),)), asked) == ()
    known = Coverage((Span(0, START + 10), Span(START + 20, START + 3600)))
    assert basis.gaps(known, asked) == (
        Span(START + 10, START + 20),
        Span(START + 3600, START + 86400),
    )
