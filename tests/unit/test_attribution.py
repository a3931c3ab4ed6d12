"""Who did it: by class, by rule, by header; and who is not credited."""

import json
import re
from typing import Any

import pytest
from fedora_messaging import message as fm
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter import document
from fedmsg_exporter.attribution import STAGES, Attribution, mapping
from fedmsg_exporter.attribution import message_classes as schemas
from fedmsg_exporter.attribution.answer import ClassAnswer
from fedmsg_exporter.attribution.message_classes import SchemaClasses
from fedmsg_exporter.event import INVALID, Event, User
from fedmsg_exporter.groups.membership import Membership
from fedmsg_exporter.message import Message

PACKAGED = mapping.packaged()
Json = dict[str, Any]


def message(topic: str, body: Json | None = None, headers: Json | None = None) -> Message:
    """A message under a topic of org.fedoraproject.prod, or under a whole one."""
    whole = topic if topic.startswith(("org.", "io.")) else f"org.fedoraproject.prod.{topic}"
    return Message(whole, "id-1", headers or {}, body or {})


def event(message: Message, **settings: Any) -> Event:
    """Attribute a message by the packaged mapping."""
    return Attribution(PACKAGED, **settings).attribute(message)


def users(message: Message, **settings: Any) -> list[str]:
    """The names that a message credits."""
    return [user.name for user in event(message, **settings).users]


UPDATE = {"builds": [{"nvr": "hat-rack-1.0-1.fc40"}], "user": {"name": "olga"}}
WEBHOOK = {"fas_usernames": {"octo": "alice", "acme": "github_org_acme"}}

