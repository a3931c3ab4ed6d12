"""The exporter itself: whether it runs, keeps up, and loses nothing."""

from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from . import style, variables
from .frame import HEALTH, Panels, framed
from .panels import Query, Words, bars, graph, number, states
from .queries import ON_INSTANCE, pick, total

_AGE = "fedmsg_exporter_message_age_seconds"
_COMMIT = "fedmsg_exporter_ledger_commit_seconds"
_BAD_OR_GOOD = [(None, "red"), (1, "green")]
_GOOD_OR_BAD = [(None, "green"), (1, "red")]
_PERCENTILES = {"50 %": "green", "95 %": "yellow", "99 %": "red"}


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
            "Throughput": _speed(),
            "Gaps": _gaps(),
            "Errors": _errors(),
            "Resources": _needs(),
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


def _percentiles(words: Words, histogram: str) -> timeseries.Panel:
    shares = zip((0.5, 0.95, 0.99), _PERCENTILES, strict=True)
    panel = graph(words, *(Query(_quantile(share, histogram), name) for share, name in shares))
    for name, color in _PERCENTILES.items():
        panel.override_by_name(name, style.painted(color))
    return panel.span(8)


def _now() -> Panels:
    up = pick("up", ON_INSTANCE)
    panels = [
        number(
            Words(
                "Exporters", "Exporter processes that respond to Prometheus, and those that do not."
            ),
            Query(f"sum({up}) or vector(0)", "up"),
            Query(f"count({up} == 0) or vector(0)", "down"),
            steps=_BAD_OR_GOOD,
            absent="red",
        ).override_by_name("down", style.stepped(_GOOD_OR_BAD)),
        number(
            Words("Connected", "Whether messages can arrive, in all processes."),
            f"min({_own('connected')})",
            steps=_BAD_OR_GOOD,
            mappings={"0": "No", "1": "Yes"},
            absent="red",
        ),
        number(
            Words("Ledger", "Whether writing to the ledger works, in all processes."),
            f"max({_own('ledger_failing')})",
            steps=_GOOD_OR_BAD,
            mappings={"0": "Fine", "1": "Failing"},
            absent="red",
        ),
        number(
            Words(
                "Age of messages",
                "Median age of the messages counted in the last ten minutes: high while the "
                "exporter catches up.",
                "s",
            ),
            f"histogram_quantile(0.5, sum by (le) (rate({_bucket(_AGE)}[10m])))",
            steps=[(None, "green"), (60, "orange"), (300, "red")],
        ),
        number(
            Words(
                "Gap left",
                "How much of the latest gap, when nothing was consumed, is still to be filled.",
                "s",
            ),
            f"max({_own('gap_unfilled_seconds')})",
            steps=[(None, "green"), (1, "orange"), (3600, "red")],
        ),
        number(
            Words("Uptime", "Time since the last start of a process.", "s"),
            f"time() - max({pick('process_start_time_seconds', ON_INSTANCE)})",
        ),
        number(
            Words(
                "Age of the groups",
                "Time since group membership was last loaded successfully. Empty if no groups "
                "are counted.",
                "s",
            ),
            f"max({_own('groups_age_seconds')})",
            steps=[(None, "green"), (2 * 3600, "orange"), (3 * 3600, "red")],
        ),
    ]
    timeline = states(
        Words("Up", "When each exporter process responded to Prometheus.", "none"),
        Query(up, "{{instance}}"),
        {"0": "Down", "1": "Up"},
        _BAD_OR_GOOD,
    )
    widths = (5, 3, 3, 4, 3, 3, 3)
    stats = [panel.span(width) for panel, width in zip(panels, widths, strict=True)]
    return [*stats, timeline]


