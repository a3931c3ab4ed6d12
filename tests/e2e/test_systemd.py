"""What systemd sees of the exporter: a real datagram socket in its place."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import Exporter, RabbitMQ, wait_until

MakeExporter = Callable[..., Exporter]
SIMULATION = ["--source", "simulation"]


class Listening:
    """A socket that collects what is sent to it."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self.heard: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while text := self._socket.recv(4096):
            self.heard.append(text.decode())

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def wait_for(self, text: str, number: int = 1) -> None:
        """Wait until a text was heard some times."""
        wait_until(
            lambda: sum(text in one for one in self.heard) >= number,
            30,
            f"{text} {number} times; heard {self.heard}",
        )


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Listening]:
    one = Listening(str(tmp_path / "notify"))
    yield one
    one.close()


def watched(one: Exporter, address: str, **environment: str) -> Exporter:
    """An exporter that systemd started."""
    inherited = one.process.environment or {}
    one.process.environment = {**inherited, "NOTIFY_SOCKET": address, **environment}
    return one


def test_states_of_the_service(exporter: MakeExporter, manager: Listening, tmp_path: Path) -> None:
    """It is ready once it serves, reloads, shows life twice in the watchdog's time, and stops."""
    one = exporter(arguments=SIMULATION)
    watched(one, str(tmp_path / "notify"), WATCHDOG_USEC="400000")
    one.start()
    manager.wait_for("READY=1")
    assert manager.heard[0] == "READY=1"
    manager.wait_for("STATUS=consuming")
    manager.wait_for("WATCHDOG=1", 5)
    one.process.signal(signal.SIGHUP)
    manager.wait_for("READY=1", 2)
    (reloading,) = [text for text in manager.heard if "RELOADING=1" in text]
    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert manager.heard.index(reloading) < len(manager.heard) - 1
    assert one.process.terminate() == 0
    manager.wait_for("STOPPING=1")


def test_a_process_that_hangs_shows_no_life(
    exporter: MakeExporter, manager: Listening, tmp_path: Path
) -> None:
    """The watchdog ends it by SIGABRT, and the log says where it was."""
    one = watched(exporter(arguments=SIMULATION), str(tmp_path / "notify"), WATCHDOG_USEC="400000")
    one.start()
    manager.wait_for("WATCHDOG=1")
    one.process.signal(signal.SIGABRT)
    wait_until(lambda: not one.process.running, 10, "its end")
    assert one.process.exit_code == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in one.process.log.read_text()


@pytest.mark.servers
def test_status_says_why_it_does_not_consume(
    own_rabbitmq: RabbitMQ, exporter: MakeExporter, manager: Listening, tmp_path: Path
) -> None:
    """`systemctl status` shows the sentence of /-/ready; a broker that is away is no failure."""
    own_rabbitmq.declare_queue("q")
    own_rabbitmq.stop()
    one = watched(exporter(own_rabbitmq.amqp_url, "q"), str(tmp_path / "notify"))
    one.start_unready()
    manager.wait_for("READY=1")
    manager.wait_for("STATUS=not consuming: cannot reach the broker: 127.0.0.1:")
    own_rabbitmq.start()
    manager.wait_for("STATUS=consuming")
    assert not any("WATCHDOG" in text for text in manager.heard)


def test_an_abstract_socket(exporter: MakeExporter) -> None:
    """A socket without a file, as systemd's user instances use, works as well."""
    name = f"fedmsg-exporter-{os.getpid()}"
    manager = Listening(f"\0{name}")
    try:
        watched(exporter(arguments=SIMULATION), f"@{name}").start()
        manager.wait_for("READY=1")
    finally:
        manager.close()


def test_a_manager_that_is_gone(exporter: MakeExporter, tmp_path: Path) -> None:
    """Without anyone at the socket the exporter runs on, and says so in the log."""
    one = watched(exporter(arguments=SIMULATION), str(tmp_path / "nobody"))
    one.start()
    wait_until(lambda: "cannot report to systemd: " in one.process.log.read_text(), 10, "the line")
    assert one.get("/-/healthy").ok


def test_another_process_is_watched(
    exporter: MakeExporter, manager: Listening, tmp_path: Path
) -> None:
    """WATCHDOG_PID names who is watched: the exporter does not answer for its parent."""
    one = exporter(arguments=SIMULATION)
    watched(one, str(tmp_path / "notify"), WATCHDOG_USEC="200000", WATCHDOG_PID="1")
    one.start()
    manager.wait_for("STATUS=consuming")
    assert one.process.terminate() == 0
    assert not any("WATCHDOG" in text for text in manager.heard)


def test_lines_of_the_log(exporter: MakeExporter, tmp_path: Path) -> None:
    """Standard error that is the journal gets priorities, in the form asked for."""
    one = exporter(arguments=SIMULATION)
    one.folder.mkdir()
    log = one.process.log
    log.touch()
    found = log.stat()
    one.process.environment = {
        **(one.process.environment or {}),
        "JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}",
    }
    at = one.process.command.index("run")
    one.process.command[at:at] = ["--log.format", "json"]
    one.start()
    assert log.read_text().startswith('<6>{"time": "')
