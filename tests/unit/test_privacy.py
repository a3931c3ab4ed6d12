from pathlib import Path

import pytest

from fedmsg_exporter import config
from fedmsg_exporter.document import parse
from fedmsg_exporter.ledger import LedgerError
from fedmsg_exporter.message import Message, from_record
from fedmsg_exporter.service.exporter import Exporter
from fedmsg_exporter.service.parts import forget
from tests.activity import day_rows

NOW = 1_769_000_000.0
GROUPS = "packager: [ralph]\n"


def message(user: str, number: int) -> Message:
    record = {
        "topic": "org.fedoraproject.prod.bodhi.update.comment",
        "id": f"{user}-{number}",
        "headers": {"sent-at": "2026-01-20T00:00:00+00:00"},
        "body": {"agent": user, "comment": {"user": {"name": user}}},
    }
    return from_record(record)


def exporter(folder: Path, expose: str) -> Exporter:
    (folder / "groups.yml").write_text(GROUPS)
    text = (
        f"state: ledger.sqlite\nnew_series_hold: 0\nschemas: false\n"
        f"users: {{expose: {expose}}}\ngroups: {{file: groups.yml}}\n"
    )
    source = parse(text, str(folder / "config.yml"))
    return Exporter(config.build(source), clock=lambda: NOW)


def users(one: Exporter) -> dict[str, float]:
    """The value of each user's series, by name."""
    lines = one.metrics().splitlines()
    series = [line for line in lines if line.startswith("fedmsg_user_messages_total{")]
    return {line.split('user="')[1].split('"')[0]: float(line.split()[-1]) for line in series}


def activity(one: Exporter) -> dict[str, int]:
    """The messages of each user in the activity."""
    rows = day_rows(one.ledger.activity)
    found: dict[str, int] = {}
    for row in rows:
        found[row.user] = found.get(row.user, 0) + row.messages
    return found


def count(one: Exporter, *names: str, number: int = 1) -> None:
    one.pipeline.take([message(name, number) for name in names])


@pytest.mark.parametrize(
    ("expose", "expected"),
    [
        ("all", {"ralph": 1, "mizmo": 1, "packit": 1}),
        ("members", {"ralph": 1, "__other__": 1, "packit": 1}),
        ("none", {}),
    ],
)
def test_modes(tmp_path: Path, expose: str, expected: dict[str, float]) -> None:
    """People who must not be shown are counted under __other__, or under no user at all."""
    one = exporter(tmp_path, expose)
    count(one, "ralph", "mizmo", "packit")
    assert users(one) == expected
    assert activity(one) == (expected or {"": 3})
    assert 'fedmsg_messages_total{category="bodhi",domain="org.fedoraproject"} 3.0' in one.metrics()
    one.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.sqlite*"))
    assert (b"mizmo" in stored) == ("mizmo" in expected)


def test_pseudonyms_are_stable_and_reveal_nothing(tmp_path: Path) -> None:
    """Hashed, a person has one permanent pseudonym, and a different one in another ledger."""
    names = []
    for run in range(2):
        one = exporter(tmp_path, "hashed")
        count(one, "ralph", number=run)
        names.append(set(users(one)))
        one.close()
    other = tmp_path / "other"
    other.mkdir()
    one = exporter(other, "hashed")
    count(one, "ralph")
    assert names[0] == names[1]
    assert not names[0] & set(users(one))
    assert "ralph" not in one.metrics()
    one.close()


def test_stricter_mode_hides_what_was_counted(tmp_path: Path) -> None:
    """When the mode becomes stricter, series counted by name before are folded at the start."""
    one = exporter(tmp_path, "all")
    count(one, "ralph", "mizmo", "kevin")
    one.close()
    one = exporter(tmp_path, "members")
    assert users(one) == activity(one) == {"ralph": 1, "__other__": 2}
    assert 'user="mizmo"' not in one.metrics()
    one.close()


def test_hidden_people_keep_their_pseudonym(tmp_path: Path) -> None:
    """People counted by name before get the same pseudonym in series and activity."""
    one = exporter(tmp_path, "all")
    count(one, "ralph", "packit")
    one.close()
    one = exporter(tmp_path, "hashed")
    count(one, "ralph", number=2)
    assert users(one) == activity(one)
    assert sorted(users(one).values()) == [1, 2]
    one.close()


def test_forgotten_person_is_gone_permanently(tmp_path: Path) -> None:
    """A forgotten person leaves all series, then and for later messages; the sums stay."""
    one = exporter(tmp_path, "all")
    count(one, "ralph", "mizmo")
    settings = one.config
    with pytest.raises(LedgerError, match="another exporter uses this ledger"):
        forget(settings, "mizmo")
    one.close()
    assert forget(settings, "mizmo") == (3, False)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.sqlite*"))
    assert b"ralph" in stored
    assert b"mizmo" not in stored
    one = exporter(tmp_path, "all")
    count(one, "mizmo", "ralph", number=2)
    assert users(one) == activity(one) == {"ralph": 2, "__other__": 2}
    assert "mizmo" not in one.metrics()
    one.close()
