"""The commands, as called by people and scripts."""

import gzip
import json
import os
import platform
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fedmsg_exporter import config
from fedmsg_exporter.commands.exit_status import EXIT_STATUSES
from fedmsg_exporter.version import __version__, revision
from tests.calling import counted, invoke, line, process

MAPPING = """\
version: 1
bots: ["*-bot"]
apps:
  bodhi:
    rules:
      - topics: bodhi.update.#
        user: agent
        packages: update.package
"""
GROUPS = "packager: [ralph, kevin]\ninfra-sig: [ralph]\n"
CONFIG = "mapping: mapping.yml\nschemas: false\ngroups: {file: groups.yml}\n"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A working folder with a valid config, mapping and groups file, found by the variable."""
    (tmp_path / "mapping.yml").write_text(MAPPING)
    (tmp_path / "groups.yml").write_text(GROUPS)
    (tmp_path / "config.yml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(config.VARIABLE, "config.yml")
    return tmp_path


ONE_COMMENT_OF_RALPH = {
    "fedmsg_messages_total{bodhi,org.fedoraproject}": 1,
    "fedmsg_topic_messages_total{bodhi,bodhi.update.comment}": 1,
    "fedmsg_user_messages_total{bodhi,person,ralph}": 1,
    "fedmsg_group_messages_total{bodhi,infra-sig}": 1,
    "fedmsg_group_messages_total{bodhi,packager}": 1,
}


def test_count(folder: Path) -> None:
    """Messages of all files are counted once, by app, topic, user and group."""
    (folder / "a.jsonl").write_text(line(1) + line(2, "kevin") + line(3, "rpm-bot"))
    (folder / "b.json.gz").write_bytes(gzip.compress(f"[{line(4)},{line(2)}]".encode()))
    staging = line(5, topic="org.fedoraproject.stg.bodhi.update.comment")
    result = invoke("count", "a.jsonl", "b.json.gz", "-", stdin=staging)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert counted(result.stdout) == {
        "fedmsg_messages_total{bodhi,org.fedoraproject}": 4,
        "fedmsg_topic_messages_total{bodhi,bodhi.update.comment}": 4,
        "fedmsg_user_messages_total{bodhi,person,ralph}": 2,
        "fedmsg_user_messages_total{bodhi,person,kevin}": 1,
        "fedmsg_user_messages_total{bodhi,bot,rpm-bot}": 1,
        "fedmsg_group_messages_total{bodhi,packager}": 3,
        "fedmsg_group_messages_total{bodhi,infra-sig}": 2,
        "fedmsg_exporter_messages_duplicate_total{}": 1,
        "fedmsg_exporter_messages_rejected_total{environment}": 1,
    }


def test_count_reports_damage_and_continues(folder: Path) -> None:
    """Damage is reported with file and line, the rest is counted, and the status is 1."""
    (folder / "a.jsonl").write_text(f'{{"topic": \n{line(1)}{{}}\n')
    result = invoke("count", "a.jsonl")
    assert result.exit_code == 1
    assert counted(result.stdout) == ONE_COMMENT_OF_RALPH
    assert result.stderr.splitlines() == [
        "a.jsonl:1: is not JSON: Expecting value (column 10)",
        "a.jsonl:3: is JSON, but not a message: it has no topic",
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (11, ["11: is not JSON: Expecting value (column 1)"]),
        (
            1_012,
            [
                " 1,001 more messages are damaged",
                "1012: is not JSON: Expecting value (column 1)",
            ],
        ),
    ],
)
def test_count_shows_the_first_and_the_last_damage(
    folder: Path, lines: int, said: list[str]
) -> None:
    """A file of something else is not damage a thousand times over."""
    (folder / "README.md").write_text("oops\n" * lines)
    result = invoke("count", "README.md")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[9:] == [
        "README.md:10: is not JSON: Expecting value (column 1)",
        *(f"README.md:{one}" for one in said),
    ]


@pytest.mark.parametrize("command", ["count", "explain"])
def test_unreadable_files_are_refused_before_any_is_read(folder: Path, command: str) -> None:
    """Numbers without one of the files would look complete, so nothing is printed."""
    (folder / "a.jsonl").write_text(line(1))
    (folder / "b.zip").write_bytes(b"PK\x03\x04 and so on")
    result = invoke(command, "a.jsonl", "nothing.jsonl", str(folder), "b.zip")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "nothing.jsonl: cannot be read: No such file or directory",
        f"{folder}: cannot be read: Is a directory",
        "b.zip: is a zip archive; unpack it first",
    ]


def test_standard_input_of_another_kind() -> None:
    """Input from a pipe is identified when it is read; the status is that of such a file."""
    result = invoke("count", "-", stdin=line(1).encode("utf-16"))
    assert result.exit_code == 2
    assert result.stderr == ("standard input:1: is UTF-16 text; convert it to UTF-8 with iconv\n")


def test_unreadable_messages_are_counted_as_rejected() -> None:
    """An unreadable recorded message is not damage: it is counted under its reason."""
    result = invoke("count", "-", stdin=line(1, body=[]) + line(2, topic="") + line(3))
    assert result.exit_code == 0
    assert counted(result.stdout) == ONE_COMMENT_OF_RALPH | {
        "fedmsg_exporter_messages_rejected_total{object}": 1,
        "fedmsg_exporter_messages_rejected_total{topic}": 1,
    }


def test_count_more_than_a_batch() -> None:
    """No message is lost between batches or counted twice, even with an id in two of them."""
    lines = [line(number) for number in range(2500)]
    result = invoke("count", "-", stdin="".join([*lines, *lines[:700]]))
    series = counted(result.stdout)
    assert series["fedmsg_messages_total{bodhi,org.fedoraproject}"] == 2500
    assert series["fedmsg_exporter_messages_duplicate_total{}"] == 700


def test_count_leaves_the_ledger_alone(folder: Path) -> None:
    """Counting files does not affect an exporter that runs with the same config."""
    (folder / "config.yml").write_text(f"{CONFIG}state: ledger.sqlite\n")
    assert invoke("count", "-", stdin=line(1)).exit_code == 0
    assert not (folder / "ledger.sqlite").exists()


def test_explain() -> None:
    """One line of JSON per message has the full attribution."""
    result = invoke("explain", "-", stdin=line(1) + line(2, "rpm-bot", topic="nonsense"))
    assert result.exit_code == 0
    first, second = map(json.loads, result.stdout.splitlines())
    why = first.pop("why")
    assert first == {
        "id": "id-1",
        "topic": "org.fedoraproject.prod.bodhi.update.comment",
        "domain": "org.fedoraproject",
        "environment": "prod",
        "category": "bodhi",
        "users": ["ralph"],
        "kinds": ["person"],
        "groups": ["infra-sig", "packager"],
        "packages": ["hat-rack"],
        "measures": [],
        "rejected": None,
    }
    assert "mapping.yml:6: agent gave 'ralph', ralph" in why
    assert second.keys() == first.keys() | {"why"}
    assert (second["id"], second["category"]) == ("id-2", "nonsense")


def test_explain_keeps_to_one_line_a_message() -> None:
    """Whatever is in a message, its explanation is one line of plain JSON."""
    hostile = "a\n\r\u2028\x85\0\ud800" * 3
    result = invoke("explain", "-", stdin=line(1, hostile, topic=f"x.{hostile}", id=hostile))
    assert result.exit_code == 0
    (only,) = result.stdout.splitlines()
    assert only.isascii()
    assert json.loads(only)["id"] == hostile


def test_explain_for_people() -> None:
    """A table shows the rule, each path and its result, the look-ups and the counters."""
    result = invoke("explain", "--format", "table", "-", stdin=line(1, "Ralph@fedoraproject.org"))
    assert result.exit_code == 0
    assert (
        result.stdout
        == """\
