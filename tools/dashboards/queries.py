"""PromQL: the bodies that the boards are made of.

Numbers that people read are exact. The exporter's counters never reset, so what
was counted in a window is a difference of two samples, in whole numbers, where
`increase()` extrapolates. Sums leave out the instance: several exporters that
share a queue are one.
"""

from collections.abc import Iterable

#: How far to look back for the sample before a window, in case the exporter
#: was down at that moment: without one, a window would hold all there ever was.
SLACK = "1h"

MESSAGES = "fedmsg_messages_total"
TOPICS = "fedmsg_topic_messages_total"
USERS = "fedmsg_user_messages_total"
GROUPS = "fedmsg_group_messages_total"
LAST = "fedmsg_last_message_timestamp_seconds"
USER_FIRST = "fedmsg_user_first_message_timestamp_seconds"
USER_LAST = "fedmsg_user_last_message_timestamp_seconds"
MEMBERS = "fedmsg_group_members"

# What the recording rules keep (deploy/rules): see its README.
HOUR = "category:fedmsg_messages:increase1h"
USUAL = "category:fedmsg_messages:median1h"
DAY = "category:fedmsg_messages:delta1d"
TOPIC_DAY = "category_topic:fedmsg_messages:delta1d"
USER_WEEK = "user_kind:fedmsg_messages:delta1w"
USER_CATEGORY_WEEK = "user_category_kind:fedmsg_messages:delta1w"
PEOPLE = "kind:fedmsg_users:active1w"
CATEGORY_PEOPLE = "category_kind:fedmsg_users:active1w"
GROUP_WEEK = "group:fedmsg_messages:increase1w"

JOB = 'job=~"$job"'
PERSON = 'kind="person"'
BOT = 'kind="bot"'
IN_CATEGORY = 'category=~"$category"'
IN_GROUP = 'group="$group"'
IN_RELENG = 'category=~"bodhi|compose|coreos|fedora_image_uploader|pungi|robosignatory"'
OF_MEMBERS = 'user=~"$members"'
ON_INSTANCE = 'instance=~"$instance"'
OF_USER = 'user="$user"'


def pick(metric: str, *matchers: str) -> str:
    """Select the series of the chosen jobs that match."""
    return f"{metric}{{{', '.join((JOB, *matchers))}}}"


def total(series: str, by: str = "", function: str = "sum") -> str:
    """Aggregate, by no label unless told."""
    return f"{function} by ({by}) ({series})" if by else f"{function}({series})"


def grown(series: str, window: str, by: str = "", *, ago: str = "") -> str:
    """Count what came in a window, exactly; ``ago`` moves it to the past.

    A series that was not there before the window began counts from 0. For the
    users' many series the look back is left out: it would cost too much.
    """
    now, before = _standing(series, ago, by), _standing(series, _sum(window, ago), by)
    return f"{now} - ({before} or 0 * {now})"


def _standing(series: str, ago: str, by: str) -> str:
    """Sum the counters as they stood some time ago."""
    if not ago:
        return total(series, by)
    if series.startswith(USERS):
        return total(f"{series} offset {ago}", by)
    return total(f"last_over_time({series}[{SLACK}] offset {ago})", by)


def _sum(window: str, ago: str) -> str:
    """Add two durations: PromQL 2.42 takes 1d12h, and no sums."""
    if not ago:
        return window
    if window != ago:
        raise ValueError("only the window right before the last one is of use here")
    return f"{2 * int(window[:-1])}{window[-1]}"


def leading(count: int, series: str, by: str) -> str:
    """Keep, over all of a graph, the series that are largest at its end."""
    return f"topk({count}, {total(f'avg_over_time({series}[$__range] @ end())', by)})"


def stacked(count: int, series: str, by: str) -> tuple[str, str]:
    """Split a stack: the largest by name, and the sum of all others."""
    largest, whole = leading(count, series, by), total(series, by)
    return f"{whole} and on ({by}) {largest}", f"sum({whole} unless on ({by}) {largest})"


def either(parts: Iterable[str]) -> str:
    """Put one part after another; of equal series the first one counts."""
    return "\nor ".join(parts)


def hours_of_day(series: str) -> str:
    """Spread a day, evaluated at its midnight, into a series for each of its hours."""
    return either(
        f'label_replace(sum({series} offset -{hour + 1}h), "hour", "{hour:02}", "", "")'
        for hour in range(24)
    )
