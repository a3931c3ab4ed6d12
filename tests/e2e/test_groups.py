"""Groups that are kept up to date while the exporter runs: a file, a FASJSON over HTTP, the bus."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fedmsg_exporter.config import Fasjson
from fedmsg_exporter.groups.fasjson import PATIENCE, FasjsonReader, Snapshot
from fedmsg_exporter.groups.membership import Selection
from harness import Exporter, Outgoing, Process, RabbitMQ, free_port, wait_until
from harness.fasjson import FASJSON, UNREADABLE

from .messages import HEADERS, comment

MakeExporter = Callable[..., Exporter]
MEMBERS = "fedmsg_group_members"
FAILURES = "fedmsg_exporter_groups_refresh_failures_total"
AGE = "fedmsg_exporter_groups_age_seconds"
PREFIX = "org.fedoraproject.prod."
NOWHERE = "amqp://127.0.0.1:1"


@pytest.fixture
def fasjson() -> Iterator[FASJSON]:
    with FASJSON({"packager": ["alice"], "go-sig": ["alice", "Bob"], "ipausers": ["x"]}) as server:
        yield server


def client(fasjson: FASJSON, timeout: float = 5) -> FasjsonReader:
    return FasjsonReader(Fasjson(fasjson.url, "none", 3600, timeout))


def read(
    fasjson: FASJSON, *track: str, timeout: float = 5, stop: threading.Event | None = None
) -> Snapshot:
    """What the client reads from a server."""
    return client(fasjson, timeout).read(Selection(track or ["*"]), stop or threading.Event())


def settings(fasjson: FASJSON, **more: Any) -> dict[str, Any]:
    """A config that queries this server once a second."""
    asking = {"url": fasjson.url, "auth": "none", "refresh": "1s", "timeout": "2s"}
    return {"groups": {"fasjson": asking | more}}


def noggin(topic: str, user: str, group: str = "packager") -> Outgoing:
    """A message about a membership, as Noggin sends it."""
    body = {"msg": {"agent": "boss", "user": user, "group": group}}
    return Outgoing(PREFIX + topic, body, HEADERS, str(uuid.uuid4()))


def ipa(command: str, user: str, result: str = "SUCCESS") -> Outgoing:
    """A message about a membership, as IPA's journal sends it."""
    body = {
        "IPA_API_ACTOR": "boss@FEDORAPROJECT.ORG",
        "IPA_API_COMMAND": command,
        "IPA_API_PARAMS": json.dumps({"cn": "packager", "user": [user]}),
        "IPA_API_RESULT": result,
    }
    return Outgoing(f"{PREFIX}ipa.{command}.v1", body, HEADERS, str(uuid.uuid4()))


def test_patterns_request_the_list_and_each_group_once(fasjson: FASJSON) -> None:
    """One request per group and one for the list, none of them paged; names as in FAS."""
    snapshot = read(fasjson, "*-sig", "packager")
    assert snapshot.members == {
        "packager": frozenset({"alice"}),
        "go-sig": frozenset({"alice", "bob"}),
    }
    assert (snapshot.wanted, snapshot.failures) == (frozenset(snapshot.members), {})
    assert fasjson.requests == [
        "/v1/groups/",
        "/v1/groups/go-sig/members/",
        "/v1/groups/packager/members/",
    ]


def test_names_need_no_list(fasjson: FASJSON) -> None:
    """Groups named in full are requested directly; an odd name is escaped in the URL."""
    snapshot = read(fasjson, "packager", "no/such group")
    assert fasjson.requests == [
        "/v1/groups/no%2Fsuch%20group/members/",
        "/v1/groups/packager/members/",
    ]
    assert snapshot.failures == {
        "no/such group": "unexpected status 404; check the name of the group"
    }
    assert snapshot.members == {"packager": frozenset({"alice"})}


REASONS = {
    "401": "unexpected status 401; check the Kerberos ticket or keytab",
    "500": "unexpected status 500",
    "302": "unexpected status 302",
    "html": "the response is not JSON",
    "silence": "no complete response within 1 s",
    "drip": "no complete response within 1 s",
    "half": "the response is not JSON, or incomplete",
    "cut": "the response broke off",
    "paged": "the response is only one of several pages, but all were requested",
    "shape": "unexpected response format",
    "empty": "the list of groups is empty",
}


