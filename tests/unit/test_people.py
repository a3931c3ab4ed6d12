"""Spellings become one FAS name, nobody, or `__invalid__`, and nothing else."""

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.attribution.names import Kinds, blank, fas_name, login_name
from fedmsg_exporter.event import INVALID


@pytest.mark.parametrize(
    "spelling",
    [
        "alice",
        "Alice",
        " alice\n",
        "alice@fedoraproject.org",
        "alice@stg.fedoraproject.org",
        "alice@FEDORAPROJECT.ORG",
        "Alice A. <alice@fedoraproject.org>",
        "Ålice <alice@fedoraproject.org>",
        "http://alice.id.fedoraproject.org/",
        "https://alice.id.fedoraproject.org",
        "alice.id.fedoraproject.org",
        "https://src.fedoraproject.org/user/alice",
        "https://pagure.io/user/alice/",
        "@alice:fedora.im",
        "alice/builder01.example.org",
        "alice/builder01.example.org@FEDORAPROJECT.ORG",
    ],
)
def test_every_spelling_means_the_same_person(spelling: str) -> None:
    """OpenIDs, addresses, principals, pages and any case give the FAS name."""
    assert fas_name(spelling) == "alice"


@pytest.mark.parametrize("name", ["bob", "a", "bob_b", "bob.b", "b-o-b", "4711", "x" * 32])
def test_keeps_names_of_older_accounts(name: str) -> None:
    """Accounts from before Noggin are short, or have dots and underscores."""
    assert fas_name(name) == name


@pytest.mark.parametrize(
    "spelling",
    [
        *("", " ", "None", "null", "anonymous", "Anonymous", "unknown", "orphan"),
        *("@python-packagers", "group::kde-sig", "github_org_fedora-infra"),
        *("alice@example.com", "Alice <alice@example.com>", "list@lists.fedoraproject.org"),
        *("github.com:alice", "@alice:matrix.example.org", "dependabot[bot]"),
    ],
)
def test_knows_nobody(spelling: str) -> None:
    """Blanks, groups, and people whom the bus does not name credit no one."""
    assert fas_name(spelling) is None


@pytest.mark.parametrize(
    "spelling",
    [
        *("192.168.0.1", "10.0.", "fe80::1", "::ffff:10.0.0.1"),
        *(
            "Alice Anderson",
            "alice\nbob",
            'alice"',
            "alice\\",
            "alice\0",
            "ålice",
            "🙂",
            "\u212aevin",
        ),
        *("x" * 33, "x" * 100_000, "-alice", "alice+bob", "alice/bob", "<alice>x"),
        "https://example.com/user/alice",
    ],
)
def test_recognises_what_is_not_a_name(spelling: str) -> None:
    """Addresses, free text and hostile text are counted as invalid."""
    assert fas_name(spelling) == INVALID


@given(
    st.text()
    | st.emails()
    | st.ip_addresses().map(str)
    | st.from_regex(r"[a-zA-Z0-9@/:. <>_-]{1,40}", fullmatch=True)
    | st.builds(
        "{}{}{}".format, st.text(max_size=8), st.just("@fedoraproject.org"), st.text(max_size=3)
    )
)
def test_no_text_becomes_another_kind_of_name(spelling: str) -> None:
    """For any text the outcome is a FAS name, nobody or invalid; never an address."""
    name = fas_name(spelling)
    if name not in (None, INVALID):
        assert name is not None
        assert re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,31}", name)
        assert not _is_address(name)
        assert fas_name(name) in (name, None)


def _is_address(name: str) -> bool:
    try:
        # A whole number is one to the library, but to nobody else.
        return not name.isdigit() and bool(ipaddress.ip_address(name))
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [("", True), (" None ", True), ("NULL", True), ("anonymous", False), ("alice", False)],
)
def test_blanks_name_no_one(spelling: str, expected: bool) -> None:
    """An empty field differs from one that names somebody unknown to the bus."""
    assert blank(spelling) is expected


@pytest.mark.parametrize(
    ("maps", "expected"),
    [
        ([{"octo": "alice"}], "alice"),
        ([{"octo": "Alice@fedoraproject.org"}], "alice"),
        ([{}, {"octo": "alice"}], "alice"),
        ([{"octo": "github_org_octo"}, {"octo": "alice"}], "alice"),
        ([{"octo": "alice"}, {"octo": "bob"}], "alice"),
        ([], None),
        ([None, "octo", ["octo"], {"octo": None}, {"octo": "no name"}], None),
    ],
)
def test_logins_are_names_only_by_a_map(maps: list[object], expected: str | None) -> None:
    """The first map that knows a login decides; without one it is not a name."""
    assert login_name(maps, "octo") == expected


def test_bots_are_not_people() -> None:
    """Names and shell patterns make a bot; invalid is a separate kind."""
    kinds = Kinds(["releng", "*-bot"])
    assert [kinds.of(name).kind for name in ("releng", "acme-bot", "robot", INVALID)] == [
        "bot",
        "bot",
        "person",
        "invalid",
    ]
    assert Kinds().of("releng").kind == "person"
