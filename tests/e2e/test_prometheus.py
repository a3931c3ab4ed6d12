"""From the bus to PromQL results: RabbitMQ, the exporter and Prometheus, all real."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from harness import Exporter, Prometheus, RabbitMQ, promtool, wait_until

from .messages import comment

pytestmark = [pytest.mark.servers, pytest.mark.editions]

MakeExporter = Callable[..., Exporter]
MakePrometheus = Callable[..., Prometheus]

USERS = "fedmsg_user_messages_total"
GROUPS = "groups: {packager: [user0, user1, user2], docs: [user1, user3]}\n"


def test_promql_answers_with_the_right_numbers(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter, prometheus: MakePrometheus
) -> None:
    """PromQL gives exactly what was published since, by category, user and group."""
    one = exporter(
        rabbitmq.amqp_url, queue, config={"new_series_hold": 3, "groups": {"file": "groups.yml"}}
    )
    one.folder.mkdir()
    (one.folder / "groups.yml").write_text(GROUPS)
    one.start()
    server = prometheus([one.address])
    server.wait_for("up == 1")
    server.wait_for("fedmsg_messages_total")
    before = server.query("time()")[0].value

    sent: Counter[str] = Counter()
    random.seed(1)
    for _ in range(3):
        users = [f"user{int(random.paretovariate(1)) % 40}" for _ in range(100)]
        sent.update(users)
        rabbitmq.publish([comment(user) for user in users])
        one.wait_value(sum(sent.values()), "fedmsg_messages_total")
    one.wait_value(sum(sent.values()), USERS, timeout=30)
    server.wait_for(f"sum({USERS}) == {sum(sent.values())}")

    now = server.query("time()")[0].value
    window = f"{int(now - before)}s"
    exact = "{0} - ({0} offset {1} or 0 * {0})"
    by_user = server.query(f"sum by (user) ({exact.format(USERS, window)})", now)
    assert {s.labels["user"]: s.value for s in by_user} == dict(sent)
    by_group = server.query("sum by (group) (fedmsg_group_messages_total)")
    assert {s.labels["group"]: s.value for s in by_group} == {
        "packager": sum(sent[f"user{n}"] for n in (0, 1, 2)),
        "docs": sum(sent[f"user{n}"] for n in (1, 3)),
    }
    assert server.query("fedmsg_group_members{group='packager'}")[0].value == 3
    # A plain exporter would show 0 for everyone with a single burst of messages.
    increases = server.query(f"round(sum by (user) (increase({USERS}[{window}])))", now)
    assert all(s.value > 0 for s in increases)


def test_simulation_is_a_bus_to_look_at(exporter: MakeExporter, prometheus: MakePrometheus) -> None:
    """The simulation fills all families within seconds, and promtool has no complaints."""
    one = exporter(arguments=["--source", "simulation", "--speed", "20000"])
    one.start()
    wait_until(lambda: one.value("fedmsg_messages_total") > 20_000, 60, "a simulated day")
    server = prometheus([one.address])
    answer = server.wait_for("count(sum by (category) (fedmsg_messages_total) > 0)")
    assert answer[0].value >= 25
    assert server.query("count(count by (user) (fedmsg_user_messages_total))")[0].value > 200
    assert server.query("count(sum by (group) (fedmsg_group_messages_total) > 0)")[0].value > 30
    assert server.query("count(fedmsg_group_members)")[0].value > 30
    checked = promtool("check", "metrics", stdin=one.get("/metrics").text)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    assert one.process.terminate() == 0


def test_pages(exporter: MakeExporter) -> None:
    """Each page answers GET and HEAD alike; /metrics speaks OpenMetrics and gzip on request."""
    one = exporter(arguments=["--source", "simulation", "--speed", "100"])
    one.start()
    for path in ("/", "/metrics", "/-/healthy", "/-/ready"):
        head = one.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Type"] == one.get(path).headers["Content-Type"]
    assert "_created" not in one.get("/metrics").text
    assert one.get("/nothing").status_code == 404


@pytest.mark.parametrize(
    ("accept", "content_type", "end"),
    [
        ("*/*", "text/plain; version=0.0.4; charset=utf-8", "\n"),
        (
            "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            "\n# EOF\n",
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_formats(
    exporter: MakeExporter, accept: str, content_type: str, end: str, encoding: str
) -> None:
    """A scrape is answered in the format and the encoding that its headers prefer."""
    one = exporter(arguments=["--source", "simulation"])
    one.start()
    answer = one.get("/metrics", headers={"Accept": accept, "Accept-Encoding": encoding})
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers.get("Content-Encoding", "identity") == encoding
    assert answer.text.endswith(end)
    assert "fedmsg_exporter_connected 1.0" in answer.text
