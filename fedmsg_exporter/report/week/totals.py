"""What a post says of everyone together: a summary, activities and apps. Pure."""

from collections import Counter
from collections.abc import Iterator

from ...statistics import shares
from .. import sections
from ..known import Known
from ..model import Chart, Column, Layout, Row, Section, Unit, Value
from ..periods import marks
from ..request import Request
from .activities import ACTIVITIES, matching
from .two import TwoWeeks

#: How many apps a post lists.
APPS = 10

_SUMMARY = (
    sections.MESSAGES,
    Column("messages_change", "Change in messages", Unit.CHANGE),
    Column("active_people", "Active people"),
    Column("active_change", "Change in active people", Unit.CHANGE),
    Column("newcomers", "Newcomers"),
)


def summary(known: Known, request: Request, two: TwoWeeks) -> Section:
    """Messages and people of the week."""
    now, before = two.now, two.before
    messages, people = now.topics.total(), len(now.people)
    values: tuple[Value, ...] = (
        messages,
        sections.change(messages, before and before.topics.total()),
        people,
        sections.change(people, before and len(before.people)),
        None if two.new is None else len(two.new),
    )
    marked = marks(now.period, known.coverage(), request.now)
    return Section(
        "summary",
        "Summary",
        _SUMMARY,
        (Row(values, now.period.label, marks=marked),),
        layout=Layout.FACTS,
        notes=tuple(_notes(two)),
    )


def _notes(two: TwoWeeks) -> Iterator[str]:
    if two.before is None:
        yield "Change: n/a, as not all of this week and the one before is known."
    else:
        yield "Change: from the week before."
    if two.new is None:
        yield f"Newcomers: {two.why_no_new}."


def activities(two: TwoWeeks) -> Section:
    """Each activity that there was in either of the two weeks."""
    rows = []
    for name, patterns in ACTIVITIES:
        now = matching(two.now.topics, patterns)
        before = two.before and matching(two.before.topics, patterns)
        if now or before:
            rows.append(Row((now, sections.change(now, before)), subject=name))
    return Section(
        "activities",
        "Activities",
        (Column("messages", two.now.period.label), sections.CHANGE),
        tuple(rows),
        subject="Activity",
        notes=("Messages of people; those of bots are in the footer.",),
        empty="none of these activities took place",
    )


def top_apps(two: TwoWeeks) -> Section:
    """The apps with the most messages."""
    now, before = two.now.apps(), two.before and two.before.apps()
    shown = shares.ranked(now)[:APPS]
    rows = (
        Row(
            (
                now[one],
                round(100 * now[one] / now.total(), 1),
                sections.change(now[one], None if before is None else before[one]),
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
        notes=tuple(_cut(now, len(shown))),
        empty="no messages in this week",
    )


def _cut(totals: Counter[str], shown: int) -> Iterator[str]:
    """How many apps the list leaves out, and the ties among them."""
    left = len(totals) - shown
    if left <= 0:
        return
    ties = shares.ties(totals, shown)
    least = totals[shares.ranked(totals)[shown - 1]]
    yield f"{left} more apps" + (f", {ties} of them also with {least}." if ties else ".")
