"""Every worked example of the definitions, through the command, in CSV."""

import csv
import io
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from fedmsg_exporter.statistics.calendar import day, iso, monday, week
from tests.activity import Row
from tests.calling import invoke
from tests.unit.test_report_command import past

W = week(day("2026-01-05"))
#: The report's week, the one before and the one after, by name.
THIS, BEFORE, AFTER = "2026-W02", "2026-W01", "2026-W03"

#: A value of CSV by section, period, subject, category and metric.
Values = dict[tuple[str, ...], str]
Report = Callable[..., Values]


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """The values of a report on some activity, of which everything since 2020 is known."""

    def made(rows: Iterable[Row], *arguments: str, now: str = "2026-06-01") -> Values:
        file = tmp_path / "history.sqlite"
        past(file, rows, until=now, since="2020-01-06")
        done = invoke(
            "report", *arguments, "--file", str(file), "--format", "csv", "--now", f"{now}T00:00"
        )
        assert done.exit_code == 0, done.output
        with closing(io.StringIO(done.stdout)) as text:
            return {tuple(row[:5]): row[5] for row in csv.reader(text)}

    return made


def on(person: str, date: str, messages: int = 1, category: str = "bodhi") -> Row:
    return person, day(date), messages, category


def weeks(**seen: Iterable[int]) -> list[Row]:
    """One message on the Monday of each week before the report's."""
    return [(who, monday(W - one), 1, "bodhi") for who, several in seen.items() for one in several]


def of_week(*arguments: str) -> tuple[str, ...]:
    """The arguments for the report's week."""
    return (*arguments, "--from", "2026-01-05", "--to", "2026-01-11")


def numbers(values: Values, section: str, period: str = "", subject: str = "") -> dict[str, str]:
    """The numbers of a row, by metric."""
    return {key[4]: one for key, one in values.items() if key[:3] == (section, period, subject)}


def test_1_categories(report: Report) -> None:
    """Share to one decimal, change to the equal span before, new from nothing."""
    rows = [
        on("ann", "2026-01-05", 4), on("ann", "2026-01-06", 2, "wiki"),
        on("ann", "2026-01-07", 1, "git"),
        on("ann", "2025-12-29", 2), on("ann", "2025-12-30", 2, "wiki"),
    ]  # fmt: skip
    values = report(rows, *of_week("user", "ann"))
    found = [
        tuple(
            values["categories", "", "", name, metric] for metric in ("messages", "share", "change")
        )
        for name in ("bodhi", "wiki", "git")
    ]
    assert found == [("4", "57.1", "100"), ("2", "28.6", "0"), ("1", "14.3", "new")]


BOUNDARIES = [
    on("ann", "2026-01-04"), on("ann", "2026-01-05"),
    on("bob", "2026-01-11", 2), on("cat", "2026-01-12"),
]  # fmt: skip


def test_2_and_8_active_people_and_newcomers(report: Report) -> None:
    """By week and by month; the first second belongs to the later week."""
    values = report(BOUNDARIES, "community", "--from", "2025-12-29", "--to", "2026-01-18")
    for metric, expected in (("active_people", "121"), ("newcomers", "111")):
        found = [values["people", one, "", "", metric] for one in (BEFORE, THIS, AFTER)]
        assert "".join(found) == expected, metric
    months = report(BOUNDARIES, "community", "--from", "2026-01-01", "--to", "2026-01-31",
                    "--by", "month")  # fmt: skip
    assert months["people", "2026-01", "", "", "active_people"] == "3"


def test_3_regular_people(report: Report) -> None:
    """In four distinct weeks of 52, and active in the week."""
    rows = weeks(ann=(51, 30, 10, 0), bob=(52, 30, 10, 0), cat=(0, 1, 2), dan=(1, 2, 3, 4))
    rows += [("cat", monday(W - one) + 1, 4, "bodhi") for one in (0, 1, 2)]
    values = report(rows, *of_week("community"))
    assert numbers(values, "people", THIS)["regular_people"] == "1"
    year = numbers(values, "year", THIS)
    assert (year["regular_people"], year["active_people"]) == ("2", "4")


@pytest.mark.parametrize(
    ("since", "tenure"), [(0, None), (52, "new"), (53, "mid"), (104, "mid"), (105, "old")]
)
def test_4_tenure(report: Report, since: int, tenure: str | None) -> None:
    """New, mid or old by the week of the first message; regular for four weeks of this year."""
    values = report(weeks(ann={since, 3, 2, 1, 0}), *of_week("community"))
    found = numbers(values, "tenure", THIS)
    expected = {f"regular_{one}": "1" if one == (tenure or "new") else "0" for one in _TENURES}
    assert {one: found[one] for one in expected} == expected


_TENURES = ("new", "mid", "old")


@pytest.mark.parametrize(
    ("totals", "core", "factor"),
    [
        ((4, 2, 2, 1), "2", "2"),
        ((3, 3, 3), "2", "2"),
        ((4, 2), "1", "1"),
        ((1000, 433, 343, 332, 202, 90, 42, 33), "3", "2"),
    ],
)
def test_5_core_and_absence_factor(
    report: Report, totals: tuple[int, ...], core: str, factor: str
) -> None:
    """The fewest who did two thirds, and half; CHAOSS's own example among them."""
    rows = [on(f"u{number}", "2026-01-06", one) for number, one in enumerate(totals)]
    found = numbers(report(rows, *of_week("community")), "people", THIS)
    assert (found["core_people"], found["absence_factor"]) == (core, factor)


TEN = (20, 9, 9, 5, 4, 3, 3, 2, 1, 1)


