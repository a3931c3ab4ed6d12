"""Webhooks of GitHub, GitLab and Forgejo: whose a login is, and what machines do."""

from typing import Any

import pytest

from fedmsg_exporter.attribution import Attribution, logins, mapping
from fedmsg_exporter.attribution.logins import host_of
from fedmsg_exporter.commands.measured import measured
from fedmsg_exporter.event import Event, User
from fedmsg_exporter.message import Message

PACKAGED = mapping.packaged()
Json = dict[str, Any]


def event(topic: str, body: Json, **settings: Any) -> Event:
    """Attribute a message by the packaged mapping."""
    whole = Message(f"org.fedoraproject.prod.{topic}", "id-1", {}, body)
    return Attribution(PACKAGED, **settings).attribute(whole)


def users(topic: str, body: Json, **settings: Any) -> list[str]:
    """The names that a message credits."""
    return [user.name for user in event(topic, body, **settings).users]


def forgejo(login: Any = "alice", host: str = "forge.fedoraproject.org", **more: Any) -> Json:
    """The body of a webhook as webhook-to-fedora-messaging sends it."""
    repository = {"full_name": "hats/rack", "html_url": f"https://{host}/hats/rack"}
    return {"agent": None, "body": {"repository": repository, "sender": {"login": login}, **more}}


EVENTS = """
push pull_request pull_request_approved pull_request_rejected pull_request_comment issues
issue_comment create delete fork release repository wiki
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", [*EVENTS, ""])
@pytest.mark.parametrize("credit", ["agent", "everyone"])
def test_fedoras_forgejo_knows_accounts_only(name: str, credit: str) -> None:
    """On Fedora's own instances a login is the account name, whatever the event."""
    assert users(f"forgejo.{name}", forgejo("Alice"), credit=credit) == ["alice"]
    body = forgejo("alice", host="src.fedoraproject.org")
    assert users(f"forgejo.{name}", body, credit=credit) == ["alice"]
    assert users(f"forgejo.{name}", forgejo(host="codeberg.org"), credit=credit) == []


def test_a_package_of_no_repository() -> None:
    """A package in Forgejo's registry may belong to no repository; its own address will do."""
    package = {"html_url": "https://forge.fedoraproject.org/hats/-/packages/generic/hat/1"}
    body = {"body": {"repository": None, "package": package, "sender": {"login": "alice"}}}
    assert users("forgejo.", body) == ["alice"]


@pytest.mark.parametrize(
    "host",
    [
        "forge.fedoraproject.org.example.com",
        "forge.fedoraproject.org@example.com",
        "alice@forge.fedoraproject.org",
        "alice:secret@forge.fedoraproject.org",
        "forge.fedoraproject.org:3000",
        "forge-fedoraproject.org",
        "example.com/forge.fedoraproject.org",
        "example.com?forge.fedoraproject.org",
        "example.com#@forge.fedoraproject.org",
        "forge.fedoraproject.org\\@example.com",
        "forge.fedoraproject.org.",
        "forge.fedoraproject.o\uff52g",
        "127.0.0.1:3000",
        "",
    ],
)
def test_hosts_that_only_look_like_fedoras(host: str) -> None:
    """On any other host a login is credited to nobody; the message still counts."""
    found = event("forgejo.push", forgejo(host=host))
    assert (found.users, found.rejected, found.category) == ((), None, "forgejo")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"body": None},
        {"body": []},
        {"body": "text"},
        {"body": {"repository": None, "sender": {"login": "alice"}}},
        {"body": {"repository": [], "sender": {"login": "alice"}}},
        {"body": {**forgejo()["body"], "sender": None}},
        {"body": {**forgejo()["body"], "sender": [{"login": "alice"}]}},
        {"body": {**forgejo()["body"], "sender": "alice"}},
        forgejo(None),
        forgejo(""),
        forgejo(7),
        forgejo(["alice"]),
        forgejo("alice/hats"),
        forgejo("alice/forge.fedoraproject.org"),
        forgejo("alice@fedoraproject.org"),
        forgejo("alice a"),
        forgejo("renovate[bot]"),
        {"body": {key: value for key, value in forgejo()["body"].items() if key != "sender"}},
    ],
)
@pytest.mark.parametrize("credit", ["agent", "everyone"])
@pytest.mark.parametrize("app", ["forgejo", "github", "gitlab"])
def test_bad_webhooks_are_nobodys(app: str, credit: str, body: Json) -> None:
    """Without a usable sender or repository nobody is credited; the message counts."""
    found = event(f"{app}.push", body, credit=credit)
    assert (found.users, found.packages, found.rejected) == ((), (), None)
    assert "internal" not in found.errors