@pytest.mark.parametrize("problem", UNREADABLE)
def test_every_failure_has_its_reason(fasjson: FASJSON, problem: str) -> None:
    """Whatever it answers instead of groups, the same error is reported in the same words."""
    fasjson.problem = problem
    snapshot = read(fasjson, timeout=1)
    assert snapshot == (None, {}, {"": REASONS[problem]})


def test_nobody_there() -> None:
    """If nothing listens, the reason is the system's own."""
    config = Fasjson(f"http://127.0.0.1:{free_port()}", "none", 3600, 1)
    snapshot = FasjsonReader(config).read(Selection(), threading.Event())
    assert snapshot.failures == {"": "cannot be reached: Connection refused"}


def test_failing_group_does_not_hold_up_others(fasjson: FASJSON) -> None:
    """A failing group is reported, and the others are read."""
    fasjson.problems["go-sig"] = "500"
    snapshot = read(fasjson)
    assert snapshot.members == {"packager": frozenset({"alice"})}
    assert snapshot.failures == {"go-sig": "unexpected status 500"}


def test_server_that_fails_throughout_is_left_alone(fasjson: FASJSON) -> None:
    """After several consecutive failures the remaining groups are not requested."""
    fasjson.groups = {f"sig{number}": [] for number in range(9)}
    fasjson.problems = dict.fromkeys(fasjson.groups, "500")
    snapshot = read(fasjson)
    assert fasjson.asked() == 1 + PATIENCE
    assert len(snapshot.failures) == 9
    assert next(iter(snapshot.failures.values())) == "unexpected status 500"


def test_stop_takes_effect_between_groups(fasjson: FASJSON) -> None:
    """A client that is stopped requests no further group."""
    stop = threading.Event()
    stop.set()
    read(fasjson, "packager", "go-sig", stop=stop)
    assert fasjson.requests == []


