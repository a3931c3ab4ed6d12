"""Server-side TLS as a web config sets it up, from the current content of its files."""

import logging
import re
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from zope.interface import implementer  # type: ignore[import-untyped]

from ...document import DocumentError
from .watched import Trouble, Watched
from .web_config import CIPHERS, TLS, Pem, WebConfig, read

log = logging.getLogger(__name__)

_VERSIONS = {
    "TLS10": SSL.TLS1_VERSION,
    "TLS11": SSL.TLS1_1_VERSION,
    "TLS12": SSL.TLS1_2_VERSION,
    "TLS13": SSL.TLS1_3_VERSION,
}
_DEMAND = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
_VERIFY = {
    "NoClientCert": SSL.VERIFY_NONE,
    "RequestClientCert": SSL.VERIFY_PEER,
    "VerifyClientCertIfGiven": SSL.VERIFY_PEER,
    "RequireClientCert": _DEMAND,
    "RequireAnyClientCert": _DEMAND,
    "RequireAndVerifyClientCert": _DEMAND,
}
_VERIFIED = ("VerifyClientCertIfGiven", "RequireAndVerifyClientCert")
_KEY = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_DAY = 86400


@implementer(IOpenSSLServerConnectionCreator)
class Handshakes:
    """Begins each handshake with the current certificate, key and settings.

    While these are unusable, for example during a renewal, the last usable ones
    remain in effect.
    """

    def __init__(self, path: Path) -> None:
        """Read the files. Raises DocumentError."""
        self._path = path
        self._trouble = Trouble("keeping the previous certificate")
        self._watched = Watched(self._read)

    def serverConnectionForTLS(self, protocol: Any) -> SSL.Connection:  # noqa: ARG002, N802
        """Begin a handshake."""
        return SSL.Connection(self._current().context, None)

    def expiry(self) -> float:
        """When the certificate in use expires, as a Unix timestamp."""
        return self._watched.last().expiry

    def _current(self) -> "Prepared":
        try:
            made = self._watched.current()
        except DocumentError as failure:
            self._trouble.log(failure)
            return self._watched.last()
        self._trouble.end()
        return made

    def _read(self) -> tuple["Prepared", list[Path]]:
        config = read(self._path)
        if config.tls is None:
            raise DocumentError(
                [config.source.problem((), "no longer configures TLS, which requires a restart")]
            )
        return prepare(config, config.tls), config.files()


class Prepared(NamedTuple):
    """OpenSSL's settings, and when their certificate expires."""

    context: SSL.Context
    expiry: float


def prepare(config: WebConfig, tls: TLS) -> Prepared:
    """Make OpenSSL's settings from a web config. Raises DocumentError."""
    made = SSL.Context(SSL.TLS_SERVER_METHOD)
    # No session may outlive a change of the files.
    made.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    made.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    made.set_alpn_select_callback(_http_1_1)
    _set_versions(made, tls)
    expiry = _set_certificate(made, config, tls)
    _set_clients(made, config, tls)
    return Prepared(made, expiry)


def _http_1_1(_connection: SSL.Connection, offered: list[bytes]) -> Any:
    return b"http/1.1" if b"http/1.1" in offered else SSL.NO_OVERLAPPING_PROTOCOLS


def _set_versions(made: SSL.Context, tls: TLS) -> None:
    known = [CIPHERS[name] for name in tls.ciphers if name in CIPHERS]
    defaults = [one for name, one in CIPHERS.items() if "ECDHE" in name]
    only_13 = bool(tls.ciphers) and not known
    made.set_min_proto_version(_VERSIONS["TLS13" if only_13 else tls.min_version])
    made.set_max_proto_version(_VERSIONS[tls.max_version])
    # OpenSSL offers TLS 1.0 and 1.1 only at its lowest security level.
    level = ["@SECLEVEL=0"] if tls.min_version in ("TLS10", "TLS11") else []
    made.set_cipher_list(":".join((known or defaults) + level).encode())
    if tls.prefer_server_ciphers:
        made.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE)