org.fedoraproject.prod.bodhi.update.comment  id-1
  verdict    counted as bodhi of org.fedoraproject, crediting ralph
  users      ralph (person)
  groups     infra-sig
             packager
  packages   hat-rack
  why        domain org.fedoraproject, environment prod, category bodhi
             mapping.yml:6: the rule for bodhi.update.comment, by bodhi.update.#
             mapping.yml:6: agent gave 'Ralph@fedoraproject.org', ralph
             ralph is a person, in infra-sig, packager
  adds to    fedmsg_messages_total{domain="org.fedoraproject",category="bodhi"} +1
             fedmsg_last_message_timestamp_seconds{domain="org.fedoraproject",category="bodhi"} \
= when it was sent
             fedmsg_topic_messages_total{category="bodhi",topic="bodhi.update.comment"} +1
             fedmsg_user_messages_total{category="bodhi",user="ralph",kind="person"} +1
             fedmsg_user_first_message_timestamp_seconds{user="ralph",kind="person"} \
= when it was sent
             fedmsg_user_last_message_timestamp_seconds{user="ralph",kind="person"} \
= when it was sent
             fedmsg_group_messages_total{category="bodhi",group="infra-sig"} +1
             fedmsg_group_messages_total{category="bodhi",group="packager"} +1

