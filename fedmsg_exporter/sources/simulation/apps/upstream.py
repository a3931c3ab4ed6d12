"""News from upstream and what becomes of it: Anitya, the new hotness, Bugzilla."""

from ..scene import Scene
from ..tempo import FLAT, HUMAN
from .app import RELEASE_MONITORING, Act, App, Body, Topic

_V1 = f"{RELEASE_MONITORING}.prod.anitya.project.version.update"


def _project(scene: Scene, name: str, version: str) -> Body:
    home = f"https://{name.lower()}.example/"
    return {
        "backend": scene.pick(("GitHub", "PyPI", "crates.io", "custom")),
        "created_on": 1_412_175_075.0,
        "ecosystem": home,
        "homepage": home,
        "id": scene.number(1, 380_000),
        "name": name,
        "regex": None,
        "stable_versions": [version],
        "updated_on": float(scene.now),
        "version": version,
        "version_url": None,
        "versions": [version],
    }


def _release(scene: Scene) -> tuple[Body, str]:
    """Make up the body of a new upstream version, and the package it is for."""
    package = scene.package()
    version = scene.build(package).version
    project = _project(scene, package, version)
    message = {
        "agent": "anitya",
        "odd_change": False,
        "old_version": "1.0",
        "packages": [{"distro": "Fedora", "package_name": package}],
        "project": project,
        "stable_versions": [version],
        "upstream_version": version,
        "upstream_versions": [version],
        "versions": [version],
    }
    return {"distro": None, "message": message, "project": project}, package


def _released_v1(scene: Scene) -> Act:
    body, _ = _release(scene)
    return Act(body, "anitya", [])


def _released(scene: Scene) -> Act:
    body, package = _release(scene)
    return Act(body, "anitya", [], [package])


def _on_project(scene: Scene, **details: object) -> Act:
    """Look after an upstream project in Anitya, which people do."""
    user = scene.person().name
    package = scene.package()
    project = _project(scene, package, "1.0")
    message = {"agent": user, "project": package, **details}
    return Act({"distro": None, "message": message, "project": project}, user, [])


def _project_added(scene: Scene) -> Act:
    return _on_project(scene)


def _project_edited(scene: Scene) -> Act:
    changes = {"new": "GitHub", "old": "custom"}
    return _on_project(scene, changes={"backend": changes}, fields=["backend"])


def _mapped(scene: Scene) -> Act:
    package = scene.package()
    act = _on_project(scene, distro="Fedora", new=package)
    return act._replace(body={**act.body, "distro": {"name": "Fedora"}}, packages=[package])


def _bug_filed(scene: Scene) -> Act:
    """File a bug for a new version: the new hotness does, prompted by Anitya."""
    release, package = _release(scene)
    body = {
        "bug": {"bug_id": scene.serial(2_250_000, 300)},
        "package": package,
        "trigger": {"msg": release, "topic": f"{_V1}.v2"},
    }
    return Act(body, packages=[package])


def _update_dropped(scene: Scene) -> Act:
    release, _ = _release(scene)
    trigger = {"msg": release, "topic": f"{_V1}.v2"}
    # The class lists the agent among the users even where there is none, and
    # so the publisher's headers name a user "None".
    return Act({"reason": "anitya", "trigger": trigger}, None, ["None"])


def _bug(scene: Scene, number: int, package: str) -> Body:
    return {
        "alias": [],
        "assigned_to": {"id": 1, "login": "maintainer@users.example"},
        "classification": "Fedora",
        "component": {"id": 2, "name": package},
        "creation_time": float(scene.now - 86_400),
        "flags": [],
        "id": number,
        "is_private": False,
        "keywords": [],
        "last_change_time": float(scene.now),
        "operating_system": "Unspecified",
        "platform": "Unspecified",
        "priority": "unspecified",
        "product": {"id": 49, "name": "Fedora"},
        "qa_contact": None,
        "reporter": {"id": 3, "login": "reporter@users.example"},
        "resolution": "",
        "severity": "unspecified",
        "status": {"id": 1, "name": scene.pick(("NEW", "ASSIGNED", "ON_QA", "CLOSED"))},
        "summary": f"{package}: please update",
        "url": "",
        "version": {"id": 495, "name": "rawhide"},
        "whiteboard": "",
    }


def _bugzilla(scene: Scene, action: str) -> Act:
    """Change a bug: Bugzilla knows addresses, the bridge finds the account."""
    user = scene.someone("upstream-release-monitoring", share=0.35)
    package, number = scene.package(), scene.serial(2_250_000, 300)
    event = {
        "action": action,
        "bug_id": number,
        "change_set": f"{scene.number(1, 99_999)}.{scene.now}",
        "changes": [],
        "routing_key": f"bug.{action}",
        "target": "bug",
        "time": float(scene.now),
        "user": {"id": 4, "login": f"{user}@users.example"},
    }
    body = {
        "agent_name": user,
        "bug": _bug(scene, number, package),
        "event": event,
        "usernames": [user],
    }
    return Act(body, user, packages=[package])


def _bug_updated(scene: Scene) -> Act:
    return _bugzilla(scene, "modify")


def _bug_opened(scene: Scene) -> Act:
    return _bugzilla(scene, "create")


_BY = "message.agent"
_P = "anitya.project"
_BZ = "bugzilla2fedmsg.messageV1"

# A new version is reported by two versions of the message.
_VERSIONS = (
    Topic("project.version.update", 1, _released_v1, f"{_P}.version.update", _BY),
    Topic("project.version.update.v2", 1, _released, f"{_P}.version.update.v2", _BY),
)
_CARE = (
    Topic("project.add", 2, _project_added, f"{_P}.add", _BY),
    Topic("project.edit", 2, _project_edited, f"{_P}.edit", _BY),
    Topic("project.map.new", 2, _mapped, f"{_P}.map.new", _BY),
)
_HOTNESS = (
    Topic("update.bug.file", 3, _bug_filed, "hotness.update.bug.file"),
    Topic("update.drop", 5, _update_dropped, "hotness.update.drop"),
)
_BUGS = (
    Topic("bug.update", 8, _bug_updated, _BZ, "agent_name"),
    Topic("bug.new", 2, _bug_opened, _BZ, "agent_name"),
)
_HOTNESS_PACKAGE = "fedora_messaging_the_new_hotness_schema"

APPS = (
    App("anitya", 18, FLAT, _VERSIONS, RELEASE_MONITORING, "anitya_schema"),
    App("anitya", 2, HUMAN, _CARE, RELEASE_MONITORING, "anitya_schema"),
    App("hotness", 9, FLAT, _HOTNESS, package=_HOTNESS_PACKAGE),
    App("bugzilla", 20, HUMAN, _BUGS, package="bugzilla2fedmsg_schema"),
)
