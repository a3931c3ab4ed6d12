"""The exporter on a real RabbitMQ, and failures of either."""

import signal
import sys
from collections import Counter
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import pytest

from benchmarks import hostile
from harness import Exporter, Outgoing, Process, RabbitMQ, free_port, wait_until
from harness.hostile import HEADERS
from harness.wire import Raw, Wire

from .messages import ODD, TOPIC, UNREADABLE, comment

pytestmark = [pytest.mark.servers, pytest.mark.editions]

MakeExporter = Callable[..., Exporter]
MESSAGES = "fedmsg_messages_total"


def test_messages_are_counted_and_acked(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter
) -> None:
    """Every message ends in its counters, and none stays in the queue."""
    one = exporter(rabbitmq.amqp_url, queue)
    one.start()
    rabbitmq.publish([comment(user) for user in ("ralph", "mizmo", "ralph") * 100])
    one.wait_value(300, MESSAGES, category="bodhi", domain="org.fedoraproject")
    assert one.value("fedmsg_user_messages_total", user="ralph", kind="person") == 200
    assert one.value("fedmsg_topic_messages_total", topic="bodhi.update.comment") == 300
    assert one.value("fedmsg_last_message_timestamp_seconds", category="bodhi") == 1772366400
    assert one.value("fedmsg_exporter_connected") == 1
    wait_until(lambda: rabbitmq.total(queue) == 0, 10, "an empty queue")


def test_hostile_messages_neither_stop_nor_stall_it(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter
) -> None:
    """Each hostile message is acked and counted, rejected or not, as are good ones in between."""
    one = exporter(rabbitmq.amqp_url, queue)
    one.start()
    bad = [message for several in UNREADABLE.values() for message in several]
    rabbitmq.publish([m for message in [*bad, *ODD] for m in (message, comment("good"))])
    one.wait_value(len(bad) + len(ODD), "fedmsg_user_messages_total", user="good")
    for reason, several in UNREADABLE.items():
        assert one.value("fedmsg_exporter_messages_rejected_total", reason=reason) == len(several)
    assert one.value(MESSAGES) == len(bad) + 2 * len(ODD)
    assert one.value("fedmsg_exporter_messages_rejected_total") == len(bad)
    wait_until(lambda: rabbitmq.total(queue) == 0, 10, "an empty queue")


def test_hostile_frames_count_under_their_reasons(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter
) -> None:
    """Frames written by hand, one in ten with each kind of error: all count, connected stays 1."""
    own_rabbitmq.declare_queue("q")
    with exporter(own_rabbitmq.amqp_url, "q", prefetch=1000) as one:
        outcome = hostile.run(own_rabbitmq, one, 600)
    assert outcome.sent == outcome.counted
    assert (outcome.looks > 0, outcome.disconnected) == (True, 0)
    wait_until(lambda: own_rabbitmq.total("q") == 0, 10, "an empty queue")


def test_hostile_messages_in_a_backlog(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter
) -> None:
    """One bad message per ten good ones at full speed: both kinds are counted exactly."""
    bad = list(islice(cycle(m for several in UNREADABLE.values() for m in several), 500))
    again = [message._replace(message_id=str(number)) for number, message in enumerate(bad)]
    users = [f"user{n % 7}" for n in range(10 * len(bad))]
    good = [comment(user) for user in users]
    backlog = [m for n, one in enumerate(again) for m in (*good[10 * n : 10 * n + 10], one)]
    rabbitmq.publish(backlog)
    one = exporter(rabbitmq.amqp_url, queue, prefetch=1000)
    one.start()
    wait_until(lambda: rabbitmq.total(queue) == 0, 60, "an empty queue")
    one.wait_value(len(good), "fedmsg_user_messages_total")
    for user, number in Counter(users).items():
        assert one.value("fedmsg_user_messages_total", user=user) == number
    assert one.value(MESSAGES) == len(good)
    assert one.value("fedmsg_exporter_messages_rejected_total") == len(bad)


