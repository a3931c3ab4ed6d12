"""A machine whose clock is wrong: gaps are judged by when messages were sent."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import Datagrepper, Exporter, RabbitMQ, wait_until
from harness.clocks import set_clock, wrong_clock

from .test_gaps import MESSAGES, RECOVERED, SECONDS, UNFILLED, publish, sent

pytestmark = pytest.mark.servers


@pytest.fixture
def datagrepper() -> Iterator[Datagrepper]:
    with Datagrepper() as server:
        yield server


class Machine:
    """A machine with an exporter on a queue that vanishes with the connection."""

    def __init__(self, one: Exporter, clock: Path) -> None:
        self.one = one
        self.clock = clock
        self._right = dict(one.process.environment or {})

    def boot(self, offset: str) -> None:
        """Start the exporter with a clock that is off."""
        self.one.process.environment = self._right | dict(wrong_clock(self.clock, offset))
        self.one.start()


@pytest.fixture
def machine(
    rabbitmq: RabbitMQ,
    exporter: Callable[..., Exporter],
    datagrepper: Datagrepper,
    tmp_path: Path,
) -> Machine:
    gaps = {
        "url": datagrepper.url,
        "overlap": "2s",
        "delay": "1s",
        "request_interval": 0,
        "timeout": 3,
    }
    queue = f"clock-{tmp_path.name}"
    one = exporter(rabbitmq.amqp_url, queue, config={"gaps": gaps}, fleeting=True)
    return Machine(one, tmp_path / "clock")


def missed_and_behind(rabbitmq: RabbitMQ, datagrepper: Datagrepper, machine: Machine) -> Exporter:
    """An exporter that counted 10 messages, missed 20, and runs again a day behind."""
    one = machine.one
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.process.terminate()
    publish(rabbitmq, datagrepper, sent(20))
    machine.boot("-1d")
    return one


def test_clock_that_is_behind_at_boot(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, machine: Machine
) -> None:
    """Behind at boot, with messages arriving: what was missed is filled at once."""
    one = missed_and_behind(rabbitmq, datagrepper, machine)
    publish(rabbitmq, datagrepper, sent(5))
    one.wait_value(35, MESSAGES)
    assert one.value(RECOVERED) == 20
    assert 0 < one.value(SECONDS) < 60
    wait_until(lambda: one.value(UNFILLED) == 0, 30, "the end of filling")


def test_clock_that_is_set_after_boot(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, machine: Machine
) -> None:
    """Behind at boot, and set before anything arrives: the gap extends to its true end."""
    one = missed_and_behind(rabbitmq, datagrepper, machine)
    assert one.value(MESSAGES) == 10
    set_clock(machine.clock, "+0")
    one.wait_value(30, MESSAGES)
    assert one.value(RECOVERED) == 20
    wait_until(lambda: one.value(UNFILLED) == 0, 30, "the end of filling")


@pytest.mark.parametrize("orderly", [True, False])
def test_clock_that_is_ahead_at_the_first_start(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, machine: Machine, orderly: bool
) -> None:
    """Ahead by a year at the first start: what is missed before the next start is filled."""
    one = machine.one
    machine.boot("+365d")
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    if orderly:
        one.process.terminate()
    else:
        one.kill()
    publish(rabbitmq, datagrepper, sent(20))
    machine.boot("+0")
    publish(rabbitmq, datagrepper, sent(5))
    one.wait_value(35, MESSAGES)
    assert one.value(RECOVERED) == 20
    assert 0 < one.value(SECONDS) < 60
    wait_until(lambda: one.value(UNFILLED) == 0, 30, "the end of filling")
    assert one.value("fedmsg_exporter_messages_duplicate_total") == 0