"""
    )


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (line(1, topic="org.fedoraproject.stg.bodhi.x"), "verdict    not counted: environment"),
        (line(1, topic="org.fedoraproject.stg.bodhi.x"), "environment stg is not counted"),
        (line(1, body=[]), "verdict    not counted: object"),
        (line(1, body={}), "mapping.yml:6: agent gave nothing"),
        (line(1, body={}), "org.fedoraproject, crediting nobody"),
        (line(1, "mail@else.example"), "agent gave 'mail@else.example', nobody"),
        (line(1, "192.0.2.7"), "__invalid__ replaces a text that is not a FAS name"),
        (line(1, "rpm-bot"), "rpm-bot is a bot, in none of the 2 groups"),
        (line(1, topic="io.pagure.prod.pagure.x"), "fedmsg_project_messages_total not meas"),
        (
            line(1, topic="io.pagure.prod.pagure.issue.new", body={"project": {"name": "hats"}}),
            'fedmsg_project_messages_total{project="hats"} +1',
        ),
        (line(1, topic="org.fedoraproject.prod.buildsys.tag"), "noise, credits no one"),
    ],
)
def test_explain_why_not(record: str, told: str) -> None:
    """People who were not credited can find out the reason."""
    result = invoke("explain", "--format", "table", "-", stdin=record)
    assert result.exit_code == 0
    assert told in result.stdout


@pytest.mark.parametrize(
    ("mode", "series"),
    [
        ("members", 'user="__other__",kind="other"'),
        ("hashed", 'user="user-'),
    ],
)
def test_explain_shows_who_is_hidden(folder: Path, mode: str, series: str) -> None:
    """The counters are as exposed, although the explanation has the name."""
    (folder / "config.yml").write_text(f"{CONFIG}users: {{expose: {mode}}}\n")
    result = invoke("explain", "--format", "table", "-", stdin=line(1, "stranger"))
    assert f"  shown      users.expose is {mode}: " in result.stdout
    assert series in result.stdout
    assert 'user="stranger"' not in result.stdout


def test_explain_escapes_control_characters() -> None:
    """Control characters in a message are escaped."""
    record = line(1, "\x1b[2J", topic="x.\x1b[31m", id="\x07\n")
    result = invoke("explain", "--format", "table", "-", stdin=record)
    assert result.exit_code == 0
    assert result.stdout.startswith("x.\\x1b[31m  \\x07\\n\n")
    assert not set(result.stdout) & {"\x1b", "\x07"}


def test_explain_measures() -> None:
    """Programs get the additions to the mapping's metrics as series."""
    record = line(1, topic="io.pagure.prod.pagure.issue.new", body={"project": {"name": "hats"}})
    (only,) = invoke("explain", "-", stdin=record).stdout.splitlines()
    assert json.loads(only)["measures"] == ['fedmsg_project_messages_total{project="hats"} 1']