def test_duplicates_count_once(rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter) -> None:
    """A message published twice with one id counts once, and the second one as a duplicate."""
    one = exporter(rabbitmq.amqp_url, queue)
    one.start()
    rabbitmq.publish([comment(message_id=str(n % 50)) for n in range(100)])
    one.wait_value(50, "fedmsg_exporter_messages_duplicate_total")
    assert one.value(MESSAGES) == 50


def test_sigterm_ends_it_cleanly(rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter) -> None:
    """SIGTERM while messages flow: exit status 0, and what was counted is acked, no more."""
    one = exporter(rabbitmq.amqp_url, queue, prefetch=20)
    one.start()
    rabbitmq.publish([comment() for _ in range(3000)])
    wait_until(lambda: one.value(MESSAGES) > 0, 30, "the first messages")
    assert one.process.terminate() == 0
    left = rabbitmq.total(queue)
    one.start()
    one.wait_value(3000, MESSAGES)
    assert one.value("fedmsg_exporter_messages_duplicate_total") == 0
    assert 0 <= left < 3000


def test_it_waits_for_a_broker_that_is_not_there_yet(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter
) -> None:
    """Without a broker it runs, says why it is not ready, and consumes once there is one."""
    own_rabbitmq.declare_queue("q")
    own_rabbitmq.stop()
    one = exporter(own_rabbitmq.amqp_url, "q")
    one.start_unready()
    wait_until(lambda: "cannot reach the broker" in one.get("/-/ready").text, 20, "the reason")
    assert one.get("/-/ready").status_code == 503
    assert one.value("fedmsg_exporter_connected") == 0
    own_rabbitmq.start()
    assert one.wait_ready() == "Ready.\n"
    assert one.value("fedmsg_exporter_connected") == 1


def _restart_broker(rabbitmq: RabbitMQ, queue: str) -> None:
    rabbitmq.restart()


def _kill_broker(rabbitmq: RabbitMQ, queue: str) -> None:
    rabbitmq.kill()
    rabbitmq.start()


def _cut_connections(rabbitmq: RabbitMQ, queue: str) -> None:
    rabbitmq.close_connections()


def _delete_queue(rabbitmq: RabbitMQ, queue: str) -> None:
    rabbitmq.delete_queue(queue)


MISHAPS = (_cut_connections, _delete_queue, _kill_broker, _restart_broker)


def _wait_for_registration(one: Exporter, number: int) -> None:
    """Wait until the exporter has started consuming a number of times."""

    def begun() -> bool:
        return one.process.log.read_text().count("INFO consuming from") >= number

    wait_until(begun, 60, f"the exporter to consume for the {number}. time", one.process)


def test_it_comes_back(own_rabbitmq: RabbitMQ, exporter: MakeExporter) -> None:
    """Whatever happens to the connection, it is reported, and consuming resumes within 60 s."""
    own_rabbitmq.declare_queue("q")
    one = exporter(own_rabbitmq.amqp_url, "q")
    one.start()
    for number, mishap in enumerate(MISHAPS, 1):
        mishap(own_rabbitmq, "q")
        _wait_for_registration(one, number + 1)
        own_rabbitmq.publish([comment() for _ in range(10)])
        one.wait_value(10 * number, MESSAGES)


def test_unready_is_reported_while_the_broker_is_gone(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter
) -> None:
    """While the broker is gone, /-/ready and the gauge say so, and /metrics still answers."""
    own_rabbitmq.declare_queue("q")
    one = exporter(own_rabbitmq.amqp_url, "q")
    one.start()
    own_rabbitmq.stop()
    assert "Not ready: " in one.wait_ready(ready=False)
    assert one.value("fedmsg_exporter_connected") == 0
    assert one.value("fedmsg_exporter_build_info") == 1


def test_silent_death_of_the_connection_is_noticed(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter
) -> None:
    """When the broker falls silent without closing anything, the heartbeat detects it."""
    own_rabbitmq.declare_queue("q")
    one = exporter(own_rabbitmq.amqp_url + "?heartbeat=2", "q")
    one.start()
    own_rabbitmq.process.signal(signal.SIGSTOP)
    try:
        assert "Not ready: " in one.wait_ready(ready=False)
    finally:
        own_rabbitmq.process.signal(signal.SIGCONT)
    one.wait_ready()