# topic, body, who did it, everyone, packages
TELLING: list[tuple[str, Json, str, str, str]] = [
    (
        "bodhi.update.comment",
        {"comment": {"user": {"name": "alice"}, "text": "ask @bob", "update": UPDATE}},
        "alice",
        "alice bob",
        "hat-rack",
    ),
    # An anonymous comment is nobody's, and in particular not the update owner's.
    (
        "bodhi.update.comment",
        {"comment": {"user": {"name": "anonymous"}, "text": ""}, "update": UPDATE},
        "",
        "olga",
        "hat-rack",
    ),
    (
        "bodhi.update.request.testing",
        {"agent": "alice", "update": UPDATE},
        "alice",
        "alice olga",
        "hat-rack",
    ),
    ("bodhi.errata.publish", {"update": UPDATE}, "olga", "olga", "hat-rack"),
    (
        "bodhi.update.complete.stable",
        {"update": {"submitter": "olga", "title": "hat-1-1.el6,cap-1-1.el6"}},
        "olga",
        "olga",
        "hat cap",
    ),
    (
        "buildsys.build.state.change",
        {"owner": "mbs/mbs.fedoraproject.org", "name": "hat", "new": 1},
        "mbs",
        "mbs",
        "hat",
    ),
    ("copr.build.end", {"user": "alice", "owner": "@hats"}, "alice", "alice", ""),
    # An external account submitted it, not the project's owner.
    ("copr.build.start", {"user": "github.com:octo", "owner": "olga"}, "", "olga", ""),
    (
        "git.receive",
        {"commit": {"username": "alice", "agent": "bot", "repo": "hat", "namespace": "rpms"}},
        "alice",
        "alice",
        "hat",
    ),
    # Without a namespace it is a private repository, whose hook runs as root.
    (
        "git.receive",
        {"commit": {"username": "root", "agent": "alice", "repo": "keys"}},
        "alice",
        "alice",
        "",
    ),
    ("git.receive", {"commit": {"username": "root", "repo": "keys"}}, "", "", ""),
    (
        "git.receive",
        {"agent": "alice", "commit": {"repo": "hat", "namespace": "container"}},
        "alice",
        "alice",
        "",
    ),
    (
        "io.pagure.prod.pagure.git.receive",
        {"commit": {"agent": "git", "email": "alice@fedoraproject.org"}},
        "alice",
        "alice",
        "",
    ),
    # The owner of a project did not open the issue.
    (
        "io.pagure.prod.pagure.issue.new",
        {"agent": "alice", "project": {"user": {"name": "olga"}}},
        "alice",
        "alice",
        "",
    ),
    (
        "fas.group.member.sponsor",
        {"msg": {"agent": "alice", "user": "bob"}},
        "alice",
        "alice bob",
        "",
    ),
    (
        "fas.role.update",
        {"agent": {"username": "alice"}, "user": {"username": "bob"}},
        "alice",
        "alice bob",
        "",
    ),
    ("fedbadges.badge.award", {"user": {"username": "alice"}}, "alice", "alice", ""),
    ("badges.person.rank.advance", {"person": {"nickname": "alice"}}, "alice", "alice", ""),
    ("fmn.rule.update", {"openid": "alice.id.fedoraproject.org"}, "alice", "alice", ""),
    (
        "org.release-monitoring.prod.anitya.project.flag",
        {
            "message": {"agent": "http://alice.id.fedoraproject.org/"},
            "packages": [
                {"package_name": "hat", "distro": "Fedora"},
                {"package_name": "hat2", "distro": "Debian"},
            ],
        },
        "alice",
        "alice",
        "hat",
    ),
    ("org.release-monitoring.prod.anitya.project.version.update", {}, "anitya", "anitya", ""),
    # Since 2023 only this version is sent: it is not a duplicate.
    (
        "org.release-monitoring.prod.anitya.project.version.remove.v2",
        {"message": {"agent": "alice"}},
        "alice",
        "alice",
        "",
    ),
    ("github.issues", {"sender": {"login": "octo"}, **WEBHOOK}, "alice", "alice", ""),
    ("github.star", {"sender": {"login": "unheard-of"}, **WEBHOOK}, "", "alice", ""),
    (
        "github.push",
        {"agent": "alice", "body": {"sender": {"login": "octo"}}},
        "alice",
        "alice",
        "",
    ),
    ("forgejo.push", {"agent": None, "body": {"sender": {"login": "octo"}}}, "", "", ""),
    (
        "meetbot.meeting.item.link",
        {"details": {"nick": "alice"}, "owner": "olga", "attendees": {"bob": 2, "zodbot": 1}},
        "alice",
        "alice bob",
        "",
    ),
    (
        "meetbot.meeting.complete",
        {"end_user": "alice", "attendees": [{"name": "bob"}], "chairs": ["olga"]},
        "alice",
        "alice bob olga",
        "",
    ),
    # Bugzilla's own event, before bugzilla2fedmsg looked up the account.
    (
        "bugzilla.bug.update",
        {
            "bug": {
                "component": {"name": "hat"},
                "reporter": {"login": "bob@fedoraproject.org"},
                "assigned_to": {"login": "hat-sig@lists.fedoraproject.org"},
            },
            "event": {
                "user": {"login": "alice@fedoraproject.org"},
                "changes": [
                    {"field": "cc", "added": "carol@fedoraproject.org,ann@example.com"},
                    {"field": "flag.needinfo", "added": "? (dave@fedoraproject.org)"},
                ],
            },
        },
        "alice",
        "alice bob carol dave",
        "hat",
    ),
    # Whoever changed the bug has no Fedora address; its reporter did not change it.
    (
        "bugzilla.bug.update",
        {
            "bug": {"creator": "olga@fedoraproject.org", "component": "hat"},
            "event": {"who": "ann@example.com"},
        },
        "",
        "olga",
        "hat",
    ),
    (
        "mailman.receive",
        {"msg": {"from": "Al <alice@fedoraproject.org>"}},
        "alice",
        "alice",
        "",
    ),
    ("nagios.host.state.change", {"host_ack_author": "", "service_ack_author": ""}, "", "", ""),
    (
        "trac.ticket.new",
        {
            "agent": "alice",
            "ticket": {"reporter": "alice", "owner": "", "cc": "bob, ann@example.com"},
        },
        "alice",
        "alice bob",
        "",
    ),
    ("pkgdb.owner.update", {"agent": ["alice"], "username": "orphan"}, "alice", "alice", ""),
    ("kerneltest.upload.new", {"agent": "alice"}, "alice", "alice", "kernel"),
    (
        "greenwave.decision.update",
        {"subject": [{"type": "koji_build", "item": "hat-1-1"}, {"type": "bodhi_update"}]},
        "",
        "",
        "hat",
    ),
    (
        "ci.koji-build.test.complete",
        {"artifact": {"type": "koji-build", "nvr": "hat-1-1", "issuer": "alice"}},
        "",
        "",
        "hat",
    ),
    (
        "ci.fedora-update.test.error",
        {"artifact": {"type": "fedora-update", "builds": [{"nvr": "hat-1-1"}, {"nvr": "cap-1-1"}]}},
        "",
        "",
        "hat cap",
    ),
    ("ci.container.test", {"artifact": {"type": "container-image", "nvr": "hat-1-1"}}, "", "", ""),
    (
        "resultsdb.result.new",
        {"data": {"type": ["koji_build"], "item": ["hat-1-1"], "nvr": ["hat-1-1"]}},
        "",
        "",
        "hat",
    ),
    ("resultsdb.result.new", {"data": {"type": ["bodhi_update"], "item": ["F-1"]}}, "", "", ""),
    ("weblate.approved.hats", {"user": "alice", "author": "bob"}, "alice", "alice bob", ""),
    ("wiki.article.edit", {"user": "Alice"}, "alice", "alice", ""),
    ("compose.rawhide.start", {"agent": "alice"}, "", "", ""),
    ("shop.sold", {"msg": {"agent": "alice"}, "owner": "olga"}, "alice", "alice", ""),
]


