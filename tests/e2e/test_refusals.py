"""What the broker refuses, and what TLS does: the reason reaches the log and the pages."""

import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from harness import Exporter, RabbitMQ, wait_until
from harness.certificates import Authority
from harness.processes import free_port
from harness.spoiling import SpoilingProxy

from .messages import comment

pytestmark = pytest.mark.servers

MakeExporter = Callable[..., Exporter]
MESSAGES = "fedmsg_messages_total"
REJECTED = "fedmsg_exporter_messages_rejected_total"


class Secure:
    """A broker that speaks TLS, and the CA that signed for it and for the client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder, "ca")
        self.port = free_port()
        for name in ("server", "client"):
            self.authority.issue(name, names=["127.0.0.1"])
        self.authority.issue("expired", lasts=timedelta(days=-1))
        self.authority.issue("elsewhere", names=["broker.example.org"])
        self.authority.issue("encrypted", passphrase="secret")
        Authority(folder, "stranger").issue("unknown")
        self.broker = RabbitMQ(
            folder / "rabbitmq",
            plugins=["rabbitmq_auth_mechanism_ssl"],
            settings=[
                f"listeners.ssl.1 = 127.0.0.1:{self.port}",
                f"ssl_options.cacertfile = {self.authority.file}",
                f"ssl_options.certfile = {folder / 'server.pem'}",
                f"ssl_options.keyfile = {folder / 'server.key'}",
                "ssl_options.verify = verify_peer",
                "ssl_options.fail_if_no_peer_cert = true",
                "auth_mechanisms.1 = PLAIN",
                "auth_mechanisms.2 = EXTERNAL",
                "ssl_cert_login_from = common_name",
            ],
        )

    def url(self, host: str = "127.0.0.1", port: int | None = None) -> str:
        return f"amqps://{host}:{port or self.port}/%2F"

    def config(self, certificate: str = "client", key: str = "", ca: str = "ca") -> str:
        """The section of fedora-messaging's config."""
        return f"""
[tls]
ca_cert = "{self.folder / ca}.pem"
certfile = "{self.folder / certificate}.pem"
keyfile = "{self.folder / (key or certificate)}.key"
"""


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    made = Secure(tmp_path_factory.mktemp("tls"))
    with made.broker as broker:
        broker.declare_queue("q")
        for name in ("client", "expired", "unknown"):
            broker.rabbitmqctl("add_user", name, "unused")
            broker.rabbitmqctl("set_permissions", name, ".*", ".*", ".*")
        yield made


def said(one: Exporter, *words: str) -> None:
    """Wait until /-/ready says all of this, and check that the log and the page do, too."""
    wait_until(lambda: all(word in one.get("/-/ready").text for word in words), 30, f"{words}")
    log = one.process.log.read_text()
    assert all(word in log and word in one.get("/").text for word in words)
    assert "bus.toml" in one.get("/-/ready").text
    for trace in ("Traceback", "Unhandled"):
        assert trace not in log


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("amqp://guest:wrong@127.0.0.1:{port}/%2F", ["127.0.0.1:{port}", "ACCESS_REFUSED"]),
        ("amqp://guest:guest@127.0.0.1:{port}/none", ["127.0.0.1:{port}", "vhost none not found"]),
        ("amqp://guest:guest@127.0.0.1:{tls}/%2F", ["127.0.0.1:{tls}", "amqps://"]),
        ("amqp://guest:guest@127.0.0.1:{free}/%2F", ["127.0.0.1:{free}", "refused"]),
    ],
    ids=["password", "vhost", "plain on a TLS port", "nobody there"],
)
def test_reason_is_in_words(
    secure: Secure, exporter: MakeExporter, url: str, words: list[str]
) -> None:
    """Log, /-/ready and the page have the reason, host and port, and the config's file."""
    ports = {"port": secure.broker.port, "tls": secure.port, "free": free_port()}
    one = exporter(url.format(**ports), "q")
    one.start_unready()
    said(one, *(word.format(**ports) for word in words))


@pytest.mark.parametrize(
    ("host", "files", "words"),
    [
        ("127.0.0.1", {"certificate": "expired"}, ["expired.pem expired on"]),
        ("127.0.0.1", {"certificate": "unknown"}, ["unknown ca", "unknown.pem"]),
        ("127.0.0.1", {"ca": "stranger"}, ["a CA that is not trusted", "stranger.pem"]),
        ("localhost", {}, ["is not for the host localhost", "ca.pem"]),
    ],
    ids=["our certificate expired", "our CA is not known", "their CA is not ours", "wrong host"],
)
def test_certificate_that_is_not_accepted(
    secure: Secure, exporter: MakeExporter, host: str, files: dict[str, str], words: list[str]
) -> None:
    """A certificate that one side does not accept is reported with what is wrong with it."""
    one = exporter(secure.url(host), "q", bus_extra=secure.config(**files))
    one.start_unready()
    said(one, *words)


