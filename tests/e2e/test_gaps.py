"""Gaps on a real RabbitMQ whose queue vanishes with the connection, filled from datagrepper."""

import signal
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness import Datagrepper, Exporter, Outgoing, RabbitMQ, wait_until
from harness.datagrepper import FAILURES, pages

from .messages import HEADERS, TOPIC, comment

pytestmark = pytest.mark.servers

MakeExporter = Callable[..., Exporter]
MESSAGES = "fedmsg_messages_total"
RECOVERED = "fedmsg_exporter_gap_messages_recovered_total"
SECONDS = "fedmsg_exporter_gap_seconds_total"
UNFILLED = "fedmsg_exporter_gap_unfilled_seconds"
DUPLICATES = "fedmsg_exporter_messages_duplicate_total"


def sent(number: int, ago: float = 0, topic: str = TOPIC) -> list[Outgoing]:
    """Messages of a number of people, sent some seconds ago; in whole seconds, as on the bus."""
    at = datetime.fromtimestamp(int(time.time() - ago), UTC).isoformat()
    headers = HEADERS | {"sent-at": at}
    return [comment(f"user{n}", topic=topic)._replace(headers=headers) for n in range(number)]


@pytest.fixture
def datagrepper() -> Iterator[Datagrepper]:
    with Datagrepper() as server:
        yield server


@pytest.fixture
def make(
    rabbitmq: RabbitMQ, exporter: MakeExporter, datagrepper: Datagrepper
) -> Callable[..., Exporter]:
    """Make an exporter on a temporary queue; keywords go to ``gaps`` of its config."""

    def made(broker: RabbitMQ = rabbitmq, *, bus: dict[str, Any] | None = None, **gaps: Any) -> Any:
        quick = {
            "url": datagrepper.url,
            "overlap": "2s",
            "delay": "1s",
            "request_interval": 0,
            "timeout": 3,
        }
        options = {"fleeting": True} | (bus or {})
        queue = f"test-{uuid.uuid4()}"
        return exporter(broker.amqp_url, queue, config={"gaps": quick | gaps}, **options)

    return made


def publish(rabbitmq: RabbitMQ, datagrepper: Datagrepper, messages: list[Outgoing]) -> None:
    """Send messages over the bus, which also puts them into datagrepper."""
    datagrepper.add(messages)
    rabbitmq.publish(messages)


def filled(one: Exporter) -> None:
    """Wait until the gap has ended and is filled."""
    wait_until(
        lambda: one.value(SECONDS) > 0 and one.value(UNFILLED) == 0, 60, "no gap", one.process
    )


