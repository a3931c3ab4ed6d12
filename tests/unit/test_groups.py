"""Membership files, as people and programs write them."""

import json
from pathlib import Path

import pytest

from fedmsg_exporter.document import DocumentError
from fedmsg_exporter.groups.membership import UMBRELLAS, Membership, load

YAML = """
groups:
  packager: [ralph, Lmacken, "kevin@fedoraproject.org"]
  infra-sig:
    - ralph
  ipausers: [ralph, kevin]
"""


def loaded(folder: Path, text: str, **selection: list[str]) -> Membership:
    """What a file with this text holds."""
    path = folder / "g.yml"
    path.write_text(text)
    return load(path, **selection)


def said(folder: Path, text: str) -> str:
    """The error for a file that cannot be used, without the folder."""
    with pytest.raises(DocumentError) as caught:
        loaded(folder, text)
    return str(caught.value).replace(f"{folder}/", "")


def test_yaml(tmp_path: Path) -> None:
    """Users have the groups they are listed in, sorted, whatever the spelling of their names."""
    membership = loaded(tmp_path, YAML)
    assert membership.groups_of("ralph") == ("infra-sig", "packager")
    assert membership.groups_of("lmacken") == ("packager",)
    assert membership.groups_of("kevin") == ("packager",)
    assert membership.groups_of("stranger") == ()
    assert membership.sizes() == {"packager": 3, "infra-sig": 1}


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json(tmp_path: Path, indent: int | str | None) -> None:
    """JSON works as well, with ``groups`` or the mapping alone, on one line or many."""
    groups = {"packager": ["ralph"], "infra-sig": ["ralph", "kevin"]}
    for content in (groups, {"groups": groups}):
        membership = loaded(tmp_path, json.dumps(content, indent=indent))
        assert membership.groups_of("ralph") == ("infra-sig", "packager")


@pytest.mark.parametrize("name", ["no", "on", "yes", "y", "off", "true", "123", "1e3", "0x10"])
def test_names_that_yaml_would_mistake(tmp_path: Path, name: str) -> None:
    """Users and groups may have names that YAML would read as booleans or numbers."""
    membership = loaded(tmp_path, f"{name}: [{name}]")
    assert membership.groups_of(name) == (name,)


def test_user_listed_twice_counts_once(tmp_path: Path) -> None:
    """Two spellings of one user are one member."""
    assert loaded(tmp_path, "a: [ralph, Ralph, ralph@fedoraproject.org]").sizes() == {"a": 1}


def test_only_fas_users_are_members(tmp_path: Path) -> None:
    """An external mail address is skipped: it must never become a label."""
    assert loaded(tmp_path, "a: [ralph, someone@mail.example]").sizes() == {"a": 1}


GROUPS = "go-sig: [ralph]\npython-sig: [ralph]\npackager: [ralph]\nipausers: [ralph]\n"


@pytest.mark.parametrize(
    ("selection", "groups"),
    [
        ({}, ("go-sig", "packager", "python-sig")),
        ({"track": ["*-sig"]}, ("go-sig", "python-sig")),
        ({"track": ["packager", "go-*"]}, ("go-sig", "packager")),
        ({"track": []}, ()),
        ({"exclude": []}, ("go-sig", "ipausers", "packager", "python-sig")),
        ({"track": ["*-sig"], "exclude": ["go-*"]}, ("python-sig",)),
        ({"track": ["PACKAGER"]}, ()),
    ],
)
def test_selection(
    tmp_path: Path, selection: dict[str, list[str]], groups: tuple[str, ...]
) -> None:
    """Groups are counted that match ``track`` and not ``exclude``; by default all but umbrellas."""
    membership = loaded(tmp_path, GROUPS, **selection)
    assert membership.groups_of("ralph") == groups
    assert tuple(sorted(membership.sizes())) == groups


def test_umbrellas_are_left_out(tmp_path: Path) -> None:
    """The groups that everyone is in are not counted unless requested."""
    assert loaded(tmp_path, "".join(f"{name}: [ralph]\n" for name in UMBRELLAS)).sizes() == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "g.yml: the file is empty; write {} for no groups", id="empty"),
        pytest.param("# soon\n", "g.yml: the file is empty; write {} for no groups", id="comment"),
        pytest.param(
            "- ralph", "g.yml:1: must be a mapping of groups to lists of users", id="list"
        ),
        pytest.param(
            "\ngroups: [ralph]",
            "g.yml:2: groups: must be a mapping of groups to lists of users",
            id="list-of-users",
        ),
        pytest.param(
            "groups:\n  a: [ralph]\n  b: ralph",
            "g.yml:3: groups.b: must be a list of users",
            id="user-for-a-list",
        ),
        pytest.param("a:\nb: [ralph]", "g.yml:1: a: must be a list of users", id="nothing"),
        pytest.param(
            "a:\n  - ralph\n  - not a name!",
            "g.yml:3: a[1]: 'not a name!' is not a valid FAS name",
            id="no-name",
        ),
        pytest.param(
            "a:\n  - {name: ralph}",
            "g.yml:2: a[0]: {'name': 'ralph'} is not a valid FAS name",
            id="object",
        ),
        pytest.param(
            "a: [10.0.0.1]", "g.yml:1: a[0]: '10.0.0.1' is not a valid FAS name", id="address"
        ),
        pytest.param("a: [x]\na: [y]", "g.yml:2: a: duplicate key; keep one", id="twice"),
        pytest.param(
            "groups:\n  a: [x]\nb: [y]",
            "g.yml:3: b: unexpected key next to `groups`; move it inside, or delete it",
            id="wrongly-indented",
        ),
        pytest.param("a: &a [*a]", "g.yml:1: a[0]: an alias (*) inside", id="recursive"),
        pytest.param('{"a": ["ralph"', "g.yml:1: is not valid YAML: ", id="half-written-list"),
        pytest.param(
            '{"a": ["ralph"],\n "b": ["kev', "g.yml:2: is not valid YAML: ", id="half-written-name"
        ),
        pytest.param("a: [ralph]\nb", "g.yml:2: is not valid YAML: ", id="half-written-key"),
    ],
)
def test_problems(tmp_path: Path, text: str, message: str) -> None:
    """Each problem names file, line and key; a half-written file is one, not an empty group."""
    assert said(tmp_path, text).startswith(message)


def test_all_problems_are_reported(tmp_path: Path) -> None:
    """One run reports every error."""
    assert said(tmp_path, "groups:\n  a: x\n  b: ['?', c, '!']\nd: 1").splitlines() == [
        "g.yml:4: d: unexpected key next to `groups`; move it inside, or delete it",
        "g.yml:2: groups.a: must be a list of users",
        "g.yml:3: groups.b[0]: '?' is not a valid FAS name",
        "g.yml:3: groups.b[2]: '!' is not a valid FAS name",
    ]


def test_no_groups(tmp_path: Path) -> None:
    """Without groups nobody is a member of any."""
    assert loaded(tmp_path, "{}").sizes() == {}
    assert Membership().groups_of("ralph") == ()


def test_missing_file(tmp_path: Path) -> None:
    """A missing file is a problem with its name."""
    with pytest.raises(DocumentError, match=r"nothing\.yml: cannot be read: No such file"):
        load(tmp_path / "nothing.yml")
