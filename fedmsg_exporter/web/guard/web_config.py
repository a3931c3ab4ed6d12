"""Reads and checks the web config file. The files that it names are read by `tls`."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ... import document
from ...document import Document, DocumentError, Key, Problem

_TLS: Key = ("tls_server_config",)
_VERSIONS = ("TLS10", "TLS11", "TLS12", "TLS13")
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}")
_GO_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_GO_PART = r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h)"

_HEADERS: Key = ("http_server_config", "headers")
_DEMANDING = ("RequireAnyClientCert", "RequireAndVerifyClientCert", "RequireClientCert")
_AUTH_TYPES = ("NoClientCert", "RequestClientCert", "VerifyClientCertIfGiven", *_DEMANDING)
_CHOICES: Mapping[Key, tuple[str, ...]] = {
    (*_TLS, "client_auth_type"): _AUTH_TYPES,
    (*_HEADERS, "X-Content-Type-Options"): ("nosniff",),
    (*_HEADERS, "X-Frame-Options"): ("deny", "sameorigin"),
}

#: Go's names of cipher suites up to TLS 1.2, and OpenSSL's. Go enables the first ones by default.
CIPHERS = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256": "AES128-GCM-SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384": "AES256-GCM-SHA384",
    "TLS_RSA_WITH_AES_128_CBC_SHA": "AES128-SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA": "AES256-SHA",
}
#: The cipher suites of TLS 1.3, which cannot be selected, as in Go.
CIPHERS_13 = frozenset(
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
)


class Pem(NamedTuple):
    """PEM content, in a file or inline in the config, and the key that sets it."""

    file: Path | None
    text: str
    key: str

    def __bool__(self) -> bool:
        """Whether it is set."""
        return self.file is not None or bool(self.text)


class TLS(NamedTuple):
    """The server's TLS settings."""

    cert: Pem
    key: Pem
    client_ca: Pem
    client_auth: str
    client_sans: frozenset[str] | None
    min_version: str
    max_version: str
    ciphers: tuple[str, ...]
    prefer_server_ciphers: bool


class RateLimit(NamedTuple):
    """The number of requests in a burst, and seconds until one more is allowed."""

    interval: float
    burst: int


class WebConfig(NamedTuple):
    """The content of a web config file."""

    source: Document
    tls: TLS | None
    users: Mapping[str, str]
    headers: tuple[tuple[str, str], ...]
    rate_limit: RateLimit | None

    def files(self) -> list[Path]:
        """The files that determine the TLS settings, including this one."""
        parts = (self.tls.cert, self.tls.key, self.tls.client_ca) if self.tls else ()
        return [Path(self.source.file), *(one.file for one in parts if one.file)]

    def error(self, key: str, message: str) -> DocumentError:
        """An error at a key of the TLS section."""
        return DocumentError([self.source.problem((*_TLS, key), message)])


def read(path: Path) -> WebConfig:
    """Read a web config file. Raises DocumentError with every problem in it."""
    source = document.read(path)
    problems = document.check(source, document.packaged("web/guard/schema.yml").data)
    problems = problems or [
        *_choice_problems(source),
        *_user_problems(source),
        *_tls_problems(source),
        *_limit_problems(source),
    ]
    if problems:
        raise DocumentError(sorted(problems, key=lambda problem: problem.line or 0))
    data = source.data
    http = data.get("http_server_config") or {}
    return WebConfig(
        source,
        _tls(path.parent, data.get("tls_server_config") or {}),
        data.get("basic_auth_users") or {},
        tuple((name, text) for name, text in (http.get("headers") or {}).items() if text),
        _rate_limit(data.get("rate_limit") or {}),
    )


def _tls(base: Path, data: Mapping[str, Any]) -> TLS | None:
    """The TLS section; as in the toolkit, None if no certificate, key or CA is set."""
    if not _is_tls(data):
        return None
    sans = data.get("client_allowed_sans")
    return TLS(
        cert=_pem(base, data, "cert"),
        key=_pem(base, data, "key"),
        client_ca=_pem(base, data, "client_ca"),
        client_auth=data.get("client_auth_type") or "NoClientCert",
        client_sans=None if sans is None else frozenset(sans),
        min_version=data.get("min_version", "TLS12"),
        max_version=data.get("max_version", "TLS13"),
        ciphers=tuple(data.get("cipher_suites") or ()),
        prefer_server_ciphers=data.get("prefer_server_cipher_suites", True),
    )


