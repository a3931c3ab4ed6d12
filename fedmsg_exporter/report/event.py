"""The report of an event: what participants did before, during and after it. Pure."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ..statistics import spans
from ..statistics.calendar import iso, start_of
from ..statistics.coverage import Coverage, Span
from ..statistics.standing import YEAR
from .basis import basis
from .comparing import listed, why_not_whole
from .known import Known
from .model import Chart, Column, Layout, Mark, MemberList, Report, Row, Section, Unit, Value
from .periods import days, why_unknown
from .refusal import require_known
from .request import Request


class Participants(NamedTuple):
    """Whose event it was."""

    #: What to call it.
    title: str
    #: A list or the members of a group, as `Known` has them; None for who was active in `topics`.
    who: Collection[str] | None = None
    whose: MemberList | None = None
    #: Patterns of topics, without prefix.
    topics: tuple[str, ...] = ()


class Spans(NamedTuple):
    """Before, during and after an event, each half-open, and which of them are known."""

    days: tuple[tuple[int, int], ...]
    #: Whether each is known from its beginning, and over as a whole.
    known: tuple[bool, ...]
    marks: tuple[Mark, ...]
    #: Why before and after cannot be compared, empty if they can.
    why: str = ""
    #: The gaps in all three, up to the present.
    gaps: tuple[Span, ...] = ()


_SPANS = ("before", "during", "after")
_COLUMNS = (
    *(Column(name, name.capitalize()) for name in _SPANS),
    Column("change", "Change", Unit.CHANGE),
)
_NEW = Column("new", "New", Unit.TEXT)


def event(
    known: Known, request: Request, participants: Participants, around: int = spans.STEP
) -> Report:
    """Who took part in an event, from the first to the last day of the request.

    ``around`` is how many days before and after count. Raises ReportError, LedgerError.
    """
    require_known(known, request)
    coverage = known.coverage()
    found = spans_of(request, coverage, around)
    made = tuple(_sections(known, request, participants, found))
    title = f"Event {days(request.start, request.end)}: {participants.title}"
    return Report("event", title, basis(known, request, participants.whose), made)


def spans_of(request: Request, coverage: Coverage, around: int) -> Spans:
    """The spans of an event, and what is known of each."""
    start, end = request.start, request.end
    several = ((start - around, start), (start, end), (end, end + around))
    marks = []
    if any(start_of(last) > request.now for _, last in several):
        marks.append(Mark.SO_FAR)
    until = min(request.now, max((one.end for one in coverage.spans), default=0.0))
    lacking = coverage.gaps(start_of(start - around), min(start_of(end + around), until))
    if lacking:
        marks.append(Mark.GAP)
    known = tuple(coverage.touches(start_of(first), start_of(first) + 1) for first, _ in several)
    why = _why_no_change(request, coverage, several)
    return Spans(several, known, tuple(marks), why, lacking)


def _why_no_change(
    request: Request, coverage: Coverage, several: tuple[tuple[int, int], ...]
) -> str:
    """Both spans must be known as a whole, and over: else one is shorter than the other."""
    (first, last), _, (after, end) = several
    for name, one in (
        ("the time after the event", request._replace(start=after, end=end)),
        ("the time before the event", request._replace(start=first, end=last)),
    ):
        if reason := why_not_whole(coverage, one, name):
            return f"Change: n/a, as {reason}."
    return ""


def _sections(
    known: Known, request: Request, participants: Participants, found: Spans
) -> Iterator[Section]:
    everyone = _everyone(known, request, found)
    who = participants.who
    if who is None:
        patterns = request._replace(topics=participants.topics)
        who = {row.person for row in known.days(patterns, request.start, request.end)}
    first = known.first()
    has_history = known.first_coverage().has_weeks_before(request.start, YEAR)
    acts = _acts(known, request, found, who)
    new = {one for one in acts if request.start <= first[one] < request.end}
    yield _facts(who, acts, new if has_history else None)
    yield from _beside(found, acts, everyone)
    if participants.who is not None or request.names:
        yield _participants(found, who, acts, new if has_history else None)._replace(
            notes=tuple(_notes(found, known.first_coverage(), has_history, request.start))
        )


def _acts(
    known: Known, request: Request, found: Spans, who: Collection[str]
) -> dict[str, list[int]]:
    """Messages of each participant in each span; those without any are missing."""
    sums: dict[str, list[int]] = {}
    for row in known.days(request, found.days[0][0], found.days[-1][1], who):
        of = sums.setdefault(row.person, [0, 0, 0])
        of[_span_of(found, row.day)] += row.messages
    return sums


def _span_of(found: Spans, day: int) -> int:
    return sum(day >= end for _, end in found.days)


def _everyone(known: Known, request: Request, found: Spans) -> dict[str, list[int]]:
    """Messages of everyone in each span."""
    sums: dict[str, list[int]] = {}
    for at, (start, end) in enumerate(found.days):
        for person, messages in known.totals(request, start, end).items():
            sums.setdefault(person, [0, 0, 0])[at] = messages
    return sums


def _facts(who: Collection[str], acts: Mapping[str, list[int]], new: set[str] | None) -> Section:
    values: tuple[Value, ...] = (
        len(who),
        sum(1 for one in acts.values() if one[1]),
        None if new is None else len(new),
    )
    columns = (
        Column("participants", "Participants"),
        Column("active_people", "Active during the event"),
        Column("newcomers", "Newcomers"),
    )
    notes = ("Newcomers: people whose first message ever was during the event.",)
    return Section("summary", "Summary", columns, (Row(values),), layout=Layout.FACTS, notes=notes)


def _beside(
    found: Spans, acts: Mapping[str, list[int]], everyone: Mapping[str, list[int]]
) -> Iterator[Section]:
    """The participants next to the whole community: messages, and active people."""
    for key, title, count in (
        ("messages_around", "Messages", sum),
        ("people_around", "Active people", _positive),
    ):
        sums = (
            (name, [count([one[at] for one in several]) for at in range(3)])
            for name, several in (
                ("participants", list(acts.values())),
                ("whole community", list(everyone.values())),
            )
        )
        yield Section(
            key,
            f"{title} before, during and after",
            _COLUMNS,
            tuple(
                Row(_values(found, three), subject=name, marks=found.marks) for name, three in sums
            ),
            subject="Who",
            chart=Chart.DUMBBELLS,
            notes=(*_days(found), *([found.why] if found.why else [])),
        )


def _positive(values: list[int]) -> int:
    return sum(1 for one in values if one)


def _values(found: Spans, three: list[int]) -> tuple[Value, ...]:
    """The numbers of the spans as far as they are known, and the change from before to after."""
    values: list[Value] = [
        number if is_known else None for number, is_known in zip(three, found.known, strict=True)
    ]
    before, _, after = three
    return (*values, None if found.why else spans.change(before, after))


def _participants(
    found: Spans, who: Collection[str], acts: Mapping[str, list[int]], new: set[str] | None
) -> Section:
    nothing = [0, 0, 0]
    ordered = sorted(who, key=lambda one: (-acts.get(one, nothing)[1], one))
    rows = (
        Row(
            (*_values(found, acts.get(one, nothing)), _is_new(one, new)),
            subject=one,
            marks=found.marks,
        )
        for one in ordered
    )
    return Section(
        "participants",
        "Participants",
        (*_COLUMNS, _NEW),
        tuple(rows),
        subject="Participant",
        chart=Chart.DUMBBELLS,
        empty="nobody took part",
    )


def _is_new(person: str, new: set[str] | None) -> Value:
    return None if new is None else "new" if person in new else ""


def _days(found: Spans) -> tuple[str, ...]:
    parts = (
        f"{name}: {iso(start)} to {iso(end - 1)}"
        for name, (start, end) in zip(_SPANS, found.days, strict=True)
    )
    lacking = (f"Nothing is known about {listed(found.gaps)}.",) if found.gaps else ()
    return (f"{'; '.join(parts).capitalize()}.", *lacking)


def _notes(found: Spans, first: Coverage, has_history: bool, start: int) -> Iterator[str]:
    if not found.known[0]:
        yield "Before: n/a, as the beginning of that span is not known."
    yield found.why or "Change: from before to after; n/a where there was nothing before."
    if not has_history:
        yield f"New: {why_unknown(first, start - 7 * YEAR, start)}."
