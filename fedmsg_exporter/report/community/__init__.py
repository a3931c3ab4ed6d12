"""The community by week or month: who is active, regular, new, core, and who stays. Pure.

``scan`` goes through the days once. On the way ``table`` adds them up to periods,
``cohorts`` ranks people by a quarter, ``retention`` follows newcomers, ``quarters``
compares quarters, ``year`` takes the last 52 weeks, ``names`` keeps people where
they may be named. Each of these also makes its sections, ``people`` those of
``table``; ``categories`` needs no people. ``knowledge`` knows which numbers cannot be
known.
"""

from collections.abc import Iterator, Mapping

from ...statistics.calendar import week
from ...statistics.numbered import numbered
from ..asked import running
from ..basis import basis
from ..known import Known
from ..model import Report, Section
from ..periods import lead, periods, whole
from ..refusal import require_known
from ..request import Request
from .categories import category_section
from .cohorts import cohort_sections
from .knowledge import Knowledge
from .names import name_sections
from .people import category_people, people_sections
from .quarters import quarter_section
from .retention import outcome_section, retention_section
from .scan import Scan, tables_by_category
from .year import average_section, year_section


def community(known: Known, request: Request) -> Report:
    """The report on everyone, over the whole periods that a range touches.

    Raises ReportError if nothing of them is known, LedgerError.
    """
    request = whole(request)
    closed = _closed(known, request)
    if not any(week(one.start) in closed for one in periods(request)):
        require_known(known, request)
    now = running(request)
    sections = _sections(known, request._replace(end=now.end) if now else request)
    return Report("community", "The community", basis(known, request), tuple(sections))


def _sections(known: Known, request: Request) -> Iterator[Section]:
    knowledge = Knowledge(
        known.coverage(), known.first_coverage(), request.now, _closed(known, request)
    )
    people = numbered(known.first(), lead(request))
    scan = Scan(people, knowledge, request)
    scan.run(known)
    yield average_section(knowledge, scan.table.rows, request.by)
    yield from people_sections(knowledge, scan.table.rows)
    if scan.year:
        yield year_section(knowledge, scan.year)
    yield from cohort_sections(knowledge, request, scan.ranking.rows)
    yield outcome_section(knowledge, request, scan.arrivals)
    yield retention_section(knowledge, request, scan.arrivals)
    yield quarter_section(knowledge, scan.quarters)
    categories = category_section(known, knowledge, request)
    yield categories
    if request.names:
        yield from name_sections(knowledge, people, scan.latest, scan.newcomers)
    if request.each_category:
        names = [row.category for row in categories.rows]
        for name, table in tables_by_category(known, request, people, names).items():
            yield category_people(knowledge._replace(closed={}), table.rows, name)


def _closed(known: Known, request: Request) -> Mapping[int, Mapping[str, float]]:
    """What was kept of weeks, where the request is for those very numbers."""
    is_filtered = request.categories or request.topics
    is_kept = request.by == "week" and request.week_start == "monday" and not is_filtered
    return known.closed() if is_kept else {}
