"""More than one exporter: RabbitMQ shares the work out, the sum over all stays right."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import Exporter, RabbitMQ, wait_until

from .messages import comment

pytestmark = pytest.mark.servers

MakeExporter = Callable[..., Exporter]
MESSAGES = "fedmsg_messages_total"


@pytest.fixture
def hashing_rabbitmq(tmp_path: Path) -> Iterator[RabbitMQ]:
    """A broker that shares messages out to two queues by a hash of their id."""
    plugins = ("rabbitmq_consistent_hash_exchange",)
    with RabbitMQ(tmp_path / "rabbitmq", plugins) as broker, broker.channel() as channel:
        channel.exchange_declare(
            "by-id",
            "x-consistent-hash",
            durable=True,
            arguments={"hash-property": "message_id"},
        )
        channel.exchange_bind("by-id", "amq.topic", "#")
        for queue in ("one", "two"):
            channel.queue_declare(queue, durable=True)
            # The routing key is the queue's weight.
            channel.queue_bind(queue, "by-id", "1")
        yield broker


def _together(exporters: tuple[Exporter, Exporter], name: str = MESSAGES) -> float:
    return sum(one.value(name) for one in exporters)


def _left(broker: RabbitMQ) -> int:
    return broker.total("one") + broker.total("two")


def test_a_queue_each_by_hash_of_the_id(hashing_rabbitmq: RabbitMQ, exporter: MakeExporter) -> None:
    """With one queue each behind a consistent hash, every id counts once, even after kill -9."""
    url = hashing_rabbitmq.amqp_url
    # No bindings: the queues are bound to the hashing exchange already.
    both = (exporter(url, "one", routing_keys=()), exporter(url, "two", routing_keys=()))
    for one in both:
        one.start()
    hashing_rabbitmq.publish([comment(message_id=str(n)) for n in range(2000)])
    wait_until(lambda: both[0].value(MESSAGES) > 0, 30, "the first messages")
    both[0].process.kill()
    hashing_rabbitmq.publish([comment(message_id=str(n)) for n in range(1500, 2500)])
    both[0].start()
    wait_until(lambda: _together(both) == 2500, 60, "each id to be counted")
    wait_until(lambda: _left(hashing_rabbitmq) == 0, 30, "both queues to be empty")
    assert _together(both) == 2500
    assert min(one.value(MESSAGES) for one in both) > 800


def test_one_queue_for_both(rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter) -> None:
    """Two exporters on one queue each count a part, and the sum is the whole."""
    both = (exporter(rabbitmq.amqp_url, queue), exporter(rabbitmq.amqp_url, queue))
    for one in both:
        one.start()
    rabbitmq.publish([comment() for _ in range(2000)])
    wait_until(lambda: _together(both) == 2000, 60, "the sum")
    assert min(one.value(MESSAGES) for one in both) > 0
