"""Where people write to each other: forum, mailing lists, wiki, blogs."""

from email.utils import formatdate
from typing import Final

from ..names import words
from ..scene import Scene
from ..tempo import HUMAN
from .app import Act, App, Body, Topic

_LISTS: Final = words("devel users test infrastructure docs-cs legal kde python-devel")
_PAGES: Final = (
    "Releases/Schedule",
    "QA/Test_Days",
    "Design",
    "Changes/NewCompiler",
    "SIGs/Python",
    "Infrastructure/Meetings",
    "DocsProject",
    "Test_Results:Fedora_Rawhide_Installation",
)
_SUBJECTS = ("Meeting agenda", "Heads up: soname bump", "Proposal", "Question", "Welcome")


def _wiki(scene: Scene) -> Act:
    user = scene.person().name
    title = f"User:{user.title()}" if scene.chance(0.1) else scene.pick(_PAGES)
    page = f"https://fedoraproject.org/wiki/{title}"
    body = {
        "diff_url": f"{page}?diff={scene.serial(700_000, 200)}&oldid=prev",
        "minor_edit": scene.chance(0.3),
        "page_url": page,
        "summary": scene.pick(("", "typo", "update")),
        "title": title,
        "url": page,
        "user": user,
    }
    return Act(body, user)


def _blogged(scene: Scene) -> Act:
    person = scene.person()
    body = {
        "face": "",
        "name": person.full_name,
        "post": {"title": scene.pick(_SUBJECTS), "url": "https://blog.example/post"},
        "username": person.name,
    }
    return Act(body, person.name)


def _mailed(scene: Scene) -> Act:
    """Post to a list: who wrote it is known if the address belongs to an account."""
    person = scene.person()
    user = person.name if scene.chance(0.8) else None
    name = scene.pick(_LISTS)
    address = f"{name}@lists.fedoraproject.org"
    body = {
        "mlist": {"fqdn_listname": address, "list_id": f"{name}.lists.example", "list_name": name},
        "msg": {
            "archived-at": f"<https://lists.example/message/{scene.sha()[:32].upper()}/>",
            "date": formatdate(scene.now),
            "from": f"{person.full_name} via {name} <{address}>",
            "message-id": f"<{scene.uuid()}@mail.example>",
            "subject": f"[{name}] {scene.pick(_SUBJECTS)}",
            "to": address,
        },
        "sender_username": user,
        "url": "https://lists.example/",
        "usernames": [user] if user else [],
    }
    return Act(body, user)


def _hook(scene: Scene, kind: str, event: str, content: Body) -> Body:
    headers = {
        "X-Discourse-Event": event,
        "X-Discourse-Event-Id": str(scene.serial(2_000_000, 60)),
        "X-Discourse-Event-Signature": f"sha256={scene.sha()}",
        "X-Discourse-Event-Type": kind,
        "X-Discourse-Instance": "https://discussion.fedoraproject.org",
    }
    return {"webhook_body": {kind: content}, "webhook_headers": headers}


def _post(scene: Scene, username: str) -> Body:
    return {
        "created_at": scene.stamp,
        "id": scene.serial(300_000, 180),
        "post_number": scene.number(1, 30),
        "topic_id": scene.serial(140_000, 1800),
        "topic_title": scene.pick(_SUBJECTS),
        "username": username,
    }


def _posted(scene: Scene) -> Act:
    user = scene.person().name
    return Act(_hook(scene, "post", "post_created", _post(scene, user)), user, [])


def _post_edited(scene: Scene) -> Act:
    user = scene.person().name
    return Act(_hook(scene, "post", "post_edited", _post(scene, user)), user, [])


def _asked(scene: Scene) -> Act:
    user = scene.person().name
    topic = {
        "created_at": scene.stamp,
        "created_by": {"id": scene.number(1, 40_000), "username": user},
        "id": scene.serial(140_000, 1800),
        "title": scene.pick(_SUBJECTS),
    }
    return Act(_hook(scene, "topic", "topic_created", topic), user, [])


def _liked(scene: Scene) -> Act:
    """Like a post: its author is the only one listed, yet did nothing."""
    user, author = scene.person().name, scene.person().name
    like = {"post": _post(scene, author), "user": {"username": user}}
    return Act(_hook(scene, "like", "post_liked", like), user, [author])


def _solved(scene: Scene) -> Act:
    """Accept an answer: whoever asked did, and only who answered is named."""
    author = scene.person().name
    body = _hook(scene, "solved", "accepted_solution", _post(scene, author))
    return Act(body, None, [author])


_D = "discourse.event.v1"
_HOOK = "webhook_body"
_DISCOURSE = (
    Topic("post.post_created", 10, _posted, _D, f"{_HOOK}.post.username"),
    Topic("post.post_edited", 3, _post_edited, _D, f"{_HOOK}.post.username"),
    Topic("topic.topic_created", 2, _asked, _D, f"{_HOOK}.topic.created_by.username"),
    Topic("like.post_liked", 8, _liked, _D, f"{_HOOK}.like.user.username"),
    Topic("solved.accepted_solution", 0.5, _solved, _D),
)
_WIKI = (Topic("article.edit", 1, _wiki, "wiki.article.edit.v1", "user"),)
_PLANET = (Topic("post.new", 1, _blogged, "planet.post.new", "username"),)
_MAIL = (Topic("receive", 1, _mailed, "mailman.messageV1", "sender_username"),)
_WEBHOOK = "webhook_to_fedora_messaging_messages"

APPS = (
    App("discourse", 14, HUMAN, _DISCOURSE, package=_WEBHOOK),
    App("mailman", 6, HUMAN, _MAIL, package="mailman3_fedmsg_plugin_schemas"),
    App("planet", 0.2, HUMAN, _PLANET, package="fedora_planet_messages"),
    App("wiki", 4, HUMAN, _WIKI, package="mediawiki_messages"),
)