def _is_tls(data: Mapping[str, Any]) -> bool:
    names = ("cert", "key", "client_ca")
    keys = (*names, *(f"{name}_file" for name in names), "client_auth_type")
    return any(data.get(key) for key in keys)


def _pem(base: Path, data: Mapping[str, Any], name: str) -> Pem:
    if file := data.get(f"{name}_file"):
        return Pem(base / file, "", f"{name}_file")
    return Pem(None, data.get(name) or "", name)


def _choice_problems(source: Document) -> Iterator[Problem]:
    """Problems with keys that allow only certain values; an empty value counts as unset."""
    for key, allowed in _CHOICES.items():
        value: Any = source.data
        for name in key:
            value = (value or {}).get(name)
        if value and value not in allowed:
            hint = document.nearest(value, allowed)
            yield source.problem(
                key, f"{value!r} is not allowed; allowed: {', '.join(allowed)}{hint}"
            )


def _user_problems(source: Document) -> Iterator[Problem]:
    for user, hashed in (source.data.get("basic_auth_users") or {}).items():
        if not _BCRYPT.fullmatch(hashed):
            message = "not a bcrypt hash; make one with `htpasswd -nBC 10 USER`"
            yield source.problem(("basic_auth_users", user), message)


def _tls_problems(source: Document) -> Iterator[Problem]:
    data = source.data.get("tls_server_config") or {}
    for index, cipher in enumerate(data.get("cipher_suites") or ()):
        if cipher not in CIPHERS and cipher not in CIPHERS_13:
            hint = document.nearest(cipher, CIPHERS) or f"; known: {', '.join(CIPHERS)}"
            key = (*_TLS, "cipher_suites", index)
            yield source.problem(key, f"{cipher!r} is not a known cipher suite{hint}")
    if data.get("curve_preferences"):
        message = "choosing curves is not supported by this server; remove this key"
        yield source.problem((*_TLS, "curve_preferences"), message)
    if not _is_tls(data):
        return
    for name in ("cert", "key"):
        if not (data.get(name) or data.get(f"{name}_file")):
            yield source.problem(_TLS, f"{name}_file is missing")
    yield from _client_problems(source, data)
    low, high = data.get("min_version", "TLS12"), data.get("max_version", "TLS13")
    if _VERSIONS.index(low) > _VERSIONS.index(high):
        yield source.problem((*_TLS, "min_version"), f"{low} is above max_version, {high}")


def _client_problems(source: Document, data: Mapping[str, Any]) -> Iterator[Problem]:
    auth = data.get("client_auth_type") or "NoClientCert"
    for name in ("client_ca_file", "client_ca"):
        if data.get(name) and auth == "NoClientCert":
            message = "clients are not asked for a certificate; set client_auth_type"
            yield source.problem((*_TLS, name), message)
    if data.get("client_allowed_sans") is not None and auth not in _DEMANDING:
        message = "needs a client_auth_type of RequireAnyClientCert or RequireAndVerifyClientCert"
        yield source.problem((*_TLS, "client_allowed_sans"), message)


def _limit_problems(source: Document) -> Iterator[Problem]:
    interval = (source.data.get("rate_limit") or {}).get("interval", 0)
    if _go_seconds(interval) is None:
        message = f"{interval!r} is not a valid duration; expected e.g. 100ms or 1m30s"
        yield source.problem(("rate_limit", "interval"), message)


def _rate_limit(data: Mapping[str, Any]) -> RateLimit | None:
    interval = _go_seconds(data.get("interval", 0))
    return RateLimit(interval, data.get("burst", 0)) if interval else None


def _go_seconds(text: str | int) -> float | None:
    """A duration in Go's notation, where a bare number is nanoseconds."""
    if isinstance(text, int):
        return text / 1e9 if text >= 0 else None
    if text == "0":
        return 0.0
    if not re.fullmatch(f"(?:{_GO_PART})+", text):
        return None
    return sum(float(number) * _GO_UNITS[unit] for number, unit in re.findall(_GO_PART, text))
