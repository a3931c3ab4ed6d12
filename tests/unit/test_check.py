"""The output of `check`: what it read, every error, and likely mistakes."""

from pathlib import Path

import pytest

from fedmsg_exporter import config, document
from fedmsg_exporter.commands.check.topics import idle_patterns
from tests.calling import invoke


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder without a config."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(config.VARIABLE, raising=False)
    monkeypatch.setattr(config, "DEFAULT_PATH", tmp_path / "nothing.yml")
    return tmp_path


def checked(folder: Path, **files: str) -> tuple[list[str], list[str]]:
    """What `check` prints and warns about valid files."""
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text)
    result = invoke("check", *(("--config", "config.yml") if "config" in files else ()))
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines(), result.stderr.splitlines()


GROUPS = "groups:\n  packager: [ralph, kevin]\n  docs: [ralph]\n  ipausers: [kevin]\n"
MAPPING = """\
version: 1
apps:
  bodhi:
    rules:
      - topics: bodhi.update.#
        user: agent
metrics:
  fedmsg_hats_total: {help: Hats., topics: hats.new}
  fedmsg_shoes_total: {help: Shoes., topics: shoes.new}
"""


HASH = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"


def test_check_says_what_it_read(folder: Path) -> None:
    """Each file is named with its amount of content, so that one emptier than intended shows."""
    settings = (
        "mapping: mapping.yml\n"
        "groups: {file: groups.yml}\n"
        "users: {logins: {github: {octocat: ralph}, forgejo: fas}}\n"
        "web: {config_file: web.yml}\n"
    )
    (folder / "web.yml").write_text(f"basic_auth_users: {{ralph: {HASH}}}\n")
    said, warnings = checked(folder, config=settings, groups=GROUPS, mapping=MAPPING)
    assert warnings == []
    together = said.pop(3)
    assert together.startswith("            with the packaged one: ")
    assert together.endswith(" metrics")
    assert said == [
        "config, mapping and groups are valid",
        "  config    config.yml",
        "  mapping   mapping.yml: 1 rule for 1 app, 2 metrics",
        "  groups    groups.yml: 2 groups with 2 members; 1 more group not tracked",
        "  logins    of 2 apps: github, forgejo",
        "  web       web.yml: no TLS, 1 user",
    ]


def test_check_of_a_web_config_that_is_missing(folder: Path) -> None:
    """It is reported at the key that names it."""
    (folder / "config.yml").write_text("web:\n  config_file: web.yml\n")
    result = invoke("check", "--config", "config.yml")
    assert result.exit_code == 2
    said = "config.yml:2: web.config_file: web.yml: cannot be read: No such file or directory\n"
    assert result.stderr == said


def test_check_without_any_file() -> None:
    """A missing config is not an error, but it is reported."""
    result = invoke("check")
    assert result.exit_code == 0
    assert "  config    no file; every key has its default" in result.stdout
    assert "  groups    none; set groups.file or groups.fasjson.url" in result.stdout


def test_check_with_fasjson(folder: Path) -> None:
    """FASJSON is not queried; its URL is named, and nothing is said about members."""
    settings = (
        "users: {expose: members}\n"
        "groups: {track: ['*-sig'], fasjson: {url: 'https://fasjson.invalid', auth: none}}\n"
    )
    said, warnings = checked(folder, config=settings)
    assert "  groups    from https://fasjson.invalid, queried by `run`" in said
    assert warnings == []


@pytest.mark.parametrize(
    ("settings", "groups", "expected"),
    [
        pytest.param(
            "groups:\n  file: groups.yml\n  track:\n    - docs\n    - pakager\n    - '*-sig'\n",
            GROUPS,
            [
                "config.yml:5: groups.track[1]: warning: 'pakager' matches no group in groups.yml; "
                "did you mean 'packager'?",
                "config.yml:6: groups.track[2]: warning: '*-sig' matches no group in groups.yml",
            ],
            id="track-of-no-group",
        ),
        pytest.param(
            "groups:\n  file: groups.yml\n  track: [docs, ipausers]\n",
            GROUPS,
            [
                "config.yml:3: groups.track[1]: warning: groups.exclude excludes every group "
                "'ipausers' matches"
            ],
            id="track-of-an-excluded-group",
        ),
        pytest.param(
            "groups: {file: groups.yml}\n",
            "packager:\n  - ralph\n  - none\n  - '@kde'\n  - ralph@mail.example\n",
            [
                f"groups.yml:{line}: packager[{line - 2}]: warning: {name!r} is not a FAS name "
                "and is ignored"
                for line, name in ((3, "none"), (4, "@kde"), (5, "ralph@mail.example"))
            ],
            id="members-who-are-nobody",
        ),
        pytest.param(
            "users:\n  expose: members\n",
            None,
            [
                "config.yml:2: users.expose: warning: hides every person: "
                "no groups are configured; set groups.file or groups.fasjson.url"
            ],
            id="only-members-without-groups",
        ),
        pytest.param(
            "users:\n  expose: members\ngroups: {file: groups.yml}\n",
            "{}",
            ["config.yml:2: users.expose: warning: hides every person: no group has members"],
            id="only-members-without-members",
        ),
        pytest.param(
            "groups:\n  track: [packager]\n",
            None,
            [
                "config.yml:2: groups.track: warning: has no effect: no groups are configured; "
                "set groups.file or groups.fasjson.url"
            ],
            id="track-without-groups",
        ),
        pytest.param("groups: {file: groups.yml}\n", GROUPS, [], id="nothing-wrong"),
        pytest.param("users: {expose: all}\n", None, [], id="no-groups-wanted"),
    ],
)
def test_warnings_of_groups(
    folder: Path, settings: str, groups: str | None, expected: list[str]
) -> None:
    """A setting that is valid but has no effect gives a warning with its line."""
    files = {"config": settings} | ({"groups": groups} if groups else {})
    _, warnings = checked(folder, **files)
    assert warnings == expected


