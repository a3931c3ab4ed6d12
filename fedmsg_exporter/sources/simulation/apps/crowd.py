"""What comes from the crowd: translations, crash reports, tickets to events."""

from typing import Final

from ..names import words
from ..scene import Scene
from ..tempo import FLAT, HUMAN
from .app import Act, App, Body, Topic
from .webhooks import PACKAGE

_COMPONENTS: Final = words("anaconda/main dnf5/dnf fedora-docs/quick-docs sssd/sssd-manual")
_LANGUAGES: Final = words("cs de fr ja pt_BR uk zh_Hans")


def _translated(scene: Scene, action: str) -> Act:
    """Report a change of a translation; whoever accepts a suggestion is the user."""
    user, author = scene.person().name, scene.person().name
    project, component = scene.pick(_COMPONENTS).split("/")
    language = scene.pick(_LANGUAGES)
    body = {
        "action": action,
        "author": author,
        "change_id": scene.serial(20_000_000, 40),
        "component": component,
        "project": project,
        "source": "Install to hard drive",
        "target": "…",
        "timestamp": scene.stamp,
        "translation": language,
        "url": f"https://translate.example/{project}/{component}/{language}/",
        "user": user,
    }
    return Act(body, user, sorted({user, author}))


def _updated(scene: Scene) -> Act:
    """Report that strings came from the repository, which Weblate reads by itself."""
    project, component = scene.pick(_COMPONENTS).split("/")
    body = {
        "action": "Repository updated",
        "change_id": scene.serial(20_000_000, 40),
        "component": component,
        "project": project,
        "timestamp": scene.stamp,
    }
    return Act(body)


def _crashed(scene: Scene) -> Act:
    """Report how many times a crash has been seen."""
    package = scene.package()
    number = scene.number(1, 600_000)
    body = {
        "components": [package],
        "count": 10 ** scene.number(1, 3),
        "first_occurrence": scene.date(-30),
        "function": "main",
        "level": 10,
        "report_id": number,
        "type": "userspace",
        "url": f"https://faf.example/faf/reports/{number}/",
    }
    return Act(body)


def _ticket(scene: Scene, action: str, user: str | None) -> Act:
    hook: Body = {
        "action": f"pretix.{action}",
        "attendee_name": None,
        "code": scene.sha()[:5].upper(),
        "event": "flock",
        "instance_url": "https://rsvp.fedoraproject.org",
        "notification_id": scene.serial(90_000, 900),
        "organizer": "fedora",
    }
    names = [] if user is None else [user]
    return Act({"agent": user, "body": hook, "headers": {}}, user, names)


def _checked_in(scene: Scene) -> Act:
    return _ticket(scene, "event.checkin", scene.person().name)


def _ordered(scene: Scene) -> Act:
    """Report an order whose buyer has not been looked up."""
    return _ticket(scene, "event.order.placed", None)


_W = "weblate.message.v1"
_WEBLATE = (
    Topic(
        "translation_changed.anaconda.main.de",
        8,
        lambda scene: _translated(scene, "Translation changed"),
        _W,
        "user",
    ),
    Topic(
        "suggestion_accepted.dnf5.dnf.fr",
        2,
        lambda scene: _translated(scene, "Suggestion accepted"),
        _W,
        "user",
    ),
    Topic("repository_updated.anaconda.main", 1, _updated, _W),
)
_FAF = (Topic("report.threshold1", 1, _crashed), Topic("problem.threshold1", 0.3, _crashed))
_P = "webhook_to_fedora_messaging.pretix.message_v1"
_PRETIX = (
    Topic("event.checkin", 2, _checked_in, _P, "agent"),
    Topic("event.order.placed", 1, _ordered, _P),
)

APPS = (
    App("weblate", 6, HUMAN, _WEBLATE, package="weblate_schemas"),
    App("faf", 0.6, FLAT, _FAF),
    App("pretix", 0.2, HUMAN, _PRETIX, package=PACKAGE),
)
