"""The web config over real TLS: one file for Prometheus and us, changed while both run."""

import datetime
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import bcrypt
import pytest
import requests
import yaml

from harness import Exporter, Prometheus, wait_until
from harness.certificates import Authority

from . import hostile_requests

MakeExporter = Callable[..., Exporter]
MakePrometheus = Callable[..., Prometheus]
Reply = tuple[int, dict[str, str], str]

PASSWORD = "correct horse"
WRONG = {"alice": "wrong", "mallory": PASSWORD}


def hashed(password: str, cost: int = 4) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode().replace("$2b", "$2y")


class Web:
    """A web config file in a folder with certificates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder)
        self.file = folder / "web.yml"
        self.serve("server")

    def serve(self, name: str, **options: Any) -> None:
        """Issue a certificate and put it in the place of the one that is served."""
        for source, target in zip(
            self.authority.issue(name, **options), ("cert.pem", "key.pem"), strict=True
        ):
            source.replace(self.folder / target)

    def write(self, *, users: dict[str, str] | None = None, http: Any = None, **tls: Any) -> None:
        """Write the file: TLS with more keys, users with their hashes."""
        server = {"cert_file": "cert.pem", "key_file": "key.pem", **tls}
        content: dict[str, Any] = {"tls_server_config": server}
        content |= {"basic_auth_users": users} if users else {}
        content |= {"http_server_config": http} if http else {}
        self.put(yaml.safe_dump(content))

    def put(self, text: str) -> None:
        """Write the file's text, in one step."""
        new = self.folder / "web.new"
        new.write_text(text)
        new.replace(self.file)


@pytest.fixture
def web(tmp_path: Path) -> Web:
    made = Web(tmp_path / "web")
    made.write()
    return made


def secured(make: MakeExporter, web: Web, **options: Any) -> Exporter:
    """An exporter behind the web config, started."""
    one = make(arguments=["--source", "simulation", "--web.config.file", str(web.file)], **options)
    one.scheme, one.ca_file = "https", web.authority.file
    one.start()
    return one


def handshake(one: Exporter, web: Web, client: str = "", **versions: Any) -> ssl.SSLSocket:
    """A connection whose handshake is over, also on the server's side."""
    context = ssl.create_default_context(cafile=str(web.authority.file))
    for name, value in versions.items():
        if name == "ciphers":
            context.set_ciphers(value)
        else:
            setattr(context, name, value)
    if client:
        context.load_cert_chain(f"{client}.pem", f"{client}.key")
    raw = socket.create_connection(("127.0.0.1", one.port), timeout=10)
    return context.wrap_socket(raw, server_hostname="localhost")


def works(one: Exporter, web: Web, client: str = "", **versions: Any) -> bool:
    """Whether a client with a certificate, or none, gets an answer."""
    try:
        with handshake(one, web, client, **versions) as connection:
            connection.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return connection.recv(1000).startswith(b"HTTP/1.1 200 ")
    except (ssl.SSLError, ConnectionError):
        return False


def serial(one: Exporter, web: Web) -> str:
    """The serial number of the certificate that is served."""
    with handshake(one, web) as connection:
        found: Any = connection.getpeercert()
        return str(found["serialNumber"])