def test_explain_reports_damage_and_continues() -> None:
    """Damage goes to standard error, so that what is printed stays JSON."""
    result = invoke("explain", "-", stdin=f"oops\n{line(1)}")
    assert result.exit_code == 1
    assert result.stderr == "standard input:1: is not JSON: Expecting value (column 1)\n"
    assert json.loads(result.stdout)["users"] == ["ralph"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "config.yml",
            "schemas: false\nlisten: here\nuser: {}",
            "config.yml:2: listen: 'here' is not a valid address; expected one like "
            "127.0.0.1:10450, [::1]:10450, :10450, unix:/run/fedmsg-exporter/web.sock or systemd\n"
            "config.yml:3: user: unknown key; did you mean 'users'?",
        ),
        (
            "config.yml",
            "a: &a [*a]",
            "config.yml:1: a[0]: an alias (*) inside its own anchor (&); write it out",
        ),
        (
            "config.yml",
            "mapping: nothing.yml",
            "config.yml:1: mapping: nothing.yml: cannot be read: No such file",
        ),
        (
            "config.yml",
            "users:\n  logins: nothing.yml",
            "config.yml:2: users.logins: nothing.yml: cannot be read: No such file",
        ),
        (
            "config.yml",
            "groups:\n\n  file: .",
            "config.yml:3: groups.file: .: cannot be read: Is a directory",
        ),
        (
            "mapping.yml",
            MAPPING.replace("user:", "usr:"),
            "mapping.yml:7: apps.bodhi.rules[0].usr: unknown key; did you mean 'user'?",
        ),
        (
            "mapping.yml",
            MAPPING.replace("agent", "agent["),
            "mapping.yml:7: apps.bodhi.rules[0].user: 'agent[' is not valid JMESPath: ",
        ),
        ("groups.yml", "a: ralph", "groups.yml:1: a: must be a list of users"),
        ("groups.yml", '{"a": ["ralph"', "groups.yml:1: is not valid YAML: "),
    ],
)
@pytest.mark.parametrize("command", [("check",), ("count", "-"), ("explain", "-")])
def test_problems_in_files(
    folder: Path, command: tuple[str, ...], name: str, text: str, said: str
) -> None:
    """A problem in a file is reported with file, line and key, and the status is 2."""
    (folder / name).write_text(text)
    result = invoke(*command, stdin=line(1))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.removeprefix(f"{folder}/").startswith(said)


def test_check_reports_the_problems_of_all_files(folder: Path) -> None:
    """One run reports the errors in both the mapping and the groups file."""
    (folder / "mapping.yml").write_text("version: 2")
    (folder / "groups.yml").write_text("a: ralph\nb: kevin")
    result = invoke("check")
    assert result.exit_code == 2
    assert [one.split(": ")[0] for one in result.stderr.splitlines()] == [
        "mapping.yml:1",
        "groups.yml:1",
        "groups.yml:2",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("count",), "Missing argument 'FILE...'"),
        (("count", "--nonsense", "-"), "No such option"),
        (("tally",), "No such command 'tally'"),
        (("check", "--config", "nothing.yml"), "--config: nothing.yml: cannot be read: No such"),
        (("explain", "--user", " ", "-"), "--user: the name is empty"),
        (("run", "--speed", "0"), "Invalid value for '--speed'"),
        (("run", "--speed", "nan"), "nan is not a valid speed"),
        (("run", "--speed", "inf"), "inf is not a valid speed"),
        (("run", "--rate", "nan"), "nan is not a valid rate"),
        (("simulate", "--rate", "0"), "Invalid value for '--rate'"),
        (("simulate", "--people", "0"), "Invalid value for '--people'"),
    ],
)
def test_wrong_command_lines(arguments: tuple[str, ...], said: str) -> None:
    """Errors on the command line are reported, and the status is 2."""
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_version() -> None:
    """The version is that of the package."""
    version, python = invoke("--version").stdout.splitlines()
    known = f"fedmsg-exporter, version {__version__} (revision: {revision(__version__)})"
    assert version == known
    assert python == f"  python version: {platform.python_version()}"


