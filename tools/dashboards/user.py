"""One user: what they do, and since when."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from . import style, variables
from .frame import CATEGORY, USER, Panels, framed, to
from .panels import Query, Words, bars, days, heat, number, rows
from .queries import (
    OF_USER,
    PERSON,
    USER_FIRST,
    USER_LAST,
    USER_WEEK,
    USERS,
    days_of_week,
    grown,
    on_day,
    pick,
    total,
)

_USER = pick(USERS, OF_USER)
_EVERYONE = total(pick(USER_WEEK, PERSON), "user")


def board() -> Dashboard:
    """The board."""
    return framed(
        USER,
        "Fedora bus: user",
        "What one user does on the bus. Type a name, or click one in the table below.",
        variables.user(),
        since="30d",
        refresh="15m",  # it would keep rereading all users for slow changes
        content={"Summary": _short(), "What": _what(), "Find a user": _find()},
    )


def _short() -> Panels:
    panels = [
        number(Words("Messages in 7 days", "Messages in the last seven days."), grown(_USER, "7d")),
        number(
            Words("Messages in the 7 days before", "Messages in the seven days before those."),
            grown(_USER, "7d", ago="7d"),
        ),
        number(
            Words("Messages in the time shown", "Messages in the time range chosen at the top."),
            grown(_USER, "$__range"),
        ),
        number(
            Words(
                "Rank among people",
                "Rank among all people by messages in the last seven days.",
                "none",
            ),
            f"count({_EVERYONE} > on () group_left () sum({grown(_USER, '7d')})) + 1 "
            f"or on () 0 * sum({_USER}) + 1",
        ),
        number(
            Words(
                "First message",
                "When the first message that the exporter counted was sent.",
                "dateTimeFromNow",
            ),
            f"1000 * min({pick(USER_FIRST, OF_USER)})",
        ),
        number(
            Words("Last message", "When the latest message was sent.", "dateTimeFromNow"),
            f"1000 * max({pick(USER_LAST, OF_USER)})",
        ),
    ]
    return [panel.no_value("No such user") for panel in panels]


def _what() -> Panels:
    return [
        heat(
            Words(
                "Calendar",
                "Messages on each day (UTC) of the last year. Columns are seven days each, from "
                "Thursday to Wednesday; the last one is complete. The very first day is left out.",
            ),
            Query(days_of_week(_USER), "{{day}}"),
        )
        .time_from("52w")
        .interval("7d")
        .height(8)
        .span(24),
        days(
            Words(
                "Messages a day, by category",
                "Exact number of messages on each complete day (UTC), by app.",
            ),
            Query(on_day(_USER, "category"), "{{category}}"),
        )
        .legend(style.ranking())
        .span(16)
        .height(10),
        bars(
            Words("Categories", "Messages in the time shown, by app."),
            Query(f"{grown(_USER, '$__range', 'category')} > 0", "{{category}}"),
            link=to(CATEGORY, category="${__field.labels.category}"),
        ),
    ]


def _find() -> Panels:
    return [
        rows(
            Words(
                "Most active users in 7 days",
                "Users, including bots, by messages in the last seven days.",
            ),
            ["user", "kind"],
            {"Messages": f"topk(100, {total(pick(USER_WEEK), 'user, kind')})"},
            links={"User": to(USER, user="${__value.text}")},
        ),
        rows(
            Words(
                "Recently active users",
                "Users, including bots, by the time of their last message.",
                "dateTimeFromNow",
            ),
            ["user", "kind"],
            {"Last message": f"topk(100, 1000 * max by (user, kind) ({pick(USER_LAST)}))"},
            links={"User": to(USER, user="${__value.text}")},
        ),
    ]
