"""Copr, the build system for everybody, and Koschei, which rebuilds on its own.

Copr reports each build once per chroot, and a start twice: build.start, which is
credited to who submitted it, and chroot.start, which is not credited again.
"""

from ..scene import Scene
from ..tempo import FLAT, HUMAN
from .app import DEBUG, Act, App, Body, Topic

# Copr's build states, as they are in the bodies.
_FAILED, _SUCCEEDED, _RUNNING = 0, 1, 3
_ARCHES = ("x86_64", "aarch64", "ppc64le", "s390x")
_GROUP_PROJECTS = ("packit", "@copr", "@kernel", "@python")


def _build(scene: Scene, status: int) -> Body:
    """Report a build in one chroot."""
    person = scene.person()
    user = "packit" if scene.chance(0.35) else person.name
    build = scene.build(scene.package(person))
    pid = scene.number(1000, 4_000_000)
    release = scene.pick(("rawhide", f"{scene.fedora}", f"{scene.fedora - 1}"))
    return {
        "build": scene.serial(9_000_000, 35),
        "chroot": f"fedora-{release}-{scene.pick(_ARCHES)}",
        "copr": build.package,
        "ip": f"2001:db8::{scene.number(4096, 65535):x}",
        "owner": scene.pick(_GROUP_PROJECTS) if user == "packit" else user,
        "pid": pid,
        "pkg": build.package,
        "status": status,
        "user": user,
        "version": f"{build.version}-{build.release}",
        "what": f"user:{user} copr:{build.package} pkg:{build.package} pid:{pid}",
        "who": "backend.worker-rpm_build_worker",
    }


def _names(body: Body) -> list[str]:
    """List the submitter and the owner of the project, but no group."""
    return sorted({name for name in (body["user"], body["owner"]) if name[0] != "@"})


def _started(scene: Scene) -> Act:
    body = _build(scene, _RUNNING)
    return Act(body, body["user"], _names(body))


def _started_again(scene: Scene) -> Act:
    body = _build(scene, _RUNNING)
    return Act(body, None, _names(body))


def _over(scene: Scene) -> Act:
    body = _build(scene, _SUCCEEDED if scene.chance(0.85) else _FAILED)
    return Act(body, None, _names(body))


def _koschei(scene: Scene) -> Act:
    package = scene.package()
    old, new = scene.pick((("ok", "failing"), ("failing", "ok"), ("ok", "unresolved")))
    groups = scene.pick(([], ["c/python"], ["c/java"], ["c/critpath"]))
    body = {
        "collection": f"f{scene.fedora + 1}",
        "collection_name": "Fedora Rawhide",
        "groups": groups,
        "koji_instance": "primary",
        "name": package,
        "new": new,
        "old": old,
        "repo": f"f{scene.fedora + 1}",
    }
    return Act(body, packages=[package], groups=groups)


_COPR = (
    Topic("build.start", 1, _started, "copr.build.start", actor="user"),
    Topic("chroot.start", 1, _started_again, "copr.chroot.start", severity=DEBUG),
    Topic("build.end", 1, _over, "copr.build.end"),
)
_KOSCHEI = (Topic("package.state.change", 1, _koschei, "koschei.package.state.change"),)

APPS = (
    App("copr", 220, HUMAN, _COPR, package="copr_messaging"),
    App("koschei", 12, FLAT, _KOSCHEI, package="koschei_messages"),
)