@pytest.mark.parametrize(
    ("extra", "status", "said"),
    [
        ("passive_declares = true\n", 10, "NOT_FOUND"),
        ("", 10, "PRECONDITION_FAILED"),
    ],
    ids=["queue missing", "queue declared otherwise"],
)
def test_refused_declaration_ends_it(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter, extra: str, status: int, said: str
) -> None:
    """A refusal by the broker at the start is a config error, reported with its exit status."""
    name = "no-such-queue" if extra else queue + "-otherwise"
    if not extra:
        rabbitmq.declare_queue(name, durable=False)
    one = exporter(rabbitmq.amqp_url, name)
    one.folder.mkdir()
    one._write_config()
    path = one.folder / "bus.toml"
    path.write_text(extra + path.read_text())
    one.process.start()
    wait_until(lambda: one.process.exit_code is not None, 30, "the end of the exporter")
    assert one.process.exit_code == status
    assert said in one.process.tail()
    rabbitmq.delete_queue(name)


#: What fedora-messaging's consumer does not expect: one counts, the others are rejected.
UNLIKE_FEDORA_MESSAGING = {
    "id": Raw(TOPIC.encode(), b"{}", message_id=b"\xff"),
    "topic": Raw(b"\xff\xfe", b"{}"),
    "encoding": Raw(TOPIC.encode(), b"{}", encoding=b"gzip"),
    "bytes": Raw(TOPIC.encode(), b"{}", encoding=b"\xff"),
    "depth": Raw(TOPIC.encode(), b'{"a":' * 3000 + b"1" + b"}" * 3000),
}


def test_fedora_messaging_consume_runs_the_same_pipeline(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter, tmp_path: Path
) -> None:
    """`fedora-messaging consume` with our callback counts the same, refused messages included."""
    port = free_port()
    one = exporter(
        rabbitmq.amqp_url,
        queue,
        bus_extra=f"""
[consumer_config]
listen = "127.0.0.1:{port}"
new_series_hold = 0
state = "{tmp_path / "ledger.sqlite"}"
[consumer_config.limits]
users = 7
""",
    )
    one.port = port
    one.folder.mkdir()
    one._write_config()
    one.process = Process(
        [
            *(
                Path(sys.executable).with_name("fedora-messaging"),
                "--conf",
                one.folder / "bus.toml",
                "consume",
            ),
            *("--callback", "fedmsg_exporter:Consumer"),
        ],
        one.folder / "consume.log",
        {},
    )
    one.process.start()
    wait_until(one._is_healthy, 30, "the consumer's /-/healthy", one.process)
    rabbitmq.publish([comment(message_id=str(n % 90)) for n in range(100)])
    rabbitmq.publish([Outgoing(TOPIC, b"not json", {}, "bad")])
    one.wait_value(90, MESSAGES)
    one.wait_value(10, "fedmsg_exporter_messages_duplicate_total")
    one.wait_value(1, "fedmsg_exporter_messages_rejected_total", reason="validation")
    with Wire(rabbitmq.port) as wire:
        wire.publish([HEADERS[0].message, *UNLIKE_FEDORA_MESSAGING.values()])
    one.wait_value(1, "fedmsg_exporter_messages_rejected_total", reason="headers")
    one.wait_value(1, "fedmsg_exporter_messages_rejected_total", reason="topic")
    one.wait_value(4, "fedmsg_exporter_messages_rejected_total", reason="validation")
    one.wait_value(91, MESSAGES)
    assert one.wait_ready() == "Ready.\n"
    loaded = "fedmsg_exporter_config_last_reload_success_timestamp_seconds"
    before = one.value(loaded)
    one.process.signal(signal.SIGHUP)
    wait_until(lambda: one.value(loaded) > before, 10, "a reload", one.process)
    rabbitmq.close_connections()
    assert "fedora-messaging is not connected" in one.wait_ready(ready=False)
    one.wait_ready()
    one.process.signal(signal.SIGTERM)
    wait_until(lambda: one.process.exit_code is not None, 30, "the end of the consumer")
    assert one.process.exit_code == 0
    assert rabbitmq.total(queue) == 0