@pytest.mark.servers
def test_one_file_for_prometheus_and_for_us(
    exporter: MakeExporter, prometheus: MakePrometheus, web: Web
) -> None:
    """Prometheus uses the same file, and scrapes us through it as before."""
    client = web.authority.issue("client", names=["prometheus.example.org"])
    web.write(
        users={"alice": hashed(PASSWORD, 10)},
        http={"headers": {"X-Frame-Options": "deny"}},
        client_auth_type="VerifyClientCertIfGiven",
        client_ca_file="authority.pem",
        min_version="TLS12",
        cipher_suites=["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
    )
    one = exporter(arguments=["--source", "simulation", "--web.config.file", str(web.file)])
    one.scheme, one.ca_file, one.auth = "https", web.authority.file, ("alice", PASSWORD)
    one.start()
    scrape = {
        "job_name": "fedmsg_exporter",
        "scheme": "https",
        "basic_auth": {"username": "alice", "password": PASSWORD},
        "tls_config": {
            "ca_file": str(web.authority.file),
            "cert_file": str(client[0]),
            "key_file": str(client[1]),
        },
        "static_configs": [{"targets": [one.address]}],
    }

    class Secured(Prometheus):
        scheme = "https"
        auth = ("alice", PASSWORD)
        ca_file = web.authority.file

    folder = web.folder.parent / "prometheus"
    flags = [f"--web.config.file={web.file}"]
    with Secured(folder, config_extra={"scrape_configs": [scrape]}, flags=flags) as server:
        server.wait_for("up == 1")
        assert server.wait_for("sum(fedmsg_messages_total)")[0].value > 0
        # The password changes, and Prometheus does not know it.
        web.write(users={"alice": hashed("another")})
        server.auth = ("alice", "another")
        server.wait_for("up == 0")
        assert one.get("/metrics").status_code == 401
        web.write(users={"alice": hashed(PASSWORD)})
        server.auth = ("alice", PASSWORD)
        server.wait_for("up == 1")


def test_certificate_is_replaced(exporter: MakeExporter, web: Web) -> None:
    """A new certificate is served at the next handshake, but not half of one, or none."""
    one = secured(exporter, web)
    first = serial(one, web)
    web.serve("second")
    second = serial(one, web)
    assert second != first

    certificate, key = web.authority.issue("third")
    certificate.replace(web.folder / "cert.pem")
    assert serial(one, web) == second
    assert "tls_server_config.key_file: does not match cert_file" in one.process.tail()
    key.replace(web.folder / "key.pem")
    third = serial(one, web)
    assert third not in (first, second)
    assert "the web config can be read again" in one.process.tail()

    (web.folder / "cert.pem").unlink()
    assert serial(one, web) == third
    assert "cert.pem cannot be read: No such file" in one.process.tail()


def test_certificate_that_expires(exporter: MakeExporter, web: Web) -> None:
    """An expired certificate is served with a warning; clients refuse it."""
    started = time.time()
    web.serve("short", lasts=datetime.timedelta(seconds=20))
    one = secured(exporter, web)
    assert "cert_file: the certificate expires at" in one.process.tail()
    expiry = one.value("fedmsg_exporter_web_certificate_expiry_timestamp_seconds")
    assert 15 < expiry - started < 25
    wait_until(lambda: not works(one, web), 30, "the certificate's end")
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        handshake(one, web)
    assert works(one, web, check_hostname=False, verify_mode=ssl.CERT_NONE)
    web.serve("long")
    assert works(one, web)


CLIENTS = ("", "known", "other", "stranger")
KNOWN_NAMES = ["known.example.org", "127.0.0.9", "me@example.org", "spiffe://x/y"]


@pytest.fixture
def clients(web: Web, tmp_path: Path) -> dict[str, str]:
    """Clients: without a certificate, with two names, and from an untrusted authority."""
    web.authority.issue("known", names=KNOWN_NAMES)
    web.authority.issue("other", names=["other.example.org"])
    Authority(tmp_path / "strange", "strange").issue("stranger", names=KNOWN_NAMES)
    folders = {"stranger": tmp_path / "strange"}
    return {one: str(folders.get(one, web.folder) / one) if one else "" for one in CLIENTS}


def test_client_certificates(exporter: MakeExporter, web: Web, clients: dict[str, str]) -> None:
    """Each client_auth_type lets in the same clients as Go's servers, also after a change."""
    one = secured(exporter, web)
    ca = {"client_ca_file": "authority.pem"}
    inline = {"client_ca": web.authority.file.read_text()}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"client_auth_type": "NoClientCert"}, " known other stranger"),
        ({"client_auth_type": "RequestClientCert"}, " known other stranger"),
        ({"client_auth_type": "RequireAnyClientCert"}, "known other stranger"),
        ({"client_auth_type": "RequireClientCert"}, "known other stranger"),
        ({"client_auth_type": "VerifyClientCertIfGiven", **ca}, " known other"),
        ({"client_auth_type": "RequireAndVerifyClientCert", **ca}, "known other"),
        ({"client_auth_type": "RequireAndVerifyClientCert", **inline}, "known other"),
        ({"client_auth_type": "RequireAndVerifyClientCert"}, "nobody"),
        *(
            (
                {
                    "client_auth_type": "RequireAndVerifyClientCert",
                    "client_allowed_sans": ["x", name],
                    **ca,
                },
                "known",
            )
            for name in KNOWN_NAMES
        ),
        (
            {"client_auth_type": "RequireAnyClientCert", "client_allowed_sans": KNOWN_NAMES},
            "known stranger",
        ),
        (
            {"client_auth_type": "RequireAnyClientCert", "client_allowed_sans": []},
            "nobody",
        ),
    ]
    for settings, let_in in cases:
        web.write(**settings)
        expected = [] if let_in == "nobody" else let_in.split(" ")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            found = [
                name
                for name, files in clients.items()
                if works(one, web, files, maximum_version=version)
            ]
            assert found == expected, settings
    web.write()
    assert one.value("fedmsg_exporter_http_closed_total", reason="handshake") > 0


