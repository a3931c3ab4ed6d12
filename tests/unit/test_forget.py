"""``fedmsg-exporter forget`` on the command line."""

from pathlib import Path

import pytest

from fedmsg_exporter import config
from fedmsg_exporter.document import Document
from fedmsg_exporter.message import Message
from fedmsg_exporter.service.exporter import Exporter
from tests.calling import invoke


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A working folder with a ledger that has alice in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(config.VARIABLE, raising=False)
    count("alice", 1)
    return tmp_path


def count(user: str, number: int) -> str:
    """Count a message of a user in the ledger; returns the metrics then."""
    exporter = Exporter(config.build(Document("config.yml", {"state": "ledger.sqlite"}, {})))
    topic = "org.fedoraproject.prod.planet.post.new"
    exporter.pipeline.take([Message(topic, f"id-{number}", {}, {"username": user})])
    text = exporter.metrics()
    exporter.close()
    return text


def test_a_person_is_forgotten() -> None:
    """The number of series is reported, for any spelling of the name."""
    result = invoke("forget", "--state", "ledger.sqlite", "Alice@fedoraproject.org")
    assert (result.exit_code, result.stdout) == (0, "forgot alice: 3 series\n")
    assert "alice" not in count("alice", 2)


def test_a_name_that_is_nowhere_is_reported() -> None:
    """A misspelled name ends with status 1; the person meant is still there."""
    result = invoke("forget", "--state", "ledger.sqlite", "alise")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("alise: no series in ")
    assert result.stderr.endswith(
        "ledger.sqlite has this name; check the spelling. "
        "Future messages under this name will be hidden anyway.\n"
    )
    assert 'user="alice"' in count("bob", 2)
    assert "alise" not in count("alise", 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("alice",), "no ledger: set `state` in the config, or use --state\n"),
        (("--state", "no.sqlite", "alice"), "no.sqlite does not exist; check `state` or --state\n"),
        (("--state", "ledger.sqlite", "a name!"), "'a name!' is not a valid FAS name\n"),
        (("--state", "ledger.sqlite", "@kde"), "'@kde' is not a valid FAS name\n"),
    ],
)
def test_forget_says_what_is_wrong(arguments: tuple[str, ...], said: str) -> None:
    """A missing ledger, or an invalid name, ends with status 2."""
    result = invoke("forget", *arguments)
    assert result.exit_code == 2
    assert result.stderr.endswith(said)
