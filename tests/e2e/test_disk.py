"""The ledger on disks that fail, under a real exporter on a real broker."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fedmsg_exporter.ledger import Ledger
from fedmsg_exporter.statistics.calendar import last_complete_week, monday, start_of
from fedmsg_exporter.statistics.standing import TENURES
from harness import Exporter, RabbitMQ, wait_until
from tests.events import event

from .messages import comment

pytestmark = pytest.mark.servers

MakeExporter = Callable[..., Exporter]
MESSAGES = "fedmsg_messages_total"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MB, large enough for SQLite's write-ahead log."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _remount(folder: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(folder)], check=True)


def test_full_disk_holds_messages_back_until_there_is_space(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter, small_disk: Path
) -> None:
    """On a full disk nothing is acked and /-/ready says why; with space again, counts are exact."""
    one = exporter(rabbitmq.amqp_url, queue, config={"state": str(small_disk / "ledger.sqlite")})
    one.start()
    rabbitmq.publish([comment() for _ in range(10)])
    one.wait_value(10, MESSAGES)
    filler = small_disk / "filler"
    _fill(filler)

    rabbitmq.publish([comment(f"user{n}") for n in range(2000)])
    one.wait_ready(ready=False)
    assert "free some space" in one.get("/-/ready").text
    assert one.value("fedmsg_exporter_ledger_failing") == 1
    counted = one.value(MESSAGES)
    assert rabbitmq.total(queue) == 2010 - counted

    filler.unlink()
    one.wait_value(2010, MESSAGES)
    one.wait_ready()
    assert one.value("fedmsg_exporter_messages_duplicate_total") == 0
    wait_until(lambda: rabbitmq.total(queue) == 0, 10, "an empty queue")
    assert one.process.terminate() == 0
    assert _in_file(small_disk / "ledger.sqlite") == 2010


def _fill(filler: Path) -> None:
    """Write until there is no space left."""
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def _in_file(path: Path) -> float:
    ledger = Ledger(path)
    families = {family.name: family for family in ledger.counts.families()}
    series = ledger.counts.family(families[MESSAGES]).values()
    total = sum(one.value for one in series)
    ledger.close()
    return total


def test_read_only_disk_refuses_the_start(exporter: MakeExporter, small_disk: Path) -> None:
    """On a read-only disk the exporter does not start, and reports what must be writable."""
    state = small_disk / "ledger.sqlite"
    Ledger(state).close()
    _remount(small_disk, "ro")
    _assert_refused(exporter(config={"state": str(state)}), "must be writable")


def test_ledger_in_use_refuses_the_start(exporter: MakeExporter, tmp_path: Path) -> None:
    """A second exporter on the same ledger is refused, and the first goes on."""
    state = {"state": str(tmp_path / "ledger.sqlite")}
    first = exporter(config=state, arguments=["--source", "simulation", "--speed", "100"])
    first.start()
    _assert_refused(exporter(config=state), "another exporter uses this ledger")
    before = first.value(MESSAGES)
    wait_until(lambda: first.value(MESSAGES) > before, 30, "the first exporter to go on")


def test_copy_is_made_while_the_exporter_runs(exporter: MakeExporter, tmp_path: Path) -> None:
    """`backup` copies a ledger in use; the copy runs, but not next to the log of the old file."""
    state, copy = tmp_path / "ledger.sqlite", tmp_path / "copy.sqlite"
    one = exporter(
        config={"state": str(state)}, arguments=["--source", "simulation", "--speed", "3000"]
    )
    one.start()
    wait_until(lambda: one.value(MESSAGES) > 1000, 30, "some messages")
    command = [*one.process.command[: one.process.command.index("run")], "backup"]
    subprocess.run([*command, "--state", str(state), str(copy)], check=True)
    counted = _in_file(copy)
    assert counted > 1000
    wait_until(lambda: one.value(MESSAGES) > counted + 3000, 60, "more messages")
    one.kill()

    copy.replace(state)
    _assert_refused(one, "move the log away")
    state.with_name("ledger.sqlite-wal").unlink()
    one.start()
    assert one.value(MESSAGES) >= counted


def test_weekly_gauges_of_a_running_exporter(exporter: MakeExporter, tmp_path: Path) -> None:
    """The exporter computes the weekly gauges from its ledger, soon after the start."""
    state = tmp_path / "ledger.sqlite"
    this_week = start_of(monday(last_complete_week(time.time()) + 1))
    ledger = Ledger(state, synchronous="off")
    for weeks in range(110, 0, -1):
        moment = this_week - weeks * 7 * 86400 + 86400
        names = ["ann", "bob", "newcomer"] if weeks == 1 else ["ann"] * (weeks % 2) + ["bob"]
        ledger.record([event(user=name, sent_at=moment) for name in names], moment)
    now = max(this_week + 3700, time.time() - 60)
    ledger.record([event(user="later", sent_at=now)], now)
    ledger.close()
    one = exporter(config={"state": str(state)}, arguments=["--source", "simulation"])
    one.start()
    wait_until(lambda: "fedmsg_weekly_newcomers 1.0" in one.get("/metrics").text, 30, "gauges")
    gauges = ("active_people", "core_people", "absence_factor", "newcomers")
    found = {name: one.value(f"fedmsg_weekly_{name}") for name in gauges}
    assert found == {"active_people": 3, "core_people": 2, "absence_factor": 2, "newcomers": 1}
    tenures = {t: one.value("fedmsg_weekly_regular_people", tenure=t) for t in TENURES}
    assert tenures == {"new": 0, "mid": 0, "old": 2}


def test_damaged_ledger_refuses_the_start_until_reset(
    exporter: MakeExporter, tmp_path: Path
) -> None:
    """A damaged ledger is never replaced unasked; the suggested command keeps the old file."""
    state = tmp_path / "ledger.sqlite"
    state.write_bytes(b"scribbled over" * 999)
    one = exporter(config={"state": str(state)}, arguments=["--source", "simulation"])
    _assert_refused(one, f"fedmsg-exporter reset {state}")
    assert state.read_bytes() == b"scribbled over" * 999
    command = [*one.process.command[: one.process.command.index("run")], "reset", str(state)]
    subprocess.run(command, check=True)
    assert [path.read_bytes() for path in tmp_path.glob("ledger.sqlite.*Z")] == [
        b"scribbled over" * 999
    ]
    one.start()


def _assert_refused(one: Exporter, said: str) -> None:
    one.folder.mkdir(exist_ok=True)
    one._write_config()
    one.process.start()
    wait_until(lambda: one.process.exit_code is not None, 30, "the end of the exporter")
    assert (one.process.exit_code, said in one.process.tail()) == (4, True), one.process.tail()