MACHINES = [
    ("forgejo.action_run_success", {"run": {"trigger_user": {"login": "alice"}}}),
    ("forgejo.action_run_recover", {"run": None}),
    ("forgejo.workflow_job_waiting", {"job": {}}),
    ("forgejo.action_run_renamed", {"run": {"trigger_user": {"login": "alice"}}}),
    ("github.check_run", {"action": "completed"}),
    ("github.check_suite", {"action": "requested"}),
    ("github.workflow_run", {"action": "completed"}),
    ("github.workflow_job", {"action": "queued"}),
    ("github.deployment", {"action": "created"}),
    ("github.deployment_status", {"action": "created"}),
    ("github.deployment_review", {"action": "requested"}),
    ("github.merge_group", {"action": "checks_requested"}),
    ("github.status", {"state": "success"}),
    ("github.code_scanning_alert", {"action": "appeared_in_branch"}),
    ("github.dependabot_alert", {"action": "auto_dismissed"}),
    ("github.secret_scanning_alert", {"action": "created"}),
    ("github.push", {"sender": {"login": "alice", "type": "Bot"}}),
    ("github.fork", {"sender": {"login": "alice", "type": "Organization"}}),
    ("github.issues", {"sender": {"login": "alice", "type": "Mannequin"}}),
    ("github.check_run", {"action": "rerequested", "sender": {"login": "alice", "type": "Bot"}}),
    ("github.registry_package", {"sender": {"login": "alice", "type": "Bot"}}),
    ("gitlab.pipeline", {"object_kind": "pipeline"}),
    ("gitlab.job", {"object_kind": "build"}),
    ("gitlab.deployment", {"object_kind": "deployment"}),
]
PEOPLE = [
    ("github.check_run", {"action": "rerequested"}),
    ("github.check_run", {"action": "requested_action"}),
    ("github.check_suite", {"action": "rerequested"}),
    ("github.deployment_review", {"action": "approved"}),
    ("github.code_scanning_alert", {"action": "closed_by_user"}),
    ("github.dependabot_alert", {"action": "dismissed"}),
    ("github.workflow_dispatch", {}),
    ("github.push", {"sender": {"login": "alice", "type": "User"}}),
    ("github.package", {"action": "published"}),
    ("gitlab.note", {"object_kind": "note"}),
    ("gitlab.confidential_issue", {"object_kind": "issue"}),
]


@pytest.mark.parametrize(
    ("topic", "body", "names"),
    [*((*one, []) for one in MACHINES), *((*one, ["alice"]) for one in PEOPLE)],
)
def test_machines_are_not_people(topic: str, body: Json, names: list[str]) -> None:
    """Runs, checks, deployments and alerts credit nobody until a person acts on one."""
    author = {"user": {"username": "alice"}, "user_username": "alice"}
    whole = forgejo(**{**author, **body})
    known: Json = {"github": "fas", "gitlab": "fas"}
    assert users(topic, whole, logins=known) == names
    assert users(topic, whole, logins=known, credit="everyone") == names
    # Not even if webhook-to-fedora-messaging resolved the login.
    assert users(topic, {**whole, "agent": "alice"}) == names


@pytest.mark.parametrize("credit", ["agent", "everyone"])
@pytest.mark.parametrize(
    ("name", "names"),
    [("push", []), ("create", []), ("delete", []), ("issues", ["alice"]), ("fork", ["alice"])],
)
def test_what_a_mirror_fetches_is_nobodys(name: str, names: list[str], credit: str) -> None:
    """Forgejo sends it as a push by the owner, who did nothing; other events credit people."""
    body = forgejo()
    body["body"]["repository"]["mirror"] = True
    assert users(f"forgejo.{name}", body, credit=credit) == names


