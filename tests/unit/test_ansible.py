"""The role for Ansible: the shipped unit, and configs that the exporter accepts."""

from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from fedmsg_exporter.commands import main
from tests.deployed import DEPLOY

ROLE = DEPLOY / "ansible" / "roles" / "fedmsg_exporter"
UNIT = "fedmsg-exporter.service"


def tasks() -> dict[str, dict[str, Any]]:
    """The tasks by name."""
    found = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text("utf-8"))
    return {one["name"]: one for one in found}


def test_the_unit_is_the_one_that_ships() -> None:
    """The role installs deploy/systemd's unit, and its drop-in replaces the same command."""
    unit = (DEPLOY / "systemd" / UNIT).read_text("utf-8")
    assert (ROLE / "files" / UNIT).read_text("utf-8") == unit
    drop_in = (ROLE / "templates" / "account.conf.j2").read_text("utf-8")
    (command,) = [one for one in unit.splitlines() if one.startswith("ExecStart=")]
    venv = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text("utf-8"))[
        "fedmsg_exporter_venv"
    ]
    assert command in drop_in.replace("{{ fedmsg_exporter_venv }}", venv).splitlines()


def test_handlers_exist() -> None:
    """Each change notifies a handler that is there."""
    handlers = yaml.safe_load((ROLE / "handlers" / "main.yml").read_text("utf-8"))
    notified = {one["notify"] for one in tasks().values() if "notify" in one}
    assert notified == {one["name"] for one in handlers}


def test_the_example_passes_the_check(tmp_path: Path) -> None:
    """What site.yml writes is a valid config with its web config."""
    (play,) = yaml.safe_load((DEPLOY / "ansible" / "site.yml").read_text("utf-8"))
    variables = play["roles"][0]["vars"]
    path = str(tasks()["Write who may log in"]["ansible.builtin.copy"]["dest"])
    assert variables["fedmsg_exporter_config"]["web"]["config_file"] == path
    web = tmp_path / "web.yml"
    web.write_text(yaml.safe_dump(variables["fedmsg_exporter_web"]))
    config = tmp_path / "config.yml"
    text = yaml.safe_dump(variables["fedmsg_exporter_config"])
    config.write_text(text.replace(path, str(web)))
    result = CliRunner().invoke(main, ["check", "--config", str(config)])
    assert result.exit_code == 0, result.output