@pytest.mark.parametrize(("topic", "body", "agent", "everyone", "packages"), TELLING)
def test_finds_who_did_it(topic: str, body: Json, agent: str, everyone: str, packages: str) -> None:
    """Each app says in its own place who did it, whom it concerns, and on what."""
    by_agent = event(message(topic, body))
    by_everyone = event(message(topic, body), credit="everyone")
    assert [user.name for user in by_agent.users] == agent.split()
    assert [user.name for user in by_everyone.users] == everyone.split()
    assert list(by_agent.packages) == list(by_everyone.packages) == packages.split()
    assert by_agent.errors == by_everyone.errors == ()


NOISE = [
    # Garbage collection: nobody did anything.
    ("buildsys.build.state.change", {"owner": "alice", "old": 1, "new": 2}, ["alice"]),
    ("buildsys.tag", {"user": "alice", "owner": "bob"}, ["alice", "bob"]),
    ("org.centos.prod.cbs.buildsys.untag", {"user": "alice", "owner": "bob"}, ["alice", "bob"]),
    ("buildsys.repo.init", {"tag": "f40-build"}, []),
    ("copr.chroot.start", {"user": "alice", "owner": "bob"}, ["alice", "bob"]),
    (
        "ipa.group_add_member.v1",
        {
            "IPA_API_ACTOR": "alice@FEDORAPROJECT.ORG",
            "IPA_API_PARAMS": json.dumps({"cn": "hats", "user": ["bob"]}),
        },
        ["alice", "bob"],
    ),
    (
        "org.release-monitoring.prod.anitya.project.version.update.v2",
        {"message": {"agent": "anitya"}},
        ["anitya"],
    ),
    ("mirrormanager.host.updated", {"agent": "alice"}, ["alice"]),
]


@pytest.mark.parametrize(("topic", "body", "everyone"), NOISE)
def test_noise_and_duplicates_credit_no_one(topic: str, body: Json, everyone: list[str]) -> None:
    """They count by category and topic; only ``everyone`` includes the people they concern."""
    found = event(message(topic, body), members=Membership({"hats": ["alice"]}))
    assert (found.users, found.groups, found.rejected) == ((), (), None)
    assert found.category in found.short_topic
    assert re.search("noise|double of", " ".join(found.why))
    assert users(message(topic, body), credit="everyone") == everyone


def test_a_pair_of_versions_credits_once() -> None:
    """Anitya reports one update twice; it is credited once."""
    body = {"message": {"agent": "anitya"}}
    topic = "org.release-monitoring.prod.anitya.project.version.update"
    assert users(message(topic, body)) + users(message(f"{topic}.v2", body)) == ["anitya"]


def test_a_publisher_s_headers_list_everyone() -> None:
    """The publisher's class lists everyone in the headers; the rule knows who did it."""
    headers = {
        "fedora_messaging_schema": "pagure.issue.new",
        "fedora_messaging_user_bob": True,
        "fedora_messaging_user_ann@example.com": True,
        "fedora_messaging_rpm_hat": True,
    }
    opened = message("pagure.issue.new", {"agent": "alice"}, headers)
    assert users(opened) == ["alice"]
    assert users(opened, credit="everyone") == ["alice", "bob"]
    assert event(opened).packages == ("hat",)


