"""The change of a group's members that a message reports.

A pure function of topic and body. Two apps report changes: Noggin, through which
people are sponsored, and IPA, which sees every change, so the same change may be
reported twice. FAS 2 is gone, but occurs in old recordings.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ..attribution.names import fas_name
from ..event import INVALID

Body = Mapping[str, Any]


class MembershipChange(NamedTuple):
    """Users who have become members of a group or, if ``joined`` is false, have left it."""

    group: str
    users: frozenset[str]
    joined: bool


def membership_change(short_topic: str, body: Body) -> MembershipChange | None:
    """The change that a message reports, None if it reports none or cannot be read.

    ``short_topic`` is the topic without domain and environment. Never raises.
    """
    known = _TOPICS.get(short_topic)
    if known is None:
        return None
    read, joined = known
    group, spellings = read(body)
    users = frozenset(name for name in map(fas_name, spellings) if name and name != INVALID)
    return MembershipChange(group, users, joined) if group and users else None


def _by_noggin(body: Body) -> tuple[str, list[str]]:
    """``{"msg": {"user": ..., "group": ...}}``; FAS 2 omitted ``msg`` or nested the names."""
    fields = body.get("msg", body)
    if not isinstance(fields, Mapping):
        return "", []
    user = _name(fields.get("user"), "username")
    return _name(fields.get("group"), "name"), [user] if user else []


def _by_ipa(body: Body) -> tuple[str, list[str]]:
    """``IPA_API_PARAMS``, a JSON text with ``cn`` and ``user``, if the call succeeded.

    Members that are themselves groups are under ``group``, without their own members.
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
    "fas.group.member.sponsor": (_by_noggin, True),
    "fas.group.member.removed": (_by_noggin, False),
    "fas.group.member.remove": (_by_noggin, False),
    "ipa.group_add_member.v1": (_by_ipa, True),
    "ipa.group_remove_member.v1": (_by_ipa, False),
}
