"""Where people meet: calendar, meetings in chat, cookies, elections."""

from typing import Final

from ..names import words
from ..scene import Scene
from ..tempo import FLAT, HUMAN
from .app import Act, App, Body, Topic

_MEETINGS: Final = words("infrastructure fesco council docs qa cloud server kde releng")


def _calendar(name: str) -> Body:
    return {
        "calendar_admin_group": "sysadmin-main",
        "calendar_contact": f"{name}@lists.example",
        "calendar_description": f"Meetings of {name}",
        "calendar_editor_group": None,
        "calendar_name": name,
        "calendar_status": "Enabled",
    }


def _meeting(scene: Scene, name: str, manager: str) -> Body:
    day = scene.date(scene.number(0, 14))
    return {
        "calendar_name": name,
        "meeting_date": day,
        "meeting_date_end": day,
        "meeting_id": scene.number(1, 12_000),
        "meeting_information": "The weekly meeting",
        "meeting_location": "fedora-meeting@fedoraproject.org",
        "meeting_manager": [manager],
        "meeting_name": f"{name.title()} meeting",
        "meeting_region": None,
        "meeting_time_start": "15:00:00",
        "meeting_time_stop": "16:00:00",
        "meeting_timezone": "UTC",
    }


def _scheduled(scene: Scene) -> Act:
    user, name = scene.person().name, scene.pick(_MEETINGS)
    meeting = _meeting(scene, name, user)
    return Act({"agent": user, "calendar": _calendar(name), "meeting": meeting}, user)


def _reminded(scene: Scene) -> Act:
    """Remind of a meeting, which the calendar does by itself."""
    name = scene.pick(_MEETINGS)
    meeting = _meeting(scene, name, scene.person().name)
    return Act({"calendar": _calendar(name), "meeting": meeting}, None)


def _calendar_changed(scene: Scene) -> Act:
    user = scene.person().name
    return Act({"agent": user, "calendar": _calendar(scene.pick(_MEETINGS))}, user)


def _meeting_started(scene: Scene) -> Act:
    user = scene.person().name
    body = {
        "location": "fedora-meeting:fedoraproject.org",
        "meeting_name": scene.pick(_MEETINGS),
        "start_time": scene.stamp,
        "start_user": user,
    }
    return Act(body, user)


def _meeting_over(scene: Scene) -> Act:
    """End a meeting, which credits whoever said #endmeeting, not all who came."""
    user = scene.person().name
    attendees = [scene.person().name for _ in range(scene.number(3, 12))]
    name = scene.pick(_MEETINGS)
    body = {
        "attendees": [{"lines_said": 7, "name": attendee} for attendee in attendees],
        "chairs": [user],
        "end_time": scene.stamp,
        "end_user": user,
        "location": "fedora-meeting:fedoraproject.org",
        "logs": [],
        "meeting_name": name,
        "start_time": scene.ago(3600),
        "start_user": user,
        "url": f"https://meetbot.example/{name}",
    }
    return Act(body, user, [user, *attendees])


def _cookie(scene: Scene) -> Act:
    """Thank somebody: of the two, the sender is the one who acted."""
    sender, recipient = scene.person().name, scene.person().name
    total = scene.number(1, 400)
    body = {
        "count_by_release": {f"F{scene.fedora}": total},
        "fedora_release": f"F{scene.fedora}",
        "recipient": recipient,
        "sender": sender,
        "total": total,
    }
    return Act(body, sender, [sender, recipient])


def _election(scene: Scene) -> Body:
    return {
        "alias": f"fesco-f{scene.fedora}",
        "description": "Election of the Engineering Steering Committee",
        "embargoed": 1,
        "end_date": scene.date(14),
        "shortdesc": f"FESCo Election F{scene.fedora}",
        "start_date": scene.date(),
        "url": "https://elections.example/about",
        "voting_type": "range",
    }


def _election_changed(scene: Scene) -> Act:
    user = scene.person().name
    return Act({"agent": user, "election": _election(scene)}, user)


def _candidate(scene: Scene) -> Act:
    user, candidate = scene.person().name, scene.person()
    body = {
        "agent": user,
        "candidate": {
            "fas_name": candidate.name,
            "name": candidate.full_name,
            "url": None,
        },
        "election": _election(scene),
    }
    return Act(body, user, sorted((user, candidate.name)))


_CALENDAR = (
    Topic("meeting.new", 3, _scheduled, "fedocal.meeting.new", "agent"),
    Topic("meeting.update", 4, _scheduled, "fedocal.meeting.update", "agent"),
    Topic("calendar.update", 0.5, _calendar_changed, "fedocal.calendar.update", "agent"),
)
_REMINDERS = (Topic("meeting.reminder", 1, _reminded, "fedocal.meeting.reminder"),)
_MEETBOT = (
    Topic("meeting.start", 1, _meeting_started, "meetbot.meeting.start", "start_user"),
    Topic("meeting.complete", 1, _meeting_over, "meetbot.meeting.complete", "end_user"),
)
_COOKIES = (Topic("cookie.give.v1", 1, _cookie, "maubot.cookie.give.v1", "sender"),)
_E = "fedora_elections"
_ELECTIONS = (
    Topic("election.new", 1, _election_changed, f"{_E}.election.new", "agent"),
    Topic("election.edit", 2, _election_changed, f"{_E}.election.edit", "agent"),
    Topic("candidate.new", 4, _candidate, f"{_E}.candidate.new", "agent"),
)

APPS = (
    App("fedocal", 0.4, HUMAN, _CALENDAR, package="fedocal_messages"),
    App("fedocal", 0.3, FLAT, _REMINDERS, package="fedocal_messages"),
    App("meetbot", 0.4, HUMAN, _MEETBOT, package="meetbot_messages"),
    App("maubot", 0.5, HUMAN, _COOKIES, package="maubot_fedora_messages"),
    App("fedora_elections", 0.08, HUMAN, _ELECTIONS, package="fedora_elections_messages"),
)