@pytest.mark.parametrize("group", [(), ("history",), ("report",)])
def test_summaries_of_the_commands(group: tuple[str, ...]) -> None:
    """The list of commands has each summary in full: click cuts off what is too long."""
    listed = invoke(*group, "--help").stdout.partition("Commands:")[2]
    assert listed
    assert "..." not in listed


@pytest.mark.parametrize("command", [(), ("run",), ("count",), ("explain",), ("check",)])
def test_help(command: tuple[str, ...]) -> None:
    """Each command has a help text."""
    result = invoke(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")


@pytest.mark.parametrize("command", ["count", "explain"])
def test_nobody_reads_the_output_to_its_end(folder: Path, command: str) -> None:
    """If the reader closes the pipe (``| head -1``), the command ends silently."""
    (folder / "a.jsonl").write_text("".join(line(n, f"user{n}") for n in range(3000)))
    with subprocess.Popen(
        [sys.executable, "-m", "fedmsg_exporter", command, "a.jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) in EXIT_STATUSES


@pytest.mark.parametrize("arguments", [("count", "a.jsonl"), ("explain", "a.jsonl"), ("--help",)])
def test_output_to_a_full_disk_is_an_error(folder: Path, arguments: tuple[str, ...]) -> None:
    """If the output cannot be written the command says so, and its status is 5."""
    (folder / "a.jsonl").write_text(line(1, "alice"))
    command = [sys.executable, "-m", "fedmsg_exporter", *arguments]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (
        5,
        b"the output cannot be written: No space left on device\n",
    )


def test_run_says_why_it_cannot_listen() -> None:
    """An address in use ends the exporter with status 3, and the message says what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = process("run", "--source", "simulation", "--listen", address)
    assert done.returncode == 3
    assert f"cannot listen on {address}: " in done.stderr
    assert "set `listen` to another address" in done.stderr


def test_run_says_why_it_cannot_use_the_ledger(folder: Path) -> None:
    """A file that is not a ledger ends the exporter with status 4, and is named."""
    (folder / "ledger").write_text("not a database, and long enough to be looked at" * 100)
    done = process("run", "--source", "simulation", "--listen", "127.0.0.1:0", "--state", "ledger")
    assert done.returncode == 4
    assert str(folder / "ledger") in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--listen", "99"), "the command line: listen[1]: '99' is not a valid address"),
        (("--source", "nothing.jsonl"), "nothing.jsonl"),
        (("--source", os.curdir), "Is a directory"),
        (
            ("--source", "simulation", "--start", "soon"),
            "--start: 'soon' is not a valid time; expected e.g.",
        ),
    ],
)
def test_run_says_what_it_cannot_play(arguments: tuple[str, ...], said: str) -> None:
    """A missing source, or an invalid time, ends with status 2."""
    done = process("run", "--listen", "127.0.0.1:0", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_run_says_which_file_it_cannot_read(folder: Path) -> None:
    """A file that the config names is reported at its key; a source is reported as such."""
    (folder / "bad.yml").write_text("schemas: false\nmapping: nothing.yml\n")
    arguments = ("run", "--listen", "127.0.0.1:0", "--source")
    done = process(*arguments, "simulation", "--config", "bad.yml")
    assert (done.returncode, done.stderr) == (
        2,
        "bad.yml:2: mapping: nothing.yml: cannot be read: No such file or directory\n",
    )
    (folder / "a.zip").write_bytes(b"PK\x03\x04 and so on")
    done = process(*arguments, "a.zip")
    assert done.returncode == 2
    assert "a.zip: is a zip archive; unpack it first; --source takes bus" in done.stderr
