"""Days, weeks and months in UTC. Pure."""

from datetime import UTC, date, datetime, timedelta

SECONDS_A_DAY = 86400
#: How many days before 1970-01-01, a Thursday, the week began that it is in, by its first day.
LEADS = {"monday": 3, "sunday": 4}
_MONDAY = LEADS["monday"]
_EPOCH = date(1970, 1, 1)


def day(text: str) -> int:
    """The day of a date like 2026-01-05. Raises ValueError."""
    return (date.fromisoformat(text) - _EPOCH).days


def day_at(seconds: float) -> int:
    """The day of a moment in epoch seconds."""
    return int(seconds // SECONDS_A_DAY)


def start_of(day_: int) -> float:
    """When a day begins, in epoch seconds."""
    return float(day_ * SECONDS_A_DAY)


def utc(seconds: float) -> str:
    """A moment in epoch seconds as text like 2026-01-05 09:30:00, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def iso(day_: int) -> str:
    """A day as a date like 2026-01-05."""
    return (_EPOCH + timedelta(day_)).isoformat()


def week(day_: int, lead: int = _MONDAY) -> int:
    """The week of a day: that of 1970-01-01 is 0."""
    return (day_ + lead) // 7


def monday(week_: int) -> int:
    """The Monday of a week."""
    return first_day(week_)


def first_day(week_: int, lead: int = _MONDAY) -> int:
    """The first day of a week that begins on Monday, or as `LEADS` has it."""
    return 7 * week_ - lead


def label(week_: int) -> str:
    """A week from Monday as ISO 8601 names it, like 2026-W02."""
    year, number, _ = (_EPOCH + timedelta(monday(week_))).isocalendar()
    return f"{year}-W{number:02}"


def month(day_: int) -> tuple[int, int]:
    """The first day of a day's month, and that of the next."""
    one = (_EPOCH + timedelta(day_)).replace(day=1)
    following = (one + timedelta(31)).replace(day=1)
    return (one - _EPOCH).days, (following - _EPOCH).days


def last_complete_week(seconds: float) -> int:
    """The last week that is over at a moment in epoch seconds."""
    return week(datetime.fromtimestamp(seconds, UTC).toordinal() - _EPOCH.toordinal()) - 1
