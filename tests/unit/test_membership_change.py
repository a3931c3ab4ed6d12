"""What messages say about who is in which group."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.groups.change import membership_change

NOGGIN = {"msg": {"agent": "boss", "user": "alice", "group": "packager"}}


def ipa(parameters: object = None, result: object = "SUCCESS", **more: object) -> dict[str, Any]:
    """A message of IPA's journal."""
    parameters = {"cn": "packager", "user": ["alice"]} if parameters is None else parameters
    text = parameters if isinstance(parameters, str) else json.dumps(parameters)
    return {"IPA_API_PARAMS": text, "IPA_API_RESULT": result, **more}


@pytest.mark.parametrize(
    ("topic", "body", "users", "joined"),
    [
        ("fas.group.member.sponsor", NOGGIN, ["alice"], True),
        ("fas.group.member.removed", NOGGIN, ["alice"], False),
        ("fas.group.member.remove", NOGGIN["msg"], ["alice"], False),
        (
            "fas.group.member.remove",
            {"user": {"username": "alice"}, "group": {"name": "packager"}, "agent": {}},
            ["alice"],
            False,
        ),
        ("ipa.group_add_member.v1", ipa(), ["alice"], True),
        ("ipa.group_remove_member.v1", ipa(), ["alice"], False),
        (
            "ipa.group_add_member.v1",
            ipa({"cn": "packager", "user": ["Alice", "bob@FEDORAPROJECT.ORG", "bob"]}),
            ["alice", "bob"],
            True,
        ),
        ("ipa.group_add_member.v1", ipa({"cn": "packager", "user": "alice"}), ["alice"], True),
        (
            "ipa.group_add_member.v1",
            ipa({"cn": "packager", "user": ["alice", 7, None, "no name!"], "group": ["sig"]}),
            ["alice"],
            True,
        ),
    ],
)
def test_changes(topic: str, body: dict[str, Any], users: list[str], joined: bool) -> None:
    """Sponsored or added is in, removed is out, with names made FAS names."""
    change = membership_change(topic, body)
    assert change is not None
    assert (change.group, sorted(change.users), change.joined) == ("packager", users, joined)


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        pytest.param("bodhi.update.comment", NOGGIN, id="another app"),
        pytest.param("fas.user.create", NOGGIN, id="another topic"),
        pytest.param("ipa.user_add.v1", ipa(), id="another call"),
        pytest.param("ipa.group_add_member.v1", ipa(result="NotFound"), id="failed"),
        pytest.param("ipa.group_add_member.v1", ipa(result=None), id="no result"),
        pytest.param("ipa.group_add_member.v1", ipa(result="success"), id="another result"),
        pytest.param("ipa.group_add_member.v1", ipa("{"), id="half a JSON"),
        pytest.param("ipa.group_add_member.v1", ipa("[" * 100_000), id="deep"),
        pytest.param("ipa.group_add_member.v1", ipa("9" * 5000), id="a long number"),
        pytest.param("ipa.group_add_member.v1", ipa("[]"), id="a list"),
        pytest.param("ipa.group_add_member.v1", {"IPA_API_RESULT": "SUCCESS"}, id="no parameters"),
        pytest.param(
            "ipa.group_add_member.v1",
            ipa({"cn": "packager", "group": ["sig"]}),
            id="a nested group",
        ),
        pytest.param("ipa.group_add_member.v1", ipa({"user": ["alice"]}), id="no group"),
        pytest.param("ipa.group_add_member.v1", ipa({"cn": "p", "user": []}), id="no users"),
        pytest.param("fas.group.member.sponsor", {}, id="empty"),
        pytest.param("fas.group.member.sponsor", {"msg": None}, id="null"),
        pytest.param("fas.group.member.sponsor", {"msg": {"user": "alice"}}, id="group missing"),
        pytest.param(
            "fas.group.member.sponsor", {"msg": {"user": ["a"], "group": {}}}, id="other types"
        ),
        pytest.param(
            "fas.group.member.sponsor",
            {"msg": {"user": "a@mail.example", "group": "packager"}},
            id="a mail address",
        ),
    ],
)
def test_no_change(topic: str, body: dict[str, Any]) -> None:
    """A message that reports no change, a failed one or an unreadable one changes nothing."""
    assert membership_change(topic, body) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just("packager"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cn", "user", "group", "username", "name"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(["fas.group.member.sponsor", "ipa.group_add_member.v1"]),
    st.dictionaries(st.sampled_from(["msg", "user", "group", "IPA_API_PARAMS"]), values),
    values,
)
def test_no_body_raises(topic: str, body: dict[str, Any], parameters: object) -> None:
    """Whatever a publisher sends, there is a result, and never an e-mail address in it."""
    for one in (body, body | ipa(parameters)):
        change = membership_change(topic, one)
        assert change is None or not any("@" in user for user in change.users)
