"""A person is forgotten everywhere, as docs/privacy.md describes it, on a real Prometheus."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import Exporter, Prometheus, wait_until
from tests.calling import process

pytestmark = pytest.mark.servers

MakeExporter = Callable[..., Exporter]
MakePrometheus = Callable[..., Prometheus]

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
RULE = {"record": "user:fedmsg_messages:sum", "expr": "sum by (user) (fedmsg_user_messages_total)"}


def fence(language: str) -> str:
    """The page's example in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    assert found
    return found[1]


def comment(number: int, user: str) -> str:
    """A recorded comment."""
    return json.dumps(
        {
            "topic": "org.fedoraproject.prod.planet.post.new",
            "id": f"{user}-{number}",
            "headers": {"sent-at": "2026-01-31T12:00:00+00:00"},
            "body": {"username": user},
        }
    )


def test_a_person_is_forgotten_everywhere(
    exporter: MakeExporter, prometheus: MakePrometheus, tmp_path: Path
) -> None:
    """After `forget` and the page's requests no series has the name; the others are intact."""
    recording = tmp_path / "posts.jsonl"
    recording.write_text("\n".join(comment(n, user) for n in range(5) for user in ("alice", "bob")))
    rules = tmp_path / "rules.yml"
    rules.write_text(json.dumps({"groups": [{"name": "people", "rules": [RULE]}]}))
    one = exporter(arguments=["--source", str(recording)])
    one.start_unready()
    one.wait_value(5, "fedmsg_user_messages_total", user="alice")
    server = prometheus([one.address], rules=[rules], flags=["--web.enable-admin-api"])
    server.wait_for('user:fedmsg_messages:sum{user="alice"} == 5')
    one.stop()

    done = process("forget", "--state", str(one.folder / "ledger.sqlite"), "alice")
    assert (done.returncode, done.stdout) == (0, "forgot alice: 3 series\n")
    one.start_unready()
    server.wait_for('sum(fedmsg_user_messages_total{user="__other__"}) == 5')
    requests = fence("sh").replace("http://127.0.0.1:9090", server.url)
    wait_until(lambda: gone(server, requests), 60, "no series of alice", server.process)
    assert server.query('fedmsg_user_messages_total{user="bob"}')[0].value == 5


def gone(server: Prometheus, requests: str) -> bool:
    """Make the requests, and query as on the page.

    A rule may have been evaluated just before them, from samples that were there then.
    """
    subprocess.run(["sh", "-ec", requests], check=True, capture_output=True, timeout=60)
    return server.query(fence("promql")) == []
