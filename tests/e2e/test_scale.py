"""More than one exporter: RabbitMQ shares the work out, Prometheus adds it up."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.scale import Mishaps, ScaleTrial, judge
from benchmarks.traffic import traffic
from fedmsg_exporter.ledger.learning import learn
from harness import Exporter, Outgoing, RabbitMQ, wait_until
from harness.programs import INSTALLED
from harness.scaled import Scaled, name

from .messages import comment

pytestmark = pytest.mark.servers

MakeExporter = Callable[..., Exporter]
MESSAGES = "fedmsg_messages_total"
SEED = 2


@pytest.mark.editions
def test_a_queue_each_by_hash_of_the_id(edition: str, tmp_path: Path) -> None:
    """After kills, a restart of the broker and a pause, the sum of each series is exact."""
    kind = "classic" if edition == INSTALLED else "quorum"
    sent = traffic(SEED, messages=2000, duration=10, again=0.05)
    with Scaled(tmp_path, kind, new_series_hold=2) as servers:
        servers.start()
        ScaleTrial(servers, SEED).run(sent, Mishaps(kills=2, broker_restarts=1, away=5))
        assert judge(servers.prometheus, sent).flawless
        assert min(one.value(MESSAGES) for one in servers.exporters) > 300


@pytest.fixture
def scaled(tmp_path: Path) -> Iterator[Scaled]:
    """Four exporters that have counted the messages of `again`."""
    with Scaled(tmp_path, new_series_hold=0) as servers:
        servers.start()
        servers.broker.publish(again())
        wait_until(lambda: counted(servers) == 800, 30, "four exporters to count")
        yield servers


def again() -> Iterator[Outgoing]:
    """Messages that are published more than once."""
    return (comment(message_id=f"again-{number}") for number in range(800))


def counted(servers: Scaled) -> float:
    return sum(one.value(MESSAGES) for one in servers.exporters if one.process.running)


def drained(servers: Scaled, exporters: int) -> None:
    """Wait until some exporters have counted all that is in their queues."""
    queues = [name(number) for number in range(1, exporters + 1)]
    wait_until(lambda: not any(map(servers.broker.total, queues)), 30, "empty queues")


def test_one_more_exporter(scaled: Scaled) -> None:
    """An exporter that joins counts messages twice, unless it has learnt the others' ids."""
    scaled.start([scaled.add(5)])
    scaled.broker.publish(again())
    drained(scaled, 5)
    twice = counted(scaled) - 800
    assert 80 < twice == scaled.exporters[-1].value(MESSAGES) < 240

    others = [one.folder / "ledger.sqlite" for one in scaled.exporters]
    sixth = scaled.add(6)
    drained(scaled, 5)
    learn(sixth.folder / "ledger.sqlite", others)
    scaled.start([sixth])
    scaled.broker.publish(again())
    scaled.broker.publish(comment(message_id=f"new-{number}") for number in range(600))
    drained(scaled, 6)
    assert counted(scaled) == 800 + twice + 600
    assert sixth.value(MESSAGES) > 0


def test_gaps_are_not_filled_by_a_share(exporter: MakeExporter) -> None:
    """Bound by a hash, an exporter that is to fill gaps refuses to start, and says what to do."""
    one = exporter("amqp://127.0.0.1:1", "q", routing_keys=("1",))
    one.folder.mkdir()
    one._write_config()
    one.process.start()
    wait_until(lambda: not one.process.running, 30, "a refusal")
    assert one.process.exit_code == 2
    said = one.process.log.read_text()
    assert "bus.toml: [[bindings]] routing_keys: '1' is a weight" in said
    assert "set `gaps.fill: never`" in said


def test_one_queue_for_both(rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter) -> None:
    """Two exporters on one queue each count a part; what is published twice may count twice."""
    both = (exporter(rabbitmq.amqp_url, queue), exporter(rabbitmq.amqp_url, queue))
    for one in both:
        one.start()
    messages = [comment() for _ in range(2000)]
    rabbitmq.publish(messages)
    wait_until(lambda: rabbitmq.total(queue) == 0, 60, "an empty queue")
    assert sum(one.value(MESSAGES) for one in both) == 2000
    assert min(one.value(MESSAGES) for one in both) > 0
    rabbitmq.publish(messages[:400])
    wait_until(lambda: rabbitmq.total(queue) == 0, 60, "an empty queue")
    assert 2000 < sum(one.value(MESSAGES) for one in both) < 2400
