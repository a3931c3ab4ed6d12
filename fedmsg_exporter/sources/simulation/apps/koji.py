"""Koji, the build system: Fedora's and CentOS's (``buildsys``), and CentOS's CBS (``cbs``).

Most of its volume is machinery at work on a build (tag, untag, sign, repo),
which is credited to nobody, though the bodies name somebody.
"""

from ..scene import Build, Scene
from ..tempo import FOLLOWING
from .app import BASE, CENTOS, DEBUG, Act, App, Body, Topic

_KOJI = "https://koji.fedoraproject.org"
_HUB = {"attribute": "state", "instance": "primary"}
# Koji's build states, as they are in the bodies.
_BUILDING, _COMPLETE, _FAILED, _CANCELED = 0, 1, 3, 4
_TASK_CHANGES = (("FREE", "OPEN"), ("OPEN", "CLOSED"), ("OPEN", "FAILED"))
_ARCHES = ("x86_64", "aarch64", "s390x", "ppc64le", "noarch", "src")


def _order(scene: Scene) -> tuple[str, Build]:
    """Draw a build and who submitted it: people, and bots on their behalf."""
    if scene.chance(0.16):
        return scene.pick(("packit", "releng")), scene.build(scene.package())
    person = scene.person()
    return person.name, scene.build(scene.package(person))


def _change(scene: Scene, owner: str, build: Build, *, old: int | None, new: int) -> Body:
    build_id = scene.serial(2_600_000, 70)
    source = f"git+https://src.fedoraproject.org/rpms/{build.package}.git"
    return {
        **_HUB,
        "build_id": build_id,
        "completion_time": None if new == _BUILDING else scene.stamp,
        "creation_time": scene.stamp if new == _BUILDING else scene.ago(900),
        "epoch": None,
        "name": build.package,
        "new": new,
        "old": old,
        "owner": owner,
        "release": build.release,
        "request": [f"{source}#{scene.sha()}", build.branch, {}],
        "task": None,
        "task_id": scene.serial(118_000_000, 4),
        "url": f"{_KOJI}/koji/buildinfo?buildID={build_id}",
        "version": build.version,
    }


def _started(scene: Scene) -> Act:
    owner, build = _order(scene)
    body = _change(scene, owner, build, old=None, new=_BUILDING)
    return Act(body, owner, packages=[build.package])


def _over(scene: Scene) -> Act:
    """End a build. Its owner got the credit when it started; no one does now."""
    owner, build = _order(scene)
    new = _COMPLETE if scene.chance(0.8) else _FAILED
    body = _change(scene, owner, build, old=_BUILDING, new=new)
    return Act(body, None, [owner], [build.package])


def _canceled(scene: Scene) -> Act:
    owner, build = _order(scene)
    body = _change(scene, owner, build, old=_BUILDING, new=_CANCELED)
    return Act(body, owner, packages=[build.package])


def _promoted(_: Scene) -> Act:
    """Make a draft a build; the plugin sends no details."""
    return Act({"base_url": _KOJI, "instance": "primary"})


def _scratch_build(scene: Scene) -> Act:
    """Change the state of a task: of scratch builds, most of them Koschei's."""
    owner = scene.someone("koschei", "packit", share=0.7)
    task = scene.serial(118_000_000, 4)
    old, new = scene.pick(_TASK_CHANGES)
    srpm = f"{scene.build(scene.package()).nvr}.src.rpm"
    body = {
        **_HUB,
        "base_url": _KOJI,
        "files_base_url": "https://kojipkgs.fedoraproject.org/work",
        "id": task,
        "info": _task(task, srpm),
        "method": "build",
        "new": new,
        "old": old,
        "owner": owner,
        "srpm": srpm,
    }
    return Act(body, owner)


def _task(task: int, srpm: str) -> Body:
    return {
        "arch": "noarch",
        "children": [],
        "host_id": 358,
        "host_name": "buildvm-x86-01.example.org",
        "id": task,
        "method": "build",
        "parent": None,
        "request": [srpm, "rawhide", {"scratch": True}],
        "result": None,
        "url": f"{_KOJI}/koji/taskinfo?taskID={task}",
    }


