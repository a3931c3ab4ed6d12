"""The man pages: everything that --help says, in roff that man renders without warnings."""

import shutil
import subprocess
from pathlib import Path

import pytest

from fedmsg_exporter.commands.exit_status import EXIT_STATUSES
from tests.docs import contract
from tools import manpages


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all pages."""
    written = tmp_path_factory.mktemp("man")
    manpages.write(written)
    return written


def rendered(page: Path) -> str:
    """Return a page as plain text in very long lines, so that no word is broken or hyphenated."""
    command: list[str | Path] = [
        "groff",
        "-man",
        "-Tascii",
        "-P-cbou",
        "-rLL=5000n",
        "-rHY=0",
        "-ww",
        "-z",
        page,
    ]
    complaints = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert complaints == ""
    command.remove("-z")
    return str(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_every_command_has_its_page(folder: Path) -> None:
    """The program and each of its commands have a page of the same name."""
    names = {f"{name.replace(' ', '-')}.1" for name in contract.commands()}
    assert names <= {path.name for path in folder.iterdir()}


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
@pytest.mark.parametrize("name", contract.commands())
def test_page_says_what_help_says(folder: Path, name: str) -> None:
    """Usage, options and exit statuses are on the page, in the words of the program."""
    text = " ".join(rendered(folder / f"{name.replace(' ', '-')}.1").split())
    assert contract.usage(name) in text
    context = contract._context(contract.commands()[name])
    for parameter in context.command.get_params(context):
        for part in parameter.get_help_record(context) or ():
            assert " ".join(part.split()) in text
    for status, meaning in EXIT_STATUSES.items():
        assert f"{status} {meaning}." in text


@pytest.mark.skipif(not shutil.which("lexgrog"), reason="lexgrog is not installed")
def test_pages_can_be_searched(folder: Path) -> None:
    """Every page has the line that `apropos` reads."""
    result = subprocess.run(
        ["lexgrog", *folder.iterdir()], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout
    assert result.stdout.count(" - ") == len(list(folder.iterdir()))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [(".x", "\\&.x"), ("'x", "\\&'x"), ("a\\b", "a\\eb"), ("--x", "\\-\\-x"), ("a.b", "a.b")],
)
def test_text_stays_text(text: str, escaped: str) -> None:
    """Text that roff would read as a request or an escape is printed literally."""
    assert manpages._roff(text) == escaped


def test_date_can_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build with SOURCE_DATE_EPOCH is reproducible."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert all('"1970-01-02"' in text for text in manpages.pages().values())
