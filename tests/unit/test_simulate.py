"""The simulation as a file, and its groups in the demo."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fedora_messaging.message import load_message

from fedmsg_exporter import config
from fedmsg_exporter.document import Document
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.sources.simulation import Community, Simulation
from tests.calling import counted, invoke

MONDAY = 1_767_571_200
START = ("--start", "2026-01-05T00:00:00+00:00")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder without a config."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(config.VARIABLE, raising=False)
    return tmp_path


def simulated(*arguments: str) -> list[str]:
    """The lines that are written."""
    result = invoke("simulate", *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.splitlines()


def test_the_file_is_the_simulation() -> None:
    """The messages are those of `run --source simulation` with the same seed and start."""
    sent = Simulation(7).messages(MONDAY)
    for line in simulated("--seed", "7", "--messages", "50", *START):
        record, message = json.loads(line), next(sent).message
        assert record["topic"] == message.topic
        assert record["id"] == message.id
        assert record["body"] == message.body
        assert record["headers"] == message.headers


@pytest.mark.filterwarnings("ignore:The schema")
@pytest.mark.filterwarnings("ignore:ProjectVersionUpdated class:DeprecationWarning")
def test_fedora_messaging_reads_the_file() -> None:
    """A line has the keys that `fedora-messaging record` writes and `publish` reads."""
    for line in simulated("--messages", "200", *START):
        record = json.loads(line)
        assert sorted(record) == ["body", "headers", "id", "priority", "queue", "topic"]
        message = load_message(record)
        assert (message.id, message.topic) == (record["id"], record["topic"])
        assert message._headers["sent-at"] == record["headers"]["sent-at"]


@pytest.mark.parametrize(
    ("arguments", "number"),
    [(("--messages", "7"), 7), (("--messages", "7", "--duration", "1w"), 7), ((), 1000)],
)
def test_the_number_of_messages(arguments: tuple[str, ...], number: int) -> None:
    """It stops after a number of messages, a thousand by default."""
    assert len(simulated(*arguments, *START)) == number


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("2m", 120)])
def test_the_duration(text: str, seconds: int) -> None:
    """It stops before the first message after a given time; not after a thousand."""
    sent = Simulation(1).messages(MONDAY)
    ids = [json.loads(line)["id"] for line in simulated("--duration", text, *START)]
    for one in ids:
        assert next(sent).message.id == one
    assert (next(sent).message.sent_at or 0) >= MONDAY + seconds


def test_a_recording_of_some_time_ends_now() -> None:
    """Without a start nothing in it lies in the future, so that it can be imported as history."""
    sent = [json.loads(line)["headers"]["sent-at"] for line in simulated("--duration", "1h")]
    ages = [(datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds() for text in sent]
    assert 0 <= min(ages) < 600
    assert 3000 < max(ages) < 3660


@pytest.mark.parametrize("text", ["", "0", "0m", "1x", "-1", "1.5h", "h"])
def test_invalid_durations_are_refused(text: str) -> None:
    """The reason names the option and shows the form."""
    result = invoke("simulate", "--duration", text)
    assert result.exit_code == 2
    assert f"Invalid value for '--duration': {text!r} is not a valid duration" in result.stderr


def test_the_file_and_its_groups_are_counted(folder: Path) -> None:
    """`count` reads what `simulate` writes, and the groups with it."""
    (folder / "m.jsonl").write_text("\n".join(simulated("--messages", "500", *START)))
    (folder / "groups.yml").write_text("\n".join(simulated("--groups")))
    (folder / "config.yml").write_text("groups: {file: groups.yml}\n")
    assert invoke("check", "--config", "config.yml").exit_code == 0
    result = invoke("count", "--config", "config.yml", "m.jsonl")
    assert (result.exit_code, result.stderr) == (0, "")
    series = counted(result.stdout)
    messages = [value for name, value in series.items() if name.startswith("fedmsg_messages_")]
    assert sum(messages) == 500
    assert any(name.startswith("fedmsg_group_messages_total{") for name in series)


COMMUNITY = Community(1).groups


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ({}, set(COMMUNITY) - {"fedora-contributor", "signed_fpca"}),
        ({"track": ["*-sig"]}, {name for name in COMMUNITY if name.endswith("-sig")}),
        ({"file": "groups.yml"}, {"hats"}),
        ({"fasjson": {"url": "http://fasjson.invalid", "auth": "none"}}, set()),
    ],
)
def test_groups_of_the_demo(folder: Path, groups: dict[str, object], expected: set[str]) -> None:
    """A source's groups are counted as the config says; those of the config take precedence."""
    (folder / "groups.yml").write_text("hats: [alice]\n")
    settings = config.build(Document("config.yml", {"groups": groups}, {}))
    exporter = Exporter(settings, groups=COMMUNITY)
    try:
        assert set(exporter.roster.sizes()) == expected
    finally:
        exporter.close()