def _tagged(scene: Scene) -> Act:
    """Tag or untag a build, which the machinery does several times for each."""
    owner, build = _order(scene)
    user = scene.pick(("bodhi", "autopen", "autopen", owner))
    body = {
        "build_id": scene.serial(2_600_000, 70),
        "instance": "primary",
        "name": build.package,
        "owner": owner,
        "release": build.release,
        "tag": f"{build.branch}-updates-candidate",
        "tag_id": 80_000 + scene.fedora,
        "user": user,
        "version": build.version,
    }
    return Act(body, None, [user, owner], [build.package])


def _signed(scene: Scene) -> Act:
    owner, build = _order(scene)
    body = {
        "build": {
            "name": build.package,
            "nvr": build.nvr,
            "owner_name": owner,
            "package_name": build.package,
            "release": build.release,
            "state": _COMPLETE,
            "version": build.version,
        },
        "instance": "primary",
        "rpm": {
            "arch": scene.pick(_ARCHES),
            "id": scene.serial(41_000_000, 9),
            "name": build.package,
            "release": build.release,
            "size": scene.number(10_000, 90_000_000),
            "version": build.version,
        },
        "sighash": scene.sha()[:32],
        "sigkey": "31645531",
    }
    return Act(body, None, [owner], [build.package])


def _repo(scene: Scene) -> Act:
    tag = f"f{scene.fedora + scene.number(-1, 1)}-build"
    body = {
        "instance": "primary",
        "repo_id": scene.serial(6_000_000, 120),
        "tag": tag,
        "tag_id": 80_000 + scene.fedora,
    }
    return Act(body)


def _list_changed(scene: Scene) -> Act:
    """Change a tag's list of packages, which is noise: most of it follows a branching."""
    owner = scene.someone("releng", share=0.8)
    package = scene.package()
    body = {
        "action": "add",
        "block": None,
        "extra_arches": None,
        "force": None,
        "instance": "primary",
        "owner": owner,
        "package": package,
        "tag": f"f{scene.fedora + 1}",
        "update": None,
    }
    return Act(body, None, [owner], [package])


_BUILD = "koji_fedoramessaging.build.BuildStateChangeV1"
_TASK = "koji_fedoramessaging.task.TaskStateChangeV1"
_TAG = "koji_fedoramessaging.tag.TagV1"
_UNTAG = "koji_fedoramessaging.tag.UntagV1"
_SIGN = "koji_fedoramessaging.rpm.SignV1"
_INIT = "koji_fedoramessaging.repo.InitV1"
_DONE = "koji_fedoramessaging.repo.DoneV1"
_LIST = "koji_fedoramessaging.package.ListChangeV1"

_BUILDS = (
    Topic("build.state.change", 22, _started, _BUILD, actor="owner"),
    Topic("build.state.change", 22, _over, _BUILD),
    Topic("build.state.change", 1, _canceled, _BUILD, actor="owner"),
)
_NOISE = (
    # Tags of a mass rebuild have priority 0, all others 2:
    # https://pagure.io/fedora-infrastructure/issue/10899
    Topic("tag", 90, _tagged, _TAG, severity=DEBUG, priority=2),
    Topic("untag", 60, _tagged, _UNTAG, severity=DEBUG, priority=2),
    Topic("rpm.sign", 45, _signed, _SIGN, severity=DEBUG),
    Topic("repo.init", 9, _repo, _INIT, severity=DEBUG),
    Topic("repo.done", 9, _repo, _DONE, severity=DEBUG),
)
_LISTS_AND_TASKS = (
    Topic("task.state.change", 40, _scratch_build, _TASK, actor="owner"),
    Topic("package.list.change", 2, _list_changed, _LIST, None, DEBUG),
    Topic("build.promote", 0.2, _promoted),
)
# CBS has no message classes.
_CBS = tuple(
    topic._replace(name=f"buildsys.{topic.name}", schema=BASE) for topic in _BUILDS + _NOISE
)

_PACKAGE = "koji_fedoramessaging_messages"
APPS = (
    App("buildsys", 300, FOLLOWING, _BUILDS + _NOISE + _LISTS_AND_TASKS, package=_PACKAGE),
    App("buildsys", 16, FOLLOWING, _BUILDS + _NOISE, domain=CENTOS, package=_PACKAGE),
    App("cbs", 4, FOLLOWING, _CBS, domain=CENTOS),
)