def _set_certificate(made: SSL.Context, config: WebConfig, tls: TLS) -> float:
    """Set certificate and key; returns when the certificate expires."""
    leaf, *chain = _certificates(config, tls.cert)
    made.use_certificate(leaf)
    for one in chain:
        made.add_extra_chain_cert(one)
    key = _private_key(config, tls.key)
    try:
        made.use_privatekey(key)
        made.check_privatekey()
    except (SSL.Error, TypeError) as error:
        raise config.error(tls.key.key, f"does not match {tls.cert.key}") from error
    _warn_of_expiry(config, tls, leaf)
    return leaf.not_valid_after_utc.timestamp()


def _set_clients(made: SSL.Context, config: WebConfig, tls: TLS) -> None:
    made.set_verify(_VERIFY[tls.client_auth], _judge(tls))
    if tls.client_ca:
        trusted = made.get_cert_store()
        for one in _certificates(config, tls.client_ca):
            made.add_client_ca(one)
            if trusted:
                trusted.add_cert(crypto.X509.from_cryptography(one))
    elif tls.client_auth in _VERIFIED:
        made.set_default_verify_paths()


def _judge(tls: TLS) -> Callable[..., bool]:
    """Judges each certificate in a client's chain; OpenSSL's own verdict is ``fine``."""

    def judge(_: object, certificate: crypto.X509, __: int, depth: int, fine: int) -> bool:
        trusted = bool(fine) or tls.client_auth not in _VERIFIED
        named = depth > 0 or tls.client_sans is None
        return trusted and (named or bool(_names(certificate) & (tls.client_sans or frozenset())))

    return judge


def _names(certificate: crypto.X509) -> set[str]:
    """The names in a certificate: DNS, e-mail, IP and URI."""
    try:
        extension = certificate.to_cryptography().extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except (x509.ExtensionNotFound, ValueError):
        return set()
    kinds = (x509.DNSName, x509.RFC822Name, x509.IPAddress, x509.UniformResourceIdentifier)
    found = (one.value for one in extension.value if isinstance(one, kinds))
    return {str(one) for one in found if isinstance(one, str | IPv4Address | IPv6Address)}


def _certificates(config: WebConfig, pem: Pem) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_content(config, pem))
    except ValueError as error:
        raise config.error(pem.key, f"{_shown(pem)} contains no PEM certificate") from error


def _private_key(config: WebConfig, pem: Pem) -> Any:
    found = _KEY.search(_content(config, pem))
    if found is None:
        raise config.error(pem.key, f"{_shown(pem)} contains no PEM private key")
    try:
        return load_pem_private_key(found[0], password=None)
    except TypeError as error:
        message = f"{_shown(pem)} is encrypted; use a key without a passphrase"
        raise config.error(pem.key, message) from error
    except ValueError as error:
        raise config.error(pem.key, f"{_shown(pem)} contains no usable private key") from error


def _content(config: WebConfig, pem: Pem) -> bytes:
    if pem.file is None:
        return pem.text.encode()
    try:
        return pem.file.read_bytes()
    except OSError as error:
        raise config.error(pem.key, f"{pem.file} cannot be read: {error.strerror}") from error


def _shown(pem: Pem) -> str:
    return "the text" if pem.file is None else str(pem.file)


def _warn_of_expiry(config: WebConfig, tls: TLS, leaf: x509.Certificate) -> None:
    """Warn about a certificate that has expired or is about to; it is served anyway."""
    left = leaf.not_valid_after_utc.timestamp() - time.time()
    where = config.source.problem(("tls_server_config", tls.cert.key), "")
    if left < 0:
        log.warning("%sthe certificate expired at %s", where, leaf.not_valid_after_utc)
    elif left < 7 * _DAY:
        log.warning("%sthe certificate expires at %s", where, leaf.not_valid_after_utc)
