"""The range of a report, from what is typed. Pure."""

import re
from typing import NamedTuple

from ...message import EARLIEST, parse_time
from ...report.refusal import ReportError
from ...statistics.calendar import LEADS, SECONDS_A_DAY, day_at, first_day, iso, month, week

_LAST = re.compile(r"([0-9]{1,4})(d|w|mo)")
_ONE_DAY = (
    "--from: the range is inside one day, and activity is known by whole days; "
    "--from {0} --to {0} is that day"
)
#: How far a range may reach into the future, in seconds: this year, month and week go on.
_AHEAD = 366 * SECONDS_A_DAY
_EXPECTED = "expected e.g. 13w, 90d or 3mo"


class Typed(NamedTuple):
    """The range as it was typed: either ``last``, or ``since`` and possibly ``to``."""

    last: str | None = None
    since: str | None = None
    to: str | None = None


class Range(NamedTuple):
    """First day and the day after the last, and the division that suits."""

    start: int
    end: int
    by: str = "week"


def range_of(typed: Typed, default: str, now: float, week_start: str = "monday") -> Range:
    """The days that are meant; ``default`` is a ``last``. Raises ReportError."""
    if typed.last and (typed.since or typed.to):
        raise ReportError("--last: use either this, or --from and --to")
    if typed.to and not typed.since:
        raise ReportError("--to: needs --from, the first day")
    if typed.since:
        return _since_the_bus("--from", _between(typed.since, typed.to, now))
    return _since_the_bus("--last", _last(typed.last or default, day_at(now), LEADS[week_start]))


def _since_the_bus(option: str, found: Range) -> Range:
    """A range in which there can be something: thousands of empty weeks would take minutes."""
    if found.start < day_at(EARLIEST):
        raise ReportError(
            f"{option}: the range begins {iso(found.start)}, and there was no bus before "
            f"{iso(day_at(EARLIEST))}"
        )
    return found


def _last(text: str, today: int, lead: int) -> Range:
    found = _LAST.fullmatch(text)
    if found is None or not int(found[1]):
        raise ReportError(f"--last: {text!r} is not a valid range; {_EXPECTED}")
    number, unit = int(found[1]), found[2]
    if unit == "d":
        return Range(today - number, today)
    if unit == "w":
        end = first_day(week(today, lead), lead)
        return Range(end - 7 * number, end)
    return Range(_months_before(today, number), month(today)[0], "month")


def _months_before(today: int, number: int) -> int:
    start, _ = month(today)
    for _ in range(number):
        start, _ = month(start - 1)
    return start


def _between(since: str, to: str | None, now: float) -> Range:
    """From the first to the last day, both included; without a last one, to yesterday."""
    today = day_at(now)
    first, last = _moment("--from", since), None if to is None else _moment("--to", to)
    if last is not None and last < first:
        raise ReportError(f"--to: {to} is before --from {since}")
    if last is not None and last > first and day_at(first) == day_at(last):
        raise ReportError(_ONE_DAY.format(iso(day_at(first))))
    if last is not None and last > now + _AHEAD:
        raise ReportError(f"--to: {to} is more than a year ahead")
    start = _day("--from", since, first)
    if start > today:
        raise ReportError(f"--from: {since} is in the future: nothing has happened yet")
    if last is None:
        return Range(start, max(start + 1, today))
    return Range(start, _day("--to", str(to), last) + 1)


def _moment(option: str, text: str) -> float:
    seconds = parse_time(text)
    if seconds is None:
        raise ReportError(f"{option}: {text!r} is not a valid date; expected e.g. 2026-01-31")
    return seconds


def _day(option: str, text: str, seconds: float) -> int:
    if seconds % SECONDS_A_DAY:
        raise ReportError(
            f"{option}: {text!r} is within a day, and activity is known by whole days in UTC; "
            f"write {iso(day_at(seconds))}"
        )
    return day_at(seconds)
