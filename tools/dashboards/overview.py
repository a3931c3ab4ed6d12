"""The bus at a glance: what is going on, and whether that is usual."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from . import variables
from .frame import CATEGORY, OVERVIEW, Panels, framed, to
from .panels import Query, Words, bars, graph, heat, number, rows, trend
from .queries import (
    DAY,
    HOUR,
    IN_CATEGORY,
    LAST,
    PEOPLE,
    PERSON,
    TOPIC_DAY,
    USUAL,
    hours_of_day,
    pick,
    stacked,
    total,
)

_DAY = pick(DAY, IN_CATEGORY)
_HOUR = pick(HOUR, IN_CATEGORY)
_USUAL = pick(USUAL, IN_CATEGORY)
_TO_CATEGORY = to(CATEGORY, category="${__data.fields.Category}")


def board() -> Dashboard:
    """The board."""
    return framed(
        OVERVIEW,
        "Fedora bus: overview",
        "What is happening on Fedora's message bus, and whether that is as usual.",
        variables.category(),
        since="24h",
        content={
            "Now": _now(),
            "Volume": _volume(),
            "What": _what(),
        },
    )


def _now() -> Panels:
    return [
        trend(
            Words("Messages in 24 hours", "Messages counted in the last 24 hours."),
            f"sum({_DAY})",
        ),
        number(
            Words(
                "Last hour vs. usual",
                "Messages in the last hour, as a share of the median of the same hour in "
                "previous weeks. Empty until there are two weeks of history.",
                "percentunit",
            ),
            f"sum({_HOUR}) / (sum({_USUAL}) > 0)",
            steps=[(None, "red"), (0.5, "orange"), (0.75, "green"), (2, "blue")],
        ),
        trend(
            Words(
                "People active in 7 days",
                "People, without bots, who caused at least one message in the last seven days, in "
                "any category.",
            ),
            f"sum({pick(PEOPLE, PERSON)})",
        ),
        trend(
            Words(
                "Categories active in 24 hours",
                "Apps that sent at least one message in the last 24 hours.",
            ),
            f"count({total(_DAY, 'category')} > 0)",
        ),
        number(
            Words("Last message", "Time since the latest message was sent.", "s"),
            f"time() - max({pick(LAST, IN_CATEGORY)})",
            steps=[(None, "green"), (300, "orange"), (900, "red")],
            absent="red",
        ),
        number(
            Words(
                "Bus", "Whether every exporter is connected to the broker and ready for messages."
            ),
            f"min({pick('fedmsg_exporter_connected')})",
            steps=[(None, "red"), (1, "green")],
            mappings={"0": "Disconnected", "1": "Connected"},
            absent="red",
        ),
    ]


def _volume() -> Panels:
    named, others = stacked(9, _HOUR, "category")
    return [
        graph(
            Words(
                "Messages an hour, by category",
                "Messages in the preceding hour. The nine largest categories in the time shown, "
                "and all others together.",
            ),
            Query(others, "all others"),
            Query(named, "{{category}}"),
            stack=True,
        ).span(16),
        graph(
            Words(
                "Messages an hour vs. usual",
                "All messages in the preceding hour, compared with the sum of what is usual for "
                "each category at that time of the week, and with a week earlier.",
            ),
            Query(f"sum({_HOUR})", "now"),
            Query(f"sum({_USUAL})", "usual"),
            Query(f"sum({_HOUR} offset 1w)", "a week earlier"),
        ).span(8),
        heat(
            Words(
                "When the bus is busy",
                "Messages in each hour (UTC) of each complete day in the last four weeks. Rows "
                "are hours of the day, columns are days.",
            ),
            Query(hours_of_day(_HOUR), "{{hour}}"),
        )
        .time_from("28d")
        .interval("1d")
        .span(24),
    ]


def _what() -> Panels:
    now = total(_HOUR, "category")
    return [
        bars(
            Words(
                "Messages in 24 hours, by category", "Messages in the last 24 hours: the top apps."
            ),
            Query(f"topk(20, {total(_DAY, 'category')} > 0)", "{{category}}"),
            link=to(CATEGORY, category="${__field.labels.category}"),
        ).height(13),
        rows(
            Words(
                "Categories",
                "Messages in the last 24 hours and in the last hour by app, that hour as a share "
                "of what is usual, and the time since the app's last message.",
            ),
            ["category"],
            {
                "24 hours": f"{total(_DAY, 'category')} > 0",
                "Last hour": now,
                "Of the usual": f"{now} / ({total(_USUAL, 'category')} > 0)",
                "Silent for": f"time() - {total(pick(LAST, IN_CATEGORY), 'category', 'max')}",
            },
            links={"Category": _TO_CATEGORY},
            units={"Of the usual": "percentunit", "Silent for": "s"},
        )
        .height(13)
        .span(8),
        bars(
            Words("Topics in the last 24 hours", "Messages in the last 24 hours: the top topics."),
            Query(
                f"topk(20, {total(pick(TOPIC_DAY, IN_CATEGORY), 'category, topic')} > 0)",
                "{{topic}}",
            ),
            link=to(CATEGORY, category="${__field.labels.category}"),
        ).height(13),
    ]
