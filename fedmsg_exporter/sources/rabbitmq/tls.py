"""TLS as configured under ``[tls]`` in fedora-messaging's config.

The files are read for each connection, so that a certificate that was replaced on
disk is used at the next attempt. Each error names its file.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from OpenSSL import SSL, crypto
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import extract_patterns
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from twisted.internet import ssl
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from zope.interface import implementer  # type: ignore[import-untyped]

#: Receives the reason why the broker's certificate is not trusted.
Distrust = Callable[[str], object]

#: OpenSSL's codes for errors in a certificate.
_DISTRUSTED = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed and not trusted",
    19: "was issued by a CA that is not trusted",
    20: "was issued by a CA that is not trusted",
    21: "was issued by a CA that is not trusted",
    23: "was revoked",
    24: "was issued by a CA that must not sign certificates",
}


class TLSError(Exception):
    """A file cannot be used for TLS; the message names it and says why."""


class Identity(NamedTuple):
    """The client's identity: a key, and a certificate with its chain."""

    key: Any
    certificates: list[x509.Certificate]


def identity(settings: Mapping[str, Any]) -> Identity | None:
    """Read the client's key and certificate, None if none is configured. Raises TLSError."""
    key_file, certificate_file = settings.get("keyfile"), settings.get("certfile")
    if not key_file or not certificate_file:
        return None
    key = _key(key_file)
    certificates = _certificates("certfile", certificate_file)
    if key.public_key() != certificates[0].public_key():
        raise TLSError(
            f"[tls] keyfile: {key_file} does not match the certificate in {certificate_file}"
        )
    return Identity(key, certificates)


def options(host: str, settings: Mapping[str, Any], distrust: Distrust) -> Any:
    """What Twisted needs for a TLS connection to a host. Raises TLSError."""
    ours = identity(settings)
    ca_file = settings.get("ca_cert")
    extra: dict[str, Any] = {"raiseMinimumTo": ssl.TLSVersion.TLSv1_2}
    if ours and ours.certificates[1:]:
        extra["extraCertChain"] = [_openssl(one) for one in ours.certificates[1:]]
    creator = ssl.optionsForClientTLS(
        host,
        trustRoot=_trust(ca_file) if ca_file else ssl.platformTrust(),
        clientCertificate=_private(ours) if ours else None,
        extraCertificateOptions=extra,
    )
    return _Explained(creator, host, distrust)


def expiry(settings: Mapping[str, Any]) -> datetime | None:
    """When the client's certificate expires, None if there is none or it cannot be read."""
    file = settings.get("certfile")
    if not file or not settings.get("keyfile"):
        return None
    try:
        return _certificates("certfile", file)[0].not_valid_after_utc
    except TLSError:
        return None


def out_of_date(settings: Mapping[str, Any], now: float) -> str | None:
    """What is wrong with the dates in the client's certificate, if anything. Raises TLSError."""
    ours = identity(settings)
    if ours is None:
        return None
    first, file = ours.certificates[0], settings["certfile"]
    today = datetime.fromtimestamp(now, UTC)
    if first.not_valid_after_utc < today:
        return f"the client certificate {file} expired on {first.not_valid_after_utc:%Y-%m-%d}"
    if first.not_valid_before_utc > today:
        return f"the client certificate {file} is not valid until {first.not_valid_before_utc}"
    return None


@implementer(IOpenSSLClientConnectionCreator)
class _Explained:
    """Twisted's TLS, which also reports why a certificate is not trusted.

    There can be only one callback that verifies certificates. Twisted's own checks
    the host name, so this one has to.
    """

    def __init__(self, creator: Any, host: str, distrust: Distrust) -> None:
        self._creator = creator
        self._host = host
        self._distrust = distrust

    def clientConnectionForTLS(self, protocol: Any) -> SSL.Connection:  # noqa: N802  Twisted's name
        connection: SSL.Connection = self._creator.clientConnectionForTLS(protocol)
        connection.set_verify(SSL.VERIFY_PEER, self._verify)
        return connection

    def _verify(
        self, _connection: Any, certificate: crypto.X509, code: int, depth: int, good: int
    ) -> bool:
        reason = None
        if not good:
            reason = _DISTRUSTED.get(code, f"is not trusted (OpenSSL's error {code})")
        elif depth == 0 and not _is_for(certificate.to_cryptography(), self._host):
            reason = f"is not for the host {self._host}"
        if reason:
            subject = certificate.to_cryptography().subject.rfc4514_string() or "without a name"
            self._distrust(f"the broker's certificate ({subject}) {reason}")
        return reason is None


def _is_for(certificate: x509.Certificate, host: str) -> bool:
    wanted: Any = IPAddress_ID(host) if _is_address(host) else DNS_ID(host)
    try:
        verify_service_identity(extract_patterns(certificate), [wanted], [])
    except (VerificationError, CertificateError):
        return False
    return True


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _read(key: str, file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise TLSError(f"[tls] {key}: {file} cannot be read: {error.strerror}") from error


def _key(file: str) -> Any:
    try:
        return serialization.load_pem_private_key(_read("keyfile", file), None)
    except TypeError as error:
        raise TLSError(
            f"[tls] keyfile: {file} is encrypted; "
            f"decrypt it with `openssl pkey -in {file} -out NEWFILE` and name the new file"
        ) from error
    except ValueError as error:
        raise TLSError(f"[tls] keyfile: {file} is not a private key in PEM format") from error


def _certificates(key: str, file: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(key, file))
    except ValueError as error:
        raise TLSError(f"[tls] {key}: {file} is not a certificate in PEM format") from error


def _trust(file: str) -> Any:
    return ssl.trustRootFromCertificates(
        [ssl.Certificate(_openssl(one)) for one in _certificates("ca_cert", file)]
    )


def _private(ours: Identity) -> Any:
    pair = ssl.KeyPair(crypto.PKey.from_cryptography_key(ours.key))
    certificate = ssl.Certificate(_openssl(ours.certificates[0]))
    return ssl.PrivateCertificate.fromCertificateAndKeyPair(certificate, pair)


def _openssl(certificate: x509.Certificate) -> crypto.X509:
    return crypto.X509.from_cryptography(certificate)
