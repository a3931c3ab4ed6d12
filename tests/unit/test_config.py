"""The config: defaults, precedence, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from fedmsg_exporter import config
from fedmsg_exporter.config import Config, build, keys, load
from fedmsg_exporter.config.addresses import TCP, Address, Systemd, Unix
from fedmsg_exporter.document import Document, DocumentError, parse
from fedmsg_exporter.groups.membership import UMBRELLAS


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No config of this machine, and an empty working folder."""
    monkeypatch.delenv(config.VARIABLE, raising=False)
    monkeypatch.setattr(config, "DEFAULT_PATH", tmp_path / "none" / "config.yml")
    monkeypatch.chdir(tmp_path)


def built(text: str) -> Config:
    """The config that a text makes."""
    return build(parse(text, "/etc/x/c.yml"))


def said(text: str) -> str:
    """The error for a config that cannot be used."""
    with pytest.raises(DocumentError) as caught:
        built(text)
    return str(caught.value)


def written(path: Path, text: str) -> Path:
    """Write a file and return its path."""
    path.write_text(text)
    return path


DEFAULTS: dict[str, Any] = {
    "listen": (TCP("127.0.0.1", 10450),),
    "state": None,
    "synchronous": "full",
    "keep_ids": 7 * 86400,
    "new_series_hold": 30,
    "environments": ("prod",),
    "domains": (),
    "mapping": None,
    "schemas": True,
    "packages": False,
    "expose": "all",
    "credit": "agent",
    "bots": (),
    "groups_file": None,
    "groups_track": ("*",),
    "groups_exclude": UMBRELLAS,
    "limits.categories": 200,
    "limits.topics": 10_000,
    "limits.users": 50_000,
    "limits.groups": 20_000,
}


def settings_of(settings: Config) -> dict[str, Any]:
    """The settings that these tests check; there may be more."""
    limits = {f"limits.{name}": limit for name, limit in settings.limits.items()}
    return {name: (vars(settings) | limits)[name] for name in DEFAULTS}


@pytest.mark.parametrize("text", ["", "{}", "users:\ngroups:\nlimits:\n"])
def test_defaults(text: str) -> None:
    """Keys that are missing or empty have their defaults."""
    assert settings_of(built(text)) == DEFAULTS


def test_without_any_file() -> None:
    """Without a config the defaults apply."""
    assert settings_of(load(None)) == DEFAULTS


def test_every_setting() -> None:
    """Every key of a full config sets the right value."""
    text = """
listen: "[::]:9000"
state: /var/lib/x/ledger.sqlite
synchronous: "off"
keep_ids: 2w
new_series_hold: 0
environments: [prod, stg]
domains: [org.example]
mapping: rules/own.yml
schemas: false
packages: true
users: {expose: members, credit: everyone, bots: ["*-bot"]}
groups: {file: groups.yml, track: ["*-sig"], exclude: []}
limits: {users: 5}
"""
    assert settings_of(built(text)) == DEFAULTS | {
        "listen": (TCP("::", 9000),),
        "state": Path("/var/lib/x/ledger.sqlite"),
        "synchronous": "off",
        "keep_ids": 14 * 86400,
        "new_series_hold": 0,
        "environments": ("prod", "stg"),
        "domains": ("org.example",),
        "mapping": Path("/etc/x/rules/own.yml"),
        "schemas": False,
        "packages": True,
        "expose": "members",
        "credit": "everyone",
        "bots": ("*-bot",),
        "groups_file": Path("/etc/x/groups.yml"),
        "groups_track": ("*-sig",),
        "groups_exclude": (),
        "limits.users": 5,
    }


