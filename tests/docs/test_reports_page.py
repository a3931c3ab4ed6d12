"""docs/reports.md: each command prints what the page says, from a simulated past."""

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
