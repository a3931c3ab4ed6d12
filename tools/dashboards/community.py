"""The people: how many are active, who they are, who is new, how much rests on few."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from . import variables
from .frame import CATEGORY, COMMUNITY, USER, Panels, framed, to
from .panels import Query, Words, bars, graph, number, rows, trend
from .queries import (
    BOT,
    CATEGORY_PEOPLE,
    PEOPLE,
    PERSON,
    USER_CATEGORY_WEEK,
    USER_FIRST,
    USER_LAST,
    USER_WEEK,
    WEEKLY_ABSENCE_FACTOR,
    WEEKLY_CORE,
    WEEKLY_NEWCOMERS,
    WEEKLY_PEOPLE,
    WEEKLY_REGULARS,
    pick,
    ranked,
    total,
)

_WEEK = total(pick(USER_WEEK, PERSON), "user")
_CATEGORIES = total(pick(USER_CATEGORY_WEEK, PERSON), "user, category")
_FIRST = total(pick(USER_FIRST, PERSON), "user", "min")
_LAST = total(pick(USER_LAST, PERSON), "user", "max")
_NEW = f"{_FIRST} > time() - 7 * 86400"
_CAME = f"({_FIRST} > time() - 8 * 7 * 86400) < time() - 4 * 7 * 86400"
_TO_USER = to(USER, user="${__value.text}")
_SINCE = "First and last times begin with the exporter's own history."
_COMPLETE = "One value a day, for the last complete week (Monday to Sunday, UTC)."


def board() -> Dashboard:
    """The board."""
    return framed(
        COMMUNITY,
        "Fedora bus: community",
        "The people behind the messages: how many, who, since when, and how much rests on few.",
        variables.baseline(),
        since="30d",
        refresh="15m",  # it would keep rereading all users for slow changes
        content={
            "The year": _year(),
            "This week": _week(),
            "Newcomers": _newcomers(),
            "What rests on few": _few(),
            "Who": _who(),
        },
    )


def _weekly(metric: str) -> str:
    """Read what each exporter knows of a week. They share the people: no sum is right."""
    return f"max({pick(metric)})"


def _regulars(tenure: str) -> str:
    matcher = f'tenure="{tenure}"'
    return f"max({pick(WEEKLY_REGULARS, matcher)})"


def _baseline(people: str) -> str:
    """Use the baseline entered; otherwise the first week of the graph, or the average."""
    first, average = (
        f"max({pick(WEEKLY_PEOPLE)} @ start())",
        f"avg_over_time({people}[52w:1d] @ end())",
    )
    return f"((vector($baseline) > 0) or {first} or {average})"


def _year() -> Panels:
    people = _weekly(WEEKLY_PEOPLE)
    regulars = [Query(_regulars(tenure), tenure) for tenure in ("old", "mid", "new")]
    return [
        graph(
            Words(
                "People active each week",
                "People, without bots, who caused at least one message in a week, and the core "
                "who did two thirds of everything. The goal of Strategy 2028 is to double the "
                f"people of the baseline, which is set at the top of the board. {_COMPLETE}",
            ),
            Query(people, "people active"),
            Query(_weekly(WEEKLY_CORE), "core"),
            Query(
                f"2 * {_baseline(people)}",
                "goal of Strategy 2028",
            ),
        )
        .time_from("52w")
        .interval("1d")
        .span(12),
        graph(
            Words(
                "Regulars, by how long they have been here",
                "People active in at least four of the last 52 weeks: new since less than a year, "
                f"for one or two years (mid), or for longer (old). {_COMPLETE}",
            ),
            *regulars,
            stack=True,
        )
        .time_from("52w")
        .interval("1d")
        .span(8),
        trend(
            Words(
                "Absence factor",
                "How many people did half of everything in a week: if they were all away, half "
                f"would be missing. {_COMPLETE}",
            ),
            _weekly(WEEKLY_ABSENCE_FACTOR),
        )
        .time_from("52w")
        .interval("1d")
        .span(4)
        .height(9),
    ]


def _week() -> Panels:
    tenth = f"scalar(ceil(sum({pick(PEOPLE, PERSON)}) / 10) or vector(1))"
    everyone = total(pick(USER_WEEK, PERSON))
    return [
        trend(
            Words(
                "People active in 7 days",
                "People, without bots, who caused at least one message in the last seven days.",
            ),
            f"sum({pick(PEOPLE, PERSON)})",
        ),
        number(
            Words("People active in the 7 days before", "The same for the seven days before."),
            f"sum({pick(PEOPLE, PERSON)} offset 7d)",
        ),
        number(
            Words(
                "Newcomers in 7 days",
                f"People whose first message ever counted was in the last seven days. {_SINCE}",
            ),
            f"count({_NEW}) or vector(0)",
        ),
        number(
            Words(
                "Newcomers who stayed",
                "Of the people who were first seen four to eight weeks ago, the share that was "
                f"active in the last seven days. {_SINCE}",
                "percentunit",
            ),
            f"count(({_LAST} > time() - 7 * 86400) and on (user) ({_CAME})) / count({_CAME})",
        ),
        number(
            Words(
                "Share of the ten most active",
                "The share of all messages by people in the last seven days that the ten most "
                "active of them caused.",
                "percentunit",
            ),
            f"sum(topk(10, {_WEEK})) / {everyone}",
            steps=[(None, "green"), (0.5, "orange"), (0.75, "red")],
        ),
        number(
            Words(
                "Share of the most active tenth",
                "The share of all messages by people in the last seven days that the most active "
                "tenth of them caused.",
                "percentunit",
            ),
            f"sum(topk({tenth}, {_WEEK})) / {everyone}",
        ),
        graph(
            Words(
                "People active",
                "People, without bots, who caused at least one message in the seven days before "
                "each moment; and how many it was four weeks earlier.",
            ),
            Query(f"sum({pick(PEOPLE, PERSON)})", "people"),
            Query(f"sum({pick(PEOPLE, PERSON)} offset 4w)", "four weeks before"),
        ).span(8),
        graph(
            Words(
                "People active, by category",
                "People who caused a message in the seven days before each moment, in the nine "
                "categories with most of them. One who is active in two counts in both.",
            ),
            Query(ranked(9, pick(CATEGORY_PEOPLE, PERSON), "category")[0], "{{category}}"),
        ).span(8),
        # A graph would read every sample of every user: minutes, with 20,000 of them.
        bars(
            Words(
                "Messages by people and by bots",
                "Messages of the last seven days, by the kind of their user.",
            ),
            Query(total(pick(USER_WEEK), "kind"), "{{kind}}"),
        ).height(9),
    ]


def _newcomers() -> Panels:
    return [
        graph(
            Words(
                "Newcomers each week",
                f"People who were never seen before that week. {_COMPLETE}",
            ),
            Query(_weekly(WEEKLY_NEWCOMERS), "newcomers"),
        )
        .time_from("52w")
        .interval("1d")
        .span(8),
        rows(
            Words(
                "Newcomers by month, and who stayed",
                "People by the month in which they were first seen, over a year; how many of them "
                f"were active in the last four weeks, and their share. {_SINCE}",
            ),
            ["month"],
            _cohorts(),
            shares={"Share": ("Still active", "Newcomers")},
        )
        .sort_by([])
        .span(8)
        .height(9),
        rows(
            Words(
                "Newcomers",
                f"People first seen in the last seven days, by when that was. {_SINCE}",
                "dateTimeFromNow",
            ),
            ["user"],
            {"First message": f"topk(100, 1000 * ({_NEW}))"},
            links={"User": _TO_USER},
        )
        .span(8)
        .height(9),
    ]


def _cohorts() -> dict[str, str]:
    """Count people by the month of their first message: all, and those still active."""
    first = f"({_FIRST} > time() - 365 * 86400)"
    here = f"({first} and on (user) ({_LAST} > time() - 28 * 86400))"
    return {"Newcomers": _by_month(first), "Still active": _by_month(here)}


def _by_month(times: str) -> str:
    """Count times by month: 2026-01."""
    month = f'count_values("month", 100 * year({times}) + month({times}))'
    return f'label_replace({month}, "month", "$1-$2", "month", "(....)(..)")'


def _few() -> Panels:
    return [
        rows(
            Words(
                "How much rests on few, by category",
                "For each app: people active in the last seven days, their messages, and the "
                "shares of the most active one and the most active ten.",
            ),
            ["category"],
            {
                "Messages": total(_CATEGORIES, "category"),
                "People": total(_CATEGORIES, "category", "count"),
                "Of the first": _top(1),
                "Of the first ten": _top(10),
            },
            links={"Category": to(CATEGORY, category="${__value.text}")},
            shares={
                "First": ("Of the first", "Messages"),
                "First ten": ("Of the first ten", "Messages"),
            },
        ).span(16),
        bars(
            Words("Bots", "Messages of the last seven days by accounts that are programs."),
            Query(f"topk(15, {total(pick(USER_WEEK, BOT), 'user')})", "{{user}}"),
        ),
    ]


def _top(count: int) -> str:
    return f"sum by (category) (topk by (category) ({count}, {_CATEGORIES}))"


def _who() -> Panels:
    return [
        rows(
            Words(
                "Most active people in 7 days",
                "People by messages in the last seven days, with the number of categories in "
                "which they were active. Messages say little about the worth of work.",
            ),
            ["user"],
            {
                "Messages": f"topk(100, {_WEEK})",
                "Categories": f"count by (user) ({_CATEGORIES}) and on (user) topk(100, {_WEEK})",
            },
            links={"User": _TO_USER},
        ),
        rows(
            Words(
                "In most categories",
                "People by the number of categories in which they were active in the last seven "
                "days: they know how the parts fit together.",
            ),
            ["user"],
            {"Categories": f"topk(100, count by (user) ({_CATEGORIES}))"},
            links={"User": _TO_USER},
        ),
    ]
