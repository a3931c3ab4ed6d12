"""Forgejo: forge.fedoraproject.org with the projects, and dist-git after its move.

People sign in with their Fedora account, so the login is the FAS name; the agent
is always null. Runs of Forgejo Actions are credited to nobody.
"""

from typing import Final

from ..names import words
from ..scene import Scene
from ..tempo import FOLLOWING, HUMAN
from .app import Act, App, Body, Maker, Topic
from .pagure import FLAGS, PACKAGES_MOVE, PROJECTS, PROJECTS_MOVE, PUSHES, REQUESTS
from .webhooks import PACKAGE, account, event, item, repository

_FORGE: Final = words(
    "infra/ansible infra/tickets docs/quick-docs docs/docs-website council/tickets "
    "design/tickets websites/website-3.0 commops/tickets releng/tickets forge/forge"
)
_SITE: Final = "forge.fedoraproject.org"
_DIST_GIT: Final = "src.fedoraproject.org"


class _Place:
    """An instance: where it is, and what is on it."""

    def __init__(self, site: str) -> None:
        self.site = site

    def repository(self, scene: Scene) -> Body:
        """Describe one of its repositories."""
        dist_git = self.site == _DIST_GIT
        full_name = f"rpms/{scene.package()}" if dist_git else scene.pick(_FORGE)
        # Organizations have no address, people do.
        owner = {"email": "", "login": full_name.partition("/")[0]}
        return {**repository(full_name, self.site), "fork": False, "owner": owner}

    def topic(self, name: str, share: float) -> Topic:
        """Declare the topic of an event."""
        maker, actor = self._makers(name)
        schema = "webhook_to_fedora_messaging.forgejo.message_v1"
        return Topic(name, share, maker, schema, actor)

    def _makers(self, name: str) -> tuple[Maker, str | None]:
        if name.startswith("action_run_"):
            return (lambda scene: self._run(scene, name)), None
        return (lambda scene: self._done(scene, name)), "body.sender.login"

    def _done(self, scene: Scene, name: str) -> Act:
        """Report what somebody did, or what Forgejo Actions did with its own account."""
        login = scene.someone("forgejo-actions", share=0.1 if name == "push" else 0.0)
        hook = _hook(scene, name, account(login, self.site), self.repository(scene))
        return Act({"agent": None, "body": hook, "headers": _headers(scene, name)}, login, [])

    def _run(self, scene: Scene, name: str) -> Act:
        """Report a run, which has no sender: who triggered it did not do it."""
        run = {
            "event": "push",
            "id": scene.serial(400_000, 60),
            "repository": self.repository(scene),
            "status": name.removeprefix("action_run_"),
            "trigger_user": account(scene.person().name, self.site),
        }
        hook = {"action": run["status"], "prior_status": "running", "run": run}
        return Act({"agent": None, "body": hook, "headers": _headers(scene, name)}, None, [])


def _headers(scene: Scene, name: str) -> Body:
    return {
        "x-forgejo-delivery": scene.uuid(),
        "x-forgejo-event": name,
        "x-hub-signature": f"sha1={scene.sha()}",
        "x-hub-signature-256": f"sha256={scene.sha()}",
    }


def _hook(scene: Scene, name: str, sender: Body, about: Body) -> Body:
    """Make up the webhook's own body for an event."""
    if name == "fork":
        full_name = f"{sender['login']}/{about['name']}"
        fork = repository(full_name, about["html_url"].split("/")[2])
        return {"forkee": about, "repository": {**fork, "fork": True}, "sender": sender}
    if name.startswith("pull_request_"):
        request = item(scene, account(scene.person().name, _SITE), about, "pulls")
        review = {"content": "", "type": f"pull_request_review_{name.rpartition('_')[2]}"}
        more = {"pull_request": request, "review": review}
        return {"action": "reviewed", "repository": about, "sender": sender, **more}
    if name in _PLAIN:
        return {**_PLAIN[name], "repository": about, "sender": sender}
    return event(scene, name, sender, about)


_PLAIN: Final[dict[str, Body]] = {
    "create": {"ref": "fix", "ref_type": "branch"},
    "delete": {"pusher_type": "user", "ref": "fix", "ref_type": "branch"},
    "release": {"action": "published", "release": {"tag_name": "v1.0"}},
    "wiki": {"action": "edited", "page": "Home"},
}
_WORK: Final = {
    "push": 5.0,
    "pull_request": 4.0,
    "issue_comment": 6.0,
    "issues": 3.0,
    "pull_request_approved": 1.0,
    "pull_request_comment": 1.0,
    "create": 1.0,
    "delete": 0.5,
    "fork": 0.3,
    "release": 0.2,
    "wiki": 0.2,
}
_RUNS: Final = {"action_run_success": 5.0, "action_run_failure": 1.0, "action_run_recover": 0.5}
_PACKAGING: Final = {
    "push": 12.0,
    "pull_request": 6.0,
    "issue_comment": 8.0,
    "pull_request_approved": 2.0,
    "pull_request_rejected": 0.3,
    "create": 1.0,
    "fork": 1.0,
}


def _topics(site: str, shares: dict[str, float]) -> tuple[Topic, ...]:
    place = _Place(site)
    return tuple(place.topic(name, share) for name, share in shares.items())


_ARRIVING = PROJECTS_MOVE.opposite()
_MOVED = PACKAGES_MOVE.opposite()

APPS = (
    App("forgejo", 10, HUMAN, _topics(_SITE, _WORK), package=PACKAGE),
    App("forgejo", 6, FOLLOWING, _topics(_SITE, _RUNS), package=PACKAGE),
    App("forgejo", PROJECTS, HUMAN, _topics(_SITE, _WORK), package=PACKAGE, trend=_ARRIVING),
    App(
        "forgejo",
        REQUESTS + PUSHES,
        HUMAN,
        _topics(_DIST_GIT, _PACKAGING),
        package=PACKAGE,
        trend=_MOVED,
    ),
    App("forgejo", FLAGS, FOLLOWING, _topics(_DIST_GIT, _RUNS), package=PACKAGE, trend=_MOVED),
)
