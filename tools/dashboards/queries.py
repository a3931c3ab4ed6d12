"""PromQL: the building blocks of the boards.

Numbers that people read are exact. The exporter's counters never reset, so what
was counted in a window is a difference of two samples, in whole numbers, where
`increase()` extrapolates. Sums leave out the instance: several exporters that
share a queue are one.
"""

from collections.abc import Iterable

#: How far to look back for the sample before a window, in case the exporter
#: was down at that moment: without one, a window would contain everything ever counted.
SLACK = "1h"

MESSAGES = "fedmsg_messages_total"
TOPICS = "fedmsg_topic_messages_total"
USERS = "fedmsg_user_messages_total"
GROUPS = "fedmsg_group_messages_total"
LAST = "fedmsg_last_message_timestamp_seconds"
USER_FIRST = "fedmsg_user_first_message_timestamp_seconds"
USER_LAST = "fedmsg_user_last_message_timestamp_seconds"
MEMBERS = "fedmsg_group_members"
MEMBER_INFO = "fedmsg_group_member_info"

# What the exporter knows about complete weeks, once a day.
WEEKLY_PEOPLE = "fedmsg_weekly_active_people"
WEEKLY_REGULARS = "fedmsg_weekly_regular_people"
WEEKLY_CORE = "fedmsg_weekly_core_people"
WEEKLY_NEWCOMERS = "fedmsg_weekly_newcomers"
WEEKLY_ABSENCE_FACTOR = "fedmsg_weekly_absence_factor"

# What the recording rules record (deploy/rules): see their README.
HOUR = "category:fedmsg_messages:increase1h"
USUAL = "category:fedmsg_messages:median1h"
DAY = "category:fedmsg_messages:delta1d"
WEEK = "category:fedmsg_messages:delta1w"
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
IN_GROUP = 'group=~"$group"'
IN_RELENG = 'category=~"bodhi|compose|coreos|fedora_image_uploader|pungi|robosignatory"'
OF_MEMBERS = 'user=~"$members"'
ON_INSTANCE = 'instance=~"$instance"'
OF_USER = 'user="$user"'

#: The days of a week, and how many days before a Thursday's midnight each begins.
#: Grafana's steps of seven days end on Thursdays, since 1970 began on one.
_WEEKDAYS = {"1 Mon": 3, "2 Tue": 2, "3 Wed": 1, "4 Thu": 7, "5 Fri": 6, "6 Sat": 5, "7 Sun": 4}


def pick(metric: str, *matchers: str) -> str:
    """Select the series of the chosen jobs that match."""
    return f"{metric}{{{', '.join((JOB, *matchers))}}}"


def total(series: str, by: str = "", function: str = "sum") -> str:
    """Aggregate, by no label by default."""
    return f"{function} by ({by}) ({series})" if by else f"{function}({series})"


def grown(series: str, window: str, by: str = "", *, ago: str = "") -> str:
    """Count exactly what came in a window; ``ago`` moves it into the past.

    A series that was not there before the window began counts from 0.
    """
    now, before = _standing(series, ago, by), _standing(series, _sum(window, ago), by)
    return f"{now} - ({before} or 0 * {now})"


def on_day(series: str, by: str = "") -> str:
    """Count exactly what came on each day, at the midnight when it began.

    Today, and days before the counters began, have no value.
    """
    end, start = total(f"{series} offset -1d", by), total(f"last_over_time({series}[{SLACK}])", by)
    return f"{end} - ({start} or 0 * {end})"


def _standing(series: str, ago: str, by: str) -> str:
    """Sum the counters as they were some time ago."""
    if not ago:
        return total(series, by)
    return total(f"last_over_time({series}[{SLACK}] offset {ago})", by)


def _sum(window: str, ago: str) -> str:
    """Add two durations: PromQL 2.42 accepts 1d12h, but no sums."""
    if not ago:
        return window
    if window[-1] != ago[-1]:
        raise ValueError("a window and how long ago it ended must have the same unit")
    return f"{int(window[:-1]) + int(ago[:-1])}{window[-1]}"


def leading(count: int, series: str, by: str) -> str:
    """Keep, over all of a graph, the series that are largest at its end."""
    return f"topk({count}, {total(f'avg_over_time({series}[$__range] @ end())', by)})"


def stacked(count: int, series: str, by: str) -> tuple[str, str]:
    """Split a stack: the largest by name, and the sum of all others."""
    return _split(total(series, by), leading(count, series, by), by)


def ranked(count: int, series: str, by: str, *, shift: str = "") -> tuple[str, str]:
    """Split a stack by the last value alone: cheap where the time is long."""
    largest = f"topk({count}, {total(f'{series} @ end()', by)})"
    return _split(total(f"{series} {shift}".strip(), by), largest, by)


def _split(whole: str, largest: str, by: str) -> tuple[str, str]:
    return f"{whole} and on ({by}) {largest}", f"sum({whole} unless on ({by}) {largest})"


def either(parts: Iterable[str]) -> str:
    """Combine the parts in order; of equal series the first one counts."""
    return "\nor ".join(parts)


def hours_of_day(series: str) -> str:
    """Spread a day, evaluated at the midnight when it ends, into a series for each hour."""
    return either(
        _named(
            "hour",
            f"{hour:02}",
            f"sum({series} offset {23 - hour}h)" if hour < 23 else f"sum({series})",
        )
        for hour in range(24)
    )


def days_of_week(series: str) -> str:
    """Spread seven days, evaluated at the Thursday when they end, into a series for each day.

    The day of the first message has none: finding it would take half as long again.
    """
    return either(
        _named(
            "day",
            name,
            f"{_standing(series, _days(begins - 1), '')} - {_standing(series, _days(begins), '')}",
        )
        for name, begins in _WEEKDAYS.items()
    )


def _days(count: int) -> str:
    return f"{count}d" if count else ""


def _named(label: str, value: str, expr: str) -> str:
    return f'label_replace({expr}, "{label}", "{value}", "", "")'
