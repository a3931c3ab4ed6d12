"""What a message says about who is in which group from now on.

A pure function of topic and body. Two apps tell it: Noggin, through which
people are sponsored, and IPA, which is told of every change whatever its way,
so that one change may come twice. FAS 2 is gone and speaks in old recordings.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ..attribution.names import fas_name
from ..event import INVALID

Body = Mapping[str, Any]


class MembershipChange(NamedTuple):
    """Users who are members of a group from now on, or (``joined`` false) no longer."""

    group: str
    users: frozenset[str]
    joined: bool


def membership_change(short_topic: str, body: Body) -> MembershipChange | None:
    """The change that a message tells; None where it tells none that can be read.

    ``short_topic`` is the topic less domain and environment. Nothing is raised.
    """
    told = _TOPICS.get(short_topic)
    if told is None:
        return None
    read, joined = told
    group, spellings = read(body)
    users = frozenset(name for name in map(fas_name, spellings) if name and name != INVALID)
    return MembershipChange(group, users, joined) if group and users else None


def _told_by_noggin(body: Body) -> tuple[str, list[str]]:
    """``{"msg": {"user": ..., "group": ...}}``; FAS 2 left out ``msg``, or nested the names."""
    told = body.get("msg", body)
    if not isinstance(told, Mapping):
        return "", []
    user = _name(told.get("user"), "username")
    return _name(told.get("group"), "name"), [user] if user else []


def _told_by_ipa(body: Body) -> tuple[str, list[str]]:
    """``IPA_API_PARAMS``, a JSON text with ``cn`` and ``user``, where the call succeeded.

    Members that are groups themselves stand under ``group``; who is in those it
    does not say.
    """
    parameters = _parameters(body.get("IPA_API_PARAMS"))
    if body.get("IPA_API_RESULT") != "SUCCESS" or not isinstance(parameters, Mapping):
        return "", []
    users = parameters.get("user")
    users = users if isinstance(users, list) else [users]
    return _name(parameters.get("cn")), list(_texts(users))


def _parameters(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _name(value: object, key: str = "") -> str:
    if isinstance(value, Mapping):
        value = value.get(key)
    return value if isinstance(value, str) else ""


def _texts(values: Iterable[object]) -> Iterable[str]:
    return (value for value in values if isinstance(value, str))


_Read = Callable[[Body], tuple[str, list[str]]]
_TOPICS: Mapping[str, tuple[_Read, bool]] = {
    "fas.group.member.sponsor": (_told_by_noggin, True),
    "fas.group.member.removed": (_told_by_noggin, False),
    "fas.group.member.remove": (_told_by_noggin, False),
    "ipa.group_add_member.v1": (_told_by_ipa, True),
    "ipa.group_remove_member.v1": (_told_by_ipa, False),
}
