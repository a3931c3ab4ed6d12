"""The web config file: what is read, and what is refused."""

import datetime
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from fedmsg_exporter import document
from fedmsg_exporter.document import DocumentError
from fedmsg_exporter.web.guard import tls, web_config
from fedmsg_exporter.web.guard.gate import Bucket, credentials
from fedmsg_exporter.web.guard.watched import Watched
from fedmsg_exporter.web.guard.web_config import CIPHERS, RateLimit, WebConfig
from harness.certificates import Authority

#: The hash of "secret", at the lowest cost.
HASH = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"
AUTH_TYPES = [
    *("NoClientCert", "RequestClientCert", "RequireClientCert", "RequireAnyClientCert"),
    *("VerifyClientCertIfGiven", "RequireAndVerifyClientCert"),
]
TLS = "tls_server_config: {cert_file: server.pem, key_file: server.key"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with certificates and keys, good ones and others."""
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder)
    authority.issue("server")
    authority.issue("other")
    authority.issue("encrypted", passphrase="secret")
    authority.issue("expired", lasts=datetime.timedelta(days=-1))
    (folder / "both.pem").write_bytes(
        (folder / "server.key").read_bytes() + (folder / "server.pem").read_bytes()
    )
    (folder / "text.pem").write_text("not PEM\n")
    (folder / "broken.key").write_text(
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    )
    return folder


def loaded(folder: Path, text: str) -> tuple[WebConfig, SSL.Context | None]:
    """What a text means, its files included."""
    path = folder / "web.yml"
    path.write_text(text)
    config = web_config.read(path)
    return config, tls.prepare(config, config.tls).context if config.tls else None


def said(folder: Path, text: str) -> str:
    with pytest.raises(DocumentError) as caught:
        loaded(folder, text)
    return str(caught.value).replace(f"{folder}/", "").replace(str(folder), ".")


@pytest.mark.parametrize(
    ("text", "has_tls"),
    [
        ("", False),
        ("tls_server_config:\nbasic_auth_users:\nhttp_server_config:\nrate_limit:\n", False),
        ("tls_server_config: {min_version: TLS13}", False),
        ("tls_server_config: {cert_file: '', key_file: ''}", False),
        ("tls_server_config: {cert_file: both.pem, key_file: both.pem}", True),
        *((f"{TLS}, client_auth_type: {one}}}", True) for one in AUTH_TYPES),
        (f"{TLS}, client_auth_type: ''}}", True),
        (f"{TLS}, client_auth_type: RequireAnyClientCert, client_allowed_sans: [a]}}", True),
        (f"{TLS}, client_auth_type: RequestClientCert, client_ca_file: authority.pem}}", True),
        (f"{TLS}, min_version: TLS10, max_version: TLS12}}", True),
        (f"{TLS}, cipher_suites: [{', '.join(CIPHERS)}]}}", True),
        (f"{TLS}, cipher_suites: [TLS_AES_128_GCM_SHA256]}}", True),
        (f"{TLS}, curve_preferences: [], prefer_server_cipher_suites: false}}", True),
        ("http_server_config: {http2: true, headers: {X-Frame-Options: ''}}", False),
    ],
)
def test_configs(folder: Path, text: str, has_tls: bool) -> None:
    """What exporter-toolkit accepts is accepted, and enables TLS in the same cases."""
    config, context = loaded(folder, text)
    assert (config.tls is not None, context is not None) == (has_tls, has_tls)


def test_expired_certificate(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An expired certificate is served, as Go's servers do, with a warning."""
    loaded(folder, "tls_server_config: {cert_file: expired.pem, key_file: expired.key}")
    assert "cert_file: the certificate expired at" in caplog.text


def test_inline_pem(folder: Path) -> None:
    """Certificate and key may be in the config itself."""
    parts = {"cert": "server.pem", "key": "server.key"}
    lines = [
        f"  {name}: |\n{re.sub('^', '    ', (folder / file).read_text(), flags=re.M)}"
        for name, file in parts.items()
    ]
    _, context = loaded(folder, "tls_server_config:\n" + "\n".join(lines))
    assert context is not None