@pytest.mark.parametrize(
    ("written_as", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("30.0", 30),
        ("0.5", 0.5),
        ("6.048e+05", 604_800),
        ("1e3", 1000),
        ("1.0e3", 1000),
        ("6.048e5", 604_800),
        ("60E3", 60_000),
        ("9e8", 900_000_000),
        ("6E+5", 600_000),
        ("1.5h", 5400),
        ("0.25s", 0.25),
        ("45s", 45),
        ("2m", 120),
        ("3h", 10_800),
        ("1d", 86_400),
        ("2w", 1_209_600),
        ("|\n  7d\n", 604_800),
        ("999999999w", 999_999_999 * 604_800),
    ],
)
def test_durations(written_as: str, seconds: float) -> None:
    """Durations are seconds in any form that YAML has for a number, or a number with a unit."""
    assert built(f"keep_ids: {written_as}").keep_ids == seconds


@pytest.mark.parametrize(
    "written_as",
    [
        *("7 days", "-1", "-1s", "s", "9999999999", "1d12h", "''", "~", "1e9", "1e-3", "true"),
        *(
            "-1.0",
            "1.0e+30",
            ".inf",
            "-.inf",
            ".nan",
            "1.h",
            ".5h",
            "1e3s",
            "7D",
            "[7d]",
            "2026-01-01",
        ),
    ],
)
def test_refused_durations(written_as: str) -> None:
    """Anything else is refused, with an explanation of durations."""
    message = said(f"\nkeep_ids: {written_as}")
    assert message.startswith("/etc/x/c.yml:2: keep_ids: ")
    assert "a duration: seconds, or a number with s, m, h, d or w" in message


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(6.048e05, 604_800), (30.0, 30), (float("nan"), None), (float("inf"), None), (-1.5, None)],
)
def test_durations_of_toml(value: float, seconds: int | None) -> None:
    """Under `fedora-messaging consume` the same numbers come without YAML, nan among them."""
    document = Document("[consumer_config]", {"keep_ids": value}, {})
    if seconds is not None:
        assert build(document).keep_ids == seconds
    else:
        with pytest.raises(DocumentError, match=r"^\[consumer_config\]: keep_ids: "):
            build(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "limits:\n  users: 1e4",
            "c.yml:2: limits.users: '1e4' must be a whole number; write 10000",
        ),
        ("limits: {users: '50'}", "c.yml:1: limits.users: '50' must be a whole number; write 50"),
        ("limits: {users: 1e999}", "c.yml:1: limits.users: '1e999' must be a whole number"),
        ("keep_ids: 1:30", "c.yml:1: keep_ids: YAML reads 1:30 in base 60, as 90; write 90"),
        ("limits: {users: 0100}", "c.yml:1: limits.users: YAML reads 0100 as octal, 64; write 100"),
        (
            "limits:\n  users: 1.0e+2",
            "c.yml:2: limits.users: 100.0 must be a whole number; write 100",
        ),
        (
            "groups:\n  track: [*-team]",
            "c.yml:2: is not valid YAML: found undefined alias; * starts",
        ),
        ("groups:\n\ttrack: []", "c.yml:2: is not valid YAML: found character that cannot"),
    ],
)
def test_values_that_yaml_reads_differently(text: str, message: str) -> None:
    """A config that YAML reads differently from its author is refused with file and line."""
    assert said(text).startswith(f"/etc/x/{message}")


@pytest.mark.parametrize(
    ("written_as", "listen"),
    [
        ("0.0.0.0:80", [TCP("0.0.0.0", 80)]),
        ("localhost:0", [TCP("localhost", 0)]),
        ("'[::1]:65535'", [TCP("::1", 65535)]),
        ("'[fe80::1%eth0]:80'", [TCP("fe80::1%eth0", 80)]),
        ("':10450'", [TCP("", 10450)]),
        ("unix:/run/x.sock", [Unix(Path("/run/x.sock"))]),
        ("unix:x.sock", [Unix(Path("/etc/x/x.sock"))]),
        ("systemd", [Systemd()]),
        ("[a:1, 'unix:x', '[::1]:2']", [TCP("a", 1), Unix(Path("/etc/x/x")), TCP("::1", 2)]),
    ],
)
def test_listen(written_as: str, listen: list[Address]) -> None:
    """Where to listen is host and port, a unix socket, systemd's sockets, or a list of these."""
    assert built(f"listen: {written_as}").listen == tuple(listen)


