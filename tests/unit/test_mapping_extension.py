"""A custom mapping: it extends the packaged one and takes precedence."""

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from fedmsg_exporter import config, document
from fedmsg_exporter.attribution import Attribution, logins, mapping
from fedmsg_exporter.config import Config
from fedmsg_exporter.document import Document, DocumentError
from fedmsg_exporter.event import Event
from fedmsg_exporter.message import Message
from fedmsg_exporter.service.parts import attribution, load_mapping

BASE = """
bots: [robby, "*-bot"]
renamed: {store: shop}
apps:
  shop:
    domains: [io.pagure]
    rules:
      - {topics: shop.sold, user: buyer}
      - {topics: shop.#, user: clerk}
  zeppelin: {retired: true, rules: [{topics: "#", user: pilot}]}
  "*": {rules: [{topics: "#", user: agent}]}
metrics:
  fedmsg_hats_total: {help: Hats., topics: shop.#}
  fedmsg_shoes_total: {help: Shoes., topics: shop.#}
"""


def extended(text: str) -> mapping.MessageMapping:
    """Lay a mapping, given as YAML, over the base."""
    base = mapping.compile_mapping(document.parse(BASE, "base.yml"))
    return mapping.compile_mapping(document.parse(dedent(text), "mine.yml"), base)


OWN_RULE = "apps: {shop: {rules: [{topics: shop.sold, user: me}]}}"
REPLACED = "apps: {shop: {replace: true, rules: [{topics: shop.sold, user: me}]}}"


@pytest.mark.parametrize(
    ("text", "topic", "rule"),
    [
        ("{}", "shop.sold", "base.yml:8"),
        (OWN_RULE, "shop.sold", "mine.yml:1"),
        # The base's other rules follow.
        (OWN_RULE, "shop.opened", "base.yml:9"),
        (REPLACED, "shop.sold", "mine.yml:1"),
        # Without the app's rules, those for any app apply.
        (REPLACED, "shop.opened", "base.yml:11"),
        ("apps: {bakery: {rules: [{topics: '#', user: me}]}}", "bakery.sold", "mine.yml:1"),
        ("apps: {'*': {rules: [{topics: '#', user: me}]}}", "bakery.sold", "mine.yml:1"),
        ("apps: {'*': {rules: [{topics: '#', user: me}]}}", "shop.sold", "base.yml:8"),
    ],
)
def test_custom_rules_come_first(text: str, topic: str, rule: str) -> None:
    """The rules of an app are tried before the base's, or replace them."""
    found = extended(text).find(topic.split(".", maxsplit=1)[0], topic)
    assert found is not None
    assert found.name == rule


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("{}", {("io.pagure", "shop")}),
        (OWN_RULE, {("io.pagure", "shop")}),
        (
            "apps: {shop: {domains: [org.centos, x.y], rules: []}}",
            {("org.centos", "shop"), ("x.y", "shop")},
        ),
        ("apps: {shop: {retired: true, rules: []}}", set()),
        # A rule for a retired app does not make it live again.
        ("apps: {zeppelin: {rules: [{topics: '#'}]}}", {("io.pagure", "shop")}),
        (
            "apps: {bakery: {rules: []}}",
            {("io.pagure", "shop"), ("org.fedoraproject", "bakery")},
        ),
    ],
)
def test_places(text: str, places: set[tuple[str, str]]) -> None:
    """The places of an app stay as they were, unless the file says otherwise."""
    assert set(extended(text).places) == places


def test_lists_add_up() -> None:
    """Bots, people and renamed apps are added to the base's."""
    found = extended("bots: [ann-o-matic]\npeople: [abbot-bot]\nrenamed: {market: shop}")
    assert found.bots == ("robby", "*-bot", "ann-o-matic")
    assert found.people == ("abbot-bot",)
    assert found.renamed == {"store": "shop", "market": "shop"}


def kind_of(name: str, found: mapping.MessageMapping, **settings: Any) -> str:
    """The kind of the user who sold a hat."""
    message = Message("io.pagure.prod.shop.opened", "id-1", {}, {"clerk": name})
    (user,) = Attribution(found, **settings).attribute(message).users
    return user.kind


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("{}", "robby", "bot"),
        ("{}", "abbot-bot", "bot"),
        ("{}", "alice", "person"),
        ("bots: [alice]", "alice", "bot"),
        ("people: [robby]", "robby", "person"),
        ("people: [abbot-bot]", "abbot-bot", "person"),
        ("people: [abbot-bot]", "other-bot", "bot"),
    ],
)
def test_bots_and_people(text: str, name: str, kind: str) -> None:
    """A file can also say who is not a bot."""
    assert kind_of(name, extended(text)) == kind


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{}", ["fedmsg_hats_total", "fedmsg_shoes_total"]),
        ("metrics: {fedmsg_hats_total: null}", ["fedmsg_shoes_total"]),
        (
            "metrics: {fedmsg_gloves_total: {help: Gloves., topics: shop.#}}",
            ["fedmsg_hats_total", "fedmsg_shoes_total", "fedmsg_gloves_total"],
        ),
    ],
)
def test_metrics(text: str, names: list[str]) -> None:
    """Metrics are added; null turns one off."""
    assert list(extended(text).metrics) == names