def test_the_base_class_lists_nobody() -> None:
    """A message without its own class is read by the paths of its rule."""
    headers = {"fedora_messaging_schema": "base.message"}
    thanks = message("irc.karma", {"agent": "alice", "recipient": "bob"}, headers)
    assert users(thanks, credit="everyone") == ["alice", "bob"]


class Answering(SchemaClasses):
    """Schema packages in which every class gives the same answers."""

    def __init__(self, answer: ClassAnswer | None) -> None:
        super().__init__()
        self.answer = answer

    def ask(self, message: Message) -> ClassAnswer | None:  # noqa: ARG002  any will do
        """Give the answer."""
        return self.answer


@pytest.mark.parametrize(
    ("answer", "agent", "everyone", "errors"),
    [
        (None, ["bob"], ["bob", "olga"], ()),
        (ClassAnswer("alice", ("carol",)), ["alice"], ["alice", "bob", "carol", "olga"], ()),
        # It knows nothing.
        (ClassAnswer(None, ("carol",)), ["bob"], ["bob", "carol", "olga"], ()),
        # It names nobody on purpose.
        (ClassAnswer(None, ("carol",), silent=True), [], ["bob", "carol", "olga"], ()),
        (ClassAnswer("ann@example.com"), [], ["bob", "olga"], ()),
        (ClassAnswer(failed=True), ["bob"], ["bob", "olga"], ("schema",)),
        (ClassAnswer("alice", deprecated=True), [], ["alice", "bob", "olga"], ()),
    ],
)
def test_the_class_is_asked_before_the_rule(
    answer: ClassAnswer | None, agent: list[str], everyone: list[str], errors: tuple[str, ...]
) -> None:
    """The class is asked first who did it; for everyone it adds, and never hides."""
    update = message("bodhi.update.edit", {"agent": "bob", "update": UPDATE})
    found = event(update, schemas=Answering(answer))
    assert [user.name for user in found.users] == agent
    assert found.errors == errors
    assert sorted(users(update, schemas=Answering(answer), credit="everyone")) == everyone


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (None, ["alice"]),
        (ClassAnswer(failed=True), ["alice"]),
        (ClassAnswer(), ["alice"]),
        (ClassAnswer("bob"), ["bob"]),
        (ClassAnswer(silent=True), []),
    ],
)
def test_an_old_recording_is_read_by_its_headers(
    answer: ClassAnswer | None, names: list[str]
) -> None:
    """If neither class nor rule knows who did it, the only user in the headers did it."""
    headers = {"fedora_messaging_schema": "hats.v0", "fedora_messaging_user_alice": True}
    post = message("planet.post.new", {"by": "alice"}, headers)
    assert users(post, schemas=Answering(answer)) == names
    assert "alice" in users(post, schemas=Answering(answer), credit="everyone")
    headers["fedora_messaging_user_carol"] = True
    several = message("planet.post.new", {"by": "alice"}, headers)
    assert users(several, schemas=Answering(answer)) == [n for n in names if n == "bob"]


def test_a_rule_may_override_a_class_that_names_no_one() -> None:
    """Koji's class names the owner once a build; here its end counts, too."""
    silent = Answering(ClassAnswer(None, ("alice",), silent=True))
    ended = message("buildsys.build.state.change", {"owner": "alice", "old": 0, "new": 1})
    assert users(ended, schemas=silent) == users(ended) == ["alice"]
    deleted = message("buildsys.build.state.change", {"owner": "alice", "old": 1, "new": 2})
    assert users(deleted, schemas=silent) == users(deleted) == []


class Hat(fm.Message):
    """A message class as an app would write one."""

    @property
    def agent_name(self) -> str | None:
        """Who did it."""
        return self.body["by"]  # type: ignore[no-any-return]

    @property
    def usernames(self) -> list[str]:
        """Everyone, with a gap in the list, as in some apps."""
        return [self.body["by"], None]


class Koji(Hat):
    """A class that names no one on purpose in some states."""

    @property
    def agent_name(self) -> str | None:
        """Who did it, unless nobody did."""
        return None if self.body["build"]["state"] == "deleted" else self.body["build"]["by"]


class Copr(Hat):
    """A class that never names anybody."""

    agent_name = None