def test_warnings_of_the_mapping_come_with_their_lines(folder: Path) -> None:
    """A warning is not an error: the status stays 0."""
    mapping = MAPPING.replace("bodhi.update.#", "org.fedoraproject.prod.bodhi.update.#")
    _, warnings = checked(folder, config="mapping: mapping.yml\n", mapping=mapping)
    assert warnings == [
        "mapping.yml:5: apps.bodhi.rules[0].topics: warning: "
        "'org.fedoraproject.prod.bodhi.update.#' matches nothing: "
        "write it without its prefix, as 'bodhi.update.#'"
    ]


def idle(*patterns: str, app: str = "bodhi", domains: tuple[str, ...] = ()) -> list[str]:
    """The problems of patterns, each in a separate rule."""
    rules = [{"topics": pattern, "user": "agent"} for pattern in patterns]
    data = {"version": 1, "apps": {app: {"rules": rules}}}
    source = document.Document("m.yml", data, {})
    return [problem.message for problem in idle_patterns(source, domains)]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("org.fedoraproject.prod.bodhi.update.comment", "as 'bodhi.update.comment'"),
        ("org.fedoraproject.stg.bodhi.#", "as 'bodhi.#'"),
        ("org.fedoraproject.*.bodhi.#", "as 'bodhi.#'"),
        ("org.fedoraproject.bodhi.#", "as 'bodhi.#'"),
        ("io.pagure.#", "as '#'"),
        ("com.example.prod.bodhi.x", "as 'bodhi.x'"),
        ("copr.build.end", "is a topic of 'copr', not of 'bodhi'; move it to apps.copr"),
        ("Bodhi.update", "is a topic of 'Bodhi'"),
        ("bodhi.update*", "* and # match whole words"),
        ("bodhi.up#ate", "* and # match whole words"),
        ("bodhi.update comment", "no topic can have such words"),
        ("bodhi..comment", "no topic can have such words"),
        ("bodhi.update.", "no topic can have such words"),
        ("bodhi.caf\u00e9", "no topic can have such words"),
        ("bodhi.@alice", "no topic can have such words"),
        (f"bodhi.{'x' * 300}", "no topic can have such words"),
    ],
)
def test_patterns_that_match_nothing(pattern: str, said: str) -> None:
    """A pattern that no topic of its app can match is reported with a correction."""
    (message,) = idle(pattern)
    assert said in message


@pytest.mark.parametrize(
    "pattern",
    [
        "bodhi.update.comment",
        "bodhi",
        "bodhi.#",
        "#",
        "*",
        "*.update.#",
        "#.update.comment",
        "bodhi.build.dev.x",
        "VirtualTopic.eng.bodhi.x",
        "bodhi.org.fedoraproject.prod",
    ],
)
def test_patterns_that_may_match(pattern: str) -> None:
    """Patterns that may match give no warning."""
    assert idle(pattern) == []


def test_rules_for_any_app_take_any_topic() -> None:
    """Among the rules for any app, only a prefix is wrong."""
    assert idle("copr.build.end", "#.x", app="*") == []
    assert len(idle("org.fedoraproject.prod.copr.build.end", app="*")) == 1


def test_domains_of_the_config_are_prefixes_too() -> None:
    """What counts as a domain depends on the config."""
    assert idle("lan.home.bodhi.x", app="*") == []
    assert len(idle("lan.home.bodhi.x", app="*", domains=("lan.home",))) == 1


@pytest.mark.parametrize(
    ("patterns", "late"),
    [
        (("bodhi.#", "bodhi.update.comment"), True),
        (("bodhi.update.*", "bodhi.update.comment"), True),
        (("bodhi.update.#", "bodhi.update.*.x"), True),
        (("#", "bodhi.#"), True),
        (("bodhi.#", "bodhi.#"), True),
        (("bodhi.update.comment", "bodhi.#"), False),
        (("bodhi.update.*", "bodhi.update.#"), False),
        (("bodhi.*.comment", "bodhi.update.*"), False),
        (("bodhi.*", "bodhi.#.x"), False),
    ],
)
def test_rules_that_are_never_reached(patterns: tuple[str, ...], late: bool) -> None:
    """A rule after one that matches all its topics never applies."""
    said = idle(*patterns)
    assert [" is never reached: " in one for one in said] == ([True] if late else [])


def test_metrics_have_topics_of_all_apps() -> None:
    """The patterns of a metric, and of its `also`, are checked; they need no app."""
    metric = {"topics": ["copr.#", "org.centos.ci.#"], "also": [{"topics": "io.pagure.prod.x"}]}
    source = document.Document("m.yml", {"metrics": {"fedmsg_x": metric, "fedmsg_y": None}}, {})
    assert [problem.key for problem in idle_patterns(source)] == [
        "metrics.fedmsg_x.topics[1]",
        "metrics.fedmsg_x.also[0].topics",
    ]


def test_the_packaged_mapping_has_no_idle_pattern() -> None:
    """Every rule that ships can be reached by some topic."""
    source = document.packaged("attribution/mapping/mapping.yml")
    assert list(map(str, idle_patterns(source))) == []
