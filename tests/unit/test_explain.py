"""Which messages `explain` shows, and what it says about those that credit nobody."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter import config
from fedmsg_exporter.commands.explain.mentions import mentions
from fedmsg_exporter.event import Event
from fedmsg_exporter.message import Message
from tests.calling import invoke, line


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A working folder with a config that does not use message classes."""
    (tmp_path / "config.yml").write_text("schemas: false\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(config.VARIABLE, "config.yml")
    return tmp_path


def explained(*arguments: str, stdin: str) -> list[dict[str, Any]]:
    """The explanations that are printed."""
    result = invoke("explain", *arguments, "-", stdin=stdin)
    assert result.exit_code == 0
    return [json.loads(one) for one in result.stdout.splitlines()]


def ids(*arguments: str, stdin: str) -> list[str]:
    """The ids of the messages that are shown."""
    return [one["id"] for one in explained(*arguments, stdin=stdin)]


def mentioned(name: str, body: Any, headers: dict[str, Any] | None = None) -> bool:
    """Whether a message with this body mentions a name."""
    message = Message("t", "1", headers or {}, body)
    return mentions(message, Event("1", "t", "d", "prod", "t", "t"), name)


@pytest.mark.parametrize(
    "text",
    [
        "ask alice about it",
        "Thanks\nalice",
        "by\talice",
        "\r\nalice\r\n",
        "said \u201calice\u201d today",
        "fixed\u2014alice",
        '"alice"',
        "C:\\alice",
        "user/alice",
        "alice@example.com",
        "ALICE",
        "\u00a0alice\u00a0",
        '{"user": ["bob\\nalice"]}',
        '["{\\"name\\": \\"x\\\\talice\\"}"]',
    ],
)
@pytest.mark.parametrize("place", ["value", "key", "list", "deep", "header"])
def test_a_name_is_found_as_a_word_of_any_text(text: str, place: str) -> None:
    """Names are looked for in the texts that the publisher wrote, not in their JSON."""
    bodies: dict[str, dict[str, Any]] = {
        "value": {"msg": text},
        "key": {text: {"x": 1}},
        "list": {"a": [1, None, [text]]},
        "deep": {"a": {"b": {"c": [{"d": text}]}}},
        "header": {},
    }
    assert mentioned("alice", bodies[place], {"x": text} if place == "header" else None)


@pytest.mark.parametrize("text", ["malice", "alice2", "alice-bot", "the_alice", "\u00e4alice", ""])
def test_part_of_a_word_is_not_the_name(text: str) -> None:
    """A longer name that contains it is another name."""
    assert not mentioned("alice", {"a": text})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Alice@fedoraproject.org", "alice"),
        (" alice ", "alice"),
        ("@alice:fedora.im", "by alice"),
        ("https://src.fedoraproject.org/user/alice", "alice"),
        ("Zo\u00eb", "regards Zo\u00eb"),
        ("Zoe\u0308", "regards Zo\u00eb"),
        ("ZO\u00cb", "regards Zoe\u0308"),
        ("nobody", "nobody"),
        ("@packagers", "ask @packagers"),
        ("Alice Smith", "by Alice Smith"),
    ],
)
def test_the_name_may_be_given_in_any_spelling(name: str, text: str) -> None:
    """A spelling of a FAS name means that name; other text is searched for literally."""
    assert mentioned(name, {"a": text})


def test_a_publishers_header_for_a_user_is_a_mention() -> None:
    """fedora-messaging lists users in separate headers."""
    assert mentioned("alice", {}, {"fedora_messaging_user_alice": True})
    assert not mentioned("alice", {}, {"fedora_messaging_user_alice2": True})


def test_endless_nesting_is_searched() -> None:
    """Even a body as deep as Python can hold is searched."""
    body: Any = "alice"
    for _ in range(100_000):
        body = [body]
    assert mentioned("alice", {"a": body})


_TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(
    ["alice", "{", '["alice"]', "[" * 99]
)
_BODIES = st.recursive(
    _TEXTS | st.none() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(_BODIES, st.dictionaries(_TEXTS, _BODIES, max_size=3), st.text(max_size=8))
def test_any_message_can_be_searched_for_anything(
    body: object, headers: dict[str, object], name: str
) -> None:
    """Whatever a publisher sent and whatever is searched for, the search ends."""
    mentioned(name, {"a": body}, headers)
    assert mentioned("alice", {"a": [body, "alice"]}, headers)


def test_who_is_credited_is_found_whatever_the_spelling() -> None:
    """The name is found even if the message spells it in an unusual way."""
    records = line(1, "http://alice.id.fedoraproject.org/") + line(2, "bob")
    assert ids("--user", "alice", stdin=records) == ["id-1"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--topic", "bodhi.#"), ["id-1", "id-2"]),
        (("--topic", "org.fedoraproject.*.bodhi.#"), ["id-1", "id-2"]),
        (("--topic", "copr.build.*"), ["id-3"]),
        (("--topic", "copr.#", "--topic", "bodhi.#"), ["id-1", "id-2", "id-3"]),
        (("--topic", "bodhi"), []),
        (("--id", "id-2"), ["id-2"]),
        (("--id", "id-2", "--id", "id-3"), ["id-2", "id-3"]),
        (("--id", "id-2", "--topic", "copr.#"), []),
        (("--user", "kevin", "--topic", "bodhi.#"), ["id-2"]),
    ],
)
def test_filters(arguments: tuple[str, ...], expected: list[str]) -> None:
    """Each filter narrows what is shown; a filter given twice matches either value."""
    copr = line(3, "kevin", topic="org.fedoraproject.prod.copr.build.end")
    assert ids(*arguments, stdin=line(1) + line(2, "kevin") + copr) == expected


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("--user", "Bob"), line(1) + line(2), "no message mentions 'Bob' (2 read)\n"),
        (
            ("--topic", "a", "--topic", "b.#", "--id", "x"),
            line(1),
            "no message has a topic that matches a or b.# and has the id x (1 read)\n",
        ),
        ((), "", "no messages found\n"),
        (("--user", "ralph"), line(1), ""),
    ],
)
def test_nothing_found_is_reported(arguments: tuple[str, ...], stdin: str, said: str) -> None:
    """Silence could also mean a mistake in the command."""
    result = invoke("explain", *arguments, "-", stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, said)


GITHUB = line(
    1, topic="org.fedoraproject.prod.github.issue.opened", body={"sender": {"login": "octocat"}}
)


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ("", "login 'octocat' is in no map of logins; add it to users.logins.github"),
        (
            "users: {logins: {github: {hubot: alice}}}\n",
            "login 'octocat' is in no map of logins; add it to users.logins.github",
        ),
        (
            "users: {logins: logins.yml}\n",
            "login 'octocat' is in no map of logins; add it to logins.yml, under github",
        ),
        ("users: {logins: {github: {octocat: alice}}}\n", None),
    ],
)
def test_unknown_login_points_to_the_map(folder: Path, settings: str, advice: str | None) -> None:
    """A login that no map knows is shown with the place where it is missing."""
    (folder / "config.yml").write_text(f"schemas: false\n{settings}")
    (folder / "logins.yml").write_text("github: {}\n")
    (only,) = explained(stdin=GITHUB)
    assert [step for step in only["why"] if "no map" in step] == ([advice] if advice else [])
    assert only["users"] == ([] if advice else ["alice"])


def test_a_rejected_message_measures_nothing() -> None:
    """The JSON of a rejected message has no measures, as the table has no metrics."""
    body = {"project": {"name": "hats"}}
    counted, rejected = explained(
        stdin=line(1, topic="io.pagure.prod.pagure.issue.new", body=body)
        + line(2, topic="io.pagure.stg.pagure.issue.new", body=body)
    )
    assert counted["measures"]
    assert (rejected["rejected"], rejected["measures"]) == ("environment", [])


def test_custom_and_packaged_rules_are_distinguished(folder: Path) -> None:
    """Files of the same name: only the one that ships is called packaged."""
    (folder / "config.yml").write_text("schemas: false\nmapping: mapping.yml\n")
    (folder / "mapping.yml").write_text(
        "version: 1\napps:\n  bodhi:\n    rules:\n"
        "      - {topics: bodhi.update.comment, user: agent}\n"
    )
    own, packaged = explained(stdin=line(1) + line(2, topic="org.fedoraproject.prod.git.receive"))
    assert "mapping.yml:5: agent gave 'ralph', ralph" in own["why"]
    assert any(step.startswith("packaged mapping.yml:") for step in packaged["why"])
    assert not any(step.startswith("mapping.yml:") for step in packaged["why"])