def test_what_was_sent_while_it_was_down_is_counted(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """Over two restarts each message counts once: live ones, missed ones, those of the overlap."""
    one = make()
    one.start()
    publish(rabbitmq, datagrepper, sent(250))
    one.wait_value(250, MESSAGES)
    assert (one.value(SECONDS), datagrepper.requests) == (0, [])
    for times in (1, 2):
        assert one.process.terminate() == 0
        datagrepper.add(sent(350))
        one.start()
        publish(rabbitmq, datagrepper, sent(10))
        filled(one)
        assert one.value(RECOVERED) == 350 * times
        assert one.value(MESSAGES) == 250 + 360 * times
        assert 0 < one.value(SECONDS) < 60
    assert one.value("fedmsg_user_messages_total", user="user3") == 5
    assert one.value(DUPLICATES) == 0


def test_what_was_sent_while_the_broker_was_away_is_counted(
    own_rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """A lost connection is a gap too, and a second one while the first is filled extends it."""
    one = make(own_rabbitmq, overlap="6s")
    one.start()
    publish(own_rabbitmq, datagrepper, sent(20))
    one.wait_value(20, MESSAGES)
    for _ in range(2):
        own_rabbitmq.stop()
        one.wait_ready(ready=False)
        datagrepper.add(sent(30))
        own_rabbitmq.start()
        one.wait_ready()
    publish(own_rabbitmq, datagrepper, sent(5))
    filled(one)
    assert (one.value(RECOVERED), one.value(MESSAGES)) == (60, 85)
    assert one.value(DUPLICATES) == 0


def test_a_cut_connection_loses_nothing(
    rabbitmq: RabbitMQ, own_rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """Messages that go on being published while the connection is cut all count, once."""
    one = make(own_rabbitmq)
    one.start()
    for number in range(60):
        publish(own_rabbitmq, datagrepper, sent(10))
        if number in (15, 35):
            own_rabbitmq.close_connections()
        time.sleep(0.1)
    filled(one)
    one.wait_value(600, MESSAGES)
    assert one.value(RECOVERED) > 0
    assert one.value("fedmsg_user_messages_total", user="user0") == 60


def test_killed_while_it_fills_it_goes_on(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """Killed between two pages, with newer messages counted since, it still fills the whole gap."""
    one = make()
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.kill()
    datagrepper.add(sent(700))
    datagrepper.delay = 0.3
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    for _ in range(3):
        datagrepper.requests.clear()
        wait_until(lambda: len(list(pages(datagrepper.requests))) > 2, 30, "two pages", one.process)
        one.process.signal(signal.SIGKILL)
        wait_until(lambda: not one.process.running, 10, "its end")
        one.start()
    datagrepper.delay = 0
    filled(one)
    assert (one.value(RECOVERED), one.value(MESSAGES)) == (700, 720)


def test_failures_are_retried(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """Whatever goes wrong at datagrepper, it is queried again, page by page to the end."""
    one = make(timeout=1)
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.process.terminate()
    datagrepper.add(sent(700))
    datagrepper.failures += [way for failure in FAILURES for way in ("", failure)]
    one.start()
    publish(rabbitmq, datagrepper, sent(1))
    filled(one)
    assert (one.value(RECOVERED), one.value(MESSAGES), datagrepper.failures) == (700, 711, [])
    said = one.process.log.read_text()
    for reason in ("500", "502", "504", "429", "JSONDecodeError", "within 1 s", "raw_messages"):
        assert reason in said
    assert one.value("fedmsg_exporter_connected") == 1


def test_https_needs_a_certificate_that_is_trusted(
    rabbitmq: RabbitMQ, make: MakeExporter, tmp_path: Path
) -> None:
    """Over HTTPS, only certificates that the platform trusts are accepted."""
    with Datagrepper(certificate=self_signed(tmp_path / "certificate.pem")) as datagrepper:
        one = make(url=datagrepper.url)
        one.start()
        publish(rabbitmq, datagrepper, sent(10))
        one.wait_value(10, MESSAGES)
        one.process.terminate()
        datagrepper.add(sent(20))
        one.start()
        log = one.process.log
        wait_until(lambda: "certificate verify failed" in log.read_text(), 30, "the refusal")
        assert (one.value(RECOVERED), datagrepper.requests) == (0, [])
        one.process.terminate()
        one.process.environment = {
            **(one.process.environment or {}),
            "SSL_CERT_FILE": str(tmp_path / "certificate.pem"),
        }
        one.start()
        filled(one)
        assert (one.value(RECOVERED), one.value(MESSAGES)) == (20, 30)


def self_signed(path: Path) -> Path:
    """Write a key and a certificate for 127.0.0.1, valid for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1))
    builder = builder.not_valid_after(now + timedelta(hours=1))
    builder = builder.add_extension(address, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


def test_it_backs_off(rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter) -> None:
    """While datagrepper fails, the waits between two queries double, and live messages count."""
    one = make()
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.process.terminate()
    datagrepper.failures += ["504"] * 100
    one.start()
    wait_until(lambda: len(datagrepper.times) >= 4, 60, "four questions", one.process)
    waits = [
        later - at for at, later in zip(datagrepper.times, datagrepper.times[1:], strict=False)
    ]
    assert waits[:3] == pytest.approx([1, 2, 4], abs=0.9)
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(20, MESSAGES, timeout=3)
    assert one.value(UNFILLED) > 0
    assert one.process.terminate() == 0


def test_it_waits_for_a_datagrepper_that_is_behind(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """Messages that datagrepper does not have yet are not skipped but queried later."""
    one = make(overlap="1s", delay="5s")
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.process.terminate()
    datagrepper.add(sent(50))
    datagrepper.lag = 3600
    one.start()
    time.sleep(3)  # past the end of the gap and its overlap
    publish(rabbitmq, datagrepper, sent(10))
    said = partial(one.process.log.read_text)
    wait_until(
        lambda: "does not have the latest messages yet" in said(),
        30,
        "it to be behind",
        one.process,
    )
    assert one.value(RECOVERED) == 0
    datagrepper.lag = 0
    filled(one)
    assert (one.value(RECOVERED), one.value(MESSAGES)) == (50, 70)


def test_gaps_are_reported_where_they_are_not_filled(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """With `fill: never` a gap is still reported, and datagrepper is not queried."""
    one = make(fill="never")
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.restart()
    wait_until(lambda: one.value(SECONDS) > 0, 30, "the gap", one.process)
    assert (one.value(UNFILLED), datagrepper.requests) == (0, [])


def test_a_lasting_queue_has_no_gaps(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """A durable queue keeps what is sent meanwhile: nothing is reported or queried."""
    one = make(bus={"fleeting": False})
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.process.terminate()
    publish(rabbitmq, datagrepper, sent(10))
    one.start()
    one.wait_value(20, MESSAGES)
    assert (one.value(SECONDS), one.value(UNFILLED), datagrepper.requests) == (0, 0, [])


def test_a_lasting_queue_is_filled_on_request(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """With `fill: always` a durable queue that lost messages is filled, and each counts once."""
    one = make(fill="always", bus={"fleeting": False})
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.process.terminate()
    datagrepper.add(sent(40))
    # By the bus alone: otherwise it would be random which way each arrives first.
    rabbitmq.publish(sent(10))
    one.start()
    one.wait_value(60, MESSAGES)
    assert (one.value(RECOVERED), one.value(SECONDS)) == (40, 0)


def test_only_what_is_bound_is_filled(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """Datagrepper has all topics; those that the queue would not have received are left out."""
    one = make(bus={"routing_keys": ["org.fedoraproject.*.bodhi.#"]})
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.process.terminate()
    datagrepper.add(sent(7) + sent(120, topic="org.fedoraproject.prod.wiki.article.edit"))
    one.start()
    filled(one)
    assert (one.value(RECOVERED), one.value(MESSAGES)) == (7, 17)
    assert one.value(MESSAGES, category="wiki") == 0


def test_an_empty_ledger_has_nothing_to_fill(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """The first start begins with new messages; what was sent before is not queried."""
    datagrepper.add(sent(10, ago=60))
    one = make()
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    assert (one.value(SECONDS), one.value(UNFILLED), datagrepper.requests) == (0, 0, [])


def test_what_is_too_old_is_reported_and_not_filled(
    rabbitmq: RabbitMQ, datagrepper: Datagrepper, make: MakeExporter
) -> None:
    """Only as much is filled as `max_age` allows, since older ids may be forgotten."""
    one = make(max_age="6s", overlap=0)
    one.start()
    publish(rabbitmq, datagrepper, sent(10))
    one.wait_value(10, MESSAGES)
    one.kill()
    datagrepper.add(sent(20))
    time.sleep(8)
    datagrepper.add(sent(30))
    one.start()
    filled(one)
    assert (one.value(RECOVERED), one.value(MESSAGES)) == (30, 40)
    assert one.value(SECONDS) > 8
    assert "not filling" in one.process.log.read_text()