def test_kerberos_goes_with_every_request(
    fasjson: FASJSON, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `auth: kerberos`, requests-gssapi negotiates without waiting for a challenge."""

    def negotiator(*, opportunistic_auth: bool) -> Callable[[Any], Any]:
        def negotiate(request: Any) -> Any:
            request.headers["Authorization"] = f"Negotiate {opportunistic_auth}"
            return request

        return negotiate

    library = SimpleNamespace(HTTPSPNEGOAuth=negotiator)
    monkeypatch.setitem(sys.modules, "requests_gssapi", library)
    config = Fasjson(fasjson.url, "kerberos", 3600, 5)
    snapshot = FasjsonReader(config).read(Selection(["packager", "*-sig"]), threading.Event())
    assert snapshot.failures == {}
    assert fasjson.authorizations == ["Negotiate True"] * 3


def test_missing_extra_is_reported(tmp_path: Path) -> None:
    """Without requests-gssapi, a FASJSON with Kerberos ends the start, with advice."""
    (tmp_path / "requests_gssapi.py").write_text("raise ImportError('it is not here')")
    (tmp_path / "c.yml").write_text("groups: {fasjson: {url: 'https://fasjson.invalid'}}")
    for command in (["run", "--source", "simulation", "--listen", "127.0.0.1:0"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "fedmsg_exporter", *command, "--config", tmp_path / "c.yml"],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 2
        assert "groups.fasjson: needs the extra `fasjson`: pip install" in done.stderr


def test_file_is_read_again(exporter: MakeExporter) -> None:
    """A new file takes effect; a half-written one is reported, counted and survived."""
    one = exporter(NOWHERE, "q", config={"groups": {"file": "groups.yml"}})
    one.folder.mkdir()
    file = one.folder / "groups.yml"
    file.write_text("packager: [alice]")
    one.start_unready()
    assert one.value(MEMBERS, group="packager") == 1
    new = one.folder / "groups.new"
    new.write_text("packager: [alice, bob]")
    new.replace(file)
    one.wait_value(2, MEMBERS, group="packager")
    file.write_text("packager: [alice, bo")
    one.wait_value(1, FAILURES)
    wait_until(lambda: one.value(AGE) > 2.5, 30, "groups that grow old")
    assert one.value(MEMBERS, group="packager") == 2
    file.write_text("packager: []")
    one.wait_value(0, MEMBERS, group="packager")
    assert one.value(AGE) < 2.5
    assert one.process.terminate() == 0


def test_fasjson_is_followed_through_failures_and_a_restart(
    exporter: MakeExporter, fasjson: FASJSON
) -> None:
    """Its changes take effect; while it fails, even after a restart, the last good copy is used."""
    one = exporter(NOWHERE, "q", config=settings(fasjson))
    one.start_unready()
    one.wait_value(1, MEMBERS, group="packager")
    fasjson.groups["packager"].append("carol")
    one.wait_value(2, MEMBERS, group="packager")
    fasjson.problem = "html"
    wait_until(lambda: one.value(FAILURES) >= 3, 30, "some failures")
    assert one.process.log.read_text().count("FASJSON at") == 1
    fasjson.problem = "silence"
    assert one.process.terminate() == 0
    one.start_unready()
    assert one.value(MEMBERS, group="packager") == 2
    assert one.value(FAILURES) >= 3
    wait_until(lambda: one.value(AGE) > 2, 30, "groups that grow old")
    fasjson.problem = ""
    wait_until(lambda: one.value(AGE) < 2, 30, "groups that are fresh")


def test_hanging_fasjson_delays_neither_scrapes_nor_the_end(
    exporter: MakeExporter, fasjson: FASJSON
) -> None:
    """While it is silent for a minute, scrapes are answered, and SIGTERM ends it at once."""
    fasjson.problem = "silence"
    one = exporter(NOWHERE, "q", config=settings(fasjson, timeout="1m"))
    one.start_unready()
    wait_until(lambda: fasjson.asked() > 0, 10, "the first question")
    started = time.monotonic()
    one.get("/metrics")
    one.process.signal(signal.SIGTERM)
    wait_until(lambda: one.process.exit_code is not None, 30, "the end")
    assert time.monotonic() - started < 10
    assert one.process.exit_code == 0


@pytest.mark.servers
def test_bus_patches_the_groups(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter, fasjson: FASJSON
) -> None:
    """Joining and leaving take effect at once; a restart without FASJSON keeps that."""
    one = exporter(rabbitmq.amqp_url, queue, config=settings(fasjson, refresh="1h"))
    one.start()
    one.wait_value(1, MEMBERS, group="packager")
    rabbitmq.publish([noggin("fas.group.member.sponsor", "ralph")])
    rabbitmq.publish([ipa("group_add_member", "ralph"), ipa("group_add_member", "eve", "NotFound")])
    rabbitmq.publish([noggin("fas.group.member.sponsor", "ralph", "unknown-group")])
    one.wait_value(2, MEMBERS, group="packager")
    wait_until(lambda: rabbitmq.total(queue) == 0, 10, "an empty queue")
    rabbitmq.publish([comment("ralph"), comment("eve")])
    one.wait_value(1, "fedmsg_group_messages_total", group="packager", category="bodhi")
    assert one.value(MEMBERS) == 4

    fasjson.problem = "500"
    one.process.terminate()
    one.start()
    wait_until(lambda: one.value(FAILURES) == 1, 10, "FASJSON down")
    assert one.value(MEMBERS, group="packager") == 2
    rabbitmq.publish([ipa("group_remove_member", "ralph")])
    rabbitmq.publish([noggin("fas.group.member.removed", "ralph")])
    one.wait_value(1, MEMBERS, group="packager")
    rabbitmq.publish([comment("ralph"), comment("alice")])
    one.wait_value(2, "fedmsg_group_messages_total", group="packager", category="bodhi")
    one.wait_value(4, "fedmsg_user_messages_total", category="bodhi")


@pytest.mark.servers
def test_fedora_messaging_consume_patches_the_groups(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter
) -> None:
    """Under `fedora-messaging consume` the bus patches the groups as well, and the end is clean."""
    one = exporter(rabbitmq.amqp_url, queue)
    one._bus += f"""
[consumer_config]
listen = "{one.address}"
[consumer_config.groups]
file = "{one.folder}/groups.yml"
"""
    one.folder.mkdir()
    one._write_config()
    (one.folder / "groups.yml").write_text("packager: [alice]")
    program = Path(sys.executable).with_name("fedora-messaging")
    arguments = ["--conf", one._bus_path, "consume", "--callback", "fedmsg_exporter:Consumer"]
    one.process = Process([program, *arguments], one.folder / "consume.log", {})
    one.process.start()
    wait_until(one._is_healthy, 30, "the consumer's /-/healthy", one.process)
    rabbitmq.publish([noggin("fas.group.member.sponsor", "ralph")])
    one.wait_value(2, MEMBERS, group="packager")
    assert one.process.terminate() == 0
