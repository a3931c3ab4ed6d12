"""GitHub and GitLab, whose webhooks are put on the bus as they are.

The body is ``{"agent", "body", "headers"}``: the webhook's own body is one level
down. Much of what they report are runs, which are nobody's.
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
_GITLAB: Final = words("fedora/sigs/kiwi fedora/legal/data CentOS/automotive packit/hello")
_TITLES = ("Fix the build", "Update dependencies", "Improve the docs", "Add a test")


def repository(full_name: str, site: str) -> Body:
    """Describe a repository as GitHub and Forgejo do."""
    owner, name = full_name.split("/")
    return {
        "full_name": full_name,
        "html_url": f"https://{site}/{full_name}",
        "name": name,
        "owner": {"login": owner},
        "private": False,
    }


def account(login: str, site: str) -> Body:
    """Describe somebody by login."""
    return {"full_name": "", "html_url": f"https://{site}/{login}", "login": login}


def item(scene: Scene, account: Body, repository: Body, kind: str) -> Body:
    """Describe an issue or a pull request, which has branches, too."""
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


def event(scene: Scene, name: str, account: Body, repository: Body) -> Body:
    """Make up the webhook's own body for an event."""
    about = {"repository": repository, "sender": account}
    if name == "push":
        return {**about, **_push(scene, account)}
    if name == "pull_request":
        request = item(scene, account, repository, "pull")
        return {**about, "action": "opened", "pull_request": request}
    if name == "issues":
        action = scene.pick(("opened", "closed", "edited"))
        return {**about, "action": action, "issue": item(scene, account, repository, name)}
    author = {**account, "login": scene.person().name}
    comment = {"body": "Thank you!", "html_url": repository["html_url"], "user": account}
    issue = item(scene, author, repository, "issues")
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
    """Report an event at GitHub.

    The agent is the FAS account that claims the login; robots have none.
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
    where = repository(scene.pick(_GITHUB), site)
    hook = event(scene, name, account(login, site), where)
    return Act({"agent": agent, "body": hook, "headers": headers}, agent)


def _github_run(scene: Scene, name: str) -> Act:
    """Report a run: whoever pushed did not do it."""
    act = _github(scene, "push")
    hook = {key: act.body["body"][key] for key in ("repository", "sender")}
    headers = {**act.body["headers"], "x-github-event": name}
    run = {"conclusion": "success", "id": scene.serial(9_000_000_000, 1)}
    hook |= {"action": "completed", name: run}
    return Act({"agent": act.user, "body": hook, "headers": headers}, None, _listed(act))


def _listed(act: Act) -> list[str]:
    return [] if act.user is None else [act.user]


def _gitlab(scene: Scene, name: str) -> Act:
    """Report an event at GitLab, which has other names for a push and its pusher."""
    person = scene.person()
    user = {"name": person.full_name, "username": f"{person.name}-gl"}
    path = scene.pick(_GITLAB)
    hook = {
        "object_attributes": {"action": "open", "iid": scene.number(1, 900), "state": "opened"},
        "object_kind": name,
        "project": {"path_with_namespace": path, "web_url": f"https://gitlab.com/{path}"},
        "repository": {"homepage": f"https://gitlab.com/{path}", "name": path.split("/")[-1]},
    }
    who = {"user_username": user["username"]} if name == "push" else {"user": user}
    headers = {
        "x-gitlab-event": f"{name.replace('_', ' ').title()} Hook",
        "x-gitlab-event-uuid": scene.uuid(),
        "x-gitlab-webhook-uuid": scene.uuid(),
    }
    return Act({"agent": person.name, "body": {**hook, **who}, "headers": headers}, person.name)


def _pipeline(scene: Scene, name: str) -> Act:
    act = _gitlab(scene, name)
    return act._replace(user=None, names=_listed(act))


def _topic(app: str, name: str, share: float) -> Topic:
    schema = f"webhook_to_fedora_messaging.{app}.message_v1"
    run = name in _RUNS
    makers = {"github": _github_run if run else _github, "gitlab": _pipeline if run else _gitlab}
    maker = makers[app]
    return Topic(name, share, lambda scene: maker(scene, name), schema, None if run else "agent")


_RUNS: Final = ("check_run", "workflow_run", "pipeline", "job")
_GITHUB_SHARES: Final = {
    "push": 5.0,
    "pull_request": 4.0,
    "issue_comment": 6.0,
    "issues": 3.0,
    "check_run": 6.0,
    "workflow_run": 3.0,
}
_GITLAB_SHARES: Final = {
    "push": 3.0,
    "merge_request": 2.0,
    "note": 3.0,
    "issue": 1.0,
    "pipeline": 2.0,
    "job": 4.0,
}
PACKAGE: Final = "webhook_to_fedora_messaging_messages"

APPS = tuple(
    App(
        name,
        volume,
        HUMAN,
        tuple(_topic(name, topic, share) for topic, share in shares.items()),
        package=PACKAGE,
    )
    for name, volume, shares in (("github", 15, _GITHUB_SHARES), ("gitlab", 3, _GITLAB_SHARES))
)
