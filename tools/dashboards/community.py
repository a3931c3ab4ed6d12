"""The people: how many are active, who they are, who is new, how much depends on a few."""

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
_SINCE = "First and last times go back only as far as the exporter's data."
_COMPLETE = "One value a day, for the last complete week (Monday to Sunday, UTC)."


def board() -> Dashboard:
    """The board."""
    return framed(
        COMMUNITY,
        "Fedora bus: community",
        "The people behind the messages: how many, who, since when, and how much depends on a "
        "few of them.",
        variables.baseline(),
        since="30d",
        refresh="15m",  # it would keep rereading all users for slow changes
        content={
            "The year": _year(),
            "This week": _week(),
            "Newcomers": _newcomers(),
            "Dependence on a few people": _few(),
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
                "People, not bots, who caused at least one message in a week, and the core who "
                "did two thirds of everything. The goal of Strategy 2028 is to double the number "
                "of people in the baseline, which you can set at the top of the board. "
                f"{_COMPLETE}",
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
                "People active in at least four of the last 52 weeks: here for less than a year "
                f"(new), for one to two years (mid), or for longer (old). {_COMPLETE}",
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
                "The smallest number of people who did half of everything in a week: if they "
                f"were all away, half would be missing. {_COMPLETE}",
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
                "People, not bots, who caused at least one message in the last seven days.",
            ),
            f"sum({pick(PEOPLE, PERSON)})",
        ),
        number(
            Words(
                "People active in the 7 days before", "The same for the seven days before those."
            ),
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
                "The share of the people first seen four to eight weeks ago who were active in "
                f"the last seven days. {_SINCE}",
                "percentunit",
            ),
            f"count(({_LAST} > time() - 7 * 86400) and on (user) ({_CAME})) / count({_CAME})",
        ),
        number(
            Words(
                "Share of the ten most active",
                "The ten most active people's share of all messages by people in the last seven "
                "days.",
                "percentunit",
            ),
            f"sum(topk(10, {_WEEK})) / {everyone}",
            steps=[(None, "green"), (0.5, "orange"), (0.75, "red")],
        ),
        number(
            Words(
                "Share of the most active tenth",
                "The most active tenth's share of all messages by people in the last seven days.",
                "percentunit",
            ),
            f"sum(topk({tenth}, {_WEEK})) / {everyone}",
        ),
        graph(
            Words(
                "People active",
                "People, not bots, who caused at least one message in the preceding seven days, "
                "and the same four weeks earlier.",
            ),
            Query(f"sum({pick(PEOPLE, PERSON)})", "people"),
            Query(f"sum({pick(PEOPLE, PERSON)} offset 4w)", "four weeks earlier"),
        ).span(8),
        graph(
            Words(
                "People active, by category",
                "People who caused a message in the preceding seven days, in the nine categories "
                "with the most people. A person active in two categories counts in both.",
            ),
            Query(ranked(9, pick(CATEGORY_PEOPLE, PERSON), "category")[0], "{{category}}"),
        ).span(8),
        # A graph would read every sample of every user: minutes, with 20,000 of them.
        bars(
            Words(
                "Messages by people and by bots",
                "Messages in the last seven days, by the kind of their user.",
            ),
            Query(total(pick(USER_WEEK), "kind"), "{{kind}}"),
        ).height(9),
    ]


def _newcomers() -> Panels:
    return [
        graph(
            Words(
                "Newcomers each week",
                f"People who had never been seen before that week. {_COMPLETE}",
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
                f"People first seen in the last seven days, the newest first. {_SINCE}",
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
                "How much depends on a few people, by category",
                "For each app: people active in the last seven days, their messages, and the "
                "shares of the most active person and of the ten most active.",
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
            Words("Bots", "Messages in the last seven days by accounts that are programs."),
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
                "which they were active. The number of messages says little about the value of "
                "the work.",
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
                "In the most categories",
                "People by the number of categories in which they were active in the last seven "
                "days: they know how the parts fit together.",
            ),
            ["user"],
            {"Categories": f"topk(100, count by (user) ({_CATEGORIES}))"},
            links={"User": _TO_USER},
        ),
    ]
