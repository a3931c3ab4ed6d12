import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.contract import ROOT

UNIT = ROOT / "deploy" / "systemd" / "fedmsg-exporter.service"
PORT = "10450"
LEDGER_FOLDER = "/var/lib/fedmsg-exporter"
# The forms of a Dockerfile's instructions that a shell would run.
SHELL_FORM = re.compile(r"^(RUN|CMD|ENTRYPOINT) (?!\[)")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each with its argument."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", "")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(name, argument.strip()) for name, _, argument in (one.partition(" ") for one in lines)]


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, its FROM first."""
    found: list[list[tuple[str, str]]] = []
    for instruction in instructions():
        if instruction[0] == "FROM":
            found.append([])
        if found:
            found[-1].append(instruction)
    return found


def final(name: str) -> list[str]:
    """The arguments of one instruction in the stage that becomes the image."""
    return [argument for one, argument in stages()[-1] if one == name]


def test_dockerfile_has_its_base_as_argument() -> None:
    """All stages are on one base image, an ARG before the first FROM."""
    first, argument = instructions()[0]
    assert (first, argument.partition("=")[0]) == ("ARG", "BASE")
    froms = [argument.split() for name, argument in instructions() if name == "FROM"]
    assert [words[0] for words in froms] == ["${BASE}"] * len(froms)


def test_dockerfile_builds_in_stages() -> None:
    """The image takes from the stages before it the virtual environment, and no sources."""
    assert len(stages()) >= 2
    names = [argument.split()[2] for name, argument in instructions()[1:] if " AS " in argument]
    copies = [words for stage in stages() for words in stage if words[0] == "COPY"]
    sources = re.findall(r"--from=(\S+)", " ".join(argument for _, argument in copies))
    assert sources == names
    assert final("COPY") == [f"--from={names[-1]} /opt/fedmsg-exporter /opt/fedmsg-exporter"]


def test_dockerfile_copies_what_there_is() -> None:
    """What is copied from the repository exists, and .dockerignore lets it through."""
    ignore = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for stage in stages():
        for name, argument in stage:
            if name == "COPY" and not argument.startswith("--from"):
                for source in argument.split()[:-1]:
                    assert (ROOT / source).exists()
                    assert f"!{source.removeprefix('./')}" in ignore
    assert "*" in ignore


def test_image_does_not_run_as_root() -> None:
    """The image's user is a number that is not 0, for Kubernetes' runAsNonRoot."""
    user = final("USER")[-1].partition(":")[0]
    assert int(user) > 0


def test_image_runs_without_a_shell() -> None:
    """RUN, ENTRYPOINT and CMD are lists: SIGTERM reaches the exporter, and there is no shell."""
    for name, argument in instructions():
        assert not SHELL_FORM.match(f"{name} {argument}")
        if name in ("RUN", "ENTRYPOINT", "CMD"):
            assert all(isinstance(word, str) for word in json.loads(argument))
    assert final("STOPSIGNAL") == ["SIGTERM"]


def test_image_serves_and_keeps() -> None:
    """The image listens on all addresses at the port it exposes, with its ledger on a volume."""
    assert final("EXPOSE") == [PORT]
    assert json.loads(final("VOLUME")[0]) == [LEDGER_FOLDER]
    assert json.loads(final("ENTRYPOINT")[0])[0].endswith("/bin/fedmsg-exporter")
    command = json.loads(final("CMD")[0])
    assert command == [
        *("run", "--listen", f"0.0.0.0:{PORT}"),
        *("--state", f"{LEDGER_FOLDER}/ledger.sqlite"),
    ]


def settings() -> dict[str, str]:
    """The unit's settings; none occurs twice, but the filter of system calls in its two parts."""
    lines = (line for line in UNIT.read_text("utf-8").splitlines() if re.match(r"\w+=", line))
    pairs = [line.split("=", 1) for line in lines if not line.startswith("SystemCallFilter=~")]
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def test_unit_is_restarted_except_after_config_errors() -> None:
    """The unit restarts after every failure except a config error, and is stopped gracefully."""
    found = settings()
    assert found["Restart"] == "on-failure"
    assert found["RestartPreventExitStatus"] == "2"
    assert found["StartLimitIntervalSec"] == "0"
    assert int(found["RestartSec"]) > 0
    assert found["KillSignal"] == "SIGTERM"


def test_unit_may_write_its_ledger_only() -> None:
    """The unit keeps the ledger in its state directory, and can write nowhere else."""
    found = settings()
    assert found["DynamicUser"] == "yes"
    assert found["ProtectSystem"] == "strict"
    assert found["StateDirectory"] == "fedmsg-exporter"
    assert f"--state %S/{found['StateDirectory']}/ledger.sqlite" in found["ExecStart"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
class TestSystemd:
    def test_unit_is_valid(self, tmp_path: Path) -> None:
        """systemd-analyze accepts the unit, apart from the path of the program."""
        copy = tmp_path / UNIT.name
        program = settings()["ExecStart"].split()[0]
        copy.write_text(UNIT.read_text("utf-8").replace(program, sys.executable))
        result = self.analyze("verify", "--man=no", copy)
        assert (result.returncode, result.stdout + result.stderr) == (0, "")

    def test_unit_is_confined(self) -> None:
        """Its exposure, of ten, is at most the figure on the page."""
        page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
        (figure,) = re.findall(r"exposure level of ([0-9.]+)", page)
        most = f"--threshold={float(figure) * 10:.0f}"
        result = self.analyze("security", "--offline=yes", "--no-pager", most, UNIT)
        assert result.returncode == 0, result.stdout

    @staticmethod
    def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["systemd-analyze", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
