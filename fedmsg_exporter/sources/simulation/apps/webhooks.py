"""GitHub and Forgejo, whose webhooks come onto the bus as they are.

The body is ``{"agent", "body", "headers"}``: the hook's own body one level down.
"""

from typing import Final

from ..names import words
from ..scene import Scene
from ..tempo import HUMAN
from .app import Act, App, Body, Topic

_GITHUB: Final = words(
    "fedora-infra/bodhi fedora-infra/fmn fedora-infra/noggin coreos/fedora-coreos-config "
    "fedora-copr/copr packit/packit fedora-modularity/libmodulemd rpm-software-management/dnf5"
)
_FORGE: Final = words(
    "infra/ansible infra/tickets docs/quick-docs docs/docs-website council/tickets "
    "design/tickets websites/website-3.0 commops/tickets releng/tickets forge/forge"
)
_TITLES = ("Fix the build", "Update dependencies", "Improve the docs", "Add a test")


def _repository(full_name: str, site: str) -> Body:
    owner, name = full_name.split("/")
    return {
        "full_name": full_name,
        "html_url": f"https://{site}/{full_name}",
        "name": name,
        "owner": {"login": owner},
        "private": False,
    }


def _account(login: str, site: str) -> Body:
    return {"full_name": "", "html_url": f"https://{site}/{login}", "login": login}


def _item(scene: Scene, account: Body, repository: Body, kind: str) -> Body:
    """Describe an issue or a pull request, which has the branches besides."""
    number = scene.number(1, 4000)
    return {
        "base": {"ref": "main"},
        "head": {"ref": "fix"},
        "html_url": f"{repository['html_url']}/{kind}/{number}",
        "labels": [],
        "number": number,
        "requested_reviewers": [],
        "state": "open",
        "title": scene.pick(_TITLES),
        "user": account,
    }


def _event(scene: Scene, name: str, account: Body, repository: Body) -> Body:
    """Make up the hook's own body for an event."""
    about = {"repository": repository, "sender": account}
    if name == "push":
        return {**about, **_push(scene, account)}
    if name == "pull_request":
        request = _item(scene, account, repository, "pull")
        return {**about, "action": "opened", "pull_request": request}
    if name == "issues":
        action = scene.pick(("opened", "closed", "edited"))
        return {**about, "action": action, "issue": _item(scene, account, repository, name)}
    author = {**account, "login": scene.person().name}
    comment = {"body": "Thank you!", "html_url": repository["html_url"], "user": account}
    issue = _item(scene, author, repository, "issues")
    return {**about, "action": "created", "comment": comment, "issue": issue}


def _push(scene: Scene, account: Body) -> Body:
    commit = {
        "author": {"name": account["login"], "username": account["login"]},
        "id": scene.sha(),
        "message": scene.pick(_TITLES),
        "url": "https://forge.example/commit",
    }
    return {
        "after": commit["id"],
        "commits": [commit],
        "head_commit": commit,
        "pusher": account,
        "ref": "refs/heads/main",
    }


def _github(scene: Scene, name: str) -> Act:
    """Tell of an event at GitHub.

    The agent is the FAS account that states the login as its own; robots have none.
    """
    robot = scene.chance(0.2)
    person = scene.person()
    agent = None if robot else person.name
    login = "dependabot[bot]" if robot else f"{person.name}-gh"
    headers = {
        "x-github-delivery": scene.uuid(),
        "x-github-event": name,
        "x-github-hook-installation-target-id": "123456",
        "x-github-hook-installation-target-type": "organization",
        "x-hub-signature": f"sha1={scene.sha()}",
        "x-hub-signature-256": f"sha256={scene.sha()}",
    }
    site = "github.com"
    repository = _repository(scene.pick(_GITHUB), site)
    event = _event(scene, name, _account(login, site), repository)
    return Act({"agent": agent, "body": event, "headers": headers}, agent)


def _forgejo(scene: Scene, name: str) -> Act:
    """Tell of an event at Fedora's forge.

    The agent is always null. People sign in with their Fedora account, so the
    login is the FAS name.
    """
    login = scene.person().name
    headers = {
        "x-forgejo-delivery": scene.uuid(),
        "x-forgejo-event": name,
        "x-hub-signature": f"sha1={scene.sha()}",
        "x-hub-signature-256": f"sha256={scene.sha()}",
    }
    site = "forge.fedoraproject.org"
    repository = _repository(scene.pick(_FORGE), site)
    event = _event(scene, name, _account(login, site), repository)
    return Act({"agent": None, "body": event, "headers": headers}, login, [])


def _github_topic(name: str, share: float) -> Topic:
    schema = "webhook_to_fedora_messaging.github.message_v1"
    return Topic(name, share, lambda scene: _github(scene, name), schema, "agent")


def _forgejo_topic(name: str, share: float) -> Topic:
    schema = "webhook_to_fedora_messaging.forgejo.message_v1"
    maker, actor = (lambda scene: _forgejo(scene, name)), "body.sender.login"
    return Topic(name, share, maker, schema, actor)


_SHARES: Final = {"push": 5.0, "pull_request": 4.0, "issue_comment": 6.0, "issues": 3.0}
_PACKAGE = "webhook_to_fedora_messaging_messages"

APPS = (
    App(
        "github",
        15,
        HUMAN,
        tuple(_github_topic(name, share) for name, share in _SHARES.items()),
        package=_PACKAGE,
    ),
    App(
        "forgejo",
        16,
        HUMAN,
        tuple(_forgejo_topic(name, share) for name, share in _SHARES.items()),
        package=_PACKAGE,
    ),
)