@pytest.mark.parametrize("credit", ["agent", "everyone"])
@pytest.mark.parametrize(
    ("owner", "names"),
    [
        ({"login": "alice", "email": ""}, []),
        ({"login": "alice", "email": "alice@noreply.forge.example"}, ["alice"]),
        ({"login": "hats", "email": ""}, ["alice"]),
        ({"login": "alice"}, ["alice"]),
        (None, ["alice"]),
    ],
)
def test_an_organization_is_nobody(owner: Any, names: list[str], credit: str) -> None:
    """A push with a deploy key is sent as if by the owner, which may be an organization."""
    body = forgejo()
    body["body"]["repository"]["owner"] = owner
    assert users("forgejo.push", body, credit=credit) == names


@pytest.mark.parametrize("credit", ["agent", "everyone"])
@pytest.mark.parametrize("topic", ["gitlab.member", "gitlab.system"])
def test_who_is_added_did_not_do_it(topic: str, credit: str) -> None:
    """GitLab's events about members name whom they are about, not who did it."""
    body = {"agent": None, "body": {"event_name": "user_add_to_group", "user_username": "alice"}}
    assert users(topic, body, credit=credit, logins={"gitlab": "fas"}) == []


def test_accounts_of_programs_are_bots() -> None:
    """Forgejo's own accounts are not people, though they have a login; nor are GitLab's tokens."""
    for login in ("forgejo-actions", "ghost", "releng-bot"):
        assert event("forgejo.push", forgejo(login)).users == (User(login, "bot"),)
    for login in ("project_42_bot_ab12", "group_7_bot1", "service_account_group_9_ab12"):
        body = {"body": {"user_username": login}}
        found = event("gitlab.push", body, logins={"gitlab": "fas"})
        assert found.users == (User(login, "bot"),)


RPMS = {"name": "hat-rack", "full_name": "rpms/hat-rack"}
DIST_GIT = {**RPMS, "html_url": "https://src.fedoraproject.org/rpms/hat-rack"}
FORK = {
    "name": "hat-rack",
    "full_name": "bob/hat-rack",
    "fork": True,
    "html_url": "https://src.fedoraproject.org/bob/hat-rack",
}


def owned(owner: str, email: str = "who@noreply.forge.example") -> Json:
    """A repository, and who has it, as Forgejo describes both."""
    return {"full_name": f"{owner}/notes", "owner": {"login": owner, "email": email}}


@pytest.mark.parametrize(
    ("topic", "body", "packages", "project"),
    [
        ("forgejo.push", {"repository": DIST_GIT}, ["hat-rack"], "rpms/hat-rack"),
        ("forgejo.pull_request", {"repository": DIST_GIT}, ["hat-rack"], "rpms/hat-rack"),
        ("forgejo.push", {"repository": FORK}, [], None),
        ("forgejo.fork", {"repository": FORK, "forkee": DIST_GIT}, ["hat-rack"], "rpms/hat-rack"),
        (
            "forgejo.action_run_failure",
            {"repository": None, "run": {"repository": DIST_GIT}},
            ["hat-rack"],
            "rpms/hat-rack",
        ),
        ("forgejo.push", {}, [], "hats/rack"),
        # A package belongs to Fedora only on Fedora's own instance.
        (
            "forgejo.push",
            {"repository": {**RPMS, "html_url": "https://codeberg.org/rpms/hat-rack"}},
            [],
            "rpms/hat-rack",
        ),
        # People's own repositories would show their names.
        ("forgejo.push", {"repository": {"full_name": "alice/notes"}}, [], None),
        # Also if somebody else does something there: only organizations have no address.
        ("forgejo.issues", {"repository": owned("bob")}, [], None),
        ("forgejo.fork", {"repository": FORK, "forkee": owned("carol")}, [], None),
        (
            "forgejo.action_run_success",
            {"repository": None, "run": {"repository": owned("bob")}},
            [],
            None,
        ),
        ("forgejo.issues", {"repository": owned("hats", email="")}, [], "hats/notes"),
        (
            "forgejo.create",
            {"repository": {**owned("rpms"), **DIST_GIT}},
            ["hat-rack"],
            "rpms/hat-rack",
        ),
    ],
)
def test_packages_and_projects(
    topic: str, body: Json, packages: list[str], project: str | None
) -> None:
    """Dist-git's packages are known, and projects keep the name they had on Pagure."""
    found = event(topic, forgejo(**body))
    assert list(found.packages) == packages
    series = f'fedmsg_project_messages_total{{project="{project}"}} 1'
    measures = [measured(measure, PACKAGED.metrics) for measure in found.measures]
    assert measures == ([series] if project else [])


