"""The exporter itself: whether it runs, keeps up, and loses nothing."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from . import variables
from .frame import HEALTH, Panels, framed
from .panels import Query, Words, graph, number
from .queries import ON_INSTANCE, pick, total

_AGE = "fedmsg_exporter_message_age_seconds"
_COMMIT = "fedmsg_exporter_ledger_commit_seconds"
_GOOD_OR_BAD = [(None, "green"), (1, "red")]


def board() -> Dashboard:
    """The board."""
    return framed(
        HEALTH,
        "Fedora bus: exporter health",
        "Whether the exporter runs, keeps up with the bus, and counts every message.",
        variables.instance(),
        since="6h",
        content={
            "Now": _now(),
            "Does it keep up?": _speed(),
            "Is anything amiss?": _problems(),
            "What does it need?": _needs(),
        },
    )


def _own(metric: str, *matchers: str) -> str:
    return pick(f"fedmsg_exporter_{metric}", ON_INSTANCE, *matchers)


def _rate(metric: str, by: str = "") -> str:
    return total(f"rate({_own(metric)}[$__rate_interval])", by)


def _bucket(histogram: str) -> str:
    return pick(f"{histogram}_bucket", ON_INSTANCE)


def _quantile(share: float, histogram: str) -> str:
    buckets = f"rate({_bucket(histogram)}[$__rate_interval])"
    return f"histogram_quantile({share}, {total(buckets, 'le')})"


def _quantiles(histogram: str) -> list[Query]:
    return [
        Query(_quantile(share, histogram), name)
        for share, name in ((0.5, "half of them"), (0.95, "95 %"), (0.99, "99 %"))
    ]


def _now() -> Panels:
    panels = [
        number(
            Words("Exporters up", "Processes of the exporter that answer Prometheus."),
            f"sum({pick('up', ON_INSTANCE)})",
            steps=[(None, "red"), (1, "green")],
        ),
        number(
            Words("Connected", "Whether messages can arrive, in all of the processes."),
            f"min({_own('connected')})",
            steps=[(None, "red"), (1, "green")],
            mappings={"0": "No", "1": "Yes"},
        ),
        number(
            Words("Ledger", "Whether the ledger takes messages, in all of the processes."),
            f"max({_own('ledger_failing')})",
            steps=_GOOD_OR_BAD,
            mappings={"0": "Fine", "1": "Failing"},
        ),
        number(
            Words(
                "Age of messages",
                "How old half of the messages of the last ten minutes were at most when they were "
                "counted: high while the exporter catches up.",
                "s",
            ),
            f"histogram_quantile(0.5, sum by (le) (rate({_bucket(_AGE)}[10m])))",
            steps=[(None, "green"), (60, "orange"), (300, "red")],
        ),
        number(
            Words("Series", "Series of all families in the ledger, in all of the processes."),
            f"sum({_own('series')})",
        ),
        number(
            Words("Running for", "Time since the process last started, the youngest of all.", "s"),
            f"time() - max({pick('process_start_time_seconds', ON_INSTANCE)})",
        ),
        number(
            Words(
                "Age of the groups",
                "Time since the membership of groups was last known to be right. Empty where no "
                "groups are counted.",
                "s",
            ),
            f"max({_own('groups_age_seconds')})",
            steps=[(None, "green"), (2 * 3600, "orange"), (3 * 3600, "red")],
        ),
    ]
    return [panel.span(width) for panel, width in zip(panels, (3, 3, 3, 4, 4, 4, 3), strict=True)]


def _speed() -> Panels:
    counted = pick("fedmsg_messages_total", ON_INSTANCE)
    return [
        graph(
            Words("Messages counted", "Messages counted a second, by process.", "cps"),
            Query(total(f"rate({counted}[$__rate_interval])", "instance"), "{{instance}}"),
            stack=True,
        ).span(8),
        graph(
            Words(
                "Age of messages when counted",
                "Half, 95 and 99 of a hundred messages were not older than this when they were "
                "counted: the time on the bus and in the queue.",
                "s",
            ),
            *_quantiles(_AGE),
        ).span(8),
        graph(
            Words(
                "Time to commit a batch",
                "Half, 95 and 99 of a hundred commits to the ledger took no longer than this.",
                "s",
            ),
            *_quantiles(_COMMIT),
        ).span(8),
    ]


def _problems() -> Panels:
    return [
        graph(
            Words(
                "Messages rejected, by reason",
                "Messages a second that could not be read or are not to be counted.",
                "cps",
            ),
            Query(_rate("messages_rejected_total", "reason"), "{{reason}}"),
        ).span(8),
        graph(
            Words(
                "Doubles and messages without an id",
                "Messages a second that came again and were not counted again, and messages "
                "without an id, counted at each delivery.",
                "cps",
            ),
            Query(_rate("messages_duplicate_total"), "came again"),
            Query(_rate("messages_unidentified_total"), "without an id"),
        ).span(8),
        graph(
            Words(
                "Failures of attribution, by stage",
                "Failures a second while a message was attributed; it counts all the same.",
                "cps",
            ),
            Query(_rate("attribution_errors_total", "stage"), "{{stage}}"),
        ).span(8),
        graph(
            Words("Series, by family", "Series in the ledger. Each family has a limit."),
            Query(total(_own("series"), "family", "max"), "{{family}}"),
        ).span(8),
        graph(
            Words(
                "Counts beyond a limit, by family",
                "Counts a second that went to __other__ as the family had reached its limit.",
                "cps",
            ),
            Query(_rate("series_dropped_total", "family"), "{{family}}"),
        ).span(8),
        graph(
            Words(
                "New series on hold",
                "New series that are still shown as 0, so that PromQL sees their first message.",
            ),
            Query(total(_own("series_held"), "instance"), "{{instance}}"),
        ).span(8),
    ]


def _needs() -> Panels:
    cpu = pick("process_cpu_seconds_total", ON_INSTANCE)
    memory = pick("process_resident_memory_bytes", ON_INSTANCE)
    scrape = pick("scrape_duration_seconds", ON_INSTANCE)
    return [
        graph(
            Words("Processor", "Processor cores in use, by process.", "percentunit"),
            Query(total(f"rate({cpu}[$__rate_interval])", "instance"), "{{instance}}"),
        ).span(8),
        graph(
            Words("Memory", "Resident memory, by process.", "bytes"),
            Query(total(memory, "instance"), "{{instance}}"),
        ).span(8),
        graph(
            Words("Time of a scrape", "How long Prometheus waited for /metrics.", "s"),
            Query(total(scrape, "instance"), "{{instance}}"),
        ).span(8),
    ]
