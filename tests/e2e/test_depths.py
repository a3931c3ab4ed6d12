"""The depth of the queues, as a real broker gives it."""

from collections.abc import Callable

import pytest

from harness import Exporter, RabbitMQ, wait_until

from .messages import comment

pytestmark = [pytest.mark.servers, pytest.mark.editions]

MakeExporter = Callable[..., Exporter]
MESSAGES = "fedmsg_exporter_queue_messages"
CONSUMERS = "fedmsg_exporter_queue_consumers"


def test_what_waits_in_the_queue(rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter) -> None:
    """A backlog shows at once, and 0 once it is counted; each consumer counts."""
    rabbitmq.publish([comment() for _ in range(3000)])
    one = exporter(rabbitmq.amqp_url, queue, prefetch=10)
    one.start()
    wait_until(lambda: one.value(MESSAGES, queue=queue) > 1000, 10, "the backlog", one.process)
    assert one.value(CONSUMERS, queue=queue) == 1
    one.wait_value(3000, "fedmsg_messages_total")
    one.wait_value(0, MESSAGES)
    other = exporter(rabbitmq.amqp_url, queue)
    other.start()
    other.wait_value(2, CONSUMERS)
    one.wait_value(2, CONSUMERS)


def test_depths_of_a_broker_that_is_away(own_rabbitmq: RabbitMQ, exporter: MakeExporter) -> None:
    """Without a connection the depth is unknown, until there is another."""
    own_rabbitmq.declare_queue("q")
    one = exporter(own_rabbitmq.amqp_url, "q")
    one.start()
    one.wait_value(1, CONSUMERS, queue="q")
    own_rabbitmq.stop()
    one.wait_ready(ready=False)
    text = one.get("/metrics").text
    assert f"# TYPE {MESSAGES} gauge" in text
    assert f"{MESSAGES}{{" not in text
    own_rabbitmq.start()
    one.wait_ready()
    one.wait_value(1, CONSUMERS, queue="q")


def test_a_queue_that_the_broker_names(rabbitmq: RabbitMQ, exporter: MakeExporter) -> None:
    """Its name changes with each connection, so the series has another one."""
    one = exporter(rabbitmq.amqp_url, "", fleeting=True, config={"gaps": {"fill": "never"}})
    one.start()
    one.wait_value(1, CONSUMERS, queue="server-named")
