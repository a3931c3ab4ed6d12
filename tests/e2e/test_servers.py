"""The test harness itself: the servers of harness start, answer and end."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByBroker

from harness import (
    Alertmanager,
    Outgoing,
    Process,
    Prometheus,
    RabbitMQ,
    WaitError,
    promtool,
    require,
    wait_until,
)
from harness.programs import INSTALLED, NEWER, using

pytestmark = [pytest.mark.servers, pytest.mark.editions]

TOPIC = "org.fedoraproject.prod.bodhi.update.comment"


def test_a_published_message_arrives_as_it_was_sent(rabbitmq: RabbitMQ, queue: str) -> None:
    sent = Outgoing(TOPIC, {"user": "zoë"}, {"sent-at": "now"}, "id-1")

    rabbitmq.publish([sent])

    with rabbitmq.channel() as channel:
        delivery, properties, body = channel.basic_get(queue, auto_ack=True)
    assert delivery.routing_key == TOPIC
    assert body == sent.wire()
    assert (properties.message_id, properties.headers) == ("id-1", sent.headers)
    assert properties.content_encoding == "utf-8"


def test_every_confirmed_message_is_in_the_queue(rabbitmq: RabbitMQ, queue: str) -> None:
    for round_ in range(1, 11):
        assert rabbitmq.publish([Outgoing(TOPIC)] * 501) == 501
        assert rabbitmq.depth(queue) == round_ * 501


def test_unconfirmed_messages_arrive_too(rabbitmq: RabbitMQ, queue: str) -> None:
    rabbitmq.publish([Outgoing(TOPIC)] * 30_000, confirm=False)

    wait_until(lambda: rabbitmq.depth(queue) == 30_000, 30, "all in the queue")


def test_publishing_to_no_exchange_fails(rabbitmq: RabbitMQ) -> None:
    with pytest.raises(ChannelClosedByBroker, match="no exchange 'nowhere'"):
        rabbitmq.publish([Outgoing(TOPIC)], exchange="nowhere")


def test_unacked_messages_are_in_the_total_and_not_in_the_depth(
    rabbitmq: RabbitMQ, queue: str
) -> None:
    rabbitmq.publish([Outgoing(TOPIC)] * 3)

    with rabbitmq.channel() as channel:
        channel.basic_get(queue)
        assert (rabbitmq.depth(queue), rabbitmq.total(queue)) == (2, 3)


def test_a_queue_gets_only_what_it_is_bound_to(rabbitmq: RabbitMQ) -> None:
    rabbitmq.declare_queue("only-a", bindings=["a.#"], x_max_length=2)

    rabbitmq.publish([Outgoing("a.b")] * 3 + [Outgoing("b.a")])

    assert rabbitmq.depth("only-a") == 2
    rabbitmq.delete_queue("only-a")


def test_closed_connections_are_gone(rabbitmq: RabbitMQ, queue: str) -> None:
    def consume_until_closed() -> None:
        with rabbitmq.channel() as channel:
            channel.basic_consume(queue, lambda *_: None)
            assert rabbitmq.consumers(queue) == 1
            rabbitmq.close_connections()

    with pytest.raises(ConnectionClosedByBroker):
        consume_until_closed()
    wait_until(lambda: rabbitmq.consumers(queue) == 0, 10, "no consumer")


def test_persistent_messages_outlive_restart_and_kill(own_rabbitmq: RabbitMQ) -> None:
    own_rabbitmq.declare_queue("durable")
    own_rabbitmq.publish([Outgoing(TOPIC)] * 10)

    own_rabbitmq.restart()
    assert own_rabbitmq.depth("durable") == 10

    own_rabbitmq.publish([Outgoing(TOPIC)] * 5)
    own_rabbitmq.kill()
    own_rabbitmq.start()
    assert own_rabbitmq.depth("durable") == 15


def test_a_plugin_is_there_when_asked_for(tmp_path: Path) -> None:
    plugins = ["rabbitmq_consistent_hash_exchange"]
    with RabbitMQ(tmp_path / "rabbitmq", plugins) as broker, broker.channel() as channel:
        channel.exchange_declare(
            "shares",
            "x-consistent-hash",
            arguments={"hash-property": "message_id"},
        )
        channel.exchange_bind("shares", "amq.topic", "#")
        for name in ("first", "second"):
            broker.declare_queue(name, bindings=["1"], exchange="shares")
        broker.publish(Outgoing(TOPIC, message_id=str(i)) for i in range(1000))
        depths = [broker.depth("first"), broker.depth("second")]
    assert sum(depths) == 1000
    assert min(depths) > 300


def test_prometheus_scrapes_and_answers(
    prometheus: Callable[..., Prometheus],
) -> None:
    server = prometheus()
    assert server.query("1 + 1", time=1_700_000_000) == [({}, 2.0)]

    server.targets = [server.address]
    server.reload()

    [sample] = server.wait_for("up == 1")
    assert sample.labels["instance"] == server.address


def test_prometheus_keeps_its_data_over_a_restart(
    prometheus: Callable[..., Prometheus],
) -> None:
    server = prometheus(scrape_interval="200ms", retention="1d")
    server.targets = [server.address]
    server.reload()
    server.wait_for("count_over_time(up[1m]) >= 3")
    server.targets = []

    server.restart()

    [series] = server.query_range("up", time.time() - 60, time.time(), step=0.1)
    assert series.labels["job"] == "fedmsg_exporter"
    assert series.points[0][1] == 1


def test_a_firing_rule_reaches_the_alertmanager(
    tmp_path: Path,
    prometheus: Callable[..., Prometheus],
    alertmanager: Callable[..., Alertmanager],
) -> None:
    manager = alertmanager()
    rules = tmp_path / "rules.yml"
    rules.write_text("groups: [{name: g, rules: [{alert: Always, expr: vector(1)}]}]")
    managers = {"static_configs": [{"targets": [manager.address]}]}

    prometheus(rules=[rules], config_extra={"alerting": {"alertmanagers": [managers]}})

    [alert] = wait_until(manager.alerts, 30, "an alert", manager.process)
    assert alert["labels"]["alertname"] == "Always"


def test_promtool_checks_an_exposition() -> None:
    good = "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n"

    assert promtool("check", "metrics", stdin=good).returncode == 0
    assert promtool("check", "metrics", stdin="a{ 1\n").returncode != 0


def test_a_server_that_cannot_start_says_why(
    prometheus: Callable[..., Prometheus],
) -> None:
    with pytest.raises(WaitError, match=r"ended with 2; its log (.|\n)*no_such_key"):
        prometheus(config_extra={"no_such_key": 1})


def test_a_process_that_does_not_heed_sigterm_is_killed(tmp_path: Path) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 1; done"
    process = Process(["sh", "-c", script], tmp_path / "log")
    process.start()
    wait_until(lambda: "ready" in process.tail(), 10, "the trap", process)

    assert process.terminate(timeout=0.2) == -9


@pytest.mark.parametrize("required", ["0", "1"])
def test_a_newer_program_is_optional(monkeypatch: pytest.MonkeyPatch, required: str) -> None:
    """A test on the newer edition is skipped without it, and says how to fetch it."""
    monkeypatch.setenv("FEDMSG_EXPORTER_SERVERS", "/nonexistent")
    monkeypatch.setenv("FEDMSG_EXPORTER_REQUIRE_SERVERS", required)
    with using(NEWER), pytest.raises(pytest.skip.Exception, match=r"newer\.sh fetches it"):
        require("prometheus")


def test_a_missing_program_skips_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an installed program a test is skipped, or fails if the run requires it."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("FEDMSG_EXPORTER_REQUIRE_SERVERS", raising=False)
    with using(INSTALLED), pytest.raises(pytest.skip.Exception, match="package prometheus;"):
        require("prometheus")
    monkeypatch.setenv("FEDMSG_EXPORTER_REQUIRE_SERVERS", "1")
    with using(INSTALLED), pytest.raises(pytest.fail.Exception, match="package prometheus;"):
        require("prometheus")
