"""The mapping language: what a file may say, what is refused, which rule is found."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from fedmsg_exporter import document
from fedmsg_exporter.attribution import mapping
from fedmsg_exporter.attribution.mapping.paths import BodyPath, PathError
from fedmsg_exporter.document import DocumentError

# What Fedora's broker lets its publishers send, and what their schema packages
# know: one line each for org.fedoraproject, the other domains, and webhooks.
LIVE = """
ansible badges bodhi bugzilla buildsys ci compose copr coreos discourse faf fas fedocal
fedora_elections fedora_image_uploader fmn forgejo git greenwave hotness infragit ipa kerneltest
koschei logger logging mailman maubot mdapi meetbot mirrormanager nuancier openqa openscanhub
pagure planet pretix pungi resultsdb robosignatory toddlers waiverdb wiki
anitya cbs sig stream
github gitlab
""".split()  # noqa: SIM905  fifty quotes and commas less


def compiled(text: str) -> mapping.MessageMapping:
    """Compile a mapping, given as YAML."""
    return mapping.compile_mapping(document.parse(dedent(text), "my.yml"))


@pytest.mark.parametrize("category", LIVE)
def test_every_live_app_has_a_rule(category: str) -> None:
    """The packaged mapping knows each app that may publish on the bus today."""
    packaged = mapping.packaged()
    assert packaged.rules[category]
    assert category in {app for _, app in packaged.places}


def test_the_header_explains_every_key() -> None:
    """The packaged file is also the manual of its language."""
    schema = document.packaged("attribution/mapping/schema.yml").data["properties"]["apps"]
    app = schema["additionalProperties"]["properties"]
    rule = app.pop("rules")["items"]["properties"]
    text = Path(mapping.__file__).with_name("mapping.yml").read_text(encoding="utf-8")
    for key in (*app, *rule):
        assert f"\n# {key} " in text, key


def test_retired_apps_are_not_expected_to_publish() -> None:
    """Only live apps are places at which a message may appear at any time."""
    found = compiled(
        """
        apps:
          shop: {rules: [{topics: "#"}]}
          mine: {domains: [org.centos, io.pagure], rules: [{topics: "#"}]}
          trac: {retired: true, rules: [{topics: "#"}]}
          "*": {rules: [{topics: "#"}]}
        """
    )
    assert found.places == (
        ("org.fedoraproject", "shop"),
        ("org.centos", "mine"),
        ("io.pagure", "mine"),
    )


def test_renamed_apps_lead_to_live_ones() -> None:
    """Each alias of the packaged mapping ends at an app that publishes today."""
    packaged = mapping.packaged()
    living = {app for _, app in packaged.places}
    assert packaged.renamed["fedbadges"] == "badges"
    assert set(packaged.renamed.values()) <= living
    assert not set(packaged.renamed) & living


RULES = """
apps:
  shop:
    rules:
      - topics: [shop.sold, shop.*.returned]
        user: buyer
      - topics: shop.#
        user: clerk
  "*":
    rules:
      - topics: "#"
        user: agent
"""


@pytest.mark.parametrize(
    ("category", "topic", "line"),
    [
        ("shop", "shop.sold", 5),
        ("shop", "shop.hat.returned", 5),
        ("shop", "shop.opened", 7),
        ("shop", "elsewhere", 11),
        ("bakery", "bakery.sold", 11),
    ],
)
def test_finds_the_first_rule_that_matches(category: str, topic: str, line: int) -> None:
    """Rules are tried in order, those for any app after the app's own."""
    rule = compiled(RULES).find(category, topic)
    assert rule is not None
    assert rule.name == f"my.yml:{line}"


def test_no_rule_is_not_a_problem() -> None:
    """A mapping does not have to know every app."""
    assert compiled("apps: {}").find("shop", "shop.sold") is None


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("{user: agent}", "my.yml:5: apps.shop.rules[0]: 'topics' is a required property"),
        (
            "{topics: shop.#, users: agent}",
            "my.yml:5: apps.shop.rules[0].users: unknown key; did you mean 'user'?",
        ),
        (
            "{topics: shop.#, user: 'agent['}",
            "my.yml:5: apps.shop.rules[0].user: 'agent[' is not valid JMESPath: ",
        ),
        (
            "{topics: shop.#, packages: 'nvrs(builds)'}",
            "my.yml:5: apps.shop.rules[0].packages: 'nvrs(builds)' is not valid JMESPath: "
            "unknown function nvrs(); did you mean 'nvr'?",
        ),
        (
            "{topics: shop.#, logins: [a, b]}",
            "my.yml:5: apps.shop.rules[0].logins: ['a', 'b'] must be text",
        ),
    ],
)
def test_a_problem_says_where_and_what(rule: str, problem: str) -> None:
    """Each error in a file is reported with file, line, key and a way to fix it."""
    with pytest.raises(DocumentError) as caught:
        compiled(f"apps:\n  shop:\n    rules:\n      # a comment\n      - {rule}\n")
    assert str(caught.value).startswith(problem)