def test_6_and_11_cohorts_and_concentration(report: Report) -> None:
    """Cohorts of people and their messages, Gini's coefficient and the long tail."""
    rows = [on(f"u{number}", "2026-01-06", one) for number, one in enumerate(TEN)]
    values = report(rows, *of_week("community"))
    for section, expected in (
        ("cohort_people", ["1", "0", "4", "5"]),
        ("cohort_messages", ["20", "0", "27", "10"]),
    ):
        found = numbers(values, section, THIS)
        names = ("cohort_top1", "cohort_next9", "cohort_next40", "cohort_rest")
        assert [found[one] for one in names] == expected, section
    found = numbers(values, "concentration", THIS)
    assert (found["gini"], float(found["long_tail"])) == ("0.4719", 5.75)


def test_7_messages_by_age(report: Report) -> None:
    """By how long ago their senders began."""
    rows = [
        *weeks(bob=(4,), cat=(5,), dan=(53,)),
        on("ann", "2026-01-05", 2), on("bob", "2026-01-05", 1),
        on("cat", "2026-01-05", 3), on("dan", "2026-01-05", 4),
    ]  # fmt: skip
    found = numbers(report(rows, *of_week("community")), "ages", THIS)
    ages = ("messages_new", "messages_month", "messages_year", "messages_older")
    assert [found[one] for one in ages] == ["2", "1", "3", "4"]


def test_9_and_10_retention(report: Report) -> None:
    """Who is back after steps of 28 days, of those who could be; who came back at all."""
    first = day("2025-09-01")
    rows: list[Row] = [
        *(("ann", first + one, 1, "bodhi") for one in (0, 28, 84)),
        ("bob", first + 9, 1, "bodhi"),
        *(("cat", first + 29 + one, 1, "bodhi") for one in (0, 55, 56)),
    ]
    values = report(
        rows, "community", "--from", "2025-09-01", "--to", "2026-01-04", now="2026-01-05"
    )
    found = numbers(values, "retention", "2025-09")
    steps = [found[f"retained_{step}"] for step in (1, 2, 3)]
    assert steps == ["66.7", "33.3", "50"]
    outcome = numbers(values, "newcomers", "2025-09")
    assert [outcome[one] for one in ("newcomers", "came_back")] == ["3", "2"]


def test_12_event(report: Report) -> None:
    """Before, during and after, the change, and who is new."""
    start, end = day("2026-02-01"), day("2026-02-02")
    rows: list[Row] = [
        ("ann", start - 3, 2, "bodhi"), ("ann", start, 1, "bodhi"), ("ann", end + 1, 3, "bodhi"),
        ("bob", start - 4, 9, "bodhi"), ("bob", end, 1, "bodhi"),
        ("cat", start + 1, 2, "bodhi"), ("cat", end + 3, 1, "bodhi"),
        ("dan", start - 1, 2, "bodhi"),
    ]  # fmt: skip
    values = report(
        rows, "event", "ann", "bob", "cat",
        "--from", "2026-02-01", "--to", "2026-02-02", "--around", "3",
    )  # fmt: skip
    found = {who: numbers(values, "participants", "", who) for who in ("ann", "bob", "cat")}
    numbers_of = ("before", "during", "after")
    assert {who: [one[name] for name in numbers_of] for who, one in found.items()} == {
        "ann": ["2", "1", "3"],
        "bob": ["0", "1", "0"],
        "cat": ["0", "2", "1"],
    }
    assert found["ann"]["change"] == "50"
    assert [one["new"] for one in found.values()] == ["", "", "new"]


def test_13_inactivity(report: Report) -> None:
    """Whole days since the last act, and the bins of the policy."""
    end = day("2026-03-01")
    rows: list[Row] = [
        (who, end - one, 1, "bodhi")
        for who, one in (("ann", 1), ("bob", 7), ("cat", 30), ("dan", 400))
    ]
    values = report(
        rows, "list", "ann", "bob", "cat", "dan", "eve",
        "--from", "2026-02-02", "--to", "2026-02-28", now=iso(end),
    )  # fmt: skip
    days = [numbers(values, "members", "", who).get("inactive_days") for who in _FIVE]
    assert days == ["0", "6", "29", "399", ""]
    bins = ("0-6", "7-29", "30-89", "90-179", "180-364", "365+", "never")
    found = [values["inactivity", "", one, "", "members"] for one in bins]
    assert found == ["2", "1", "0", "0", "0", "1", "1"]


_FIVE = ("ann", "bob", "cat", "dan", "eve")


def test_14_quiet_and_back(report: Report) -> None:
    """Who was active week after week and no longer is, and who is active again."""
    seen = {"ann": (5, 6, 7, 8), "bob": (3, 5, 6, 7, 8), "cat": (5, 6, 7), "dan": (0, 14)}
    rows = weeks(**seen, eve=(0, 13))
    values = report(rows, *of_week("list", *_FIVE), now="2026-01-12")
    found = {
        key[2]: one for key, one in values.items() if key[0] == "standing" and key[4] == "standing"
    }
    assert found == {"ann": "quiet", "dan": "back"}


def test_15_quarter_to_quarter(report: Report) -> None:
    """Of those who were active in a quarter, how many are in the next."""
    rows = [
        on("ann", "2025-08-01"), on("ann", "2025-11-01"), on("bob", "2025-09-30"),
        on("bob", "2026-01-01"), on("cat", "2025-10-01"),
    ]  # fmt: skip
    values = report(
        rows, "community", "--from", "2025-07-01", "--to", "2025-12-31", "--by", "month"
    )
    found = numbers(values, "quarters", "2025-Q4")
    assert (found["stayed"], found["active_before"]) == ("1", "2")
