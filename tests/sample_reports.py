"""Reports for tests of the formats: one of each kind, with every layout, chart, unit and mark."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from fedmsg_exporter.report.model import (
    Basis,
    Chart,
    Column,
    Layout,
    LeftOut,
    Mark,
    MemberList,
    Report,
    Row,
    Section,
    Unit,
    Value,
)
from fedmsg_exporter.statistics.calendar import day, start_of
from fedmsg_exporter.statistics.coverage import Span

END = day("2026-01-12")
MEMBERS = ("adamw", "bcotton", "kevin", "mattdm", "ralph", "siddharthvipul1", "t0xic0der")
CATEGORIES = ("bodhi", "copr", "discourse", "git", "koji", "meetbot", "planet", "wiki")


def weeks(number: int, end: int = END) -> list[str]:
    """The labels of the weeks before a Monday."""
    monday = date(1970, 1, 1) + timedelta(end)
    return [_label(monday - timedelta(7 * back)) for back in range(number, 0, -1)]


def _label(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


def months(number: int) -> list[str]:
    """The labels of the months before 2026."""
    return [f"{2025 - back // 12}-{12 - back % 12:02}" for back in reversed(range(number))]


def basis(
    days: int = 91, *, members: MemberList | None = None, gaps: tuple[Span, ...] | None = None
) -> Basis:
    """A basis with a gap in its second week."""
    start = END - days
    if gaps is None:
        gaps = (Span(start_of(start + 8) + 3600, start_of(start + 8) + 8 * 3600),)
    return Basis(
        start=start,
        end=END,
        now=start_of(END) + 43200,
        coverage=(Span(start_of(day("2023-01-02")), start_of(END)),),
        gaps=gaps,
        credit="agent",
        expose="all",
        left_out=LeftOut(bots=12345, uncredited=678, other=9, invalid=1),
        version="1.2.3",
        sources=("/var/lib/fedmsg-exporter/ledger.sqlite3",),
        members=members,
    )


def user() -> Report:
    """A person over 13 weeks."""
    chance = random.Random(1)
    sections = (
        Section(
            "activity",
            "Activity",
            (
                Column("messages", "Messages"),
                Column("change", "Change", Unit.CHANGE),
                Column("active_days", "Active days"),
                Column("active_weeks", "Active weeks"),
                Column("longest_run", "Longest run of weeks"),
                Column("first_day", "First day", Unit.DATE),
                Column("last_day", "Last day", Unit.DATE),
            ),
            (Row((1234, -12.3, 57, 13, 29, "2014-03-07", "2026-01-11")),),
            layout=Layout.FACTS,
        ),
        categories(),
        Section(
            "weeks",
            "Weeks",
            (Column("messages", "Messages"),),
            tuple(
                Row((chance.randrange(10, 150),), period=one, marks=(Mark.GAP,) if n == 1 else ())
                for n, one in enumerate(weeks(13))
            ),
            chart=Chart.LINE,
        ),
        calendar(),
        by_category(),
        Section(
            "topics",
            "Topics",
            (Column("messages", "Messages"),),
            (
                Row((410,), subject="bodhi.update.comment", category="bodhi"),
                Row((200,), subject="git.receive", category="git"),
            ),
            subject="Topic",
            notes=("2 more with 9.",),
        ),
    )
    return Report("user", "ralph, 13 weeks", basis(), sections)


def categories() -> Section:
    """A table with bars, shares and changes, one of them unknown."""
    rows = (
        Row((701, 56.8, 100.0), category="bodhi"),
        Row((303, 24.6, -33.3), category="git"),
        Row((130, 10.5, 0.0), category="wiki"),
        Row((99, 8.0, "new"), category="koji"),
        Row((1, 0.1, None), category="planet"),
    )
    columns = (
        Column("messages", "Messages"),
        Column("share", "Share", Unit.PERCENT),
        Column("change", "Change", Unit.CHANGE),
    )
    return Section("categories", "Categories", columns, rows, chart=Chart.BARS)


def calendar(days: int = 91) -> Section:
    """A value for each day, the last of them so far."""
    chance = random.Random(2)
    rows = (
        Row(
            (max(0, chance.randrange(-10, 25)),),
            period=(date(1970, 1, 1) + timedelta(one)).isoformat(),
            marks=(Mark.SO_FAR,) if one == END - 1 else (),
        )
        for one in range(END - days + 2, END)
    )
    return Section(
        "days",
        "Calendar",
        (Column("messages", "Messages"),),
        tuple(rows),
        layout=Layout.CALENDAR,
        chart=Chart.CALENDAR,
    )


def group(kind: str = "group") -> Report:
    """A team over 13 weeks, one of its members silent."""
    members = MemberList("commops", len(MEMBERS), "2026-01-10" if kind == "group" else None)
    sections = (
        Section(
            "total",
            "Total",
            (Column("messages", "Messages"), Column("change", "Change", Unit.CHANGE)),
            (Row((2345, 4.0)),),
            layout=Layout.FACTS,
        ),
        matrix(),
        Section(
            "inactivity",
            "Days since the last act",
            (Column("days", "Days", Unit.DAYS), Column("last_day", "Last day", Unit.DATE)),
            (
                Row((0, "2026-01-11"), subject="ralph"),
                Row((399, "2024-12-08"), subject="kevin"),
                Row(("never", None), subject="siddharthvipul1"),
            ),
            subject="Member",
        ),
        Section(
            "bins",
            "Members by days since the last act",
            (Column("members", "Members"),),
            tuple(
                Row((number,), subject=name)
                for name, number in (("0-6", 3), ("7-29", 2), ("30-89", 0), ("never", 2))
            ),
            subject="Days",
            chart=Chart.BARS,
        ),
        Section("new", "New", (Column("first_day", "First day", Unit.DATE),), empty="Nobody."),
    )
    return Report(kind, "Group commops, 13 weeks", basis(members=members), sections)


def matrix(number: int = 13) -> Section:
    """Members by week."""
    chance = random.Random(3)
    rows = (
        Row(
            (0 if member.startswith("s") else max(0, chance.randrange(-15, 60)),),
            period=week,
            subject=member,
            marks=(Mark.GAP,) if at == 1 else (),
        )
        for member in MEMBERS
        for at, week in enumerate(weeks(number))
    )
    return Section(
        "members",
        "Messages by member and week",
        (Column("messages", "Messages"),),
        tuple(rows),
        subject="Member",
        layout=Layout.MATRIX,
    )


def by_category() -> Section:
    """Categories by month, without subjects."""
    rows = tuple(
        Row((number * at,), period=month, category=name)
        for number, name in enumerate(CATEGORIES)
        for at, month in enumerate(months(3))
    )
    columns = (Column("messages", "Messages"),)
    return Section("by_month", "Categories by month", columns, rows, layout=Layout.MATRIX)


def event() -> Report:
    """An event with its participants and the community beside them."""
    columns = (
        Column("before", "Before"),
        Column("during", "During"),
        Column("after", "After"),
        Column("change", "Change", Unit.CHANGE),
        Column("new", "New", Unit.TEXT),
    )
    rows = (
        Row((2, 1, 3, 50.0, ""), subject="ann"),
        Row((0, 1, 0, None, ""), subject="bob"),
        Row((0, 2, 1, "new", "new"), subject="cat"),
        Row((40, 12, 22, -45.0, ""), subject="dan"),
    )
    community = Row((12000, 900, 12500, 4.2, ""), subject="whole community")
    sections = (
        Section(
            "participants",
            "Participants",
            columns,
            rows,
            subject="Participant",
            chart=Chart.DUMBBELLS,
        ),
        Section("community", "Beside them", columns, (community,), subject="Who"),
    )
    return Report("event", "Flock, 1 to 2 February", basis(61), sections)


def community(number: int = 52) -> Report:
    """A community's year by week."""
    sections = (
        people(number),
        tenure(number),
        cohorts(number),
        ages(number),
        concentration(number),
        retention(),
        Section(
            "quarters",
            "Quarter to quarter",
            (Column("kept", "Active in the next quarter, too", Unit.PERCENT),),
            tuple(Row((56.0 + at,), period=one) for at, one in enumerate(["2025-Q3", "2025-Q4"])),
        ),
    )
    return Report("community", "Community, 52 weeks", basis(7 * number), sections)


