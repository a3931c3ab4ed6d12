"""The sections that reports of people have in common. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from ..statistics import spans
from ..statistics.coverage import Coverage
from . import asked
from .acts import Acts, Around
from .known import PersonDay
from .model import Chart, Column, Layout, Row, Section, Unit, Value
from .periods import Period, is_known, period_of, periods
from .request import Request

MESSAGES = Column("messages", "Messages")
SHARE = Column("share", "Share", Unit.PERCENT)
CHANGE = Column("change", "Change", Unit.CHANGE)
ACTIVE_DAYS = Column("active_days", "Active days")

#: What a change is where there was nothing before.
NEW = "new"


def change(now: int, before: int | None) -> Value:
    """The change in per cent; `NEW` from nothing, None without a span before, or from 0 to 0."""
    if before is None:
        return None
    found = spans.change(before, now)
    if found is None:
        return NEW if now else None
    return found


def categories(around: Around) -> Section:
    """Messages by category with share and change."""
    before = None if around.before is None else around.before.by_category()
    rows = (
        Row(
            (
                one.messages,
                one.share,
                change(one.messages, None if before is None else before[name]),
            ),
            category=name,
        )
        for name, one in spans.table(around.now.by_category(), before or {}).items()
    )
    return Section(
        "categories",
        "Categories",
        (MESSAGES, SHARE, CHANGE),
        tuple(rows),
        chart=Chart.BARS,
        notes=why(around),
        empty="no messages in this range",
    )


def why(around: Around) -> tuple[str, ...]:
    """A remark where there is no change."""
    return (around.why,) if around.why else ()


def summary(columns: tuple[Column, ...], values: tuple[Value, ...], around: Around) -> Section:
    """The first section of a report: one value for each column."""
    row = (Row(values),)
    return Section("summary", "Summary", columns, row, layout=Layout.FACTS, notes=why(around))


def shown_periods(request: Request) -> list[Period]:
    """The weeks or months of the range, and the one that is running."""
    running = asked.running(request)
    return [*periods(request), *([running] if running else [])]


def over_time(request: Request, coverage: Coverage, shown: Acts) -> Section:
    """Messages and active people by week or month."""
    rows = []
    for one in shown_periods(request):
        part = asked.cut(request, one)
        here = shown.within(part.start, part.end)
        values: tuple[Value, ...] = (here.total(), len(here.by_day()), len(here.by_person()))
        rows.append(period_row(request, coverage, one, values))
    title = "Months" if request.by == "month" else "Weeks"
    columns = (MESSAGES, ACTIVE_DAYS, Column("active_people", "Active people"))
    return Section(title.lower(), title, columns, tuple(rows), chart=Chart.LINE)


def period_row(
    request: Request, coverage: Coverage, period: Period, values: tuple[Value, ...]
) -> Row:
    """A row of a period: n/a where nothing is known about it."""
    part = asked.cut(request, period)
    known = values if is_known(part, coverage) else (None,) * len(values)
    marks = asked.marks_of(request, coverage, period)
    return Row(known, period.label, marks=marks)


def by_category(request: Request, coverage: Coverage, shown: Acts) -> Section:
    """Messages of each category by week or month: what `--each category` adds."""
    sums = _by_period(request, shown, lambda row: row.category)
    cells = _cells(request, coverage, sums, shown.by_category())
    return Section(
        f"categories_by_{request.by}",
        f"Categories by {request.by}",
        (MESSAGES,),
        tuple(row._replace(category=name) for name, row in cells),
        layout=Layout.MATRIX,
        empty="no messages in this range",
    )


def members_by_period(request: Request, coverage: Coverage, shown: Acts) -> Section:
    """Messages of each member who did anything, by week or month."""
    sums = _by_period(request, shown, lambda row: row.person)
    cells = _cells(request, coverage, sums, shown.by_person())
    return Section(
        f"members_by_{request.by}",
        f"Members by {request.by}",
        (MESSAGES,),
        tuple(row._replace(subject=name) for name, row in cells),
        subject="Member",
        layout=Layout.MATRIX,
        empty="no member was active in this range",
    )


def topics(found: Iterable[tuple[str, str, int]]) -> Section:
    """Messages by topic with share."""
    several = {(category, topic): messages for category, topic, messages in found}
    total = sum(several.values())
    ordered = sorted(several.items(), key=lambda item: (-item[1], item[0]))
    rows = (
        Row((messages, round(100 * messages / total, 1)), "", topic, category)
        for (category, topic), messages in ordered
    )
    return Section(
        "topics",
        "Topics",
        (MESSAGES, SHARE),
        tuple(rows),
        subject="Topic",
        empty="no messages in this range",
    )


def _by_period(
    request: Request, shown: Acts, key: Callable[[PersonDay], str]
) -> Counter[tuple[str, str]]:
    """Messages by key and label of the period."""
    labels = {day: period_of(request, day).label for day in shown.by_day()}
    found: Counter[tuple[str, str]] = Counter()
    for row in shown.rows:
        found[key(row), labels[row.day]] += row.messages
    return found


def _cells(
    request: Request,
    coverage: Coverage,
    sums: Counter[tuple[str, str]],
    totals: Mapping[str, int],
) -> Iterator[tuple[str, Row]]:
    """A row for each name and period, the names with most first."""
    for name in spans.table(totals, {}):
        for one in shown_periods(request):
            yield name, period_row(request, coverage, one, (sums[name, one.label],))