def test_tls_on_a_plain_port(secure: Secure, exporter: MakeExporter) -> None:
    """TLS on a port that does not speak it says so."""
    url = secure.url(port=secure.broker.port)
    one = exporter(url, "q", bus_extra=secure.config())
    one.start_unready()
    said(one, "wrong version number", "amqp://")


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"key": "server"}, ["server.key does not match the certificate in", "client.pem"]),
        ({"certificate": "encrypted"}, ["encrypted.key is encrypted", "openssl pkey"]),
        ({"certificate": "missing"}, ["missing.key cannot be read: No such file"]),
        ({"ca": "missing"}, ["missing.pem cannot be read: No such file"]),
    ],
    ids=["key of another", "encrypted key", "no key", "no CA"],
)
def test_file_that_cannot_be_used_ends_the_start(
    secure: Secure, exporter: MakeExporter, extra: dict[str, str], words: list[str]
) -> None:
    """A file for TLS that cannot be used is an error in the config, with its name and status 2."""
    ends(exporter(secure.url(), "q", bus_extra=secure.config(**extra)), *words)


def ends(one: Exporter, *words: str) -> None:
    """Check that it does not start, and says why in one line."""
    one.folder.mkdir()
    one._write_config()
    one.process.start()
    wait_until(lambda: one.process.exit_code is not None, 30, "the end of the exporter")
    log = one.process.log.read_text()
    assert one.process.exit_code == 2, log
    assert all(word in log for word in (*words, "bus.toml")), log
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("prefetch_count = 100", "", "prefetch_count is missing"),
        ('[[bindings]]\nqueue = "q"', '[[bindings]]\nqueue = "p"', "'p' is not a queue"),
        ('amqp_url = "', 'amqp_url = "http', "amqp_url is not a valid URL"),
        ('amqp_url = "', "amqp_url = ", "bus.toml: Configuration error: Failed to parse"),
    ],
    ids=["no prefetch count", "binding of no queue", "URL", "not TOML"],
)
def test_mistake_in_the_config_ends_the_start(
    exporter: MakeExporter, old: str, new: str, word: str
) -> None:
    """Settings of fedora-messaging that cannot work are reported at once, with their file."""
    one = exporter("amqp://127.0.0.1:1", "q")
    one.change_bus(old, new)
    ends(one, word)


def test_config_that_is_not_there_ends_the_start(exporter: MakeExporter, tmp_path: Path) -> None:
    """A file that FEDORA_MESSAGING_CONF names must exist."""
    one = exporter("amqp://127.0.0.1:1", "q")
    one.process.environment = {"FEDORA_MESSAGING_CONF": str(tmp_path / "no-bus.toml")}
    ends(one, "no-bus.toml, named in FEDORA_MESSAGING_CONF")


def test_certificate_that_is_replaced_is_used(
    secure: Secure, exporter: MakeExporter, tmp_path: Path
) -> None:
    """A renewed certificate is used at the next attempt; its expiry is a metric."""
    pair = {ending: tmp_path / f"mine{ending}" for ending in (".pem", ".key")}
    extra = f'[tls]\nca_cert = "{secure.authority.file}"\n'
    extra += f'certfile = "{pair[".pem"]}"\nkeyfile = "{pair[".key"]}"\n'

    def install(name: str) -> None:
        for ending, path in pair.items():
            path.write_bytes((secure.folder / f"{name}{ending}").read_bytes())

    install("expired")
    one = exporter(secure.url(), "q", bus_extra=extra)
    one.start_unready()
    said(one, "mine.pem expired on")
    expiry = "fedmsg_exporter_client_certificate_expiry_timestamp_seconds"
    assert 0 < one.value(expiry) < time.time()
    install("client")
    assert one.wait_ready() == "Ready.\n"
    assert one.value(expiry) > time.time()


def test_delivery_that_cuts_the_connection_is_discarded(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter
) -> None:
    """A delivery that keeps breaking the connection is retried, then discarded and counted."""
    with SpoilingProxy(rabbitmq.port, b"poison") as proxy:
        url = rabbitmq.amqp_url.replace(str(rabbitmq.port), str(proxy.port))
        one = exporter(url, queue)
        one.start()
        good = [comment() for _ in range(50)]
        rabbitmq.publish([*good[:25], comment(message_id="poison"), *good[25:]])
        one.wait_value(50, MESSAGES)
        assert one.value(REJECTED, reason="frame") == 1
        wait_until(lambda: rabbitmq.total(queue) == 0, 30, "an empty queue")
        assert 3 < proxy.spoiled < 9
        assert "Unknown frame type" in one.process.log.read_text()
        rabbitmq.publish([comment() for _ in range(300)])
        one.wait_value(350, MESSAGES)


@pytest.mark.parametrize("signals", [1, 2])
def test_it_ends_although_the_broker_hangs(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter, signals: int
) -> None:
    """SIGTERM ends it within ten seconds, a second one at once; nothing is lost."""
    own_rabbitmq.declare_queue("q")
    one = exporter(own_rabbitmq.amqp_url, "q")
    one.start()
    own_rabbitmq.publish([comment() for _ in range(20)])
    one.wait_value(20, MESSAGES)
    own_rabbitmq.process.signal(signal.SIGSTOP)
    began = time.monotonic()
    try:
        for _ in range(signals):
            one.process.signal(signal.SIGTERM)
            time.sleep(0.3)
        wait_until(lambda: not one.process.running, 15, "its end")
    finally:
        own_rabbitmq.process.signal(signal.SIGCONT)
    assert time.monotonic() - began < (10 if signals == 1 else 2)
    assert one.process.exit_code == 0
    assert "Traceback" not in one.process.log.read_text()
    own_rabbitmq.publish([comment() for _ in range(5)])
    one.start()
    one.wait_value(25, MESSAGES)
