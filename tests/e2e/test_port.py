"""The exporter's port and badly behaved clients, all over real sockets."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from harness import Exporter, has_ipv6, wait_until

from . import hostile_requests

MakeExporter = Callable[..., Exporter]

CLOSED = "fedmsg_exporter_http_closed_total"
SERIES = 20_000


@pytest.fixture
def one(exporter: MakeExporter) -> Exporter:
    """An exporter with little to show."""
    started = exporter(arguments=["--source", "simulation"])
    started.start()
    return started


def ask(exporter: Exporter, request: bytes) -> bytes:
    """Send bytes and read until the exporter closes the connection."""
    with connected(exporter) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def connected(exporter: Exporter, *, window: int | None = None) -> Iterator[socket.socket]:
    with socket.socket() as connection:
        if window:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", exporter.port))
        yield connection


def get(target: str, *headers: str) -> bytes:
    """A request that wants the connection closed."""
    lines = [f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def resident(exporter: Exporter) -> float:
    """Resident memory in MiB."""
    status = Path(f"/proc/{exporter.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@pytest.mark.parametrize(
    ("target", "start"),
    [
        ("/metrics", b"# HELP"),
        ("//metrics", b"# HELP"),
        ("http://example.org/metrics", b"# HELP"),
        ("http://[::1]:80//-/ready", b"Ready."),
        ("/-/healthy?x=%ff", b"Healthy."),
    ],
)
def test_spellings_of_a_target(one: Exporter, target: str, start: bytes) -> None:
    """A page is found by its path, with slashes doubled or the host before it."""
    head, _, body = ask(one, get(target)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert body.startswith(start)


@pytest.mark.parametrize(
    ("request_line", "status", "header"),
    [
        ("GET /metrics/x", 404, ""),
        ("GET /nothing", 404, ""),
        ("GET /.././metrics", 404, ""),
        ("OPTIONS *", 404, ""),
        ("POST /metrics", 405, "Allow: GET, HEAD"),
        ("PUT /", 405, "Allow: GET, HEAD"),
        ("get /metrics", 405, "Allow: GET, HEAD"),
    ],
)
def test_unknown_pages(one: Exporter, request_line: str, status: int, header: str) -> None:
    """Other paths are not found, and other methods not allowed."""
    request = f"{request_line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = ask(one, request.encode())
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert header.encode() in answer


def test_accept_in_several_lines_and_bytes(one: Exporter) -> None:
    """Several lines of a header are joined, and bytes beyond ASCII do no harm."""
    for headers, kind in [
        (
            ("Accept: text/plain;q=0.2", 'Accept: application/openmetrics-text;version="1.0.0"'),
            b"a",
        ),
        (("Accept: text/plain;q=0.2, \xff\xe9/\xff",), b"t"),
        (("Accept-Encoding: \xe9", "Accept-Encoding: gzip;q=0"), b"t"),
    ]:
        head, _, _ = ask(one, get("/metrics", *headers)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nContent-Type: " + kind in head


def test_scrape_of_some_names(one: Exporter) -> None:
    """`name[]` picks metrics by their names or those of their samples, in both formats."""
    names = [
        "fedmsg_messages_total",
        "fedmsg_exporter_connected",
        "fedmsg_exporter_message_age_seconds_bucket",
        "nothing",
    ]
    for accept in ("text/plain", "application/openmetrics-text"):
        text = one.get("/metrics", {"Accept": accept}, **{"name[]": names}).text
        kinds = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
        assert [kind.removesuffix("_total") for kind in kinds] == [
            "fedmsg_messages",
            "fedmsg_exporter_connected",
            "fedmsg_exporter_message_age_seconds",
        ]
        assert text.endswith("# EOF\n") is accept.startswith("application")


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 4097\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n" + b"x" * 5000,
    ],
)
def test_a_large_body_is_refused(one: Exporter, head: bytes) -> None:
    """A body is refused beyond 4 KiB, whatever it claims, and the connection ends."""
    answer = ask(one, head)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in answer
    assert one.value(CLOSED, reason="body") == 1


def test_a_body_costs_neither_memory_nor_disk(one: Exporter) -> None:
    """A client that keeps sending is cut off soon; nothing it sends is kept anywhere."""
    before = resident(one)
    folder = Path(f"/proc/{one.process.pid}/fd")
    with connected(one) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        started = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - started < 20:
                connection.sendall(b"\0" * 65536)
                assert not any("deleted" in _target(fd) for fd in folder.iterdir())
    assert time.monotonic() - started < 15
    assert resident(one) - before < 20


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""


def test_small_bodies_are_ignored(one: Exporter) -> None:
    """A small, useless body does no harm."""
    request = b"GET /-/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"
    assert ask(one, request + b"abcd").endswith(b"Ready.\n")


@pytest.fixture
def large(exporter: MakeExporter) -> Exporter:
    """An exporter with some 60,000 series, and nothing more to read."""
    started = exporter(
        config={"limits": {"users": 2 * SERIES}}, arguments=["--source", "recording.jsonl"]
    )
    started.folder.mkdir()
    path = started.folder / "recording.jsonl"
    with path.open("w") as lines:
        for number in range(SERIES):
            json.dump(_comment(number), lines)
            lines.write("\n")
    started.process.command[started.process.command.index("recording.jsonl")] = str(path)
    started.start_unready()
    started.wait_value(SERIES, "fedmsg_messages_total", timeout=120)
    return started


def _comment(number: int) -> dict[str, object]:
    return {
        "id": f"id-{number}",
        "topic": "org.fedoraproject.prod.bodhi.update.comment",
        "headers": {"sent-at": "2026-03-01T12:00:00+00:00"},
        "body": {"agent": f"user{number}", "comment": {"user": {"name": f"user{number}"}}},
    }


def test_clients_that_do_not_read(large: Exporter) -> None:
    """60 clients that do not read cost bounded memory, delay nobody, and are cut off."""
    body = len(large.get("/metrics").content)
    before = resident(large)
    with ExitStack() as stack:
        for _ in range(60):
            stalled = stack.enter_context(connected(large, window=4096))
            stalled.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        slowest = 0.0
        deadline = time.monotonic() + 60
        while large_closed(large) < 60 and time.monotonic() < deadline:
            started = time.monotonic()
            assert len(large.get("/metrics").content) > body * 0.9
            slowest = max(slowest, time.monotonic() - started)
        assert large_closed(large) == 60
    assert resident(large) - before < 8 * body / 2**20 + 30
    # The machine may be busy: a scrape takes half a second here at worst.
    assert slowest < 3


def test_a_client_that_sends_and_does_not_read(exporter: MakeExporter) -> None:
    """Sending more requests, or bytes of one, does not count as reading."""
    one = exporter(arguments=["--source", "simulation", "--speed", "20000"])
    one.start()
    wait_until(lambda: len(one.get("/metrics").content) > 150_000, 60, "enough to show")
    with connected(one, window=4096) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 40)
        started = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - started < 60:
                connection.sendall(b"G")
                time.sleep(0.2)
    assert time.monotonic() - started < 40
    assert one.value(CLOSED, reason="slow_reader") == 1


def large_closed(exporter: Exporter) -> float:
    """How many slow readers were cut off, by a scrape of that alone."""
    text = exporter.get(f"/metrics?name[]={CLOSED}").text
    return float(text.partition('reason="slow_reader"} ')[2].split()[0])


def test_a_slow_client_gets_all_of_it(large: Exporter) -> None:
    """A client that reads slowly, but reads, gets the same bytes as another."""
    name = "fedmsg_user_messages_total"
    with connected(large, window=65536) as connection:
        connection.sendall(get(f"/metrics?name[]={name}"))
        received = bytearray()
        while data := connection.recv(20_000):
            received += data
            time.sleep(0.001)
    assert bytes(received).partition(b"\r\n\r\n")[2] == large.get(f"/metrics?name[]={name}").content


def test_hostile_requests(one: Exporter) -> None:
    """Whatever comes in, the response is never 500, and nothing is logged."""
    for request in hostile_requests.requests(500, seed=1):
        with connected(one) as connection, suppress(OSError):
            connection.settimeout(0.05)
            connection.sendall(request)
            assert connection.recv(65536)[9:12] != b"500"
    assert one.get("/-/ready").ok
    assert "Traceback" not in one.process.tail(1000)
    assert "failed" not in one.process.tail(1000)


def test_requests_that_do_not_end(one: Exporter) -> None:
    """A request that arrives byte by byte is closed after ten seconds."""
    with connected(one) as connection:
        started = time.monotonic()
        dripping = threading.Event()

        def drip() -> None:
            try:
                connection.sendall(b"GET / HTTP/1.1\r\nX: ")
                while not dripping.wait(0.2):
                    connection.sendall(b"x")
            except OSError:
                pass

        thread = threading.Thread(target=drip)
        thread.start()
        with suppress(ConnectionResetError):
            assert connection.recv(100) == b""
        dripping.set()
        thread.join()
        assert 8 < time.monotonic() - started < 20
    assert one.value(CLOSED, reason="slow_request") == 1


def test_many_connections(one: Exporter) -> None:
    """Beyond the limit on connections the most idle are closed; a scrape is answered."""
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connected(one))
        assert one.get("/-/ready").ok
        descriptors = Path(f"/proc/{one.process.pid}/fd")
        assert len(list(descriptors.iterdir())) < 200
        assert one.value(CLOSED, reason="connections") >= 170


def test_a_connection_serves_several_requests(one: Exporter) -> None:
    """A connection is kept for the next scrape, and for several requests sent at once."""
    with connected(one) as connection:
        ask_again = b"GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n"
        connection.sendall(ask_again * 3)
        received = b""
        while received.count(b"Ready.") < 3:
            data = connection.recv(65536)
            assert data
            received += data
        connection.sendall(ask_again)
        assert connection.recv(65536).endswith(b"Ready.\n")


def test_several_addresses(exporter: MakeExporter, tmp_path: Path) -> None:
    """It listens on all addresses of a list, on a unix socket too, and logs them as URLs."""
    path = tmp_path / "web.sock"
    one = exporter(arguments=["--source", "simulation", "--listen", f"unix:{path}"])
    one.process.command += ["--listen", "[::1]:0"] if has_ipv6() else []
    one.start()
    assert one.get("/-/ready").ok
    assert path.stat().st_mode & 0o777 == 0o660
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(get("/-/ready"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    log = one.process.tail()
    assert f"listening on unix:{path}" in log
    if has_ipv6():
        assert "listening on http://[::1]:" in log
    assert one.process.terminate() == 0
    assert not path.exists()


def test_a_unix_socket_that_was_left_behind(exporter: MakeExporter, tmp_path: Path) -> None:
    """After `kill -9` the socket is taken over; one in use, or a file, is refused."""
    path = tmp_path / "web.sock"
    arguments = ["--source", "simulation", "--listen", f"unix:{path}"]
    one = exporter(arguments=arguments)
    one.start()
    second = exporter(arguments=arguments)
    second.folder.mkdir()
    second._write_config()
    second.process.start()
    wait_until(lambda: not second.process.running, 30, "the second exporter's end")
    assert second.process.exit_code == 3
    assert f"cannot listen on unix:{path}: Address already in use" in second.process.tail()
    one.kill()
    assert path.exists()
    one.start()
    assert one.get("/-/ready").ok


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("address", ["[::]:{}", ":{}"])
def test_both_versions_of_ip(exporter: MakeExporter, address: str) -> None:
    """`[::]`, and no host at all, serve IPv6 and IPv4."""
    one = exporter(arguments=["--source", "simulation"])
    at = one.process.command.index("--listen") + 1
    one.process.command[at] = address.format(one.port)
    one.start()
    for host in ("127.0.0.1", "::1"):
        with socket.create_connection((host, one.port), timeout=10) as connection:
            connection.sendall(get("/-/ready"))
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


SYSTEMD = """
import os, socket, sys
family = getattr(socket, sys.argv[1])
address = sys.argv[2] if sys.argv[1] == "AF_UNIX" else ("127.0.0.1", int(sys.argv[2]))
listening = socket.socket(family)
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.bind(address)
listening.listen()
os.dup2(listening.fileno(), 3)
os.set_inheritable(3, True)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web"}
os.execv(sys.argv[3], sys.argv[3:])
"""


def activated(one: Exporter, family: str, address: str) -> Exporter:
    """Let a process bind a socket and pass it on, as systemd does."""
    command = one.process.command
    command[command.index("--listen") + 1] = "systemd"
    one.process.command = [command[0], "-c", SYSTEMD, family, address, *command]
    return one


def test_socket_of_systemd(exporter: MakeExporter) -> None:
    """A socket that systemd passes is served."""
    one = exporter(arguments=["--source", "simulation"])
    activated(one, "AF_INET", str(one.port)).start()
    assert one.get("/-/ready").ok
    assert one.process.terminate() == 0


def test_unix_socket_of_systemd(exporter: MakeExporter, tmp_path: Path) -> None:
    """A unix socket that systemd passes keeps its mode, and is there after the end."""
    path = tmp_path / "web.sock"
    one = activated(exporter(arguments=["--source", "simulation"]), "AF_UNIX", str(path))
    one.folder.mkdir()
    one._write_config()
    one.process.start()
    wait_until(lambda: "listening on" in one.process.tail(), 30, "the exporter", one.process)
    mode = path.stat().st_mode
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(get("/-/healthy"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert one.process.terminate() == 0
    assert path.stat().st_mode == mode


def test_systemd_that_passes_nothing(exporter: MakeExporter) -> None:
    """Started without a socket unit, the exporter says so and ends with 3."""
    one = exporter(arguments=["--source", "simulation"])
    one.process.command[one.process.command.index("--listen") + 1] = "systemd"
    one.folder.mkdir()
    one._write_config()
    one.process.start()
    wait_until(lambda: not one.process.running, 30, "the exporter's end")
    assert one.process.exit_code == 3
    assert "`listen` is systemd, but systemd passed no socket" in one.process.tail()