def _speed() -> Panels:
    counted = pick("fedmsg_messages_total", ON_INSTANCE)
    return [
        graph(
            Words("Messages counted", "Messages counted per second, by process.", "cps"),
            Query(total(f"rate({counted}[$__rate_interval])", "instance"), "{{instance}}"),
            stack=True,
        ).span(8),
        _percentiles(
            Words(
                "Age of messages when counted",
                "50 %, 95 % and 99 % of the messages were no older than this when counted: the "
                "time spent on the bus and in the queue.",
                "s",
            ),
            _AGE,
        ),
        _percentiles(
            Words(
                "Time to commit a batch",
                "50 %, 95 % and 99 % of the commits to the ledger took no longer than this.",
                "s",
            ),
            _COMMIT,
        ),
        graph(
            Words(
                "Messages waiting",
                "Messages ready in the queue, as reported by the broker every 15 seconds. They "
                "grow while the exporter is slower than the bus, or is not consuming.",
            ),
            Query(total(_own("queue_messages"), "queue", "max"), "{{queue}}"),
        ).span(12),
        graph(
            Words(
                "Consumers",
                "Consumers of the queue. More than you run means that somebody else reads the "
                "queue, too: each message goes to only one of them.",
            ),
            Query(total(_own("queue_consumers"), "queue", "max"), "{{queue}}"),
        ).span(12),
    ]


def _gaps() -> Panels:
    return [
        graph(
            Words(
                "Gap to fill",
                "How much of the latest gap is still to be filled from datagrepper. It should "
                "fall to 0.",
                "s",
            ),
            Query(total(_own("gap_unfilled_seconds"), "instance", "max"), "{{instance}}"),
        ).span(8),
        graph(
            Words(
                "Time without consuming",
                "Time in each interval when nothing was consumed and messages may have been "
                "lost, whether filled later or not.",
                "s",
            ),
            Query(_increase("gap_seconds_total", "instance"), "{{instance}}"),
        ).span(8),
        graph(
            Words(
                "Messages recovered",
                "Messages in each interval that datagrepper had and the bus had not delivered.",
            ),
            Query(_increase("gap_messages_recovered_total", "instance"), "{{instance}}"),
        ).span(8),
        number(
            Words(
                "Latest gap",
                "How long ago consuming last stopped and started again, and up to which time the "
                "gap has been filled or abandoned. Empty if there was no gap.",
                "s",
            ),
            *(
                Query(f"time() - max({_own(f'gap_{name}_timestamp_seconds')} > 0)", text)
                for name, text in (
                    ("start", "stopped"),
                    ("end", "started"),
                    ("filled", "filled up to"),
                )
            ),
        ).span(12),
        number(
            Words(
                "Queue deleted",
                "Whether messages may have been lost in the latest gap because a durable queue "
                "was deleted.",
            ),
            f"max({_own('gap_lossy')})",
            steps=_GOOD_OR_BAD,
            mappings={"0": "No", "1": "Yes"},
        ).span(6),
        number(
            Words(
                "Age of the ledger",
                "Time since the newest ledger was created, when its counts began.",
                "s",
            ),
            f"time() - max({_own('ledger_start_timestamp_seconds')} > 0)",
        ).span(6),
    ]


def _increase(metric: str, by: str) -> str:
    return total(f"increase({_own(metric)}[$__rate_interval])", by)


