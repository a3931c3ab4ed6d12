"""`make demo` in a short form: fewer people, and a little more than a year."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from harness import Process, wait_until
from harness.processes import accepts
from tools import dashboards
from tools.preview import asking

pytestmark = pytest.mark.servers

SMALL = ("--people", "40", "--rate", "0.003", "--weeks", "60", "--port", "0")
#: A community so small may have no newcomers for months, and its regulars take two years.
MAY_BE_SILENT = {
    f"Fedora bus: community / {panel}"
    for panel in (
        "Newcomers who stayed / A",
        "Newcomers by month, and who stayed / A",
        "Newcomers by month, and who stayed / B",
        "Newcomers / A",
        "Regulars, by how long they have been here / A",
        "Regulars, by how long they have been here / B",
    )
}


class Demo:
    """The demo, running; its temporary files are in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        environment = {**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "tools.demo", *SMALL]
        self.process = Process(command, folder / "demo.log", environment)

    def url(self) -> str:
        """Prometheus's address, once the demo is ready."""
        wait_until(lambda: "Ctrl-C" in self.process.tail(50), 420, "the demo", self.process)
        found = re.search(r"^Prometheus +(\S+)/$", self.process.tail(50), re.MULTILINE)
        assert found
        return found[1]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo"))
    running.process.start()
    yield running
    running.process.kill()


def ask(url: str, one: asking.Asked) -> list[object]:
    """What Prometheus answers."""
    path, times = "query", {"time": one.end}
    if one.step is not None:
        path, times = "query_range", {"start": one.start, "end": one.end, "step": one.step}
    parameters: dict[str, str | float] = {"query": one.expr, **times}
    answer = requests.get(f"{url}/api/v1/{path}", parameters, timeout=30).json()
    found: list[object] = answer["data"]["result"]
    return found


def test_a_newcomer_sees_a_full_board(demo: Demo) -> None:
    """The panels of the community board have data; then Ctrl-C leaves nothing behind."""
    url = demo.url()
    board = dashboards.boards()["fedmsg-community"]
    values = asking.chosen(user="", group="")
    now = time.time()
    queries = [
        one
        for panel in asking.panels(board)
        for one in asking.asked(board, panel, values, end=now, least=3600)
    ]
    silent = {one.where for one in queries if not ask(url, one)}
    assert silent <= MAY_BE_SILENT
    demo.process.signal(signal.SIGINT)
    wait_until(lambda: not demo.process.running, 30, "the end")
    assert demo.process.exit_code == 0
    assert [one.name for one in demo.folder.iterdir()] == ["demo.log"]
    assert not accepts(int(url.rpartition(":")[2]))
