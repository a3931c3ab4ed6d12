"""The numbers of a closed week: what the weekly gauges show, and what is kept forever. Pure."""

from .calendar import monday
from .coverage import Coverage
from .people import Weeks
from .shares import absence_factor, core
from .standing import YEAR, by_tenure, newcomers, regular

ACTIVE = "active"
REGULAR = "regular"
CORE = "core"
NEWCOMERS = "newcomers"
ABSENCE_FACTOR = "absence_factor"
MESSAGES = "messages"

#: The number of earlier weeks that a tenure depends on.
_NEEDED = {"new": YEAR, "mid": 2 * YEAR, "old": 2 * YEAR}


def closed_week(
    weeks: Weeks, coverage: Coverage, week: int, kept_since: int = 0
) -> dict[str, float]:
    """Every statistic of a week that can be known, by name; none if the week is not known.

    ``kept_since`` is the first day whose activity is still stored, though more
    was known.
    """
    if not coverage.has_week(week) or kept_since > monday(week):
        return {}
    totals = weeks.messages.get(week, {})
    found: dict[str, float] = {
        MESSAGES: sum(totals.values()),
        ACTIVE: len(totals),
        CORE: len(core(totals)),
        ABSENCE_FACTOR: absence_factor(totals),
    }
    if coverage.has_history(week, YEAR):
        new = newcomers(weeks.first, monday(week), monday(week + 1))
        found[NEWCOMERS] = len(new & set(totals))
    if kept_since <= monday(week - YEAR + 1):
        found |= _regular(weeks, coverage, week)
    return found


def _regular(weeks: Weeks, coverage: Coverage, week: int) -> dict[str, float]:
    """The regular who were active in the week, by tenure."""
    here = regular(weeks, week) & weeks.active(week)
    return {
        f"{REGULAR}_{tenure}": len(people)
        for tenure, people in by_tenure(weeks, here, week).items()
        if coverage.has_history(week, _NEEDED[tenure])
    }
