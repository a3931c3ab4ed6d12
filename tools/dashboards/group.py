"""Groups: what their members do, how many there are, who went quiet."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from . import variables
from .frame import CATEGORY, GROUP, USER, Panels, framed, to
from .panels import Query, Words, bars, graph, levels, number, rows
from .queries import (
    GROUP_WEEK,
    GROUPS,
    IN_GROUP,
    MEMBER_INFO,
    MEMBERS,
    OF_MEMBERS,
    PERSON,
    USER_CATEGORY_WEEK,
    USER_LAST,
    USER_WEEK,
    grown,
    on_day,
    pick,
    total,
)

_GROUP = pick(GROUPS, IN_GROUP)
_SIZE = total(pick(MEMBERS, IN_GROUP), "group", "max")
_MEMBERS = total(pick(MEMBER_INFO, IN_GROUP), "user", "group")
_EACH = total(pick(MEMBER_INFO, IN_GROUP), "user, group", "max")
_ACTIVE = total(pick(USER_WEEK, PERSON), "user")
_KNOWN = f"count by (group) ({_EACH})"
_AT_WORK = f"count by (group) ({_EACH} and on (user) {_ACTIVE})"
_TO_USER = to(USER, user="${__value.text}")
_PEOPLE = (
    "The exporter shows who is in a group if groups.members is on in its config. Otherwise, "
    "enter the members' names at the top, as alice|bob; until then, everybody is shown."
)
_ONCE = "A message counts once in each group of its user, so groups cannot be added up."


def board() -> Dashboard:
    """The board."""
    return framed(
        GROUP,
        "Fedora bus: group",
        "What the members of Fedora groups do on the bus, and which of them went quiet.",
        variables.group(),
        variables.members(),
        since="30d",
        content={"This week": _week(), "Over time": _over_time(), "People": _people()},
    )


def _week() -> Panels:
    now, before = grown(_GROUP, "7d", "group"), grown(_GROUP, "7d", "group", ago="7d")
    return [
        number(
            Words("Messages in 7 days", f"Messages by members in the last seven days. {_ONCE}"),
            Query(now, "{{group}}"),
        ).span(6),
        number(
            Words(
                "Compared with the week before",
                "The last seven days as a share of the seven days before.",
                "percentunit",
            ),
            Query(f"({now}) / ({before} > 0)", "{{group}}"),
            steps=[(None, "red"), (0.3, "orange"), (0.7, "green"), (2, "blue")],
        ).span(6),
        number(
            Words("Members", "Members of the group, as the exporter last loaded them."),
            Query(_SIZE, "{{group}}"),
        ).span(6),
        number(
            Words(
                "Members active in 7 days",
                "Share of the members who caused a message in the last seven days. Empty if "
                "groups.members is off in the exporter's config.",
                "percentunit",
            ),
            Query(f"({_AT_WORK} or 0 * {_KNOWN}) / {_KNOWN}", "{{group}}"),
        ).span(6),
        rows(
            Words(
                "Groups side by side",
                "Messages by the members of each chosen group: in the last seven days, in the "
                f"seven days before, and in the time shown; and messages per member. {_ONCE}",
            ),
            ["group"],
            {
                "7 days": now,
                "7 days before": before,
                "In the time shown": grown(_GROUP, "$__range", "group"),
                "Members": _SIZE,
                "7 days, per member": f"({now}) / ({_SIZE} > 0)",
            },
            links={"Group": to(GROUP, group="${__value.text}")},
        )
        .height(6)
        .span(24),
    ]


def _over_time() -> Panels:
    week = total(pick(GROUP_WEEK, IN_GROUP), "group")
    return [
        levels(
            Words(
                "Messages a day, by group",
                "Exact number of messages by the members of each chosen group on each complete "
                "day (UTC).",
            ),
            Query(on_day(_GROUP, "group"), "{{group}}"),
        ),
        graph(
            Words(
                "Messages a week vs. four weeks earlier",
                "Messages by the members of each chosen group in the preceding seven days, and "
                "the same four weeks earlier.",
            ),
            Query(week, "{{group}}"),
            Query(
                f"{total(pick(GROUP_WEEK, IN_GROUP) + ' offset 4w', 'group')}",
                "{{group}}, four weeks earlier",
            ),
        ),
        bars(
            Words(
                "Categories",
                f"Messages by members of the chosen groups in the time shown, by app. {_ONCE}",
            ),
            Query(
                f"topk(20, {grown(_GROUP, '$__range', 'group, category')} > 0)",
                "{{group}}: {{category}}",
            ),
            link=to(CATEGORY, category="${__field.labels.category}"),
        ).span(12),
        rows(
            Words(
                "All groups",
                "Messages in the last seven days by the members of each group, and the number of "
                f"members. {_ONCE}",
            ),
            ["group"],
            {
                "7 days": grown(pick(GROUPS), "7d", "group"),
                "Members": total(pick(MEMBERS), "group", "max"),
            },
            links={"Group": to(GROUP, group="${__value.text}")},
        ),
    ]


def _of_members(metric: str, by: str, function: str = "sum") -> str:
    """Keep the members of the chosen groups; if none are exposed, the names at the top."""
    # Chosen before they are added up: adding up everybody first takes a third longer.
    members = total(f"{pick(metric, PERSON)} and on (user) {_MEMBERS}", by, function)
    named = total(f"{pick(metric, PERSON, OF_MEMBERS)} unless on () {_MEMBERS}", by, function)
    return f"({members} or {named})"


def _people() -> Panels:
    last = _of_members(USER_LAST, "user", "max")
    return [
        rows(
            Words("Who did what", f"Messages in the last seven days by person and app. {_PEOPLE}"),
            ["user", "category"],
            {"Messages": f"topk(200, {_of_members(USER_CATEGORY_WEEK, 'user, category')})"},
            links={"User": _TO_USER, "Category": to(CATEGORY, category="${__value.text}")},
        ).span(8),
        rows(
            Words("Who is active", f"People by messages in the last seven days. {_PEOPLE}"),
            ["user"],
            {"Messages": f"topk(100, {_of_members(USER_WEEK, 'user')})"},
            links={"User": _TO_USER},
        ).span(6),
        rows(
            Words(
                "Who went quiet",
                "People whose last message is more than a week old, the most recent first. "
                f"{_PEOPLE}",
                "dateTimeFromNow",
            ),
            ["user"],
            {"Last message": f"topk(100, 1000 * ({last} < time() - 7 * 86400))"},
            links={"User": _TO_USER},
        ).span(6),
        rows(
            Words(
                "Who is silent",
                "Members who have not caused any message since the exporter began to count, and "
                "how many of the chosen groups they are in. Empty if groups.members is off in "
                "the exporter's config.",
            ),
            ["user"],
            {"Groups": f"count by (user) ({_EACH} unless on (user) {pick(USER_LAST)})"},
            links={"User": _TO_USER},
        ).span(4),
    ]
