"""docs/reports.md: each command prints what the page says, from a simulated past."""

import re
from pathlib import Path

import pytest

from tests.docs import reports

_SESSIONS = reports.SESSION.findall(reports.PAGE.read_text("utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("reports")
    reports.prepare(made)
    return made


def test_every_report_has_an_example() -> None:
    """One person, a list, a group, the community, an event and the week."""
    kinds = {command.split()[2] for command, _ in _SESSIONS}
    assert kinds == {"user", "list", "group", "community", "event", "week"}


@pytest.mark.parametrize("session", _SESSIONS, ids=lambda one: one[0].split()[2])
def test_a_command_prints_what_the_page_says(session: tuple[str, str], folder: Path) -> None:
    """`python -m tests.docs.reports` writes the outputs into the page."""
    command, output = session
    assert reports.printed(command, folder) == output


def test_it_can_be_tried(tmp_path: Path) -> None:
    """The commands below "Try it" make reports, with members for the group; here of fewer weeks."""
    section = reports.PAGE.read_text("utf-8").partition("## Try it")[2].partition("\n## ")[0]
    commands = re.findall(r"^    (\S.*)$", section.replace("120w", "8w"), re.MULTILINE)
    shown = [reports.run(command, tmp_path, config="try.yml") for command in commands]
    assert re.search(r"Active members: +[1-9]", shown[3])
    assert "<h1>The community</h1>" in (tmp_path / "community.html").read_text("utf-8")
