"""What the exporter relies on in other libraries beyond their documented interface.

An upgrade that moves one of these must fail here, by name, and not one night when
the broker restarts. The behaviour itself is tested in tests/e2e.
"""

import inspect
import logging
from typing import Any

import pika
import pytest
from fedora_messaging import api, config
from fedora_messaging.message import get_message
from fedora_messaging.twisted.consumer import Consumer
from fedora_messaging.twisted.factory import FedoraMessagingFactoryV2
from fedora_messaging.twisted.protocol import FedoraMessagingProtocolV2
from fedora_messaging.twisted.service import FedoraMessagingServiceV2
from pika.adapters.twisted_connection import (
    ClosableDeferredQueue,
    TwistedChannel,
    TwistedProtocolConnection,
    _TwistedConnectionAdapter,
)
from prometheus_client import utils
from twisted.internet import defer, task

from fedmsg_exporter.message import from_wire
from fedmsg_exporter.sink import Recorded
from fedmsg_exporter.sources.rabbitmq import frames
from fedmsg_exporter.sources.rabbitmq.batches import BatchConsumer, Reading
from fedmsg_exporter.sources.rabbitmq.broker import HEARTBEAT, Broker
from fedmsg_exporter.sources.rabbitmq.connection import Connection, Protocol
from fedmsg_exporter.sources.status import Status


class Queue:
    """A stand-in for pika's queue of deliveries, which ends after one read."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer = consumer
        self.reads = 0

    def get(self) -> "defer.Deferred[Any]":
        self.reads += 1
        self.consumer._running = self.reads < 3
        return defer.fail(defer.TimeoutError())


def test_consumer_reads_in_a_loop_while_it_runs() -> None:
    """fedora-messaging's consumer calls `_read_one` again and again while `_running`."""
    clock: Any = task.Clock()
    consumer = BatchConsumer("q", lambda _: Recorded(0, 0), Status(""), clock, Reading(1))
    queue: Any = Queue(consumer)
    consumer._running = True
    done: list[object] = []
    consumer._read(queue).addBoth(done.append)
    assert (queue.reads, done) == (3, [None])


def test_protocol_has_its_consumer_consume() -> None:
    """The protocol gives a consumer its channel, and calls its `consume`, which we override."""
    source = inspect.getsource(FedoraMessagingProtocolV2.consume)
    assert "consumer._channel = yield self._allocate_channel()" in source
    assert "yield consumer.consume()" in source


def test_consumer_can_be_given_to_the_protocol() -> None:
    """The protocol takes a consumer that was made elsewhere, and uses that one."""
    parameters = list(inspect.signature(FedoraMessagingProtocolV2.consume).parameters)
    assert parameters == ["self", "callback", "queue", "previous_consumer"]
    source = inspect.getsource(FedoraMessagingProtocolV2.consume)
    assert "consumer = previous_consumer" in source


def test_cancel_waits_for_the_batch_in_hand() -> None:
    """A consumer that is cancelled waits for its loop before the channel closes."""
    source = inspect.getsource(Consumer.cancel)
    assert source.index("yield self._read_loop") < source.index("basic_cancel")


def test_deliveries_wait_in_a_list() -> None:
    """What has arrived but was not yet requested is in `pending`, a list, in order."""
    queue = ClosableDeferredQueue()
    queue.put(1)
    queue.put(2)
    assert queue.pending == [1, 2]
    assert isinstance(queue.pending, list)


def test_one_ack_can_cover_a_batch() -> None:
    """Pika's channel on Twisted acks up to a delivery tag."""
    assert "multiple" in inspect.signature(TwistedChannel.basic_ack).parameters


def broker(url: str) -> Broker:
    """A broker of a config with this URL."""
    return Broker({"amqp_url": url, "tls": {}, "client_properties": {}}, "bus.toml")


