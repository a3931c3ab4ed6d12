"""Every metric of the ledger: its name, its labels, and how its series add up.

Names and labels are those of the documentation's table of metrics, which a
test holds against this one.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from .event import OTHER

Labels = tuple[str, ...]
Keeps = Literal["sum", "largest", "smallest", "last"]


@dataclass(frozen=True, eq=False, slots=True)
class Family:
    """One metric that lives in the ledger; equal to none but itself.

    ``kind`` is ``counter`` or ``gauge``.
    ``limit`` names the config key that caps its series, None for a closed set;
    past the cap the values of ``folded`` (label names) give way to `OTHER`, so
    that nothing goes uncounted; where ``folded`` is empty they are left out.
    ``keeps`` says what a series makes of what is added: a counter its sum, a
    gauge the largest, the smallest or the last value.
    """

    name: str
    kind: str
    labels: Labels
    help: str
    limit: str | None = None
    folded: Labels = ()
    keeps: Keeps = "sum"

    def combine(self, old: float | None, new: float) -> float:
        """What a series comes to that stood at ``old``, None for not yet."""
        if self.keeps == "sum":
            return (old or 0) + new
        if old is None or self.keeps == "last":
            return new
        return max(old, new) if self.keeps == "largest" else min(old, new)

    def fold(self, labels: Labels) -> Labels:
        """The labels under which a series beyond the cap is counted."""
        return tuple(
            value if name not in self.folded else "other" if name == "kind" else OTHER
            for name, value in zip(self.labels, labels, strict=True)
        )


MESSAGES = Family(
    "fedmsg_messages_total",
    "counter",
    ("domain", "category"),
    "Messages on Fedora's message bus, by domain and category (the app that spoke).",
)
TOPICS = Family(
    "fedmsg_topic_messages_total",
    "counter",
    ("category", "topic"),
    "Messages by topic, less its prefix of domain and environment.",
    "topics",
    ("topic",),
)
USERS = Family(
    "fedmsg_user_messages_total",
    "counter",
    ("category", "user", "kind"),
    "Messages by the user who caused them; kind tells people from bots.",
    "users",
    ("user", "kind"),
)
GROUPS = Family(
    "fedmsg_group_messages_total",
    "counter",
    ("category", "group"),
    "Messages by the user's groups: one message counts once in each of them.",
    "groups",
    ("group",),
)
LAST_MESSAGE = Family(
    "fedmsg_last_message_timestamp_seconds",
    "gauge",
    ("domain", "category"),
    "When the latest message was sent, by domain and category.",
    keeps="largest",
)
PACKAGES = Family(
    "fedmsg_package_messages_total",
    "counter",
    ("category", "package"),
    "Messages by the packages that they concern (off unless `packages` is set).",
    "packages",
    ("package",),
)
USER_FIRST = Family(
    "fedmsg_user_first_message_timestamp_seconds",
    "gauge",
    ("user", "kind"),
    "When the user's first message was sent.",
    "users",
    keeps="smallest",
)
USER_LAST = Family(
    "fedmsg_user_last_message_timestamp_seconds",
    "gauge",
    ("user", "kind"),
    "When the user's latest message was sent.",
    "users",
    keeps="largest",
)
REJECTED = Family(
    "fedmsg_exporter_messages_rejected_total",
    "counter",
    ("reason",),
    "Messages that could not be read or are not to be counted, by reason.",
)
DUPLICATES = Family(
    "fedmsg_exporter_messages_duplicate_total",
    "counter",
    (),
    "Messages that came again with an id already counted, and were not counted again.",
)
UNIDENTIFIED = Family(
    "fedmsg_exporter_messages_unidentified_total",
    "counter",
    (),
    "Messages without an id: counted at each delivery, as none can be recognised.",
)
ERRORS = Family(
    "fedmsg_exporter_attribution_errors_total",
    "counter",
    ("stage",),
    "Failures while attributing a message, by stage; the message counts all the same.",
)
DROPPED = Family(
    "fedmsg_exporter_series_dropped_total",
    "counter",
    ("family",),
    "Counts that went to __other__ because a family had reached its limit of series.",
)
GROUPS_FAILURES = Family(
    "fedmsg_exporter_groups_refresh_failures_total",
    "counter",
    (),
    "Times that the membership file, or FASJSON, could not be read in full.",
)
GAP_SECONDS = Family(
    "fedmsg_exporter_gap_seconds_total",
    "counter",
    (),
    "Time without consuming from a queue that may keep nothing meanwhile, filled or not.",
)
RECOVERED = Family(
    "fedmsg_exporter_gap_messages_recovered_total",
    "counter",
    (),
    "Messages counted from datagrepper, as the bus had not delivered them by then.",
)
GAP_START = Family(
    "fedmsg_exporter_gap_start_timestamp_seconds",
    "gauge",
    (),
    "When consuming ended last; 0 for not yet.",
    keeps="last",
)
GAP_END = Family(
    "fedmsg_exporter_gap_end_timestamp_seconds",
    "gauge",
    (),
    "When consuming began last; 0 for not yet.",
    keeps="last",
)
GAP_FILLED = Family(
    "fedmsg_exporter_gap_filled_timestamp_seconds",
    "gauge",
    (),
    "Until when the latest gap is filled, or given up; 0 where there was none.",
    keeps="last",
)

GAP_LOSSY = Family(
    "fedmsg_exporter_gap_lossy",
    "gauge",
    (),
    "Whether the latest gap may have lost messages of a queue that lasts: it was deleted (1), "
    "or not (0).",
    keeps="last",
)
UNDATED = Family(
    "fedmsg_exporter_messages_undated_total",
    "counter",
    (),
    "Messages without a valid sent-at: missing, unreadable, or before the bus existed.",
)

#: Every family of the ledger, in the order of the exposition.
FAMILIES = (
    MESSAGES,
    TOPICS,
    USERS,
    GROUPS,
    PACKAGES,
    LAST_MESSAGE,
    USER_FIRST,
    USER_LAST,
    REJECTED,
    DUPLICATES,
    UNIDENTIFIED,
    UNDATED,
    ERRORS,
    DROPPED,
    GROUPS_FAILURES,
    GAP_SECONDS,
    RECOVERED,
    GAP_START,
    GAP_END,
    GAP_FILLED,
    GAP_LOSSY,
)


class Change(NamedTuple):
    """One family, one series, and what to add to it (for gauges: the value seen)."""

    family: Family
    labels: Labels
    amount: float
