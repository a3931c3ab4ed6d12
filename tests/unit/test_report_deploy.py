"""The weekly post by a systemd timer and by a CronJob."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from fedmsg_exporter.commands import main

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICE = DEPLOY / "systemd" / "fedmsg-exporter-week.service"
TIMER = DEPLOY / "systemd" / "fedmsg-exporter-week.timer"


def cron_job() -> dict[str, Any]:
    text = (DEPLOY / "openshift" / "weekly-report.yml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def exporter() -> dict[str, Any]:
    text = (DEPLOY / "openshift" / "fedmsg-exporter.yml").read_text("utf-8")
    (found,) = (one for one in yaml.safe_load_all(text) if one["kind"] == "Deployment")
    spec: dict[str, Any] = found["spec"]["template"]["spec"]
    return spec


def setting(name: str, unit: Path = SERVICE) -> str:
    (found,) = (
        line for line in unit.read_text("utf-8").splitlines() if line.startswith(f"{name}=")
    )
    return found.partition("=")[2]


@pytest.mark.parametrize(
    "words",
    [
        setting("ExecStart").split()[1:],
        cron_job()["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"],
    ],
)
def test_command_is_one_of_ours(words: list[str]) -> None:
    """Both call `report week` with options that it has."""
    report = main.every()["report"]
    parent = main.make_context("fedmsg-exporter", ["report"], resilient_parsing=True)
    group = report.make_context("report", ["week"], parent=parent, resilient_parsing=True)
    assert words[:2] == ["report", "week"]
    week = report.commands["week"].make_context("week", words[2:], parent=group)  # type: ignore[attr-defined]
    assert week.params["format_"] == "md"


def test_service_reads_the_ledger_and_writes_the_post() -> None:
    """The ledger is the exporter's, and nothing but the post's own folder can be written."""
    state = setting("StateDirectory", DEPLOY / "systemd" / "fedmsg-exporter.service")
    assert f"--state /var/lib/{state}/ledger.sqlite" in setting("ExecStart")
    assert f"%S/{setting('StateDirectory')}/" in setting("ExecStart")
    assert setting("ProtectSystem") == "strict"


def test_both_run_on_mondays_after_the_week() -> None:
    """Two hours into Monday in UTC: the week is over, and what was late is in."""
    assert setting("OnCalendar", TIMER) == "Mon *-*-* 02:00:00 UTC"
    spec = cron_job()["spec"]
    assert (spec["schedule"], spec["timeZone"]) == ("0 2 * * 1", "Etc/UTC")


def test_cron_job_reads_what_the_exporter_writes() -> None:
    """The same image, config and volume, on the same node; the volume cannot be written."""
    ours = cron_job()["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    theirs = exporter()
    (week,), (run,) = ours["containers"], theirs["containers"]
    assert week["image"] == run["image"]
    assert week["env"][0] in run["env"]
    volumes = {one["name"]: one for one in theirs["volumes"]}
    assert all(volumes[one["name"]] == one for one in ours["volumes"])
    mounts = {one["name"]: one["mountPath"] for one in run["volumeMounts"]}
    for one in week["volumeMounts"]:
        assert (one["mountPath"], one["readOnly"]) == (mounts[one["name"]], True)
    affinity = ours["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert affinity[0]["labelSelector"]["matchLabels"] == {"app": "fedmsg-exporter"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", [SERVICE, TIMER])
def test_units_are_valid(unit: Path, tmp_path: Path) -> None:
    """systemd-analyze accepts both, apart from the path of the program."""
    program = setting("ExecStart").split()[0]
    for one in (SERVICE, TIMER):
        text = one.read_text("utf-8").replace(program, sys.executable)
        (tmp_path / one.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / unit.name],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