@pytest.mark.parametrize(
    ("url", "expected"), [("amqp://", HEARTBEAT), ("amqp://?heartbeat=77", 77)]
)
def test_heartbeat_is_ours_to_set(url: str, expected: int) -> None:
    """The URL's heartbeat takes precedence, and a client gets the value it asks for."""
    assert broker(url)._parameters.heartbeat == expected
    tune = pika.connection.Connection._tune_heartbeat_timeout
    assert tune(client_value=20, server_value=600) == 20


def test_frames_are_read_where_we_override_it() -> None:
    """Pika reads each frame through `_read_frame`, off the start of `_frame_buffer`."""
    source = inspect.getsource(pika.connection.Connection._on_data_available)
    assert "self._read_frame()" in source
    connection = Protocol(pika.ConnectionParameters())._impl
    assert isinstance(connection, Connection)
    heartbeat = b"\x08\x00\x00\x00\x00\x00\x00\xce"
    connection._frame_buffer = heartbeat + b"rest"
    assert connection._read_frame()[0] == len(heartbeat)


def test_reason_of_the_broker_is_kept() -> None:
    """Pika hands the broker's close to the method that we override, and keeps its error."""
    source = inspect.getsource(pika.connection.Connection._on_connection_close_from_broker)
    assert "ConnectionClosedByBroker" in source
    source = inspect.getsource(pika.connection.Connection._terminate_stream)
    assert "self._error = error" in source
    assert "_on_stream_terminated" in inspect.getsource(_TwistedConnectionAdapter.connection_lost)


def test_properties_are_in_the_order_of_pika() -> None:
    """Properties of every kind are decoded as pika decodes them."""
    every = pika.BasicProperties(
        *("text/plain", "utf-8", {"a": [1, {"b": None}]}, 2, 9, "c", "r", "e", "id", 1, "t"),
        *("guest", "app", "cluster"),
    )
    encoded = b"".join(every.encode())
    assert frames.properties(encoded) == pika.BasicProperties().decode(encoded) == every


def test_factory_of_consume_makes_its_protocol() -> None:
    """`fedora-messaging consume` makes its connections of the factory's `protocol`."""
    source = inspect.getsource(FedoraMessagingFactoryV2.buildProtocol)
    assert "self.protocol(self._parameters, confirms=self.confirms)" in source
    factory = FedoraMessagingServiceV2("amqp://").factory
    factory.protocol = Protocol
    assert isinstance(factory.buildProtocol(None)._impl, Connection)


def test_service_of_consume_is_accessible() -> None:
    """`fedora-messaging consume` keeps its service where `Consumer` looks for it."""
    assert api._twisted_service is None
    factory = FedoraMessagingServiceV2("amqp://").factory
    assert (factory._client, factory.consuming) == (None, False)
    assert isinstance(TwistedProtocolConnection.is_closed, property)


def test_default_app_is_unknown() -> None:
    """fedora-messaging reports `Unknown` to the broker for an app that does not name itself."""
    assert config.DEFAULTS["client_properties"]["app"] == "Unknown"


def test_refused_message_leaves_its_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The only trace of a message that `consume` refuses is this warning, with its id."""
    source = inspect.getsource(Consumer._read_one)
    assert "did not pass validation" in source
    assert "properties.message_id" in source
    with caplog.at_level(logging.CRITICAL), pytest.raises(Exception, match="Expecting value"):
        get_message("t", pika.BasicProperties(headers={}), b"not json")


def test_float_formatting_is_prometheus_clients() -> None:
    """Values are written by prometheus_client's own function."""
    assert utils.floatToGoString(1772366400.0) == "1.7723664e+09"


def test_message_without_headers_is_not_an_error() -> None:
    """Pika gives None for absent headers and id; from_wire takes that."""
    properties = pika.BasicProperties()
    assert properties.headers is None
    assert properties.message_id is None
    message = from_wire("t", properties.message_id, properties.headers, None, b"{}")
    assert (message.id, message.headers) == ("", {})
