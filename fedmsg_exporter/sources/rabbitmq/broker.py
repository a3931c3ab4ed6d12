"""The broker: where it is, how to connect to it, and why that failed, in words."""

import time
from collections.abc import Callable, Generator, Mapping
from typing import Any

import pika
from fedora_messaging import exceptions
from OpenSSL import SSL
from pika.exceptions import AMQPError, ChannelClosedByBroker, ConnectionClosedByBroker
from service_identity import VerificationError
from twisted.internet import defer, endpoints, error
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS

from . import tls
from .connection import Protocol, Surprise

#: The heartbeat in seconds, unless the AMQP URL sets one. Fedora's broker proposes ten
#: minutes, and a connection that died silently would seem alive for twice as long.
HEARTBEAT = 20

#: The time limits in seconds, first for connecting, then for the connection to become usable.
PATIENCE = 30.0

#: What may go wrong before a consumer runs, and is worth retrying.
TROUBLE = (
    exceptions.BaseException,
    AMQPError,
    SSL.Error,
    VerificationError,
    tls.TLSError,
    error.ConnectError,
    error.ConnectionDone,
    error.ConnectionLost,
    error.DNSLookupError,
    defer.TimeoutError,
    OSError,
)

_ADVICE = {
    403: "check user, password or certificate",
    530: "check the vhost in amqp_url",
}


class Broker:
    """The broker in fedora-messaging's config; ``file`` is where that is."""

    def __init__(self, conf: Mapping[str, Any], file: str) -> None:
        """Read the settings. Raises ValueError if ``amqp_url`` is not a valid URL."""
        self._tls: Mapping[str, Any] = conf["tls"]
        self._parameters = pika.URLParameters(conf["amqp_url"])
        self._secure = self._parameters.ssl_options is not None
        self._parameters.client_properties = conf["client_properties"]
        if self._secure and self._tls.get("keyfile") and self._tls.get("certfile"):
            self._parameters.credentials = pika.credentials.ExternalCredentials()
        if self._parameters.heartbeat is None:
            self._parameters.heartbeat = HEARTBEAT
        host = self._parameters.host
        where = f"[{host}]" if ":" in host else host
        #: The broker in words: host, port, and the file that names it.
        self.place = f"{where}:{self._parameters.port} ({file})"
        self._distrust = ""

    def check(self) -> None:
        """Raise TLSError if the files for TLS cannot be used."""
        if self._secure:
            tls.options(self._parameters.host, self._tls, lambda _: None)

    @defer.inlineCallbacks
    def connect(
        self, reactor: Any, surprised: Callable[[Protocol, Surprise], object]
    ) -> Generator[defer.Deferred[Any], Any, Protocol]:
        """Connect; fires with a protocol that is ready for use. Fails with one of `TROUBLE`."""
        self._distrust = ""
        protocol = Protocol(self._parameters, lambda what: surprised(protocol, what))
        connected = endpoints.connectProtocol(self._endpoint(reactor), protocol)
        yield connected.addTimeout(PATIENCE, reactor)
        try:
            yield protocol.usable.addTimeout(PATIENCE, reactor)
        except BaseException:
            protocol.abort()
            raise
        return protocol

    def explain(self, trouble: BaseException) -> str:
        """A sentence on what went wrong while connecting or on a connection."""
        if isinstance(trouble, exceptions.BadDeclaration):
            return f"the broker refused: {self.place}: {_refusal(trouble)}"
        if isinstance(trouble, ConnectionClosedByBroker | ChannelClosedByBroker):
            advice = _ADVICE.get(trouble.reply_code)
            said = f"{trouble.reply_text} ({trouble.reply_code})"
            return f"the broker refused: {self.place}: {said}" + (f"; {advice}" if advice else "")
        if isinstance(trouble, tls.TLSError):
            return f"cannot reach the broker: {self.place}: {trouble}"
        return f"cannot reach the broker: {self.place}: {self._reason(trouble)}"

    def _endpoint(self, reactor: Any) -> Any:
        host, port = self._parameters.host, self._parameters.port
        endpoint: Any = HostnameEndpoint(reactor, host, port, timeout=PATIENCE)
        if not self._secure:
            return endpoint
        return wrapClientTLS(tls.options(host, self._tls, self._note_distrust), endpoint)

    def _note_distrust(self, reason: str) -> None:
        self._distrust = self._distrust or reason

    def _reason(self, trouble: BaseException) -> str:
        if isinstance(trouble, SSL.Error):
            return self._tls_reason(trouble)
        if isinstance(trouble, VerificationError):
            return self._distrust or "the broker's certificate is not for this host"
        if isinstance(trouble, defer.TimeoutError):
            return f"no complete handshake within {PATIENCE:g} s"
        if isinstance(trouble, error.ConnectionDone | error.ConnectionLost | AMQPError):
            return self._ended()
        text = str(trouble).strip().rstrip(".") or type(trouble).__name__
        return text.removeprefix("Connection was refused by other side: ")

    def _ended(self) -> str:
        """Why a connection may have ended in the handshake, if the broker gave no reason."""
        if self._secure:
            stale = tls.out_of_date(self._tls, time.time())
            return stale or "the connection ended during the handshake"
        return (
            "the connection ended during the handshake; "
            "if the port expects TLS, amqp_url must begin with amqps://"
        )

    def _tls_reason(self, trouble: SSL.Error) -> str:
        reasons = [str(one[-1]) for one in trouble.args[0]] if trouble.args else []
        text = ", ".join(filter(None, reasons)) or "the connection ended"
        if self._distrust:
            ca = self._tls.get("ca_cert") or "those of the system"
            return f"{self._distrust}; trusted CAs: {ca} ([tls] ca_cert)"
        if "wrong version number" in text or "packet length too long" in text:
            return f"TLS: {text}; if the port does not use TLS, amqp_url must begin with amqp://"
        if "alert" in text:
            stale = tls.out_of_date(self._tls, time.time())
            file = self._tls.get("certfile")
            ours = f"the client certificate is {file}" if file else "[tls] sets no certfile"
            return f"TLS: the broker refused: {text}; {stale or ours}"
        return f"TLS: {text}"


def _refusal(refusal: exceptions.BadDeclaration) -> str:
    """Why the broker refused a declaration: its words, and what was declared."""
    what = refusal.description if isinstance(refusal.description, dict) else {}
    name = what.get("queue", refusal.description)
    said = getattr(refusal.reason, "reply_text", None) or refusal.reason
    return f"{said} (declaring the {refusal.obj_type} {name!r} as configured)"
