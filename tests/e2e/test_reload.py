"""Reloads of a running exporter: by signal and by HTTP, while messages flow."""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt
import pytest
import yaml

from harness import Exporter, RabbitMQ, wait_until

from .messages import comment

MakeExporter = Callable[..., Exporter]
MESSAGES = "fedmsg_messages_total"
HATS = "fedmsg_comments_total"
SUCCESSFUL = "fedmsg_exporter_config_last_reload_successful"
AT = "fedmsg_exporter_config_last_reload_success_timestamp_seconds"
MAPPING = {
    "metrics": {HATS: {"help": "Comments.", "topics": "bodhi.#", "labels": {"who": "agent"}}}
}
LIFECYCLE = ["--source", "simulation", "--web.enable-lifecycle"]


def write(one: Exporter, name: str, content: object) -> None:
    """Write a file of the exporter's folder in one step, as an editor or Ansible does."""
    one.folder.mkdir(exist_ok=True)
    new = one.folder / "new"
    new.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    new.replace(one.folder / name)


def hang_up(one: Exporter) -> None:
    """Reload by SIGHUP, and wait for it."""
    before = one.process.log.read_text().count("reloaded")
    one.process.signal(signal.SIGHUP)
    wait_until(
        lambda: one.process.log.read_text().count("reloaded") > before,
        10,
        "the reload",
        one.process,
    )


@pytest.mark.servers
@pytest.mark.editions
def test_reloads_while_messages_flow(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter
) -> None:
    """However often it reloads in the middle of a stream, each message counts exactly once."""
    one = exporter(rabbitmq.amqp_url, queue, config={"mapping": "mapping.yml"}, prefetch=50)
    write(one, "mapping.yml", MAPPING)
    one.start()
    backlog = [comment(f"user{number % 7}") for number in range(20_000)]
    publishing = threading.Thread(target=rabbitmq.publish, args=(backlog,))
    publishing.start()
    reloads = 0
    while publishing.is_alive() or rabbitmq.total(queue):
        write(one, "mapping.yml", {} if reloads % 2 else MAPPING)
        hang_up(one)
        reloads += 1
    publishing.join()
    assert reloads > 3
    one.wait_value(len(backlog), MESSAGES)
    assert one.value("fedmsg_user_messages_total", user="user3") == len(backlog) // 7
    assert one.value("fedmsg_exporter_messages_duplicate_total") == 0
    assert one.value("fedmsg_exporter_attribution_errors_total") == 0
    write(one, "mapping.yml", MAPPING)
    hang_up(one)
    some = one.value(HATS)
    assert 0 < some <= len(backlog)
    rabbitmq.publish([comment("user3")] * 3)
    one.wait_value(some + 1, HATS)
    one.restart()
    assert one.value(HATS) == some + 1


@pytest.mark.servers
def test_a_bad_config_changes_nothing(
    rabbitmq: RabbitMQ, queue: str, exporter: MakeExporter
) -> None:
    """The log has file and line, a gauge is 0, and counting goes on; a good config is taken."""
    one = exporter(rabbitmq.amqp_url, queue)
    one.start()
    started = one.value(AT)
    rabbitmq.publish([comment()])
    one.wait_value(1, MESSAGES)
    write(one, "exporter.yml", "environments: [stg]\nlimits:\n  users: none\n")
    one.process.signal(signal.SIGHUP)
    one.wait_value(0, SUCCESSFUL)
    place = f"not reloaded: {one.folder / 'exporter.yml'}:3: limits.users: "
    assert place in one.process.log.read_text()
    assert one.value(AT) == started
    rabbitmq.publish([comment()])
    one.wait_value(2, MESSAGES)
    write(one, "exporter.yml", {**one.config, "environments": ["stg"]})
    hang_up(one)
    assert one.value(SUCCESSFUL) == 1
    assert one.value(AT) > started
    rabbitmq.publish([comment()])
    one.wait_value(1, "fedmsg_exporter_messages_rejected_total", reason="environment")
    assert one.value(MESSAGES) == 2


def test_reload_over_http(exporter: MakeExporter) -> None:
    """POST and PUT reload where that is enabled; the response says what came of it."""
    one = exporter(arguments=LIFECYCLE)
    one.start()
    assert (one.post("/-/reload").status_code, one.post("/-/reload").text) == (200, "Reloaded.\n")
    assert one._request("PUT", "/-/reload").status_code == 200
    for method in ("GET", "HEAD", "DELETE"):
        refused = one._request(method, "/-/reload")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "POST, PUT")
    write(one, "exporter.yml", {**one.config, "users": {"expose": "none"}, "state": "other"})
    assert one.post("/-/reload").text == (
        "Reloaded.\n"
        "state has changed, which takes effect when the exporter is restarted\n"
        "users.expose has changed, which takes effect when the exporter is restarted\n"
    )
    write(one, "exporter.yml", "lisen: x\n")
    failed = one.post("/-/reload")
    assert failed.status_code == 500
    assert f"{one.folder / 'exporter.yml'}:1: lisen: unknown key" in failed.text
    assert one.value(SUCCESSFUL) == 0
    assert one.get("/-/healthy").ok


def test_reload_over_http_is_off_by_default(exporter: MakeExporter) -> None:
    """Without the setting POST is forbidden; SIGHUP works all the same."""
    one = exporter(arguments=["--source", "simulation"])
    one.start()
    refused = one.post("/-/reload")
    assert refused.status_code == 403
    assert "Lifecycle API is not enabled" in refused.text
    assert one.get("/-/reload").status_code == 405
    before = one.value(AT)
    hang_up(one)
    assert one.value(AT) > before


def test_reload_needs_a_user(exporter: MakeExporter, tmp_path: Path) -> None:
    """It is behind the web config as all pages are, also where probes are open."""
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    (tmp_path / "web.yml").write_text(yaml.safe_dump({"basic_auth_users": {"alice": hashed}}))
    web = {"config_file": str(tmp_path / "web.yml"), "probes": "open", "enable_lifecycle": True}
    one = exporter(config={"web": web}, arguments=["--source", "simulation"])
    one.start()
    assert one.post("/-/reload").status_code == 401
    assert one.get("/-/reload").status_code == 401
    one.auth = ("alice", "wrong")
    assert one.post("/-/reload").status_code == 401
    one.auth = ("alice", "secret")
    assert one.post("/-/reload").status_code == 200
    assert one.process.log.read_text().count("reloading") == 1


def test_many_reloads_at_once(exporter: MakeExporter) -> None:
    """All who ask at the same time are answered, and the last state of the files is in use."""
    one = exporter(arguments=LIFECYCLE, config={"mapping": "mapping.yml"})
    write(one, "mapping.yml", {})
    one.start()
    with ThreadPoolExecutor(16) as pool:
        answers = [pool.submit(one.post, "/-/reload") for _ in range(16)]
        write(one, "mapping.yml", MAPPING)
        answers += [pool.submit(one.post, "/-/reload") for _ in range(16)]
        assert {answer.result().status_code for answer in answers} == {200}
    assert f"# TYPE {HATS} counter" in one.get("/metrics").text
    assert one.process.log.read_text().count("the config was reloaded") < 32
