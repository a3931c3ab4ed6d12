"""One app, or a few: how much, since when, what and who."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from . import variables
from .frame import CATEGORY, GROUP, USER, Panels, framed, to
from .panels import Query, Words, bars, days, graph, number, rows, trend
from .queries import (
    CATEGORY_PEOPLE,
    DAY,
    GROUPS,
    HOUR,
    IN_CATEGORY,
    LAST,
    MESSAGES,
    PERSON,
    TOPICS,
    USER_CATEGORY_WEEK,
    USUAL,
    WEEK,
    grown,
    pick,
    ranked,
    total,
)

_MESSAGES = pick(MESSAGES, IN_CATEGORY)
_PEOPLE = total(pick(USER_CATEGORY_WEEK, IN_CATEGORY, PERSON), "user")
_HOUR = pick(HOUR, IN_CATEGORY)
_USUAL = pick(USUAL, IN_CATEGORY)


def board() -> Dashboard:
    """The board."""
    return framed(
        CATEGORY,
        "Fedora bus: category",
        "What a Fedora app sends, how that compares with other weeks, and who is behind it.",
        variables.category(),
        since="7d",
        content={"Now": _now(), "Volume": _volume(), "What and who": _what_and_who()},
    )


def _now() -> Panels:
    return [
        trend(
            Words("Messages in 24 hours", "Messages in the last 24 hours."),
            f"sum({pick(DAY, IN_CATEGORY)})",
        ),
        trend(
            Words("Messages in 7 days", "Messages in the last seven days."),
            f"sum({pick(WEEK, IN_CATEGORY)})",
        ),
        number(
            Words("Messages in the 7 days before", "Messages in the seven days before those."),
            grown(_MESSAGES, "7d", ago="7d"),
        ),
        number(
            Words(
                "People in 7 days", "People, not bots, who caused a message in the last seven days."
            ),
            f"count({_PEOPLE}) or vector(0)",
        ),
        number(
            Words(
                "Last hour vs. usual",
                "Messages in the last hour, as a share of the median of the same hour in "
                "previous weeks. Not meaningful for apps with few messages.",
                "percentunit",
            ),
            f"sum({_HOUR}) / (sum({_USUAL}) > 0)",
        ),
        number(
            Words("Last message", "Time since the latest message was sent.", "s"),
            f"time() - max({pick(LAST, IN_CATEGORY)})",
        ),
    ]


def _volume() -> Panels:
    named, others = ranked(9, pick(DAY, IN_CATEGORY), "category", shift="offset -1d")
    return [
        graph(
            Words(
                "Messages an hour vs. usual",
                "Messages in the preceding hour, compared with the median of the same hour in "
                "previous weeks, and with a week earlier.",
            ),
            Query(f"sum({_HOUR})", "now"),
            Query(f"sum({_USUAL})", "usual"),
            Query(f"sum({_HOUR} offset 1w)", "a week earlier"),
        ),
        days(
            Words(
                "Messages a day",
                "Messages on each complete day (UTC) of the last four weeks. The nine largest "
                "categories on the last day, and all others together.",
            ),
            Query(others, "all others"),
            Query(named, "{{category}}"),
        ).time_from("28d"),
    ]


def _what_and_who() -> Panels:
    topics = grown(pick(TOPICS, IN_CATEGORY), "$__range", "category, topic")
    groups = grown(pick(GROUPS, IN_CATEGORY), "$__range", "group")
    return [
        bars(
            Words("Topics", "The top topics by messages in the time shown."),
            Query(f"topk(20, {topics} > 0)", "{{topic}}"),
        ).height(13),
        rows(
            Words(
                "Most active people in 7 days",
                "People, not bots, by messages in this category in the last seven days.",
            ),
            ["user"],
            {"Messages": f"topk(50, {_PEOPLE})"},
            links={"User": to(USER, user="${__value.text}")},
        )
        .span(8)
        .height(13),
        bars(
            Words(
                "Groups",
                "Messages in the time shown by the members of each group. A message counts once "
                "in each group of its user, so groups cannot be added up.",
            ),
            Query(f"topk(20, {groups} > 0)", "{{group}}"),
            link=to(GROUP, group="${__field.labels.group}"),
        ).height(13),
        graph(
            Words(
                "People active",
                "People, not bots, who caused a message in the preceding seven days, in the nine "
                "categories with the most people.",
            ),
            Query(
                ranked(9, pick(CATEGORY_PEOPLE, IN_CATEGORY, PERSON), "category")[0],
                "{{category}}",
            ),
        ).span(8),
        # A graph would read every sample of every user: a minute, with 20,000 of them.
        bars(
            Words(
                "People and bots in 7 days",
                "Messages in the last seven days by the kind of their user. Messages without a "
                "user come from machines and are not shown.",
            ),
            Query(total(pick(USER_CATEGORY_WEEK, IN_CATEGORY), "kind"), "{{kind}}"),
        ).height(9),
        graph(
            Words(
                "Domains",
                "Messages per second by the domain of their topic: some categories, such as "
                "pagure and buildsys, are two systems.",
                "cps",
            ),
            Query(total(f"rate({_MESSAGES}[$__rate_interval])", "domain"), "{{domain}}"),
            stack=True,
        ).span(8),
    ]
