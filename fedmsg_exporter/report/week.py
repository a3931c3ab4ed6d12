"""The weekly post: what happened, next to the week before, ready to paste. Pure."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ..statistics import shares
from ..statistics.calendar import iso
from ..statistics.coverage import Coverage
from ..statistics.standing import YEAR
from . import sections
from .activities import ACTIVITIES, matching
from .basis import basis, gaps
from .known import Known
from .model import Chart, Column, Layout, Report, Row, Section, Unit, Value
from .periods import Period, days, lead, marks, week_of, why_unknown
from .refusal import ReportError, require_known
from .request import Request

#: The number of apps, and of people of each, that a post shows.
APPS = 10
PEOPLE = 3


class TwoWeeks(NamedTuple):
    """The week of a post and the one before, which may not be known."""

    now: Period
    before: Period | None


def week(known: Known, request: Request) -> Report:
    """The post on the week that a range is.

    Raises ReportError if it is not exactly one, or not over; LedgerError.
    """
    now = _only(request)
    request = request._replace(by="week")
    require_known(known, request)
    coverage = known.coverage()
    before = week_of(now.start - 1, lead(request))
    # With a gap in either of them, one would be shorter than the other.
    is_whole = not gaps(coverage, request._replace(start=before.start))
    two = TwoWeeks(now, before if is_whole else None)
    return Report(
        "week",
        f"Week {now.label} in numbers",
        basis(known, request),
        tuple(_sections(known, request, two)),
    )


def _only(request: Request) -> Period:
    """The week that the range is."""
    found = week_of(request.start, lead(request))
    if (request.start, request.end) != (found.start, found.end):
        raise ReportError(
            f"{days(request.start, request.end)} is not one week: a post is on one, the last by "
            f"default; for that of its first day, use --from {iso(found.start)} "
            f"--to {iso(found.end - 1)}"
        )
    if not found.is_over(request.now):
        raise ReportError(f"{found.label} is not over yet; name an earlier week, or wait")
    return found


def _sections(known: Known, request: Request, two: TwoWeeks) -> Iterator[Section]:
    people = [_people(known, request, one) for one in two]
    by_topic = [_by_topic(known, request, one) for one in two]
    yield _summary(known, request, two, people, by_topic)
    yield _activities(two, by_topic)
    yield _apps(by_topic)
    if request.names:
        yield _most_active(known, request, two)
        yield _newcomers(known, request, two, people[0] or set())


def _people(known: Known, request: Request, period: Period | None) -> set[str] | None:
    """Who was active in a week."""
    if period is None:
        return None
    return set(known.totals(request, period.start, period.end))


def _by_topic(
    known: Known, request: Request, period: Period | None
) -> Counter[tuple[str, str]] | None:
    """Messages by category and topic."""
    if period is None:
        return None
    found: Counter[tuple[str, str]] = Counter()
    for category, topic, messages in known.topics(request, period.start, period.end):
        found[category, topic] += messages
    return found


def _total(by_topic: Counter[tuple[str, str]] | None) -> int | None:
    return None if by_topic is None else by_topic.total()


def _change(now: int, before: int | None) -> Value:
    return sections.change(now, before)


def _summary(
    known: Known,
    request: Request,
    two: TwoWeeks,
    people: Sequence[Collection[str] | None],
    by_topic: Sequence[Counter[tuple[str, str]] | None],
) -> Section:
    active, earlier = people
    messages = _total(by_topic[0]) or 0
    number = len(active or ())
    has_history = known.first_coverage().has_weeks_before(two.now.start, YEAR)
    new = len(_new(known, two, active or ())) if has_history else None
    values: tuple[Value, ...] = (
        messages,
        _change(messages, _total(by_topic[1])),
        number,
        _change(number, None if earlier is None else len(earlier)),
        new,
    )
    columns = (
        Column("messages", "Messages"),
        Column("messages_change", "Messages, to the week before", Unit.CHANGE),
        Column("active_people", "Active people"),
        Column("active_change", "Active people, to the week before", Unit.CHANGE),
        Column("newcomers", "Newcomers"),
    )
    return Section(
        "summary",
        "Summary",
        columns,
        (Row(values, two.now.label, marks=marks(two.now, known.coverage(), request.now)),),
        layout=Layout.FACTS,
        notes=tuple(_notes(two, known.first_coverage(), has_history)),
    )


def _notes(two: TwoWeeks, first: Coverage, has_history: bool) -> Iterator[str]:
    if two.before is None:
        yield "Change: n/a, as not all of the two weeks is known."
    if not has_history:
        yield f"Newcomers: {_no_new(first, two)}."


def _no_new(first: Coverage, two: TwoWeeks) -> str:
    """Why nobody can be called new."""
    return why_unknown(first, two.now.start - 7 * YEAR, two.now.start)


def _new(known: Known, two: TwoWeeks, active: Collection[str]) -> list[str]:
    first = known.first()
    return sorted(one for one in active if two.now.start <= first[one] < two.now.end)


def _activities(two: TwoWeeks, by_topic: Sequence[Counter[tuple[str, str]] | None]) -> Section:
    """Each activity that there was in one of the two weeks."""
    rows = []
    for name, patterns in ACTIVITIES:
        now, before = (None if one is None else matching(one, patterns) for one in by_topic)
        if now or before:
            rows.append(Row((now, _change(now or 0, before)), subject=name))
    return Section(
        "activities",
        "Activities",
        (Column("messages", two.now.label), Column("change", "Change", Unit.CHANGE)),
        tuple(rows),
        subject="Activity",
        notes=("By people only, next to the week before. What bots did is in the footer.",),
        empty="none of the activities happened",
    )


def _by_category(by_topic: Counter[tuple[str, str]] | None) -> Counter[str]:
    found: Counter[str] = Counter()
    for (category, _), number in (by_topic or {}).items():
        found[category] += number
    return found


def _apps(by_topic: Sequence[Counter[tuple[str, str]] | None]) -> Section:
    """The apps with the most messages."""
    now, before = map(_by_category, by_topic)
    total = now.total()
    shown = shares.ranked(now)[:APPS]
    rows = (
        Row(
            (
                now[one],
                round(100 * now[one] / total, 1),
                _change(now[one], None if by_topic[1] is None else before[one]),
            ),
            category=one,
        )
        for one in shown
    )
    return Section(
        "apps",
        "Top apps",
        (sections.MESSAGES, sections.SHARE, sections.CHANGE),
        tuple(rows),
        chart=Chart.BARS,
        notes=tuple(_cut(now, len(shown), "apps")),
        empty="no messages in this week",
    )


def _cut(totals: Counter[str], shown: int, what: str) -> Iterator[str]:
    """What a list leaves out, and the ties among it."""
    left = len(totals) - shown
    if left <= 0:
        return
    ties = shares.ties(totals, shown)
    least = totals[shares.ranked(totals)[shown - 1]]
    yield f"{left} more {what}" + (f", {ties} of them with {least}, too." if ties else ".")


def _most_active(known: Known, request: Request, two: TwoWeeks) -> Section:
    """The most active people of each app."""
    found: dict[str, Counter[str]] = {}
    for row in known.days(request, two.now.start, two.now.end):
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


def _newcomers(known: Known, request: Request, two: TwoWeeks, active: Collection[str]) -> Section:
    """The newcomers by name."""
    has_history = known.first_coverage().has_weeks_before(two.now.start, YEAR)
    totals = known.totals(request, two.now.start, two.now.end)
    new = _new(known, two, active) if has_history else []
    return Section(
        "newcomer_names",
        "Newcomers",
        (sections.MESSAGES,),
        tuple(Row((totals[one],), subject=one) for one in new),
        subject="Newcomer",
        empty="no newcomers" if has_history else _no_new(known.first_coverage(), two),
    )
