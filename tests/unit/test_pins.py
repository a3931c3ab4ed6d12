"""What the exporter leans on in other libraries beyond their documented interface.

An upgrade that moves one of these must fail here, by name, and not in some
night when the broker restarts. The behaviour itself is tested in tests/e2e.
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
)
from prometheus_client import utils
from twisted.internet import defer, protocol, task

from fedmsg_exporter.message import from_wire
from fedmsg_exporter.sink import Recorded
from fedmsg_exporter.sources.rabbitmq.batches import BatchConsumer
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
    consumer = BatchConsumer("q", lambda _: Recorded(0, 0), Status(""), clock)
    queue: Any = Queue(consumer)
    consumer._running = True
    done: list[object] = []
    consumer._read(queue).addBoth(done.append)
    assert (queue.reads, done) == (3, [None])


def test_consumer_hands_the_end_of_its_loop_to_its_errback() -> None:
    """The end of the loop goes through `_read_loop_errback`, which we override."""
    source = inspect.getsource(Consumer.consume)
    assert "self._read_loop = self._read(queue_object)" in source
    assert "self._read_loop.addErrback(self._read_loop_errback)" in source


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
    """What has arrived and was not asked for yet stands in `pending`, a list, in order."""
    queue = ClosableDeferredQueue()
    queue.put(1)
    queue.put(2)
    assert queue.pending == [1, 2]
    assert isinstance(queue.pending, list)


def test_one_ack_can_cover_a_batch() -> None:
    """Pika's channel on Twisted acks up to a delivery tag."""
    assert "multiple" in inspect.signature(TwistedChannel.basic_ack).parameters


def test_back_off_can_be_bounded() -> None:
    """The factory is Twisted's reconnecting one, whose longest wait can be set."""
    assert issubclass(FedoraMessagingFactoryV2, protocol.ReconnectingClientFactory)
    assert FedoraMessagingFactoryV2.maxDelay == 3600
    service = FedoraMessagingServiceV2("amqp://")
    assert isinstance(service.factory, FedoraMessagingFactoryV2)


def test_heartbeat_can_be_set() -> None:
    """Without a heartbeat in the URL there is none, and what a client asks for is what it gets."""
    assert FedoraMessagingServiceV2("amqp://").factory._parameters.heartbeat is None
    asked = FedoraMessagingServiceV2("amqp://?heartbeat=77").factory._parameters
    assert asked.heartbeat == 77
    tune = pika.connection.Connection._tune_heartbeat_timeout
    assert tune(client_value=20, server_value=600) == 20


def test_service_of_consume_can_be_looked_at() -> None:
    """`fedora-messaging consume` keeps its service where `Consumer` looks for it."""
    assert api._twisted_service is None
    factory = FedoraMessagingServiceV2("amqp://").factory
    assert (factory._client, factory.consuming) == (None, False)
    assert isinstance(TwistedProtocolConnection.is_closed, property)


def test_default_app_is_unknown() -> None:
    """fedora-messaging tells the broker `Unknown` of an app that does not name itself."""
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


def test_message_without_headers_is_no_error() -> None:
    """Pika gives None for absent headers and id; from_wire takes that."""
    properties = pika.BasicProperties()
    assert properties.headers is None
    assert properties.message_id is None
    message = from_wire("t", properties.message_id, properties.headers, None, b"{}")
    assert (message.id, message.headers) == ("", {})