def test_a_metric_replaces_that_of_the_same_name() -> None:
    """The replacement is complete: nothing of the base's is left."""
    found = extended("metrics: {fedmsg_hats_total: {help: Caps., limit: 7, topics: cap.#}}")
    metric = found.metrics["fedmsg_hats_total"]
    assert (metric.family.help, metric.limit) == ("Caps.", 7)
    assert [rule.topics for rule in metric.rules] == [("cap.#",)]


def test_custom_examples_only() -> None:
    """The base's examples may fail under custom rules, so they are not run."""
    assert extended(OWN_RULE).examples == ()
    assert mapping.packaged().examples


def configured(folder: Path, settings: dict[str, Any]) -> Config:
    """The config of a file in a folder."""
    return config.build(Document(str(folder / "config.yml"), {"schemas": False, **settings}, {}))


def attributed(folder: Path, settings: dict[str, Any], topic: str, body: Any) -> Event:
    """Attribute a message as a config says."""
    whole = f"org.fedoraproject.prod.{topic}"
    found = attribution(configured(folder, settings))
    return found.attribute(Message(whole, "id-1", {}, body))


def test_the_config_names_the_file(tmp_path: Path) -> None:
    """`mapping` is relative to the config; the packaged rules still apply."""
    (tmp_path / "mine.yml").write_text("apps: {bakery: {rules: [{topics: '#', user: baker}]}}")
    settings = {"mapping": "mine.yml"}
    baked = attributed(tmp_path, settings, "bakery.bread.baked", {"baker": "alice"})
    posted = attributed(tmp_path, settings, "planet.post.new", {"username": "bob"})
    assert [user.name for user in (*baked.users, *posted.users)] == ["alice", "bob"]
    assert ("org.fedoraproject", "planet") in load_mapping(configured(tmp_path, settings)).places


@pytest.mark.parametrize(("aliases", "category"), [(False, "fedbadges"), (True, "badges")])
def test_aliases(tmp_path: Path, aliases: bool, category: str) -> None:
    """With `aliases` an app that was renamed counts under its present name."""
    body = {"user": {"username": "alice"}}
    event = attributed(tmp_path, {"aliases": aliases}, "fedbadges.badge.award", body)
    assert event.category == category
    assert [user.name for user in event.users] == ["alice"]


LOGINS: dict[str, Any] = {
    "github": {"octo": "alice", "ship": "no fas name"},
    "gitlab": "fas",
    "forgejo": {"git.example": "fas", "codeberg.org": {"octo": "carol"}},
}


@pytest.mark.parametrize(
    ("topic", "login", "users"),
    [
        ("github.push", "octo", ["alice"]),
        ("github.push", "ship", []),
        ("github.push", "bob", []),
        ("gitlab.push", "bob", ["bob"]),
        ("gitlab.push", "Bob Nobody", []),
        ("forgejo.push", "octo", ["carol"]),
        ("forgejo.push", "bob", []),
    ],
)
@pytest.mark.parametrize("in_a_file", [False, True])
def test_logins(tmp_path: Path, in_a_file: bool, topic: str, login: str, users: list[str]) -> None:
    """`users.logins` has the owners of logins on other platforms, in the config or in a file."""
    (tmp_path / "logins.yml").write_text(json.dumps(LOGINS))
    settings = {"users": {"logins": "logins.yml" if in_a_file else LOGINS}}
    place = {"repository": {"html_url": "https://codeberg.org/hats/rack"}}
    body = {"body": {"sender": {"login": login}, "user": {"username": login}, **place}}
    event = attributed(tmp_path, settings, topic, body)
    assert [user.name for user in event.users] == users


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "github: everyone",
            "logins.yml:1: github: 'everyone' is not valid; expected FAS names by login",
        ),
        (
            "github: {octo: [alice]}",
            "logins.yml:1: github.octo: ['alice'] must be text or a mapping",
        ),
        (
            "github: {git.example: {octo: 7}}",
            "logins.yml:1: github.git.example.octo: 7 must be text",
        ),
        ("forgejo: [7]", "logins.yml:1: forgejo[0]: 7 must be text"),
        ("- github", "logins.yml:1: ['github'] must be a mapping of keys to values"),
    ],
)
def test_problems_in_logins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str
) -> None:
    """An error in a file of logins is reported with its line."""
    monkeypatch.chdir(tmp_path)
    Path("logins.yml").write_text(text)
    with pytest.raises(DocumentError) as raised:
        logins.load(Path("logins.yml"))
    assert problem in str(raised.value)


def test_problems_in_logins_of_the_config() -> None:
    """An error in logins in the config is reported with its key."""
    source = document.parse("users:\n  logins:\n    github: everyone\n", "config.yml")
    with pytest.raises(DocumentError, match=r"config\.yml:3: users\.logins\.github: 'everyone'"):
        config.build(source)