def test_versions_and_ciphers(exporter: MakeExporter, web: Web) -> None:
    """Only versions and ciphers that the file allows are spoken."""
    one = secured(exporter, web)
    old = {"maximum_version": ssl.TLSVersion.TLSv1_2}
    new = {"minimum_version": ssl.TLSVersion.TLSv1_3}
    aes = {**old, "ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256"}
    chacha = {**old, "ciphers": "ECDHE-ECDSA-CHACHA20-POLY1305"}
    cases: list[tuple[dict[str, Any], list[bool]]] = [
        ({}, [True, True, True, True]),
        ({"min_version": "TLS13"}, [False, True, False, False]),
        ({"max_version": "TLS12"}, [True, False, True, True]),
        (
            {"cipher_suites": ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"]},
            [True, True, False, True],
        ),
        ({"cipher_suites": ["TLS_AES_128_GCM_SHA256"]}, [False, True, False, False]),
    ]
    for settings, expected in cases:
        web.write(**settings)
        assert [works(one, web, **kind) for kind in (old, new, aes, chacha)] == expected, settings


def test_users(exporter: MakeExporter, web: Web) -> None:
    """Every page requires a user from the current file; with a broken file nobody gets in."""
    web.write(users={"alice": hashed(PASSWORD)}, http={"headers": {"X-Frame-Options": "deny"}})
    one = exporter(arguments=["--source", "simulation", "--web.config.file", str(web.file)])
    one.scheme, one.ca_file, one.auth = "https", web.authority.file, ("alice", PASSWORD)
    one.start()
    for path in ("/", "/metrics", "/-/healthy", "/-/ready", "/nothing"):
        one.auth = ("alice", PASSWORD)
        assert one.get(path).status_code == (404 if path == "/nothing" else 200)
        for one.auth in (None, *WRONG.items(), ("", ""), ("alice", ""), ("ALICE", PASSWORD)):
            answer = one.get(path)
            assert (answer.status_code, answer.text) == (401, "401 Unauthorized\n")
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")
            assert answer.headers["X-Frame-Options"] == "deny"

    one.auth = ("alice", PASSWORD)
    web.put("basic_auth_users: [")
    for _ in range(3):
        assert one.get("/metrics").status_code == 500
    assert one.process.tail().count("every request is answered with 500") == 1
    web.write(users={"bob": hashed(PASSWORD)})
    assert one.get("/metrics").status_code == 401
    one.auth = ("bob", PASSWORD)
    assert one.get("/metrics").ok
    web.write()
    one.auth = None
    assert one.get("/metrics").ok


def test_open_probes(exporter: MakeExporter, web: Web) -> None:
    """`web.probes: open` lets probes in without a user, and nobody else."""
    web.write(users={"alice": hashed(PASSWORD)})
    one = exporter(
        config={"web": {"config_file": str(web.file), "probes": "open"}},
        arguments=["--source", "simulation"],
    )
    one.scheme, one.ca_file = "https", web.authority.file
    one.start()
    assert [one.get(path).status_code for path in ("/-/ready", "/-/healthy", "/metrics", "/")] == [
        *(200, 200),
        *(401, 401),
    ]
    web.put("basic_auth_users: [")
    assert [one.get(path).status_code for path in ("/-/healthy", "/metrics")] == [200, 500]


def test_users_without_tls(exporter: MakeExporter, web: Web) -> None:
    """A file with users only guards plain HTTP; a rate limit answers 429."""
    limit = "rate_limit: {interval: 1h, burst: 6}\n"
    web.put(f"basic_auth_users: {{alice: {hashed(PASSWORD)}}}\n{limit}")
    one = exporter(arguments=["--source", "simulation", "--web.config.file", str(web.file)])
    one.auth = ("alice", PASSWORD)
    one.start()
    statuses = [one.get("/-/healthy").status_code for _ in range(6)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


def test_bad_files_at_the_start(exporter: MakeExporter, web: Web) -> None:
    """An unusable file ends the start with status 2, and names file, line and key."""
    other, _ = web.authority.issue("unfit")
    for text, message in [
        ("basic_auth_users: {alice: secret}", "basic_auth_users.alice: not a bcrypt hash"),
        (
            f"tls_server_config: {{cert_file: {other}, key_file: key.pem}}",
            "web.yml:1: tls_server_config.key_file: does not match cert_file",
        ),
    ]:
        web.put(text)
        one = exporter(arguments=["--source", "simulation", "--web.config.file", str(web.file)])
        one.folder.mkdir()
        one._write_config()
        one.process.start()
        wait_until(_ended(one), 30, "the exporter's end")
        assert one.process.exit_code == 2
        assert message in one.process.tail()
        assert "Traceback" not in one.process.tail()


def _ended(one: Exporter) -> Callable[[], bool]:
    return lambda: not one.process.running


def _responding(one: Exporter) -> Callable[[], bool]:
    """Whether it serves the port that its log names: what it logs before that is all there."""

    def responds() -> bool:
        found = re.search(r"INFO listening on https?://\S+:(\d+)/", one.process.tail())
        if found is None:
            return False
        with socket.create_connection(("127.0.0.1", int(found[1])), timeout=10) as client:
            client.sendall(b"GET /-/healthy HTTP/1.0\r\n\r\n")
            with suppress(ConnectionError):
                client.recv(1)  # With TLS this is an error, which also shows that it runs.
        return True

    return responds


def test_names_for_unknown_clients_are_warned_of(exporter: MakeExporter, web: Web) -> None:
    """If others can connect without authentication, the log has a warning."""
    warning = "shows names of people to anyone who can reach it"
    web.write(users={"alice": hashed(PASSWORD)})
    guard = ["--web.config.file", str(web.file)]
    hidden = {"users": {"expose": "none"}}
    for address, arguments, config, warned in [
        ("0.0.0.0:0", [], {}, True),
        ("127.0.0.1:0", [], {}, False),
        ("0.0.0.0:0", guard, {}, False),
        ("0.0.0.0:0", [], hidden, False),
    ]:
        one = exporter(config=config, arguments=["--source", "simulation", *arguments])
        one.process.command[one.process.command.index("--listen") + 1] = address
        one.folder.mkdir()
        one._write_config()
        one.process.start()
        wait_until(_responding(one), 30, "a start", one.process)
        one.process.terminate()
        assert (warning in one.process.tail()) is warned


@pytest.fixture
def flooded(exporter: MakeExporter, web: Web) -> Iterator[Exporter]:
    """An exporter with a password of cost 10, flooded with wrong ones."""
    web.put(f"basic_auth_users: {{alice: {hashed(PASSWORD, 10)}}}\n")
    one = exporter(
        arguments=[
            *("--source", "simulation", "--speed", "2000"),
            *("--web.config.file", str(web.file)),
        ]
    )
    one.auth = ("alice", PASSWORD)
    one.start()
    stop = threading.Event()
    threads = [threading.Thread(target=_rain, args=(one, stop, one_of)) for one_of in range(4)]
    for thread in threads:
        thread.start()
    yield one
    stop.set()
    for thread in threads:
        thread.join()


def _rain(one: Exporter, stop: threading.Event, number: int) -> None:
    """Send wrong passwords, all different, as fast as they are answered."""
    with requests.Session() as session:
        session.trust_env = False
        count = 0
        while not stop.is_set():
            count += 1
            with suppress(requests.RequestException):
                session.get(
                    f"{one.url}/metrics", auth=("alice", f"wrong-{number}-{count}"), timeout=10
                )


def test_a_flood_of_wrong_passwords(flooded: Exporter) -> None:
    """Meanwhile messages are counted, and clients with the password are answered at once."""
    counted, slowest = [], 0.0
    for _ in range(10):
        started = time.monotonic()
        counted.append(flooded.value("fedmsg_messages_total"))
        slowest = max(slowest, time.monotonic() - started)
        time.sleep(0.3)
    assert all(later > sooner for sooner, later in pairwise(counted))
    assert slowest < 3


def test_clients_that_do_not_read_through_tls(exporter: MakeExporter, web: Web) -> None:
    """A client that does not read is cut off over TLS as well, and others are answered."""
    one = exporter(
        arguments=[
            *("--source", "simulation", "--speed", "20000"),
            *("--web.config.file", str(web.file)),
        ]
    )
    one.scheme, one.ca_file = "https", web.authority.file
    one.start()
    wait_until(lambda: len(one.get("/metrics").content) > 150_000, 60, "enough to show")
    closed = "fedmsg_exporter_http_closed_total"
    context = ssl.create_default_context(cafile=str(web.authority.file))
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", one.port))
        with context.wrap_socket(raw, server_hostname="localhost") as stalled:
            stalled.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
            wait_until(lambda: one.value(closed, reason="slow_reader") == 1, 40, "an end")


def test_bad_requests_through_tls(exporter: MakeExporter, web: Web) -> None:
    """After a bad request nothing more is read from its connection."""
    one = secured(exporter, web)
    for head in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nnovalue\r\nHost: x\r\n\r\n"):
        with handshake(one, web) as connection:
            connection.sendall(head * 3)
            assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert "Traceback" not in one.process.tail(1000)


def test_hostile_requests_through_tls(exporter: MakeExporter, web: Web) -> None:
    """Over TLS as well, no input is answered with 500 or leaves a traceback."""
    one = secured(exporter, web)
    for request in hostile_requests.requests(200, seed=2):
        with handshake(one, web) as connection, suppress(OSError):
            connection.settimeout(0.05)
            connection.sendall(request)
            assert connection.recv(65536)[9:12] != b"500"
    assert one.get("/-/ready").ok
    assert "Traceback" not in one.process.tail(1000)


def test_clients_that_do_not_shake_hands(exporter: MakeExporter, web: Web) -> None:
    """A connection without a handshake, or with something else, is closed and does no harm."""
    one = secured(exporter, web)
    with socket.create_connection(("127.0.0.1", one.port), timeout=30) as plain:
        plain.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        with suppress(ConnectionResetError):
            assert b"HTTP/1.1 200" not in b"".join(iter(lambda: plain.recv(1000), b""))
    silent = socket.create_connection(("127.0.0.1", one.port), timeout=30)
    with silent, suppress(ConnectionResetError):
        assert silent.recv(1) == b""
    assert one.get("/-/ready").ok
