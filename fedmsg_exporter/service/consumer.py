"""The callback for ``fedora-messaging consume --callback fedmsg_exporter:Consumer``.

This is how Fedora's own consumers are deployed: fedora-messaging reads, validates
and acks each message; the rest is the same pipeline. The exporter's settings are
in fedora-messaging's config, under ``[consumer_config]``.
"""

import logging
import threading
from typing import Any

from fedora_messaging import api, config
from fedora_messaging.exceptions import ConfigurationException, Nack, ValidationError
from fedora_messaging.message import Message as BusMessage
from fedora_messaging.twisted import consumer as bus_consumer
from twisted.internet import task
from twisted.internet.threads import blockingCallFromThread

from .. import config as configuration
from ..document import Document, DocumentError
from ..ledger import LedgerError
from ..message import Message, from_callback
from ..sink import RETRY, NotRecorded
from ..sources.rabbitmq.connection import Protocol
from ..sources.rabbitmq.frames import Undecodable
from ..web.server import ListenError
from .described import described
from .exporter import Exporter
from .process import reactor, serve
from .reload import Settled

log = logging.getLogger(__name__)

#: How often to check whether fedora-messaging is connected, in seconds.
_LOOK_EVERY = 1.0


class Consumer:
    """Counts each message that it is called with, and serves ``/metrics``."""

    def __init__(self) -> None:
        """Build the exporter from ``[consumer_config]``. Raises ConfigurationException."""
        settings = config.conf["consumer_config"]
        try:
            checked = configuration.build(Document("[consumer_config]", settings, {}))
            self.exporter = Exporter(checked)
            self._status = self.exporter.status("starting")
            source = f"{described('bus')}, read by fedora-messaging consume"
            serve(self.exporter, self._status, source, Settled(checked))
        except (DocumentError, LedgerError, ListenError) as error:
            raise ConfigurationException(str(error)) from error
        self._ending = threading.Event()
        reactor.addSystemEventTrigger("before", "shutdown", self._ending.set)
        _count_invalid(self.exporter)
        _refuse_what_raises()
        # fedora-messaging creates its service after this object.
        reactor.callWhenRunning(_read_all_headers)
        task.LoopingCall(self._look).start(_LOOK_EVERY)

    def __call__(self, message: BusMessage) -> None:
        """Count a message. Raises Nack, for redelivery, if that fails until the process ends.

        Called in a thread of the reactor's pool; the exporter lives in the reactor's
        own thread. A rejected message would be redelivered at once, and a quorum queue
        drops messages that it has delivered too often, so the message waits here.
        """
        while True:
            try:
                blockingCallFromThread(reactor, self._take, _translated(message))
            except NotRecorded:
                if self._ending.wait(RETRY):
                    raise Nack from None
            else:
                return

    def _take(self, message: Message) -> None:
        try:
            self.exporter.pipeline.take([message])
        except NotRecorded as refusal:
            self._status.fail(str(refusal))
            raise
        self._status.recover()

    def _look(self) -> None:
        """Check whether fedora-messaging is consuming: it does not report when it stops."""
        service = api._twisted_service
        protocol = service.factory._client if service else None
        if service and service.consuming and protocol and not protocol.is_closed:
            self._status.up()
        else:
            self._status.down("fedora-messaging is not connected, or is not consuming yet")


def _translated(message: BusMessage) -> Message:
    headers: Any = message._properties.headers
    if isinstance(headers, Undecodable):
        found = from_callback(message.topic, message.id, {}, {})
        return found._replace(unreadable="headers")
    return from_callback(message.topic, message.id, message._headers, message.body)


def _read_all_headers() -> None:
    """Make connections read headers that pika cannot decode: see `sources.rabbitmq.frames`."""
    service: Any = api._twisted_service
    if service:
        service.factory.protocol = Protocol


def _refuse_what_raises() -> None:
    """Make fedora-messaging reject messages that its own reader cannot handle.

    An unknown encoding or a body that is nested too deeply would end the process, and
    do so again after each restart, because the message stays in the queue.
    """

    def get_message(*parts: Any) -> BusMessage:
        try:
            return read(*parts)  # type: ignore[no-any-return]
        except ValidationError:
            raise
        except Exception as error:
            raise ValidationError(f"{type(error).__name__}: {error}") from error

    reader: Any = bus_consumer
    read = reader.get_message
    reader.get_message = get_message


def _count_invalid(exporter: Exporter) -> None:
    """Count the messages that fedora-messaging rejects before they reach the callback.

    A warning in the log is all that it leaves of them.
    """

    class Counter(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "did not pass validation" in record.msg:
                refused = str(record.args[0] or "") if isinstance(record.args, tuple) else ""
                message = Message("", refused, {}, {}, unreadable="validation")
                reactor.callFromThread(exporter.pipeline.take, [message])

    logging.getLogger("fedora_messaging.twisted.consumer").addHandler(Counter())
