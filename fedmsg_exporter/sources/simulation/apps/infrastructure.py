"""What keeps the rest running: playbooks, mirrors' administration, cron, statistics."""

from typing import Final

from ..names import words
from ..scene import Scene
from ..tempo import FLAT, HUMAN
from .app import Act, App, Body, Topic

_PLAYBOOKS: Final = words("master groups/proxies groups/koji-hub groups/wiki openshift-apps/fmn")
_TODDLERS: Final = (
    "distgit_bugzilla_sync",
    "packager_bugzilla_sync",
    "check_email_overrides",
    "packagers_without_bugzilla",
)


def _playbook_started(scene: Scene) -> Act:
    user = scene.person().name
    body = {
        "check": scene.chance(0.3),
        "extra_vars": {},
        "inventory": ["/srv/web/infra/ansible/inventory"],
        "playbook": f"playbooks/{scene.pick(_PLAYBOOKS)}.yml",
        "playbook_checksum": scene.sha(),
        "userid": user,
    }
    return Act(body, user)


def _playbook_complete(scene: Scene) -> Act:
    user = scene.person().name
    playbook = f"playbooks/{scene.pick(_PLAYBOOKS)}.yml"
    results = {"proxy01.example.org": {"changed": 3, "failures": 0, "ok": 97}}
    return Act({"playbook": playbook, "results": results, "userid": user}, user)


def _infrastructure_pushed(scene: Scene) -> Act:
    person = scene.person()
    commit = {
        "branch": "main",
        "date": scene.stamp,
        "email": f"{person.name}@users.example",
        "message": "Restart the proxies\n",
        "name": person.full_name,
        "namespace": None,
        "patch": "",
        "path": "/srv/git/ansible.git",
        "repo": "ansible",
        "rev": scene.sha(),
        "stats": {"files": {}, "total": {"files": 1, "lines": 2}},
        "summary": "Restart the proxies",
        "url": None,
        "username": person.name,
    }
    return Act({"agent": person.name, "commit": commit}, person.name)


def _site(scene: Scene, admin: str) -> Body:
    return {
        "admins": [admin],
        "id": scene.number(1, 2500),
        "name": "A university",
        "org_url": "https://university.example/",
    }


def _mirror_changed(scene: Scene) -> Act:
    user, admin = scene.person().name, scene.person().name
    number = scene.number(1, 4000)
    host = {
        "asn": 64_496,
        "bandwidth": 10_000,
        "country": scene.pick(("DE", "US", "JP", "BR")),
        "id": number,
        "name": f"mirror{number}.example.org",
        "url": f"https://mirrors.example/host/{number}",
    }
    body = {"agent": user, "host": host, "site": _site(scene, admin)}
    return Act(body, user, sorted({user, admin}))


def _mirror_changed_v1(scene: Scene) -> Act:
    """Report a change the deprecated way, without saying who made it."""
    number = scene.number(1, 4000)
    body = {"asn": 64_496, "bandwidth": 10_000, "host_id": number, "site_id": number}
    # The publisher's headers name a user "None": the class lists it as one.
    return Act(body, None, ["None"])


def _triggered(_: Scene) -> Act:
    return Act({})


def _statistics(scene: Scene) -> Act:
    body = {
        "host": f"log{scene.number(1, 3):02}.example.org",
        "load": round(scene.random() * 8, 2),
        "mem": {"free": scene.number(1, 64_000), "total": 64_000},
        "uptime": scene.number(1000, 9_000_000),
    }
    return Act(body)


_A = "ansible.playbook"
_ANSIBLE = (
    Topic("playbook.start", 1, _playbook_started, f"{_A}.start", "userid"),
    Topic("playbook.complete", 1, _playbook_complete, f"{_A}.complete", "userid"),
)
_COMMIT = "fedora_messaging_git_hook.commit.v1"
_INFRAGIT = (Topic("receive", 1, _infrastructure_pushed, _COMMIT, "agent"),)
_M = "mirrormanager.host"
_MIRRORS = (
    Topic("host.added.v2", 1, _mirror_changed, f"{_M}.added.v2", "agent"),
    Topic("host.updated.v2", 4, _mirror_changed, f"{_M}.updated.v2", "agent"),
    Topic("host.updated", 4, _mirror_changed_v1, f"{_M}.updated.v1"),
)
_TRIGGERS = tuple(Topic(f"trigger.{name}", 1, _triggered) for name in _TODDLERS)

APPS = (
    App("ansible", 1, HUMAN, _ANSIBLE, package="fedorainfra_ansible_messages"),
    App("infragit", 0.4, HUMAN, _INFRAGIT, package="fedora_messaging_git_hook_messages"),
    App("mirrormanager", 0.4, HUMAN, _MIRRORS, package="mirrormanager_messages"),
    App("toddlers", 0.8, FLAT, _TRIGGERS),
    App("logging", 14, FLAT, (Topic("stats", 1, _statistics),)),
)