@pytest.mark.parametrize("text", ["127.0.0.1:80", "[::1]:80", ":80", "unix:/run/x", "systemd"])
def test_addresses_are_shown_as_they_are_written(text: str) -> None:
    """An address in a message can be copied into the config."""
    (address,) = built(f"listen: '{text}'").listen
    assert str(address) == text


@pytest.mark.parametrize(
    "written_as",
    [
        *("localhost", "'localhost:'", "localhost:http", "::1:80", "a b:1", "http://a:1", "''"),
        *("'[::1]'", "'[a]:1'", "Systemd", "'a:1 '", "'a:1\\n'", "a:1,b:2"),
    ],
)
def test_refused_listen(written_as: str) -> None:
    """Anything else is refused, with examples."""
    message = said(f"listen: {written_as}")
    assert message.startswith("/etc/x/c.yml:1: listen: ")
    assert "is not a valid address; expected one like 127.0.0.1:10450, [::1]:10450" in message
    assert "c.yml:3: listen[1]: " in said(f"listen:\n  - a:1\n  - {written_as}")


@pytest.mark.parametrize(
    ("written_as", "message"),
    [
        ("10450", "listen: 10450 must be text or a list"),
        ("[]", "listen: [] should be non-empty"),
        ("[10450]", "listen[0]: 10450 must be text"),
        ("'unix:'", "listen: 'unix:' has no usable path"),
        (f"unix:/{'x' * 107}", "has no usable path"),
        ("unix:~nobody-of-that-name/s", "is in the home of an unknown user"),
        ("localhost:65536", "listen: 65536 is not a valid port (0-65535)"),
        ("'localhost:123456'", "listen: 123456 is not a valid port (0-65535)"),
    ],
)
def test_listen_addresses_that_cannot_exist(written_as: str, message: str) -> None:
    """Something that looks like an address but cannot be one is refused with the reason."""
    assert message in said(f"listen: {written_as}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "- listen: a:1",
            "/etc/x/c.yml:1: [{'listen': 'a:1'}] must be a mapping of keys to values",
        ),
        ("listen", "/etc/x/c.yml:1: 'listen' must be a mapping of keys to values"),
        ("stat: x", "/etc/x/c.yml:1: stat: unknown key; did you mean 'state'?"),
        (
            "\nusers:\n  credits: agent",
            "/etc/x/c.yml:3: users.credits: unknown key; did you mean 'credit'?",
        ),
        (
            "users:\n  credit: all",
            "/etc/x/c.yml:2: users.credit: 'all' is not allowed; allowed: agent, everyone",
        ),
        (
            "synchronous: off",
            "/etc/x/c.yml:1: synchronous: False is not allowed; allowed: full, normal, off; "
            "write it in quotes",
        ),
        ("environments: prod", "/etc/x/c.yml:1: environments: 'prod' must be a list"),
        (
            "users:\n  bots:\n    - no",
            "/etc/x/c.yml:3: users.bots[0]: False must be text; write it in quotes",
        ),
        (
            "limits: {users: 0}",
            "/etc/x/c.yml:1: limits.users: 0 is less than the minimum of 1",
        ),
        (
            "state: ''",
            "/etc/x/c.yml:1: state: '' should be non-empty "
            "(path of the ledger file; without it, counts are kept in memory only)",
        ),
        (
            "groups:\n  file: ~nobody-of-that-name/groups.yml",
            "/etc/x/c.yml:2: groups.file: '~nobody-of-that-name/groups.yml' is in the "
            "home of an unknown user; write the full path",
        ),
        (
            'state: "a\\0b"',
            "/etc/x/c.yml:1: state: 'a\\x00b' contains a NUL byte, which no file name can have",
        ),
        (
            'listen: "unix:a\\0b"',
            "/etc/x/c.yml:1: listen: 'unix:a\\x00b' has no usable path; expected 1 to 107 bytes "
            "after unix:",
        ),
    ],
)
def test_refused_configs(text: str, message: str) -> None:
    """Each problem names file, line and key, and what is allowed."""
    assert said(text) == message