def _course(number: int, base: float, spread: float, seed: int) -> list[int]:
    chance = random.Random(seed)
    values, now = [], base
    for _ in range(number):
        now += chance.uniform(-spread, spread) + (base - now) * 0.1
        values.append(max(0, round(now)))
    return values


def _marks(at: int, number: int) -> tuple[Mark, ...]:
    return (Mark.GAP,) if at == 1 else (Mark.SO_FAR,) if at == number - 1 else ()


def _by_week(number: int, *courses: list[int]) -> Iterator[Row]:
    """The courses, with their sum first."""
    for at, week in enumerate(weeks(number)):
        values = [course[at] for course in courses]
        yield Row((sum(values), *values), period=week, marks=_marks(at, number))


def people(number: int) -> Section:
    """The table of a community; the newcomers of the first weeks are unknown."""
    columns = (
        Column("messages", "Messages"),
        Column("active_people", "Active people"),
        Column("core_people", "Core"),
        Column("absence_factor", "Absence factor"),
        Column("newcomers", "Newcomers"),
    )
    courses = (
        _course(number, 86000, 4000, 4),
        _course(number, 720, 60, 5),
        _course(number, 44, 6, 6),
        _course(number, 21, 3, 7),
        _course(number, 15, 6, 8),
    )
    rows = []
    for at, week in enumerate(weeks(number)):
        values: list[Value] = [course[at] for course in courses]
        if at < 4:
            values[-1] = None
        rows.append(Row(tuple(values), period=week, marks=_marks(at, number)))
    return Section(
        "people",
        "People by week",
        columns,
        tuple(rows),
        chart=Chart.LINE,
        notes=("Newcomers are n/a where fewer than 52 weeks are known before.",),
    )


