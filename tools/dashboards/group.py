"""One group: what its members do, how many they are, who went quiet."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from . import variables
from .frame import CATEGORY, GROUP, USER, Panels, framed, to
from .panels import Query, Words, bars, graph, number, rows
from .queries import (
    GROUP_WEEK,
    GROUPS,
    IN_GROUP,
    MEMBERS,
    OF_MEMBERS,
    PERSON,
    USER_LAST,
    USER_WEEK,
    grown,
    pick,
    total,
)

_GROUP = pick(GROUPS, IN_GROUP)
_SIZE = f"max({pick(MEMBERS, IN_GROUP)})"
_LAST = total(pick(USER_LAST, PERSON, OF_MEMBERS), "user", "max")
_TO_USER = to(USER, user="${__value.text}")
_PEOPLE = (
    "Prometheus does not know who is in which group. Write the names of the members at the top, "
    "as alice|bob; until then these are all people."
)


def board() -> Dashboard:
    """The board."""
    return framed(
        GROUP,
        "Fedora bus: group",
        "What the members of a Fedora group do on the bus, and who of them went quiet.",
        variables.group(),
        variables.members(),
        since="30d",
        content={"This week": _week(), "Over time": _over_time(), "People": _people()},
    )


def _week() -> Panels:
    now, before = grown(_GROUP, "7d"), grown(_GROUP, "7d", ago="7d")
    return [
        number(
            Words("Messages in 7 days", "Messages by members of the group in seven days."), now
        ).span(5),
        number(
            Words("Messages in the 7 days before", "The same for the seven days before."), before
        ).span(5),
        number(
            Words(
                "Against the week before",
                "The last seven days as a share of the seven days before.",
                "percentunit",
            ),
            f"({now}) / ({before})",
            steps=[(None, "red"), (0.3, "orange"), (0.7, "green"), (2, "blue")],
        ).span(5),
        number(
            Words("Members", "Members of the group in the exporter's membership file."), _SIZE
        ).span(4),
        number(
            Words("Messages a member", "Messages of the last seven days for each member."),
            f"({now}) / {_SIZE}",
        )
        .decimals(1)
        .span(5),
    ]


def _over_time() -> Panels:
    return [
        graph(
            Words(
                "Messages a day, by category",
                "Messages by members of the group on each day (UTC), exactly, drawn at its end.",
            ),
            Query(grown(_GROUP, "1d", "category"), "{{category}}"),
            stack=True,
            bars=True,
        ).interval("1d"),
        graph(
            Words(
                "Messages a week",
                "Messages by members of the group in the seven days before each moment, and four "
                "weeks earlier.",
            ),
            Query(f"sum({pick(GROUP_WEEK, IN_GROUP)})", "now"),
            Query(f"sum({pick(GROUP_WEEK, IN_GROUP)} offset 4w)", "four weeks before"),
        ),
        bars(
            Words("Categories", "Messages by members of the group in the time shown, by app."),
            Query(f"{grown(_GROUP, '$__range', 'category')} > 0", "{{category}}"),
            link=to(CATEGORY, category="${__field.labels.category}"),
        ).span(12),
        rows(
            Words(
                "All groups",
                "Messages of the last seven days by the members of each group, and the number of "
                "members. One message counts once in each group of its user.",
            ),
            {
                "Messages": grown(pick(GROUPS), "7d", "group"),
                "Members": total(pick(MEMBERS), "group", "max"),
            },
            links={"Group": to(GROUP, group="${__value.text}")},
        ),
    ]


def _people() -> Panels:
    week = total(pick(USER_WEEK, PERSON, OF_MEMBERS), "user")
    return [
        rows(
            Words(
                "Who went quiet",
                "People whose last message is more than a week ago, the latest first. " + _PEOPLE,
                "dateTimeFromNow",
            ),
            {"Last message": f"topk(100, 1000 * ({_LAST} < time() - 7 * 86400))"},
            links={"User": _TO_USER},
        ),
        rows(
            Words("Who is active", "People by messages in the last seven days. " + _PEOPLE),
            {"Messages": f"topk(100, {week})"},
            links={"User": _TO_USER},
        ),
    ]