def test_all_problems_are_reported() -> None:
    """One run reports every error."""
    message = said("listen: 1\nkeep_ids: long\nsize: 3")
    assert [line.split(": ")[1] for line in message.splitlines()] == ["listen", "keep_ids", "size"]


def test_paths_are_relative_to_the_config(tmp_path: Path) -> None:
    """A path in a config is relative to the file that names it; a home is expanded."""
    (tmp_path / "sub").mkdir()
    path = written(tmp_path / "sub" / "c.yml", "state: a/ledger\nmapping: ~/m.yml\n")
    settings = load(path)
    assert settings.state == tmp_path / "sub" / "a" / "ledger"
    assert settings.mapping == Path.home() / "m.yml"


def test_overrides_take_precedence(tmp_path: Path) -> None:
    """The command line takes precedence; a path on it is relative to the working folder."""
    (tmp_path / "sub").mkdir()
    path = written(tmp_path / "sub" / "c.yml", "listen: a:1\nstate: old\nkeep_ids: 1d\n")
    settings = load(path, {"listen": ["b:2"], "state": "new"})
    assert settings.listen == (TCP("b", 2),)
    assert settings.state == tmp_path / "new"
    assert settings.keep_ids == 86_400
    assert load(path, {"listen": None, "state": None}).listen == (TCP("a", 1),)


def test_problem_of_an_override_is_the_command_line_s(tmp_path: Path) -> None:
    """An error on the command line is not attributed to the file."""
    path = written(tmp_path / "c.yml", "listen: a:1\n")
    with pytest.raises(DocumentError) as caught:
        load(path, {"listen": ["b:99999"]})
    assert str(caught.value).startswith("the command line: listen[0]: 99999 is not a valid port")


def test_usual_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A config given by name takes precedence, then the variable's, then the one in /etc."""
    named, by_variable, usual = (
        written(tmp_path / f"{name}.yml", f"listen: {name}:1") for name in ("a", "b", "c")
    )
    monkeypatch.setattr(config, "DEFAULT_PATH", usual)
    assert load(None).listen == (TCP("c", 1),)
    monkeypatch.setenv(config.VARIABLE, str(by_variable))
    assert load(None).listen == (TCP("b", 1),)
    assert load(named).listen == (TCP("a", 1),)


def test_missing_config_of_the_variable_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """A config that is named must exist."""
    monkeypatch.setenv(config.VARIABLE, "nowhere.yml")
    with pytest.raises(DocumentError, match=r"^nowhere\.yml: cannot be read: No such file"):
        load(None)


def test_config_of_the_consumer() -> None:
    """A table of fedora-messaging's TOML works as well, without line numbers."""
    table: dict[str, Any] = {"state": "ledger", "keep_ids": 60, "users": {"bots": ["x"]}}
    settings = build(Document("[consumer_config]", table, {}))
    assert (settings.state, settings.keep_ids, settings.bots) == (Path("ledger"), 60, ("x",))
    with pytest.raises(DocumentError) as caught:
        build(Document("[consumer_config]", {"users": {"bot": ["x"]}}, {}))
    assert str(caught.value) == "[consumer_config]: users.bot: unknown key; did you mean 'bots'?"


def test_a_config_is_not_changed_by_reading(tmp_path: Path) -> None:
    """Defaults of one config do not leak into the next."""
    first = written(tmp_path / "a.yml", "limits: {users: 5}\nenvironments: [stg]\n")
    load(first, {"state": "x"})
    assert settings_of(load(None)) == DEFAULTS


def test_every_key_is_described() -> None:
    """Each key has a default and says what it means, for the documentation."""
    described = dict(keys())
    assert {"listen", "users.credit", "groups.file", "limits.users"} <= described.keys()
    for key, part in described.items():
        assert part["description"], key
        assert "default" in part, key
