"""Every metric in the ledger: its name, its labels, and how its series add up.

The documentation has the same names and labels in a table; a test compares them.
"""

from dataclasses import astuple, dataclass
from typing import Literal, NamedTuple

from .event import OTHER

Labels = tuple[str, ...]
Keeps = Literal["sum", "largest", "smallest", "last"]


@dataclass(frozen=True, eq=False, slots=True)
class Family:
    """One metric of the ledger, equal only to itself.

    ``kind`` is ``counter`` or ``gauge``.
    ``limit`` names the config key that caps its series, None for a closed set.
    Past the cap, the values of ``folded`` (label names) become `OTHER`, so that
    every message still counts; without ``folded``, further series are left out.
    ``keeps`` is how a series combines the values it is given: a counter keeps their
    sum, a gauge the largest, the smallest or the last one.
    """

    name: str
    kind: str
    labels: Labels
    help: str
    limit: str | None = None
    folded: Labels = ()
    keeps: Keeps = "sum"

    def combine(self, old: float | None, new: float) -> float:
        """The new value of a series; ``old`` is None for a new series."""
        if self.keeps == "sum":
            return (old or 0) + new
        if old is None or self.keeps == "last":
            return new
        return max(old, new) if self.keeps == "largest" else min(old, new)

    def is_like(self, other: "Family") -> bool:
        """Whether another family, such as one that was read again, has the same fields."""
        return astuple(self) == astuple(other)

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
    "Total number of messages on Fedora's message bus, by domain and category (the app).",
)
TOPICS = Family(
    "fedmsg_topic_messages_total",
    "counter",
    ("category", "topic"),
    "Total number of messages by topic, without the prefix of domain and environment.",
    "topics",
    ("topic",),
)
USERS = Family(
    "fedmsg_user_messages_total",
    "counter",
    ("category", "user", "kind"),
    "Total number of messages by the user who caused them; kind separates people from bots.",
    "users",
    ("user", "kind"),
)
GROUPS = Family(
    "fedmsg_group_messages_total",
    "counter",
    ("category", "group"),
    "Total number of messages by group of their user; a message counts once in each group.",
    "groups",
    ("group",),
)
LAST_MESSAGE = Family(
    "fedmsg_last_message_timestamp_seconds",
    "gauge",
    ("domain", "category"),
    "Unix timestamp of the latest message, by domain and category.",
    keeps="largest",
)
PACKAGES = Family(
    "fedmsg_package_messages_total",
    "counter",
    ("category", "package"),
    "Total number of messages by the packages they are about (off unless `packages` is set).",
    "packages",
    ("package",),
)
USER_FIRST = Family(
    "fedmsg_user_first_message_timestamp_seconds",
    "gauge",
    ("user", "kind"),
    "Unix timestamp of the user's first message.",
    "users",
    keeps="smallest",
)
USER_LAST = Family(
    "fedmsg_user_last_message_timestamp_seconds",
    "gauge",
    ("user", "kind"),
    "Unix timestamp of the user's latest message.",
    "users",
    keeps="largest",
)
REJECTED = Family(
    "fedmsg_exporter_messages_rejected_total",
    "counter",
    ("reason",),
    "Total number of messages that were unreadable or are not counted, by reason.",
)
DUPLICATES = Family(
    "fedmsg_exporter_messages_duplicate_total",
    "counter",
    (),
    "Total number of messages whose id was counted before; they are not counted again.",
)
UNIDENTIFIED = Family(
    "fedmsg_exporter_messages_unidentified_total",
    "counter",
    (),
    "Total number of messages without an id, which cannot be deduplicated.",
)
MISDATED = Family(
    "fedmsg_exporter_messages_misdated_total",
    "counter",
    (),
    "Total number of messages whose sent-at time is unreadable or impossible.",
)
ERRORS = Family(
    "fedmsg_exporter_attribution_errors_total",
    "counter",
    ("stage",),
    "Total number of failures while attributing messages, by stage; the messages count anyway.",
)
DROPPED = Family(
    "fedmsg_exporter_series_dropped_total",
    "counter",
    ("family",),
    "Total number of counts that went to __other__ because a family was at its series limit.",
)
GROUPS_FAILURES = Family(
    "fedmsg_exporter_groups_refresh_failures_total",
    "counter",
    (),
    "Total number of failed group membership refreshes.",
)
GAP_SECONDS = Family(
    "fedmsg_exporter_gap_seconds_total",
    "counter",
    (),
    "Total seconds during which messages may have been lost because nothing was consumed.",
)
RECOVERED = Family(
    "fedmsg_exporter_gap_messages_recovered_total",
    "counter",
    (),
    "Total number of messages counted from datagrepper because the bus did not deliver them.",
)
GAP_START = Family(
    "fedmsg_exporter_gap_start_timestamp_seconds",
    "gauge",
    (),
    "Unix timestamp when consuming last stopped, or 0 if it never has.",
    keeps="last",
)
GAP_END = Family(
    "fedmsg_exporter_gap_end_timestamp_seconds",
    "gauge",
    (),
    "Unix timestamp when consuming last started, or 0 if it never has.",
    keeps="last",
)
GAP_FILLED = Family(
    "fedmsg_exporter_gap_filled_timestamp_seconds",
    "gauge",
    (),
    "Unix timestamp up to which the latest gap has been filled or abandoned, or 0 without one.",
    keeps="last",
)

GAP_LOSSY = Family(
    "fedmsg_exporter_gap_lossy",
    "gauge",
    (),
    "Whether the latest gap may have lost messages despite a durable queue, because the queue "
    "was deleted (1), or not (0).",
    keeps="last",
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
    MISDATED,
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
    """A family, one of its series, and what to add to it (for a gauge, the observed value)."""

    family: Family
    labels: Labels
    amount: float
