"""What a post says of people by name, only where asked for. Pure."""

from collections import Counter

from ...statistics import shares
from .. import sections
from ..known import Known
from ..model import Row, Section
from ..request import Request
from .totals import APPS
from .two import TwoWeeks

#: How many people of each app a post lists.
PEOPLE = 3


def most_active(known: Known, request: Request, two: TwoWeeks) -> Section:
    """The most active people of each app."""
    found: dict[str, Counter[str]] = {}
    for row in known.days(request, two.now.period.start, two.now.period.end):
        found.setdefault(row.category, Counter())[row.person] += row.messages
    several = sorted(found.items(), key=lambda item: (-item[1].total(), item[0]))[:APPS]
    rows = (
        Row((totals[one],), subject=one, category=category)
        for category, totals in several
        for one in shares.ranked(totals)[:PEOPLE]
    )
    ties = [
        f"{category}: {number} more with {totals[shares.ranked(totals)[PEOPLE - 1]]}"
        for category, totals in several
        if (number := shares.ties(totals, PEOPLE))
    ]
    return Section(
        "most_active",
        "Most active people by app",
        (sections.MESSAGES,),
        tuple(rows),
        subject="Person",
        notes=(f"{'; '.join(ties)}.",) if ties else (),
        empty="nobody was active",
    )


def newcomers(two: TwoWeeks) -> Section:
    """The newcomers by name."""
    return Section(
        "newcomer_names",
        "Newcomers",
        (sections.MESSAGES,),
        tuple(Row((two.now.people[one],), subject=one) for one in two.new or ()),
        subject="Newcomer",
        empty=two.why_no_new or "no newcomers",
    )
