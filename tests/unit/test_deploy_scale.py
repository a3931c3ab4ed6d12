"""The files for several exporters agree with each other, and with those for one."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from fedmsg_exporter import config, document
from fedmsg_exporter.sources.rabbitmq import queues
from tests.deployed import DEPLOY, load_bus_config

SCALE = DEPLOY / "scale"
NAMES = [f"fedmsg-exporter-{number:02}" for number in range(1, 5)]


@pytest.fixture(params=["classic", "quorum"])
def definitions(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((SCALE / f"definitions-{request.param}.json").read_text())
    return found


def test_one_queue_an_exporter(definitions: Mapping[str, Any]) -> None:
    """Each queue lasts, and is bound once, by weight, to an exchange that gets all topics."""
    (exchange,) = definitions["exchanges"]
    assert (exchange["type"], exchange["durable"]) == ("x-consistent-hash", True)
    assert exchange["arguments"] == {"hash-property": "message_id"}
    assert [one["name"] for one in definitions["queues"]] == NAMES == sorted(NAMES)
    assert all(
        queues.keeps({"q": {**one, "exclusive": False}}, passive=False) == float("inf")
        for one in definitions["queues"]
    )
    *shares, source = definitions["bindings"]
    assert {(one["source"], one["routing_key"]) for one in shares} == {(exchange["name"], "1")}
    assert [one["destination"] for one in shares] == NAMES
    assert (source["source"], source["destination"]) == ("amq.topic", exchange["name"])


def test_exporters_differ_in_their_queue_only() -> None:
    """Each fedora-messaging config names one of the queues, and declares nothing."""
    files = sorted(SCALE.glob("fedora-messaging-*.toml"))
    assert len(files) == len(NAMES)
    for name, path in zip(NAMES, files, strict=True):
        loaded = load_bus_config(path)
        assert (list(loaded["queues"]), loaded["passive_declares"]) == ([name], True)
    texts = {re.sub(r"\b0\d\b", "NN", path.read_text()) for path in files}
    assert len(texts) == 1


def test_no_exporter_fills_gaps() -> None:
    """Nobody can tell which messages of datagrepper belong to a queue."""
    path = SCALE / "fedmsg-exporter.yml"
    assert config.build(document.read(path)).gaps.fill == "never"


def test_ports_are_those_of_the_instances() -> None:
    """Prometheus looks where the units listen, and each has its own ledger."""
    unit = (SCALE / "instance.conf").read_text()
    (listen,) = re.findall(r"--listen (\S+)", unit)
    (targets,) = yaml.safe_load((SCALE / "targets" / "exporter.yml").read_text())
    assert targets["targets"] == [listen.replace("%i", name[-2:]) for name in NAMES]
    (state,) = re.findall(r"--state (\S+)", unit)
    folder = Path(state.replace("%S/", "")).parent.name
    assert f"StateDirectory={folder}\n" in unit
    assert "%i" in folder


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
def test_the_template_is_a_unit(tmp_path: Path) -> None:
    """Systemd accepts the unit with what makes it a template."""
    folder = tmp_path / "fedmsg-exporter@.service.d"
    folder.mkdir()
    installed = {
        DEPLOY / "systemd" / "fedmsg-exporter.service": tmp_path / "fedmsg-exporter@.service",
        SCALE / "instance.conf": folder / "instance.conf",
    }
    for source, target in installed.items():
        # The program is not installed here.
        target.write_text(re.sub(r"/opt/\S+/fedmsg-exporter ", "/bin/true ", source.read_text()))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "fedmsg-exporter@01.service"],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
