"""Accounts and what is attached to them: FAS, IPA, badges, notifications.

A change of membership made in the browser is reported twice: by Noggin as
``fas``, and by IPA's journal as ``ipa``. IPA reports no new accounts.
"""

import json
from typing import Final

from ..roles import GROUPS
from ..scene import Scene
from ..tempo import HUMAN
from .app import DEBUG, Act, App, Body, Topic

_BADGES: Final = {
    "is-this-thing-on": "Is this thing on?",
    "if-you-build-it": "If you build it...",
    "mic-check": "Mic Check!",
    "junior-editor": "Junior Editor",
    "what-goes-around": "What goes around comes around",
}


def _registered(scene: Scene) -> Act:
    user = scene.newcomer().name
    return Act({"msg": {"agent": user, "user": user}}, user, [user, user])


def _profile_changed(scene: Scene) -> Act:
    user = scene.person().name
    fields = [scene.pick(("timezone", "pronouns", "ircnick", "sshpubkeys"))]
    return Act({"msg": {"agent": user, "fields": fields, "user": user}}, user)


def _membership(scene: Scene) -> Act:
    agent, user = scene.person().name, scene.newcomer().name
    group = scene.pick(GROUPS)
    body = {"msg": {"agent": agent, "group": group, "user": user}}
    return Act(body, agent, [agent, user], groups=[group])


def _journal(scene: Scene, actor: str, command: str, params: Body) -> Body:
    """Write an entry of IPA's audit log, with the fields that its schema wants."""
    text = json.dumps(params)
    return {
        "IPA_API_ACTOR": f"{actor}@FEDORAPROJECT.ORG",
        "IPA_API_COMMAND": command,
        "IPA_API_PARAMS": text,
        "IPA_API_RESULT": "SUCCESS",
        "MESSAGE": f"[IPA.API] {actor}@FEDORAPROJECT.ORG: {command}: SUCCESS",
        "PRIORITY": "5",
        "SYSLOG_IDENTIFIER": "/mod_wsgi",
        "_COMM": "httpd",
        "_HOSTNAME": "ipa01.example.org",
        "__REALTIME_TIMESTAMP": str(scene.now * 1_000_000),
    }


def _ipa_joined(scene: Scene) -> Act:
    return _ipa_membership(scene, "group_add_member")


def _ipa_left(scene: Scene) -> Act:
    return _ipa_membership(scene, "group_remove_member")


def _ipa_membership(scene: Scene, command: str) -> Act:
    actor = scene.someone("admin", "noggin", share=0.5)
    user, group = scene.newcomer().name, scene.pick(GROUPS)
    body = _journal(scene, actor, command, {"cn": group, "user": [user]})
    return Act(body, actor, [actor, user], groups=[group])


def _awarded(scene: Scene) -> Act:
    """Award a badge: the badge system does it; the recipient earned it by other actions."""
    user, badge = scene.person().name, scene.pick(tuple(_BADGES))
    body = {
        "badge": {
            "badge_id": badge,
            "description": "You did something that we like.",
            "image_url": f"https://badges.example/pngs/{badge}.png",
            "name": _BADGES[badge],
        },
        "user": {"badges_user_id": scene.number(1, 60_000), "username": user},
    }
    return Act(body, None, [user])


def _rank_advanced(scene: Scene) -> Act:
    user, rank = scene.person().name, scene.number(1, 9000)
    person = {
        "bio": None,
        "email": f"{user}@users.example",
        "id": scene.number(1, 60_000),
        "nickname": user,
        "rank": rank,
        "website": None,
    }
    body = {"old_rank": rank + scene.number(1, 5), "person": person}
    return Act(body, None, [user])


def _badges_login(scene: Scene) -> Act:
    user = scene.newcomer().name
    body = {"user": {"badges_user_id": scene.number(1, 60_000), "username": user}}
    return Act(body, user)


def _rule_changed(scene: Scene) -> Act:
    user = scene.person().name
    rule = {"id": scene.number(1, 9000), "name": "My packages"}
    return Act({"rule": rule, "user": {"name": user}}, user, [])


_BY = "msg.agent"
_FAS = (
    Topic("user.create", 2, _registered, "noggin.user.create.v1", _BY),
    Topic("user.update", 4, _profile_changed, "noggin.user.update.v1", _BY),
    Topic("group.member.sponsor", 3, _membership, "noggin.group.member.sponsor.v1", _BY),
    Topic("group.member.removed", 1, _membership, "noggin.group.member.removed.v1", _BY),
)
# The actor is a Kerberos principal, NAME@REALM.
_ACTOR = "IPA_API_ACTOR"
_JOURNAL = "journal.ipa"
_IPA = (
    Topic(
        "group_add_member.v1",
        3,
        _ipa_joined,
        f"{_JOURNAL}.group_add_member.v1",
        _ACTOR,
        DEBUG,
    ),
    Topic(
        "group_remove_member.v1",
        1,
        _ipa_left,
        f"{_JOURNAL}.group_remove_member.v1",
        _ACTOR,
        DEBUG,
    ),
)
_TAHRIR = (
    Topic("badge.award", 5, _awarded, "badges.badge.award.v1"),
    Topic("person.rank.advance", 4, _rank_advanced, "badges.person.rank.advance.v1"),
    Topic(
        "person.login.first",
        0.3,
        _badges_login,
        "badges.person.login.first.v1",
        "user.username",
    ),
)
_FMN = (
    # The class for new rules has the topic of the one for changed rules.
    Topic("rule.update.v1", 2, _rule_changed, "fmn.rule.create.v1", "user.name"),
    Topic("rule.update.v1", 2, _rule_changed, "fmn.rule.update.v1", "user.name"),
    Topic("rule.delete.v1", 1, _rule_changed, "fmn.rule.delete.v1", "user.name"),
)

APPS = (
    App("badges", 7, HUMAN, _TAHRIR, package="tahrir_messages"),
    App("fas", 1.2, HUMAN, _FAS, package="noggin_messages"),
    App("fmn", 0.3, HUMAN, _FMN, package="fmn_messages"),
    App("ipa", 1.5, HUMAN, _IPA, package="journal_to_fedora_messaging_messages"),
)
