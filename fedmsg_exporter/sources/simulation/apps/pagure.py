"""Pagure: Fedora's package sources (dist-git), and pagure.io with the projects.

Both publish as ``pagure``, under two domains. Dist-git reports a push once more
as ``git``, as it did before it was a Pagure. Both move to Forgejo.
"""

from ..community import Person
from ..scene import Scene
from ..tempo import FOLLOWING, HUMAN, Trend
from .app import PAGURE_IO, Act, App, Body, Maker, Topic
from .pagure_bodies import flag, issue, project, pull_request, user

_PUSHING_BOTS = ("pagure", "packit", "releng")


def _packages(repo: Body) -> list[str]:
    return [repo["name"]] if repo["namespace"] == "rpms" else []


def _pushed(scene: Scene) -> Act:
    person = scene.person()
    # Merging in the browser is a push by Pagure, not by whoever clicked.
    agent = scene.pick(_PUSHING_BOTS) if scene.chance(0.15) else person.name
    repo = project(scene, person)
    body = {
        "agent": agent,
        "authors": [user(person)],
        "branch": scene.pick(("rawhide", "main", f"f{scene.fedora}")),
        "end_commit": scene.sha(),
        "forced": False,
        "old_commit": scene.sha(),
        "repo": repo,
        "start_commit": scene.sha(),
        "total_commits": scene.number(1, 3),
    }
    return Act(body, agent, packages=_packages(repo))


def _branched(scene: Scene) -> Act:
    person = scene.person()
    repo = project(scene, person)
    body = {
        "agent": person.name,
        "authors": [],
        "branch": f"f{scene.fedora}",
        "repo": repo,
        "rev": scene.sha(),
    }
    return Act(body, person.name, packages=_packages(repo))


def _discussed(scene: Scene, status: str, agent: str, author: Person) -> Act:
    request = pull_request(scene, author, project(scene, author), status)
    body = {"agent": agent, "pullrequest": request}
    return Act(body, agent, [agent, author.name])


def _proposed(scene: Scene) -> Act:
    """Open a pull request; Packit opens many, under its own name."""
    author = scene.person()
    if scene.domain != PAGURE_IO and scene.chance(0.35):
        author = author._replace(name="packit", full_name="Packit")
    return _discussed(scene, "Open", author.name, author)


def _commented(scene: Scene) -> Act:
    return _discussed(scene, "Open", scene.someone("zuul", share=0.3), scene.person())


def _closed(scene: Scene) -> Act:
    act = _discussed(scene, "Merged", scene.person().name, scene.person())
    return act._replace(body={**act.body, "merged": True})


def _flagged(scene: Scene) -> Act:
    """Mark a pull request with a test's result."""
    act = _discussed(scene, "Open", "zuul", scene.person())
    return act._replace(body={**act.body, "flag": flag(scene, "zuul")})


def _commit_flagged(scene: Scene) -> Act:
    """Mark a commit with the state of its build: whoever built it did this."""
    person = scene.person()
    agent = "releng" if scene.chance(0.3) else person.name
    repo = project(scene, person)
    body = {"agent": agent, "flag": flag(scene, agent), "repo": repo}
    return Act(body, agent)


def _on_issue(scene: Scene, agent: Person, reporter: Person, **more: object) -> Act:
    where = project(scene, scene.person())
    ticket = issue(scene, reporter, where, "Open")
    body = {"agent": agent.name, "issue": ticket, "project": where, **more}
    return Act(body, agent.name, sorted({agent.name, reporter.name}))


def _reported(scene: Scene) -> Act:
    person = scene.person()
    return _on_issue(scene, person, person)


def _answered(scene: Scene) -> Act:
    return _on_issue(scene, scene.person(), scene.person())


def _issue_edited(scene: Scene) -> Act:
    fields = ["status", "close_status"]
    return _on_issue(scene, scene.person(), scene.person(), fields=fields)


def _forked(scene: Scene) -> Act:
    person = scene.person()
    fork = project(scene, person)
    fork["parent"] = dict(fork)
    return Act({"agent": person.name, "project": fork}, person.name)


def _received(scene: Scene) -> Act:
    """Report a push as dist-git's hook does: a message for each commit."""
    person = scene.person()
    package = scene.package(person)
    commit = {
        "agent": person.name,
        "branch": scene.pick(("rawhide", f"f{scene.fedora}")),
        "email": f"{person.name}@users.example",
        "message": "Update to the new upstream release\n",
        "name": person.full_name,
        "namespace": "rpms",
        "path": f"/srv/git/repositories/rpms/{package}.git",
        "repo": package,
        "rev": scene.sha(),
        "seen": False,
        "stats": _STATS,
        "summary": "Update to the new upstream release",
        "username": person.name,
    }
    return Act({"commit": commit}, person.name)


_STATS = {
    "files": {"sources": {"additions": 1, "deletions": 1, "lines": 2}},
    "total": {"additions": 1, "deletions": 1, "files": 1, "lines": 2},
}


def _topic(name: str, share: float, make: Maker) -> Topic:
    """Declare a topic of Pagure's, whose schemas are named like their topics."""
    return Topic(name, share, make, f"pagure.{name}", actor="agent")


_GIT = (
    _topic("git.receive", 12, _pushed),
    _topic("git.branch.creation", 1, _branched),
    _topic("pull-request.new", 6, _proposed),
    _topic("pull-request.comment.added", 10, _commented),
    _topic("pull-request.closed", 5, _closed),
    _topic("project.forked", 1, _forked),
)
_FLAGS = (
    _topic("pull-request.flag.added", 16, _flagged),
    _topic("pull-request.flag.updated", 14, _flagged),
    _topic("commit.flag.added", 12, _commit_flagged),
    _topic("commit.flag.updated", 12, _commit_flagged),
)
_ISSUES = (
    _topic("issue.new", 6, _reported),
    _topic("issue.comment.added", 20, _answered),
    _topic("issue.edit", 6, _issue_edited),
)
_RECEIVE = (Topic("receive", 1, _received, "git.receive", actor="commit.agent"),)
_PACKAGE = "pagure_messages"

#: Projects leave pagure.io in 2025 and 2026, packages leave dist-git's Pagure in
#: 2026 and 2027; a few stay.
PROJECTS_MOVE = Trend(1_735_689_600, 1_798_761_600, 1.0, 0.1)
PACKAGES_MOVE = Trend(1_780_272_000, 1_830_297_600, 1.0, 0.05)
#: The volumes of what moves.
PROJECTS, REQUESTS, FLAGS, PUSHES = 20, 35, 35, 25

APPS = (
    App("pagure", REQUESTS, HUMAN, _GIT, package=_PACKAGE, trend=PACKAGES_MOVE),
    App("pagure", FLAGS, FOLLOWING, _FLAGS, package=_PACKAGE, trend=PACKAGES_MOVE),
    App("pagure", PROJECTS, HUMAN, _GIT + _ISSUES, PAGURE_IO, _PACKAGE, PROJECTS_MOVE),
    App(
        "git",
        PUSHES,
        HUMAN,
        _RECEIVE,
        package="fedorainfra_ansible_messages",
        trend=PACKAGES_MOVE,
    ),
)
