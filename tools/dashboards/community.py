"""The people: how many are active, who they are, who is new, how much hangs on few."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from .frame import COMMUNITY, USER, Panels, framed, to
from .panels import Query, Words, bars, graph, number, rows
from .queries import (
    BOT,
    CATEGORY_PEOPLE,
    PEOPLE,
    PERSON,
    USER_CATEGORY_WEEK,
    USER_FIRST,
    USER_LAST,
    USER_WEEK,
    pick,
    stacked,
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


def board() -> Dashboard:
    """The board."""
    return framed(
        COMMUNITY,
        "Fedora bus: community",
        "The people behind the messages: how many, who, since when, and how much rests on few.",
        since="30d",
        refresh="15m",  # it reads all users again and again, for what changes slowly
        content={"This week": _week(), "Over time": _over_time(), "Who": _who()},
    )


def _week() -> Panels:
    tenth = f"scalar(ceil(sum({pick(PEOPLE, PERSON)}) / 10) or vector(1))"
    everyone = total(pick(USER_WEEK, PERSON))
    return [
        number(
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
                "By the top ten",
                "The share of all messages by people in the last seven days that the ten most "
                "active of them caused.",
                "percentunit",
            ),
            f"sum(topk(10, {_WEEK})) / {everyone}",
            steps=[(None, "green"), (0.5, "orange"), (0.75, "red")],
        ),
        number(
            Words(
                "By the top tenth",
                "The share of all messages by people in the last seven days that the most active "
                "tenth of them caused.",
                "percentunit",
            ),
            f"sum(topk({tenth}, {_WEEK})) / {everyone}",
        ),
    ]


def _over_time() -> Panels:
    named, _ = stacked(9, pick(CATEGORY_PEOPLE, PERSON), "category")
    return [
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
            Query(named, "{{category}}"),
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


def _who() -> Panels:
    return [
        rows(
            Words(
                "Most active people in 7 days",
                "People by messages in the last seven days, with the number of categories in "
                "which they were active. Messages say little about the worth of work.",
            ),
            {
                "Messages": f"topk(100, {_WEEK})",
                "Categories": f"count by (user) ({_CATEGORIES}) and on (user) topk(100, {_WEEK})",
            },
            links={"User": _TO_USER},
        ).span(8),
        rows(
            Words(
                "Newcomers",
                f"People first seen in the last seven days, by when that was. {_SINCE}",
                "dateTimeFromNow",
            ),
            {"First message": f"topk(100, 1000 * ({_NEW}))"},
            links={"User": _TO_USER},
        ).span(8),
        bars(
            Words("Bots", "Messages of the last seven days by accounts that are programs."),
            Query(f"topk(15, {total(pick(USER_WEEK, BOT), 'user')})", "{{user}}"),
        ),
    ]