def _errors() -> Panels:
    return [
        graph(
            Words(
                "Messages rejected, by reason",
                "Messages per second that are unreadable or not counted.",
                "cps",
            ),
            Query(_rate("messages_rejected_total", "reason"), "{{reason}}"),
        )
        .legend(style.ranking())
        .span(12),
        graph(
            Words(
                "Attribution errors, by stage",
                "Errors per second while attributing messages, which are counted anyway.",
                "cps",
            ),
            Query(_rate("attribution_errors_total", "stage"), "{{stage}}"),
        )
        .legend(style.ranking())
        .span(12),
        graph(
            Words(
                "Duplicates, messages without an id or a valid time",
                "Messages per second that were delivered again and not counted again; messages "
                "without an id, which cannot be deduplicated and count at each delivery; and "
                "messages whose sent-at time is unreadable or impossible.",
                "cps",
            ),
            Query(_rate("messages_duplicate_total"), "duplicates"),
            Query(_rate("messages_unidentified_total"), "without an id"),
            Query(_rate("messages_misdated_total"), "without a valid time"),
        ).span(8),
        graph(
            Words(
                "New series on hold",
                "New series that are still shown at 0, so that PromQL sees their first message.",
            ),
            Query(total(_own("series_held"), "instance"), "{{instance}}"),
        ).span(8),
        graph(
            Words(
                "Failed group refreshes",
                "Failed refreshes of group membership in each interval.",
            ),
            Query(_increase("groups_refresh_failures_total", "instance"), "{{instance}}"),
        ).span(8),
        states(
            Words(
                "Config reloads",
                "Whether each process could read its config when it last (re)loaded it. After a "
                "failure it keeps the previous config.",
                "none",
            ),
            Query(_own("config_last_reload_successful"), "{{instance}}"),
            {"0": "Failed", "1": "Fine"},
            _BAD_OR_GOOD,
        ).span(16),
        graph(
            Words(
                "Age of the config",
                "Time since each process last loaded its config successfully.",
                "s",
            ),
            Query(
                f"time() - {_own('config_last_reload_success_timestamp_seconds')}", "{{instance}}"
            ),
        ).span(8),
        graph(
            Words(
                "Earlier deliveries",
                "How often a message in the latest batch had been delivered before. A quorum "
                "queue drops a message at its delivery limit.",
            ),
            Query(total(_own("earlier_deliveries"), "instance", "max"), "{{instance}}"),
        ).span(8),
        graph(
            Words(
                "Connections closed, by reason",
                "HTTP connections closed, and requests refused, in each interval.",
            ),
            Query(_increase("http_closed_total", "reason"), "{{reason}}"),
        )
        .legend(style.ranking())
        .span(8),
        graph(
            Words(
                "Certificates expire in",
                "Time until the certificate for the broker, and that of the HTTP server, expire. "
                "Empty without TLS.",
                "s",
            ),
            Query(
                f"min({_own('client_certificate_expiry_timestamp_seconds')} > 0) - time()",
                "client",
            ),
            Query(f"min({_own('web_certificate_expiry_timestamp_seconds')} > 0) - time()", "web"),
        ).span(8),
        bars(
            Words("Series, by family", "Series in the ledger. Each family has a limit."),
            Query(f"{total(_own('series'), 'family', 'max')} > 0", "{{family}}"),
        ).span(12),
        graph(
            Words(
                "Counts beyond a limit, by family",
                "Counts per second that went to __other__ because the family had reached its "
                "limit. Families within their limits are not shown.",
                "cps",
            ),
            Query(f"{_rate('series_dropped_total', 'family')} > 0", "{{family}}"),
        )
        .legend(style.ranking())
        .height(10)
        .no_value("All families are within their limits"),
    ]


def _needs() -> Panels:
    cpu = pick("process_cpu_seconds_total", ON_INSTANCE)
    memory = pick("process_resident_memory_bytes", ON_INSTANCE)
    scrape = pick("scrape_duration_seconds", ON_INSTANCE)
    return [
        graph(
            Words("CPU", "CPU cores in use, by process.", "percentunit"),
            Query(total(f"rate({cpu}[$__rate_interval])", "instance"), "{{instance}}"),
        ).span(8),
        graph(
            Words("Memory", "Resident memory, by process.", "bytes"),
            Query(total(memory, "instance"), "{{instance}}"),
        ).span(8),
        graph(
            Words("Scrape duration", "How long Prometheus waited for /metrics.", "s"),
            Query(total(scrape, "instance"), "{{instance}}"),
        ).span(8),
        graph(
            Words("Versions", "Processes by the version that they run. An update shows as a step."),
            Query(f"count by (version) ({_own('build_info')})", "{{version}}"),
            stack=True,
        ).span(24),
    ]