def test_users_and_headers(folder: Path) -> None:
    """Users, headers and rate limit are read; blank headers are left out."""
    config, _ = loaded(
        folder,
        f"basic_auth_users: {{alice: {HASH}, 'b:ob': {HASH.replace('$2b', '$2y')}}}\n"
        "http_server_config:\n"
        "  headers: {X-Frame-Options: deny, X-XSS-Protection: '', Content-Security-Policy: x}\n"
        "rate_limit: {interval: 1m1.5s, burst: 3}\n",
    )
    assert list(config.users) == ["alice", "b:ob"]
    assert config.headers == (("X-Frame-Options", "deny"), ("Content-Security-Policy", "x"))
    assert config.rate_limit == RateLimit(61.5, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "web.yml:1: ['a'] must be a mapping of keys to values"),
        ("tls_config: {}", "web.yml:1: tls_config: unknown key; did you mean 'tls_server_config'?"),
        (f"{TLS}, keyfile: x}}", "web.yml:1: tls_server_config.keyfile: unknown key; did you"),
        (
            "tls_server_config: {key_file: server.key}",
            "web.yml:1: tls_server_config: cert_file is missing",
        ),
        (
            "tls_server_config:\n  client_auth_type: RequestClientCert",
            "web.yml:1: tls_server_config: cert_file is missing\n"
            "web.yml:1: tls_server_config: key_file is missing",
        ),
        (
            "tls_server_config:\n  cert_file: nothing.pem\n  key_file: server.key",
            "web.yml:2: tls_server_config.cert_file: nothing.pem cannot be read: No such file",
        ),
        (
            "tls_server_config:\n  cert_file: .\n  key_file: server.key",
            "web.yml:2: tls_server_config.cert_file: . cannot be read: Is a directory",
        ),
        (
            "tls_server_config:\n  cert_file: text.pem\n  key_file: server.key",
            "web.yml:2: tls_server_config.cert_file: text.pem contains no PEM certificate",
        ),
        (
            "tls_server_config:\n  cert_file: server.pem\n  key_file: server.pem",
            "web.yml:3: tls_server_config.key_file: server.pem contains no PEM private key",
        ),
        (
            "tls_server_config:\n  cert_file: server.pem\n  key_file: broken.key",
            "web.yml:3: tls_server_config.key_file: broken.key contains no usable private key",
        ),
        (
            "tls_server_config:\n  cert_file: server.pem\n  key_file: encrypted.key",
            "web.yml:3: tls_server_config.key_file: encrypted.key is encrypted; use a key without",
        ),
        (
            "tls_server_config:\n  cert_file: server.pem\n  key_file: other.key",
            "web.yml:3: tls_server_config.key_file: does not match cert_file",
        ),
        (
            "tls_server_config: {cert: x, key_file: server.key}",
            "web.yml:1: tls_server_config.cert: the text contains no PEM certificate",
        ),
        (
            f"{TLS},\n  client_ca_file: authority.pem}}",
            "web.yml:2: tls_server_config.client_ca_file: clients are not asked for a certificate; "
            "set client_auth_type",
        ),
        (
            f"{TLS}, client_auth_type: RequireAndVerifyClientCert,\n  client_ca_file: text.pem}}",
            "web.yml:2: tls_server_config.client_ca_file: text.pem contains no PEM certificate",
        ),
        (
            f"{TLS}, client_auth_type: RequireClient}}",
            "web.yml:1: tls_server_config.client_auth_type: 'RequireClient' is not allowed; "
            "allowed: NoClientCert, RequestClientCert,",
        ),
        *(
            (
                f"{TLS}, client_auth_type: {one}, client_allowed_sans: [a]}}",
                "web.yml:1: tls_server_config.client_allowed_sans: needs a client_auth_type of",
            )
            for one in ("NoClientCert", "RequestClientCert", "VerifyClientCertIfGiven")
        ),
        (f"{TLS}, min_version: TLS9}}", "web.yml:1: tls_server_config.min_version: 'TLS9' is not"),
        (
            f"{TLS}, min_version: TLS13, max_version: TLS12}}",
            "web.yml:1: tls_server_config.min_version: TLS13 is above max_version, TLS12",
        ),
        (
            f"{TLS}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}}",
            "web.yml:1: tls_server_config.cipher_suites[0]: 'TLS_RSA_WITH_RC4_128_SHA' is not a",
        ),
        (
            f"{TLS}, curve_preferences: [X25519]}}",
            "web.yml:1: tls_server_config.curve_preferences: choosing curves is not supported",
        ),
        (
            "http_server_config: {headers: {X-Frame-Options: no}}",
            "web.yml:1: http_server_config.headers.X-Frame-Options: False must be text or nothing",
        ),
        (
            "http_server_config: {headers: {X-Frame-Options: allow}}",
            "web.yml:1: http_server_config.headers.X-Frame-Options: 'allow' is not allowed; "
            "allowed: deny, sameorigin",
        ),
        (
            "http_server_config: {headers: {X-Other: a}}",
            "web.yml:1: http_server_config.headers.X-Other: unknown key; known: Content-Security",
        ),
        (
            "basic_auth_users:\n  alice: secret",
            "web.yml:2: basic_auth_users.alice: not a bcrypt hash; make one with `htpasswd -nBC 10",
        ),
        (f"basic_auth_users: {{alice: {HASH[:-1]}}}", "web.yml:1: basic_auth_users.alice: not a"),
        (
            f"basic_auth_users: {{alice: {HASH.replace('$04$', '$32$')}}}",
            "web.yml:1: basic_auth_users.alice: not a bcrypt hash",
        ),
        ("basic_auth_users: {7: x}", "web.yml:1: basic_auth_users.7: this key is not text; write"),
        (
            "rate_limit: {interval: soon}",
            "web.yml:1: rate_limit.interval: 'soon' is not a valid duration; expected e.g. 100ms",
        ),
        ("rate_limit: {interval: 1d}", "web.yml:1: rate_limit.interval: '1d' is not a valid"),
        ("rate_limit: {interval: -1}", "web.yml:1: rate_limit.interval: -1 is not a valid"),
        ("rate_limit: {burst: -1}", "web.yml:1: rate_limit.burst: -1 is less than the minimum"),
    ],
)
def test_refused_configs(folder: Path, text: str, message: str) -> None:
    """Each error names file, line and key, and what to do."""
    assert said(folder, text).startswith(message)


