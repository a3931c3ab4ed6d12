"""The week of a post and the one before it: who did how much, and with what. Pure."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from ...statistics.standing import YEAR
from ..basis import gaps
from ..known import Known
from ..periods import Period, lead, week_of, why_unknown
from ..request import Request


class Week(NamedTuple):
    """What everyone did in a week."""

    period: Period
    #: Messages by person, and by category and topic.
    people: Mapping[str, int]
    topics: Counter[tuple[str, str]]

    def apps(self) -> Counter[str]:
        """Messages by category."""
        found: Counter[str] = Counter()
        for (category, _), number in self.topics.items():
            found[category] += number
        return found


class TwoWeeks(NamedTuple):
    """The week of a post and the one before, which may not be known."""

    now: Week
    before: Week | None
    #: The people whose first message was in the week, by name; None where that is not known.
    new: list[str] | None
    #: Why it is not.
    why_no_new: str


def two_weeks(known: Known, request: Request, period: Period) -> TwoWeeks:
    """What there is to say of a week and of the one before."""
    start, end = period.start, period.end
    before = week_of(start - 1, lead(request))
    # With a gap in either of them, one would be shorter than the other.
    is_whole = not gaps(known.coverage(), request._replace(start=before.start))
    now = _week(known, request, period)
    covered, first = known.first_coverage(), known.first()
    new = sorted(one for one in now.people if start <= first[one] < end)
    has_history = covered.has_weeks_before(start, YEAR)
    return TwoWeeks(
        now,
        _week(known, request, before) if is_whole else None,
        new if has_history else None,
        "" if has_history else why_unknown(covered, start - 7 * YEAR, start),
    )


def _week(known: Known, request: Request, period: Period) -> Week:
    start, end = period.start, period.end
    topics: Counter[tuple[str, str]] = Counter()
    for category, topic, messages in known.topics(request, start, end):
        topics[category, topic] += messages
    return Week(period, known.totals(request, start, end), topics)