@pytest.mark.parametrize(
    ("setting", "host", "names"),
    [
        ({}, "forge.fedoraproject.org", ["octo"]),
        ({}, "codeberg.org", []),
        # A map adds to what is known of Fedora's own.
        ({"octo": "alice"}, "forge.fedoraproject.org", ["octo"]),
        ({"octo": "alice"}, "codeberg.org", ["alice"]),
        ({"codeberg.org": {"octo": "alice"}}, "codeberg.org", ["alice"]),
        ({"codeberg.org": {"octo": "alice"}}, "git.example", []),
        ({"git.example:3000": "fas"}, "git.example:3000", ["octo"]),
        ({"Git.Example": "fas"}, "GIT.example", ["octo"]),
        # A list of hosts replaces it.
        (["git.example"], "git.example", ["octo"]),
        (["git.example"], "forge.fedoraproject.org", []),
        ([], "forge.fedoraproject.org", []),
        ("fas", "codeberg.org", ["octo"]),
    ],
)
def test_logins_may_be_configured(setting: Any, host: str, names: list[str]) -> None:
    """`users.logins.forgejo` is a map, hosts, or fas; by default Fedora's own hosts."""
    assert users("forgejo.push", forgejo("octo", host), logins={"forgejo": setting}) == names


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        (["git.example"], ["octo"]),
        ({"git.example": "fas"}, ["octo"]),
        ({"git.example": {"octo": "alice"}}, ["alice"]),
        (["gitlab.com", "github.com"], []),
    ],
)
def test_other_forges_have_hosts_too(setting: Any, names: list[str]) -> None:
    """GitLab has many instances, and companies have a GitHub of their own."""
    body = {"project": {"web_url": "https://git.example/hats/rack"}, "user": {"username": "octo"}}
    assert users("gitlab.note", {"body": body}, logins={"gitlab": setting}) == names
    body = forgejo("octo", "git.example")
    assert users("github.push", body, logins={"github": setting}) == names


def test_logins_of_one_app_are_not_anothers() -> None:
    """What is known about GitHub says nothing about Forgejo or GitLab."""
    body = forgejo("octo", "codeberg.org", user={"username": "octo"})
    settings = {"github": {"octo": "alice"}}
    assert users("github.push", body, logins=settings) == ["alice"]
    assert users("forgejo.push", body, logins=settings) == []
    assert users("gitlab.push", body, logins=settings) == []


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://forge.fedoraproject.org/infra/ansible", "forge.fedoraproject.org"),
        ("HTTPS://Forge.FedoraProject.org/", "forge.fedoraproject.org"),
        ("https://forge.fedoraproject.org", "forge.fedoraproject.org"),
        ("https://forge.fedoraproject.org:443/x", "forge.fedoraproject.org"),
        ("http://127.0.0.1:3000/x", "127.0.0.1:3000"),
        ("ftp://forge.fedoraproject.org/", ""),
        ("forge.fedoraproject.org/infra", ""),
        ("//forge.fedoraproject.org/infra", ""),
        ("https://", ""),
        ("https:///forge.fedoraproject.org", ""),
        (" https://forge.fedoraproject.org/", ""),
        ("https://forge.fedoraproject.org/" + 500 * "x", ""),
    ],
)
def test_host_of_an_address(url: str, host: str) -> None:
    """Only a plain web address has a host; in doubt there is none."""
    assert host_of(url) == host


def test_a_custom_mapping_may_name_instances() -> None:
    """An app of a custom file has its own instances."""
    compiled = logins.compile_logins({"shop": ("shop.example",)}, {})
    assert compiled["shop"].is_fedoras("shop.example")
    assert not compiled["shop"].is_fedoras("")
