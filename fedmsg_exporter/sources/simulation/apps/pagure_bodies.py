"""The things that Pagure's bodies are made of: users, projects, requests, tickets."""

from typing import Final

from ..community import Person
from ..names import words
from ..scene import Scene
from .app import PAGURE_IO, Body

_PROJECTS: Final = words(
    "fedora-infrastructure releng fesco epel fedora-packager design quick-docs "
    "fedora-websites council fedora-qa packaging-committee mentored-projects"
)
_TITLES = ("New ticket", "Please review", "Request for a side tag", "Broken link")


def user(person: Person) -> Body:
    """Describe somebody as Pagure does."""
    return {
        "full_url": f"https://pagure.example/user/{person.name}",
        "fullname": person.full_name,
        "name": person.name,
        "url_path": f"user/{person.name}",
    }


def project(scene: Scene, owner: Person) -> Body:
    """Describe dist-git's project of a package, or one of pagure.io's."""
    if scene.domain == PAGURE_IO:
        name, namespace, site = scene.pick(_PROJECTS), None, "pagure.io"
    else:
        name, namespace, site = scene.package(owner), "rpms", "src.fedoraproject.org"
    full_name = f"{namespace}/{name}" if namespace else name
    return {
        "access_groups": {"admin": [], "collaborator": [], "commit": [], "ticket": []},
        "access_users": {"admin": [], "commit": [], "owner": [owner.name]},
        "close_status": [],
        "custom_keys": [],
        "date_created": "1501868315",
        "date_modified": str(scene.now - 86_400),
        "description": f"The {name} project",
        "full_url": f"https://{site}/{full_name}",
        "fullname": full_name,
        "id": scene.number(1, 60_000),
        "milestones": {},
        "name": name,
        "namespace": namespace,
        "parent": None,
        "priorities": {},
        "tags": [],
        "url_path": full_name,
        "user": user(owner),
    }


def pull_request(scene: Scene, author: Person, project: Body, status: str) -> Body:
    """Describe a pull request to a project."""
    number = scene.number(1, 4000)
    return {
        "assignee": None,
        "branch": "rawhide",
        "branch_from": "update",
        "cached_merge_status": "FFORWARD",
        "closed_at": None if status == "Open" else str(scene.now),
        "closed_by": None,
        "comments": [_comment(scene, author)],
        "commit_start": scene.sha(),
        "commit_stop": scene.sha(),
        "date_created": str(scene.now - 7200),
        "full_url": f"{project['full_url']}/pull-request/{number}",
        "id": number,
        "initial_comment": None,
        "last_updated": str(scene.now),
        "project": project,
        "remote_git": None,
        "repo_from": None,
        "status": status,
        "tags": [],
        "threshold_reached": None,
        "title": scene.pick(_TITLES),
        "uid": scene.sha()[:32],
        "updated_on": str(scene.now),
        "user": user(author),
    }


def _comment(scene: Scene, author: Person) -> Body:
    return {
        "comment": "Thank you, looks good to me.",
        "date_created": str(scene.now),
        "id": scene.number(1, 900_000),
        "parent": None,
        "user": user(author),
    }


def flag(scene: Scene, agent: str) -> Body:
    """Describe the result that a machine pins to a commit or a pull request."""
    bot = {"fullname": "Zuul", "name": agent, "url_path": f"user/{agent}"}
    return {
        "comment": scene.pick(("Jobs result is success", "Build succeeded")),
        "commit_hash": scene.sha(),
        "date_created": str(scene.now - 600),
        "date_updated": str(scene.now),
        "status": scene.pick(("success", "success", "failure", "pending")),
        "url": f"https://ci.example/buildset/{scene.sha()[:32]}",
        "user": bot,
        "username": "Zuul CI",
    }


def issue(scene: Scene, reporter: Person, project: Body, status: str) -> Body:
    """Describe a ticket of a project."""
    number = scene.number(1, 13_000)
    return {
        "assignee": None,
        "blocks": [],
        "close_status": None,
        "closed_at": None,
        "closed_by": None,
        "comments": [_comment(scene, reporter)],
        "content": "See the title.",
        "custom_fields": [],
        "date_created": str(scene.now - 3600),
        "depends": [],
        "full_url": f"{project['full_url']}/issue/{number}",
        "id": number,
        "last_updated": str(scene.now),
        "milestone": None,
        "priority": None,
        "private": False,
        "related_prs": [],
        "status": status,
        "tags": [],
        "title": scene.pick(_TITLES),
        "user": user(reporter),
    }