class OldHat(fm.Message):
    """A deprecated class, with an agent under its older name and packages that are not a list."""

    deprecated = True
    agent = "alice"
    packages = None  # type: ignore[assignment]


class Entry:
    """The entry of a class in the metadata of an installed package."""

    def __init__(self, name: str, cls: type[fm.Message] | None) -> None:
        self.name = name
        self.cls = cls

    def load(self) -> type[fm.Message]:
        """Import the class, which may fail."""
        if self.cls is None:
            raise ImportError(self.name)
        return self.cls


@pytest.mark.parametrize(
    ("schema", "body", "answer"),
    [
        ("hat", {"by": "alice"}, ClassAnswer("alice", ("alice",))),
        ("hat", {}, ClassAnswer(failed=True)),
        ("hat", {"by": 7}, ClassAnswer(None, ())),
        ("hat", {"by": None}, ClassAnswer(None, ())),
        ("hat", {"by": "None"}, ClassAnswer("None", ("None",))),
        ("koji", {"build": {"state": "new", "by": None}, "by": 1}, ClassAnswer()),
        ("koji", {"build": {"state": "deleted"}, "by": 1}, ClassAnswer(silent=True)),
        ("koji", {"build": {"state": None}, "by": 1}, ClassAnswer(failed=True)),
        ("copr", {"by": "alice"}, ClassAnswer(None, ("alice",), silent=True)),
        ("old", {}, ClassAnswer("alice", deprecated=True)),
        ("broken", {}, ClassAnswer(failed=True)),
        ("not.installed", {}, None),
        ("base.message", {}, None),
        (7, {}, None),
    ],
)
def test_classes_may_misbehave(
    monkeypatch: pytest.MonkeyPatch, schema: object, body: Json, answer: ClassAnswer | None
) -> None:
    """Properties may raise or have another type, name no one, or a package not load."""
    classes = {"hat": Hat, "koji": Koji, "copr": Copr, "old": OldHat, "broken": None}
    entries = [Entry(name, cls) for name, cls in classes.items()]
    monkeypatch.setattr(schemas, "entry_points", lambda **_: entries)
    asked = SchemaClasses().ask(message("hat.sold", body, {"fedora_messaging_schema": schema}))
    assert asked == answer


def test_an_app_may_count_under_its_present_name() -> None:
    """Renamed apps keep their own category by default."""
    award = message("fedbadges.badge.award", {"user": {"username": "alice"}})
    assert event(award).category == "fedbadges"
    assert event(award, renamed=True).category == "badges"
    assert event(award, renamed=True).users == event(award).users


def test_bots_are_distinguished_from_people() -> None:
    """The packaged list and the user's own make a name a bot's."""
    push = message("git.receive", {"agent": "releng"})
    assert event(push).users == (User("releng", "bot"),)
    push = message("git.receive", {"agent": "hat-bot"})
    assert event(push).users == (User("hat-bot", "bot"),)
    push = message("git.receive", {"agent": "alice"})
    assert event(push).users == (User("alice", "person"),)
    assert event(push, bots=["al*"]).users == (User("alice", "bot"),)