def tenure(number: int) -> Section:
    """Stacked areas of tenure with the line of all."""
    columns = (
        Column("regular_people", "All regular"),
        Column("regular_old", "Old"),
        Column("regular_mid", "Middle"),
        Column("regular_new", "New"),
    )
    courses = (
        _course(number, 210, 12, 9),
        _course(number, 60, 8, 10),
        _course(number, 35, 8, 11),
    )
    rows = tuple(_by_week(number, *courses))
    return Section("tenure", "Regular people by tenure", columns, rows, chart=Chart.AREAS)


def cohorts(number: int) -> Section:
    """Stacked areas of cohorts; the last six weeks are provisional."""
    columns = (
        Column("messages", "Messages"),
        Column("cohort_top1", "Top 1 %"),
        Column("cohort_next9", "Next 9 %"),
        Column("cohort_next40", "Next 40 %"),
        Column("cohort_rest", "Other half"),
    )
    courses = [
        _course(number, base, base / 12, 12 + at)
        for at, base in enumerate((41000, 30000, 13000, 2400))
    ]
    rows = tuple(
        row._replace(marks=(*row.marks, Mark.PROVISIONAL)) if at >= number - 6 else row
        for at, row in enumerate(_by_week(number, *courses))
    )
    return Section("cohorts", "Messages by cohort", columns, rows, chart=Chart.AREAS)


def ages(number: int) -> Section:
    """Messages by age of the person, for months."""
    columns = (
        Column("age_new", "First week"),
        Column("age_month", "To 4 weeks"),
        Column("age_year", "To 52 weeks"),
        Column("age_older", "Older"),
    )
    courses = [
        _course(number, base, base / 9, 20 + at) for at, base in enumerate((300, 1500, 9000, 76000))
    ]
    rows = (
        Row(tuple(course[at] for course in courses), period=month)
        for at, month in enumerate(months(12))
    )
    return Section("ages", "Messages by age of the person", columns, tuple(rows))


def concentration(number: int) -> Section:
    """Ratios to four decimals."""
    chance = random.Random(30)
    columns = (
        Column("gini", "Gini", Unit.RATIO),
        Column("long_tail", "Long tail", Unit.RATIO),
        Column("top_ten_share", "Share of the top ten", Unit.PERCENT),
    )
    rows = (
        Row(
            (
                round(chance.uniform(0.8, 0.9), 4),
                round(chance.uniform(100, 2000), 4),
                round(chance.uniform(20, 35), 1),
            ),
            period=week,
        )
        for week in weeks(number)
    )
    return Section("concentration", "Concentration", columns, tuple(rows))


def retention(number: int = 12) -> Section:
    """A triangle: what is not over yet is unknown."""
    chance = random.Random(40)
    columns = (
        Column("newcomers", "Newcomers"),
        *(Column(f"retained_{k}", f"{28 * k} days", Unit.PERCENT) for k in range(1, number + 1)),
    )
    rows = []
    for at, month in enumerate(months(number)):
        kept: list[Value] = [
            round(max(0.0, 48 / (k + 0.3) ** 0.5 + chance.uniform(-9, 9)), 1)
            if k < number - at
            else None
            for k in range(1, number + 1)
        ]
        rows.append(Row((chance.randrange(20, 90), *kept), period=month))
    return Section(
        "retention",
        "Retention by cohort",
        columns,
        tuple(rows),
        chart=Chart.TRIANGLE,
        notes=("Step k is the 28 days from day 28k on after the first day.",),
    )


def week() -> Report:
    """The weekly post."""
    sections = (
        Section(
            "activities",
            "Activities",
            (Column("messages", "Messages"), Column("change", "Change", Unit.CHANGE)),
            (
                Row((86123, 1.2), subject="All"),
                Row((4501, -3.0), subject="Updates", category="bodhi"),
            ),
            subject="What",
        ),
        Section(
            "newcomers",
            "Newcomers",
            (Column("newcomers", "Newcomers"), Column("of_them", "Active since", Unit.PERCENT)),
            (Row((14, None), period="2026-W02", marks=(Mark.GAP, Mark.PROVISIONAL)),),
            layout=Layout.FACTS,
        ),
    )
    return Report("week", "Week 2026-W02 in Fedora", basis(7, gaps=()), sections)


def every() -> dict[str, Report]:
    """A report of each kind."""
    return {
        "user": user(),
        "list": group("list"),
        "group": group(),
        "community": community(),
        "event": event(),
        "week": week(),
    }