def test_loads_a_file(tmp_path: Path) -> None:
    """A user's own mapping is read from a path, and laid over the packaged one."""
    path = tmp_path / "mine.yml"
    path.write_text("bots: [mine]\nrenamed: {store: shop}\n", encoding="utf-8")
    found, base = mapping.load(path), mapping.packaged()
    assert found.bots == (*base.bots, "mine")
    assert found.renamed == {**base.renamed, "store": "shop"}
    assert found.places == base.places


@pytest.mark.parametrize(
    ("path", "body", "texts"),
    [
        ("agent", {"agent": "alice"}, ["alice"]),
        ("a.b.c", {"a": {"b": {"c": "alice"}}}, ["alice"]),
        ("a.b", {"a": "alice"}, []),
        ("a.b", {"a": None}, []),
        ("agent", {"agent": ["alice", None, 1, ["bob"]]}, ["alice", "bob"]),
        ("agent", {"agent": {"name": "alice"}}, []),
        ("agent", {"agent": 7}, []),
        ("a[].b", {"a": [{"b": "alice"}, {"b": "bob"}, {}]}, ["alice", "bob"]),
        ("keys(a)", {"a": {"alice": 1}}, ["alice"]),
        ("'kernel'", {}, ["kernel"]),
        ("nvr(a)", {"a": "a-b-1-2.fc40"}, ["a-b"]),
        ("nvr(a)", {"a": "x-1-1, y-z-1-1"}, ["x", "y-z"]),
        ("nvr(a)", {"a": ["x-1-1", None, "y-1-1 z-1-1"]}, ["x", "y", "z"]),
        ("nvr(a)", {}, []),
        ("nvr(a)", {"a": "no build"}, ["no", "build"]),
        ("split(a, ',')", {"a": "alice, bob"}, ["alice", " bob"]),
        ("split(a, ',')", {}, []),
        ("mentions(a)", {"a": "thanks @alice, and @bob!"}, ["alice", "bob"]),
        ("mentions(a)", {}, []),
        ("from_json(a).user", {"a": '{"user": ["alice"]}'}, ["alice"]),
        ("from_json(a).user", {}, []),
    ],
)
def test_paths_find_texts(path: str, body: dict[str, Any], texts: list[str]) -> None:
    """A path gives every text it finds, in order, and nothing else."""
    assert BodyPath(path).texts(body) == texts


@pytest.mark.parametrize("path", ["keys(a)", "from_json(a)", "nvr(a)", "contains(a, 'x')"])
def test_a_path_that_fails_is_reported_briefly(path: str) -> None:
    """A function on the wrong type is an error of that path, reported without the body."""
    body = {"a": 1} if path != "from_json(a)" else {"a": "{" * 100_000}
    with pytest.raises(PathError, match="^" + path.partition("(")[0]) as caught:
        BodyPath(path).texts(body)
    assert len(str(caught.value)) < 200


def test_deep_nesting_is_a_problem_not_a_crash() -> None:
    """Lists nested too deeply are an error of the path."""
    deep: list[Any] = ["alice"]
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(PathError):
        BodyPath("a").texts({"a": deep})


def test_invalid_paths_are_refused_at_once() -> None:
    """A path is compiled, and so checked, when the mapping is read."""
    for text in ("", "a..b", "a[", "nosuch(a)"):
        with pytest.raises(JMESPathError):
            BodyPath(text)


names = st.sampled_from(["a", "b", "c"])
bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(names, bodies), st.lists(names, min_size=1, max_size=4))
def test_a_plain_path_means_what_jmespath_means(body: dict[str, Any], keys: list[str]) -> None:
    """The getter for a.b.c agrees with JMESPath, which sees the same path quoted."""
    quoted = ".".join(f'"{key}"' for key in keys)
    assert BodyPath(".".join(keys)).find(body) == BodyPath(quoted).find(body)
