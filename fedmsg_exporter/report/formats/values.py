"""Values, names and periods as text: the same in every format. Pure."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

from ...statistics.calendar import LEADS, iso
from ...statistics.coverage import Span
from ..model import Unit, Value

#: What people read where a value cannot be known.
UNKNOWN = "n/a"
#: Control and format characters, bidirectional overrides among them, lone surrogates,
#: and separators of lines: what shows as something else than what it is.
_DECEPTIVE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
#: Not from strftime, which speaks the language of the process's locale.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")


def visible(text: str) -> str:
    r"""A text with characters that hide or deceive written out, like ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(_written_out(one) if _is_deceptive(one) else one for one in text)


def _is_deceptive(one: str) -> bool:
    return unicodedata.category(one) in _DECEPTIVE


def _written_out(one: str) -> str:
    return f"\\u{ord(one):04x}" if one <= "\uffff" else f"\\U{ord(one):08x}"


def json_escaped(text: str) -> str:
    r"""JSON in which the same characters are escaped, astral ones as two surrogates.

    ``text`` is JSON without non-ASCII characters outside of its strings.
    """
    if text.isprintable():
        return text
    return "".join(
        _json_escape(one) if one > "\x7e" and _is_deceptive(one) else one for one in text
    )


def _json_escape(one: str) -> str:
    units = one.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def rounded(value: Value, unit: Unit) -> Value:
    """A value with the decimals that its unit has: the same number in every format."""
    if isinstance(value, float):
        return round(value, _places(unit))
    return value


def plain(value: Value, unit: Unit) -> str:
    """A value for programs: no sign of a thousand, no per cent, empty if unknown."""
    if value is None:
        return ""
    if isinstance(value, str):
        return visible(value)
    return _digits(value, unit)


def shown(value: Value, unit: Unit) -> str:
    """A value for people."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return visible(value)
    if unit is Unit.PERCENT:
        return f"{value:,.1f}%"
    if unit is Unit.CHANGE:
        # Neither +0.0 nor -0.0.
        return f"{value:+,.1f}%" if round(value, 1) else "0.0%"
    return _digits(value, unit, ",")


def _digits(value: float, unit: Unit, thousands: str = "") -> str:
    if isinstance(value, int):
        return f"{value:{thousands}d}"
    # Adding 0 makes 0 of -0.
    near = round(value, _places(unit)) + 0.0
    return f"{near:{thousands}.{_places(unit)}f}".rstrip("0").rstrip(".")


def _places(unit: Unit) -> int:
    return 1 if unit in {Unit.PERCENT, Unit.CHANGE} else 4


def period_title(period: str) -> str:
    """A period for people: a week with its Monday, like ``2026-W02 (5 Jan)``."""
    first = first_day(period)
    if first is None or not _WEEK.fullmatch(period):
        return visible(period)
    return f"{period} ({day_title(first)})"


def day_title(day: date) -> str:
    """A day within a year, like ``5 Jan``."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def first_day(period: str) -> date | None:
    """The first day of a period, None if it is none that is known here."""
    try:
        if week := _WEEK.fullmatch(period):
            return date.fromisocalendar(int(week[1]), int(week[2]), 1)
        if quarter := _QUARTER.fullmatch(period):
            return date(int(quarter[1]), 3 * int(quarter[2]) - 2, 1)
        return date.fromisoformat(f"{period}-01" if len(period) == len("2026-01") else period)
    except ValueError:
        return None


def weekdays(week_start: str) -> tuple[str, ...]:
    """The days of a week that begins on ``monday`` or ``sunday``."""
    return _WEEKDAYS if week_start == "monday" else (_WEEKDAYS[-1], *_WEEKDAYS[:-1])


def first_of_week(day: date, week_start: str) -> date:
    """The first day of the week of a day."""
    lead = LEADS["monday"] - LEADS[week_start]
    return day - timedelta((day.weekday() - lead) % len(_WEEKDAYS))


def week_title(first: date) -> str:
    """A week by its first day, like ``2026-W02 (5 Jan)``; one from Sunday has its date."""
    if first.weekday():
        return first.isoformat()
    year, number, _ = first.isocalendar()
    return f"{year}-W{number:02} ({day_title(first)})"


def period_head(periods: list[str]) -> str:
    """What the periods of a table are called."""
    if all(_WEEK.fullmatch(one) for one in periods):
        return "Week"
    if all(_QUARTER.fullmatch(one) for one in periods):
        return "Quarter"
    if all(len(one) == len("2026-01") for one in periods):
        return "Month"
    return "Date"


def moment(seconds: float) -> str:
    """A moment like ``2026-01-05 12:30`` in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def span(one: Span) -> str:
    """A span like ``2026-01-05 12:30 to 2026-01-06 00:00``."""
    return f"{moment(one.start)} to {moment(one.end)}"


def days(start: int, end: int) -> str:
    """A half-open range of days, with both of its days named."""
    count = end - start
    return f"{iso(start)} to {iso(end - 1)} ({count:,} {'day' if count == 1 else 'days'}, UTC)"


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