def test_a_secret_is_not_shown(folder: Path) -> None:
    """An error in a password's hash is reported without the hash."""
    assert "hunter2" not in said(folder, "basic_auth_users: {alice: hunter2}")


def test_an_encrypted_key_is_refused(folder: Path) -> None:
    """A key with a passphrase is refused; OpenSSL would ask at the terminal."""
    (folder / "web.yml").write_text(
        "tls_server_config: {cert_file: encrypted.pem, key_file: encrypted.key}"
    )
    (folder / "ours.yml").write_text("web: {config_file: web.yml}")
    command = [
        sys.executable,
        "-m",
        "fedmsg_exporter",
        "check",
        "--config",
        str(folder / "ours.yml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "is encrypted; use a key without a passphrase" in done.stderr


@pytest.mark.parametrize(
    ("header", "given"),
    [
        ("Basic YWxpY2U6c2VjcmV0", ("alice", b"secret")),
        ("basic YWxpY2U6c2VjcmV0", ("alice", b"secret")),
        ("Basic YTpiOmM=", ("a", b"b:c")),
        ("Basic Og==", ("", b"")),
        ("Basic YTr/", ("a", b"\xff")),
        ("", None),
        ("Basic", None),
        ("Bearer YWxpY2U6c2VjcmV0", None),
        ("Basic YWxpY2U=", None),
        ("Basic YWxpY2U6c2VjcmV0x", None),
        ("Basic YWxpY2U6c2VjcmV0, Basic YWxpY2U6c2VjcmV0", None),
        ("Basic /zph", None),
        ("Basic \xff", None),
    ],
)
def test_credentials(header: str, given: tuple[str, bytes] | None) -> None:
    """User and password come out of a header of the Basic scheme, and of no other."""
    assert credentials(header) == given


@given(st.text(max_size=40))
def test_any_authorization_is_read(header: str) -> None:
    """Whatever a client sends is credentials, or none."""
    for prefix in ("", "Basic "):
        given = credentials(prefix + header)
        assert given is None or isinstance(given[1], bytes)


def test_bucket() -> None:
    """As many requests as the burst at once, then one per interval."""
    moments = [0.0, 0, 0, 0, 0.4, 0.5, 0.6, 1.0, 9.0, 9.0, 9.0]
    ticking = iter(moments)
    bucket = Bucket(RateLimit(0.5, 2), lambda: next(ticking))
    taken = [bucket.take() for _ in moments[1:]]
    assert taken == [True, True, False, False, True, False, True, True, True, False]


class Counted:
    """Reads a file, and counts how often."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reads = 0

    def __call__(self) -> tuple[str, list[Path]]:
        self.reads += 1
        try:
            return self.path.read_text(), [self.path]
        except OSError as error:
            raise DocumentError([]) from error


def aged(path: Path, text: str) -> None:
    """Replace a file, and let some time pass."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the times of all files, even young ones."""
    monkeypatch.setattr("fedmsg_exporter.web.guard.watched._YOUNG", -1e9)


def test_watched_reads_again_what_changed(tmp_path: Path, old: None) -> None:
    """A file is read once, and again when it has changed, even to one of the same size."""
    path = tmp_path / "f"
    aged(path, "one")
    counted = Counted(path)
    watched = Watched(counted)
    assert [watched.current() for _ in range(3)] == ["one"] * 3
    assert counted.reads == 1
    aged(path, "two")
    assert [watched.current() for _ in range(3)] == ["two"] * 3
    assert counted.reads == 2
    os.utime(path, (1, 1))
    watched.current()
    assert counted.reads == 3


def test_watched_does_not_trust_a_young_file(tmp_path: Path) -> None:
    """A file that has just been written is read each time: it may change undetected."""
    path = tmp_path / "f"
    path.write_text("one")
    watched = Watched(Counted(path))
    path.write_text("two")
    assert watched.current() == "two"


def test_watched_fails_as_long_as_reading_does(tmp_path: Path, old: None) -> None:
    """A missing file is an error at each attempt; the last value remains available."""
    path = tmp_path / "f"
    path.write_text("one")
    watched = Watched(Counted(path))
    path.unlink()
    for _ in range(2):
        with pytest.raises(DocumentError):
            watched.current()
    assert watched.last() == "one"
    path.write_text("two")
    assert watched.current() == "two"


def keys_of(part: dict[str, Any]) -> set[str]:
    """All keys of a part of the schema."""
    inner = part.get("properties", {})
    return {*inner, *(key for one in inner.values() for key in keys_of(one))}


def test_schema_has_every_key_of_the_toolkit() -> None:
    """The schema has the keys of exporter-toolkit's documentation, by their names."""
    names = """
    tls_server_config cert key client_ca cert_file key_file client_auth_type client_ca_file
    client_allowed_sans min_version max_version cipher_suites prefer_server_cipher_suites
    curve_preferences http_server_config http2 headers Content-Security-Policy X-Frame-Options
    X-Content-Type-Options X-XSS-Protection Strict-Transport-Security basic_auth_users rate_limit
    interval burst
    """
    assert keys_of(document.packaged("web/guard/schema.yml").data) == set(names.split())
