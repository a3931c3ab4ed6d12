"""Queues that lose messages: what was sent meanwhile is counted as a gap, and filled."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import Datagrepper, Exporter, RabbitMQ, wait_until

from .disks import Disk, mounted
from .messages import comment
from .test_gaps import MESSAGES, RECOVERED, SECONDS, UNFILLED, publish, sent

pytestmark = pytest.mark.servers

MakeExporter = Callable[..., Exporter]


@pytest.fixture
def datagrepper() -> Iterator[Datagrepper]:
    with Datagrepper() as server:
        yield server


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "disk") as disk:
        yield disk


def made(
    exporter: MakeExporter,
    broker: RabbitMQ,
    datagrepper: Datagrepper,
    queue: str,
    arguments: str = "{}",
    *,
    passive: bool = False,
    **config: str,
) -> Exporter:
    """An exporter on a queue that is declared with arguments, or passively."""
    gaps = {
        "url": datagrepper.url,
        "overlap": "2s",
        "delay": "1s",
        "request_interval": 0,
        "timeout": 3,
    }
    one = exporter(broker.amqp_url, queue, config={"gaps": gaps, **config})
    one.change_bus("arguments = {}", f"arguments = {arguments}")
    if passive:
        one.change_bus("\namqp_url", "\npassive_declares = true\namqp_url")
    return one


@pytest.mark.parametrize(
    "arguments",
    [
        '{"x-queue-type" = "stream"}',
        '{"x-message-ttl" = 1000}',
        '{"x-expires" = 1000}',
        '{"x-max-length" = 3}',
    ],
    ids=["stream", "TTL", "expires", "length"],
)
def test_durable_queue_that_loses(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter, datagrepper: Datagrepper, arguments: str
) -> None:
    """Even a durable queue may lose messages if its arguments say so, and the gap is filled."""
    one = made(exporter, own_rabbitmq, datagrepper, "q", arguments)
    one.start()
    publish(own_rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.process.terminate()
    publish(own_rabbitmq, datagrepper, sent(20))
    time.sleep(1.5)  # past the TTL
    one.start()
    publish(own_rabbitmq, datagrepper, sent(5))
    one.wait_value(35, MESSAGES)
    assert one.value(SECONDS) > 1
    assert one.value(RECOVERED) > 0
    assert one.value("fedmsg_exporter_messages_duplicate_total") == 0


def test_stream_that_somebody_else_declared(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter, datagrepper: Datagrepper
) -> None:
    """A stream is recognised by what it delivers, even if the config does not mention it."""
    own_rabbitmq.declare_queue("q", x_queue_type="stream")
    one = made(exporter, own_rabbitmq, datagrepper, "q", passive=True)
    one.start()
    publish(own_rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.kill()
    publish(own_rabbitmq, datagrepper, sent(20))
    one.start()
    publish(own_rabbitmq, datagrepper, sent(12))
    one.wait_value(42, MESSAGES)
    assert one.value(RECOVERED) == 20


def test_broker_headers_that_a_publisher_wrote(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter, datagrepper: Datagrepper
) -> None:
    """A publisher can imitate neither a stream nor a quorum queue."""
    own_rabbitmq.declare_queue("q")
    one = made(exporter, own_rabbitmq, datagrepper, "q")
    one.start()
    one.kill()
    one.start()
    forged = comment()
    headers = {**(forged.headers or {}), "x-stream-offset": 1, "x-delivery-count": 2**62}
    own_rabbitmq.publish([forged._replace(headers=headers), *(comment() for _ in range(20))])
    one.wait_value(21, MESSAGES)
    assert one.value("fedmsg_exporter_gap_lossy") == 0
    assert one.value("fedmsg_exporter_earlier_deliveries") == 0


@pytest.mark.parametrize("passive", [True, False], ids=["held passively", "declared"])
def test_queue_that_was_deleted(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter, datagrepper: Datagrepper, passive: bool
) -> None:
    """What was sent while there was no queue is filled, whether the exporter was up or down."""
    own_rabbitmq.declare_queue("q")
    one = made(exporter, own_rabbitmq, datagrepper, "q", passive=passive)
    one.start()
    publish(own_rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    if not passive:
        one.process.terminate()
    own_rabbitmq.delete_queue("q")
    if passive:
        wait_until(lambda: "NOT_FOUND" in one.get("/-/ready").text, 30, "the refusal")
    publish(own_rabbitmq, datagrepper, sent(20))
    if passive:
        own_rabbitmq.declare_queue("q")
        one.wait_ready()
    else:
        one.start()
    publish(own_rabbitmq, datagrepper, sent(5))
    one.wait_value(35, MESSAGES)
    assert one.value(RECOVERED) == 20
    wait_until(lambda: one.value(UNFILLED) == 0, 30, "the end of filling")
    assert one.value("fedmsg_exporter_gap_lossy") == 1


def test_quorum_queue_survives_a_crash_loop_on_a_full_disk(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter, small_disk: Disk
) -> None:
    """While the ledger cannot be written nothing is delivered, so that no limit is reached."""
    own_rabbitmq.declare_queue("q", x_queue_type="quorum", x_delivery_limit=3)
    state = {"state": str(small_disk.folder / "ledger.sqlite")}
    one = exporter(own_rabbitmq.amqp_url, "q", config=state)
    one.change_bus(
        "arguments = {}", 'arguments = {"x-queue-type" = "quorum", "x-delivery-limit" = 3}'
    )
    one.start()
    one.process.terminate()
    own_rabbitmq.publish([comment(f"user{n}") for n in range(500)])
    small_disk.fill()
    for _ in range(6):
        one.start_unready()
        assert "free some space" in one.wait_ready(ready=False)
        assert one.value("fedmsg_exporter_connected") == 0
        assert one.value("fedmsg_exporter_ledger_failing") == 1
        one.kill()
    # A quorum queue publishes how long it is every few seconds.
    wait_until(lambda: own_rabbitmq.total("q") == 500, 30, "all messages in the queue")
    small_disk.empty()
    one.start()
    one.wait_value(500, MESSAGES)
    assert one.value("fedmsg_exporter_earlier_deliveries") == 0


def test_full_disk_is_a_gap_of_a_queue_that_keeps_nothing(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter, datagrepper: Datagrepper, small_disk: Disk
) -> None:
    """Nothing is consumed while the disk is full, so that time is a gap of the same length."""
    state = str(small_disk.folder / "ledger.sqlite")
    one = made(exporter, own_rabbitmq, datagrepper, "q", state=state)
    for setting in ("auto_delete", "exclusive"):
        one.change_bus(f"{setting} = false", f"{setting} = true")
    one.start()
    publish(own_rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    small_disk.fill()
    publish(own_rabbitmq, datagrepper, sent(2000))
    wait_until(lambda: one.value("fedmsg_exporter_connected") == 0, 30, "the end of consuming")
    began = time.monotonic()
    assert "free some space" in one.get("/-/ready").text
    time.sleep(4)
    publish(own_rabbitmq, datagrepper, sent(20))
    small_disk.empty()
    one.wait_ready()
    took = time.monotonic() - began
    publish(own_rabbitmq, datagrepper, sent(5))
    one.wait_value(2035, MESSAGES)
    assert took - 1 < one.value(SECONDS) < took + 3
    wait_until(lambda: one.value(UNFILLED) == 0, 30, "the end of filling")
    assert one.value("fedmsg_exporter_messages_duplicate_total") == 0


def test_deliveries_of_a_quorum_queue_are_watched(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter
) -> None:
    """Redeliveries of messages are a metric, with a warning before the queue drops them."""
    arguments = '{"x-queue-type" = "quorum", "x-delivery-limit" = 4}'
    own_rabbitmq.declare_queue("q", x_queue_type="quorum", x_delivery_limit=4)
    own_rabbitmq.publish([comment()])
    for _ in range(3):
        with own_rabbitmq.channel() as channel:
            method, _, _ = channel.basic_get("q")
            channel.basic_nack(method.delivery_tag)
    one = exporter(own_rabbitmq.amqp_url, "q")
    one.change_bus("arguments = {}", f"arguments = {arguments}")
    one.start()
    one.wait_value(1, MESSAGES)
    assert one.value("fedmsg_exporter_earlier_deliveries") == 3
    assert "delivery 4 of a message" in one.process.log.read_text()
