"""Bodhi, where packagers submit updates and testers judge them."""

from ..scene import Build, Scene
from ..tempo import HUMAN, NIGHTLY
from .app import DEBUG, Act, App, Body, Topic

_PRAISE = ("Works for me.", "No regressions noted.", "LGTM", "Fixes my bug, thanks!")


def _update(scene: Scene, submitter: str, build: Build, status: str) -> Body:
    number = scene.number(0, 0xFFFFFFFFFF)
    return {
        "alias": f"FEDORA-{scene.date()[:4]}-{number:010x}",
        "autokarma": True,
        "builds": [{"nvr": build.nvr}],
        "date_submitted": scene.ago(86_400),
        "notes": f"Update {build.package} to {build.version}",
        "release": {"name": f"F{scene.fedora}"},
        "request": "testing" if status == "pending" else None,
        "severity": "unspecified",
        "status": status,
        "title": build.nvr,
        "type": scene.pick(("bugfix", "enhancement", "security", "newpackage")),
        "user": {"name": submitter},
    }


def _subject(scene: Scene, status: str) -> tuple[str, Build, Body]:
    """Draw an update: its submitter, its build and its body."""
    person = scene.person()
    submitter = "packit" if scene.chance(0.12) else person.name
    build = scene.build(scene.package(person))
    return submitter, build, _update(scene, submitter, build, status)


def _commented(scene: Scene) -> Act:
    """Comment on an update. Bodhi itself comments a lot, and so does CI through it."""
    submitter, build, update = _subject(scene, "testing")
    user = scene.someone("bodhi", share=0.45)
    comment = {
        "karma": 0 if user == "bodhi" else scene.pick((1, 1, 1, 0, -1)),
        "text": scene.pick(_PRAISE),
        "timestamp": scene.stamp,
        "update": update,
        "user": {"name": user},
    }
    return Act({"comment": comment}, user, [user, submitter], [build.package])


def _requested(scene: Scene) -> Act:
    """Submit or push an update, which its submitter does as a rule."""
    submitter, build, update = _subject(scene, "pending")
    agent = submitter if scene.chance(0.9) else scene.person().name
    body = {"agent": agent, "update": update}
    return Act(body, agent, [agent, submitter], [build.package])


def _obsoleted(scene: Scene) -> Act:
    """Obsolete an update in favour of a newer one, which Bodhi does when it sees the newer one."""
    submitter, build, update = _subject(scene, "obsolete")
    agent = "bodhi" if scene.chance(0.6) else submitter
    body = {"agent": agent, "update": update}
    return Act(body, agent, [agent, submitter], [build.package])


def _edited(scene: Scene) -> Act:
    submitter, build, update = _subject(scene, "testing")
    body = {
        "agent": submitter,
        "new_bugs": [scene.serial(2_250_000, 300)],
        "new_builds": [build.nvr],
        "removed_builds": [],
        "update": update,
    }
    return Act(body, submitter, packages=[build.package])


def _ready(scene: Scene) -> Act:
    """Ask the testing systems to test an update."""
    submitter, build, update = _subject(scene, "pending")
    tested = {
        "id": scene.serial(2_600_000, 70),
        "nvr": build.nvr,
        "task_id": scene.serial(118_000_000, 4),
        "type": "koji-build",
    }
    body = {
        "agent": "bodhi",
        "artifact": {"builds": [tested], "type": "koji-build-group"},
        "re-trigger": False,
        "update": update,
    }
    return Act(body, "bodhi", ["bodhi", submitter], [build.package])


def _pushed(scene: Scene) -> Act:
    """Arrive in a repository, with one of release engineering's pushes."""
    submitter, build, update = _subject(scene, "stable")
    body = {"agent": "releng", "update": update}
    return Act(body, "releng", ["releng", submitter], [build.package])


def _requirements_met(scene: Scene) -> Act:
    submitter, build, update = _subject(scene, "testing")
    return Act({"update": update}, None, [submitter], [build.package])


def _overridden(scene: Scene) -> Act:
    person = scene.person()
    build = scene.build(scene.package(person))
    override = {
        "expiration_date": scene.date(4),
        "notes": "needed by a dependent build",
        "nvr": build.nvr,
        "submitter": {"name": person.name},
    }
    return Act({"override": override}, person.name, packages=[build.package])


def _errata(scene: Scene) -> Act:
    submitter, build, update = _subject(scene, "stable")
    body = {
        "body": f"Name        : {build.package}\nVersion     : {build.version}\n",
        "subject": f"Fedora {scene.fedora} Update: {build.nvr}",
        "update": update,
    }
    return Act(body, submitter, packages=[build.package])


def _composed(scene: Scene) -> Act:
    repo = f"f{scene.fedora}-updates{scene.pick(('', '-testing'))}"
    return Act({"agent": "releng", "ctype": "rpm", "repo": repo, "success": True}, "releng")


_READY = "update.status.testing.koji-build-group.build.complete"
_BY_COMMENT = "comment.user.name"
_BY_OVERRIDE = "override.submitter.name"
_S = "bodhi.update"

_UPDATES = (
    Topic("update.comment", 20, _commented, f"{_S}.comment.v1", _BY_COMMENT),
    Topic("update.request.testing", 6, _requested, f"{_S}.request.testing.v1", "agent"),
    Topic("update.request.stable", 3, _requested, f"{_S}.request.stable.v1", "agent"),
    Topic("update.request.unpush", 0.3, _requested, f"{_S}.request.unpush.v1", "agent"),
    Topic("update.request.obsolete", 1, _obsoleted, f"{_S}.request.obsolete.v1", "agent"),
    Topic("update.edit", 2, _edited, f"{_S}.edit.v2", "agent"),
    Topic(_READY, 7, _ready, f"{_S}.status.testing.v3", "agent", DEBUG),
    Topic(
        "update.requirements_met.stable",
        5,
        _requirements_met,
        f"{_S}.requirements_met.stable.v1",
    ),
    Topic(
        "buildroot_override.tag",
        0.5,
        _overridden,
        "bodhi.buildroot_override.tag.v1",
        _BY_OVERRIDE,
    ),
    Topic(
        "buildroot_override.untag",
        0.4,
        _overridden,
        "bodhi.buildroot_override.untag.v1",
        _BY_OVERRIDE,
    ),
)
# In a push: by night, and all updates of a day at once.
_PUSHES = (
    Topic("update.complete.testing", 7, _pushed, f"{_S}.complete.testing.v1", "agent"),
    Topic("update.complete.stable", 7, _pushed, f"{_S}.complete.stable.v1", "agent"),
    Topic("errata.publish", 7, _errata, "bodhi.errata.publish.v1", "update.user.name"),
    Topic("compose.start", 0.2, _composed, "bodhi.compose.start.v1", "agent"),
    Topic("compose.complete", 0.2, _composed, "bodhi.compose.complete.v1", "agent"),
)

APPS = (
    App("bodhi", 40, HUMAN, _UPDATES, package="bodhi_messages"),
    App("bodhi", 20, NIGHTLY, _PUSHES, package="bodhi_messages"),
)