BOTS = """
system discobot forgejo-actions ghost coreosbot koji-gc l10nbot noobdevbot nobody extras-orphan
releng zuul fedora-docs-bot kde-sig
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", BOTS)
def test_programs_and_placeholders_are_not_people(name: str) -> None:
    """The packaged list has the accounts that are not people."""
    assert event(message("git.receive", {"agent": name})).users == (User(name, "bot"),)


def test_what_is_not_a_name_is_counted_as_invalid() -> None:
    """Free text where a name should be is counted, and never becomes a label."""
    push = message("git.receive", {"agent": "Alice Anderson"})
    assert event(push).users == (User(INVALID, "invalid"),)


def test_a_valid_name_makes_an_invalid_one_moot() -> None:
    """One person alongside free text is one person."""
    thanks = message("irc.karma", {"agent": "alice", "recipient": "all of you"})
    assert users(thanks, credit="everyone") == ["alice"]


def test_groups_follow_from_users() -> None:
    """The groups of all credited users, each once."""
    membership = Membership({"hats": ["alice", "bob"], "caps": ["bob"]})
    thanks = message("irc.karma", {"agent": "alice", "recipient": "bob"})
    assert event(thanks, members=membership).groups == ("hats",)
    assert event(thanks, members=membership, credit="everyone").groups == ("caps", "hats")


def test_other_environments_are_attributed_and_rejected() -> None:
    """Staging is attributed, but only counted on request."""
    push = message("org.fedoraproject.stg.git.receive", {"agent": "alice"})
    found = event(push)
    assert (found.rejected, found.users[0].name) == ("environment", "alice")
    assert event(push, environments=["prod", "stg"]).rejected is None


def test_what_cannot_be_read_is_rejected() -> None:
    """An unreadable message keeps its category and its reason."""
    found = event(message("git.receive")._replace(unreadable="json"))
    assert (found.category, found.rejected, found.users) == ("git", "json", ())


def test_a_path_that_fails_is_counted_and_skipped() -> None:
    """If a JMESPath fails on this body, the others are still tried."""
    text = 'apps: {shop: {rules: [{topics: "#", user: ["keys(a)", agent]}]}}'
    mine = mapping.compile_mapping(document.parse(text, "mine.yml"))
    found = Attribution(mine).attribute(message("shop.sold", {"a": 1, "agent": "alice"}))
    assert (found.errors, found.users) == (("mapping",), (User("alice", "person"),))


def test_a_bug_of_ours_is_counted_and_does_no_harm() -> None:
    """Whatever breaks inside, the message still counts by category."""

    class Broken(SchemaClasses):
        def ask(self, message: Message) -> ClassAnswer | None:
            raise RuntimeError(message)

    found = event(message("git.receive", {"agent": "alice"}), schemas=Broken())
    assert (found.category, found.users, found.errors) == ("git", (), ("internal",))


def test_topics_that_are_unfit_for_labels_do_not_share_a_rule() -> None:
    """The rule found for one app's odd topic is not used for another app's."""
    attribution = Attribution(PACKAGED)
    assert attribution.attribute(message("git.a b", {"agent": "alice"})).users
    found = attribution.attribute(message("bodhi.a b", {"userid": "bob"}))
    assert found.category == "bodhi"
    assert not found.users


def test_why_explains_the_result() -> None:
    """It says which rule and path gave which name."""
    found = event(message("planet.post.new", {"username": "Alice"}))
    assert len(found.why) == 1
    assert re.fullmatch(r"packaged mapping\.yml:\d+: username gave 'Alice', alice", found.why[0])
    assert "names nobody" in event(message("planet.post.new")).why[0]


hostile = st.text() | st.emails() | st.ip_addresses().map(str) | st.sampled_from(["alice", "None"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | hostile,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            hostile | st.sampled_from(["name", "username", "user"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
#: The field names that the packaged rules look up in bodies.
FIELDS = sorted(
    {
        field
        for rules in PACKAGED.rules.values()
        for rule in rules
        for path in (
            *rule.user,
            *rule.login,
            *rule.logins,
            *rule.host,
            *rule.everyone,
            *rule.packages,
        )
        for field in re.findall(r"[a-zA-Z_]+", path.text)
    }
)
TOPICS = sorted(
    topic.replace("#", "x").replace("*", "y")
    for rules in PACKAGED.rules.values()
    for rule in rules
    for topic in rule.topics
)
by_everyone = Attribution(PACKAGED, credit="everyone", logins={"github": {"octo": "alice"}})
by_agent = Attribution(PACKAGED)


@given(
    st.sampled_from(TOPICS) | st.text(max_size=30),
    st.dictionaries(st.sampled_from(FIELDS) | hostile, values, max_size=6),
    st.dictionaries(
        st.sampled_from(["fedora_messaging_schema"])
        | st.builds("fedora_messaging_{}_{}".format, st.sampled_from(["user", "rpm"]), hostile),
        values,
        max_size=3,
    ),
)
def test_no_body_makes_a_hostile_label_or_an_exception(
    topic: str, body: Json, headers: Json
) -> None:
    """Whatever a publisher sends: FAS names or invalid, known stages, no bug of ours."""
    for attribution in (by_agent, by_everyone):
        found = attribution.attribute(message(topic, body, headers))
        assert set(found.errors) <= set(STAGES) - {"internal"}
        for user in found.users:
            assert user.name == INVALID or re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,31}", user.name)
            assert not re.fullmatch(r"\d+(\.\d*)+", user.name)
        for package in found.packages:
            assert package == INVALID or re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]*", package)
